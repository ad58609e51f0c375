"""Driving: nothing twice, a bounded number at a time, a dead worker is survived."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from memfold.equivalence.shards import Pool, Shard, Store, campaign, processes
from memfold.equivalence.shards.drive import DIED, TRIES
from memfold.errors import BadInput
from tests.equivalence.shards.functions import shard, shards

TWO = partial(processes, 2)


@contextmanager
def threads() -> Iterator[Pool]:
    with ThreadPoolExecutor(2) as executor:
        yield Pool(executor, lambda: 3)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("??/*.json")}


def test_any_executor_gives_the_same_bytes(tmp_path: Path) -> None:
    found = [
        (len(list(campaign(shards(6), opened, Store(tmp_path / name)))), contents(tmp_path / name))
        for name, opened in (("processes", TWO), ("threads", threads))
    ]
    assert found[0] == found[1]
    count, files = found[0]
    assert count == len(files) == 6
    assert all(
        name == f"{its.key}.json" for name, its in zip(sorted(files), _sorted(), strict=True)
    )


def _sorted() -> list[Shard]:
    return sorted(shards(6), key=lambda its: its.key)


def test_what_is_there_is_not_performed_again_and_opens_no_pool(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first = [done.key for done in campaign(shards(4), threads, store)]
    again = [done.key for done in campaign(shards(6), threads, store)]
    assert len(first) == 4
    assert sorted(again) == sorted(its.key for its in [*shards(6)][4:])

    def none() -> nullcontext[Pool]:
        raise AssertionError("a pool")

    assert not list(campaign(shards(6), none, store))


class Counting(Executor):
    """Knows how many shards were ever on their way at once."""

    def __init__(self) -> None:
        self.most = 0
        self._waiting: list[Future[Any]] = []
        self._made = ThreadPoolExecutor(1)

    def submit(self, function: Any, /, *args: Any, **_: Any) -> Future[Any]:
        future = self._made.submit(function, *args)
        self._waiting = [each for each in [*self._waiting, future] if not each.done()]
        self.most = max(self.most, len(self._waiting))
        return future


def test_no_more_are_on_their_way_than_there_is_room_for(tmp_path: Path) -> None:
    executor = Counting()
    asked = 0

    def endless() -> Iterator[Shard]:
        nonlocal asked
        for each in shards(40, 0.001):
            asked += 1
            yield each

    told = campaign(endless(), lambda: nullcontext(Pool(executor, lambda: 3)), Store(tmp_path))
    next(told)
    assert asked <= 4
    assert len(list(told)) == 39
    assert executor.most == 3


def test_when_it_is_over_what_was_begun_is_finished(tmp_path: Path) -> None:
    finished: list[str] = []
    some = shards(40, 0.01)
    for done in campaign(some, threads, Store(tmp_path), over=lambda: len(finished) >= 2):
        finished.append(done.key)
    begun = 40 - len([*some])
    assert 3 <= begun <= 5
    assert sorted(finished) == sorted(its.key for its in [*shards(40, 0.01)][:begun])


def test_a_worker_that_dies_once_is_survived(tmp_path: Path) -> None:
    mine = shard("dies_once", mark=str(tmp_path / "mark"))
    store = Store(tmp_path / "store")
    done = list(campaign([*shards(5), mine, *shards(9)], TWO, store))
    told = {each.key: each.content.get("result") for each in done}
    assert told.pop(mine.key) == "lived"
    assert len(told) == 9
    assert len(contents(store.folder)) == 10


def test_a_shard_that_ends_every_worker_is_a_result_and_takes_no_other_along(
    tmp_path: Path,
) -> None:
    killer = shard("kills", log=str(tmp_path / "log"))
    done = list(campaign([*shards(3), killer, *shards(8)], TWO, Store(tmp_path)))
    assert (tmp_path / "log").read_text() == "x" * (1 + TRIES)
    died = [each for each in done if "died" in each.content]
    assert [(each.key, each.content["died"]) for each in died] == [(killer.key, DIED)]
    assert {each.content["result"]["square"] for each in done if each not in died} == {
        number**2 for number in range(8)
    }
    assert not list(campaign([killer], TWO, Store(tmp_path)))


def test_what_a_shard_raises_is_raised_here_and_what_is_done_stays(tmp_path: Path) -> None:
    told = campaign([*shards(2), shard("bad")], partial(processes, 1), Store(tmp_path))
    with pytest.raises(BadInput, match=r"^a shard of nothing; expected one of something$"):
        list(told)
    assert len(contents(tmp_path)) == 2


def test_whoever_stops_listening_waits_for_nothing(tmp_path: Path) -> None:
    slow = [*shards(1), *(shard("square", number=n, seconds=60.0) for n in range(4))]
    started = time.monotonic()
    told = campaign(slow, TWO, Store(tmp_path))
    next(told)
    told.close()  # type: ignore[attr-defined]
    assert time.monotonic() - started < 20


class Broken(Executor):
    """Breaks before anything begins."""

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        raise BrokenExecutor


class Gone(Executor):
    """Loses what it is given."""

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.cancel()
        future.set_running_or_notify_cancel()
        return future


@pytest.mark.parametrize(
    ("executor", "said"),
    [
        (Broken(), "the workers end before they begin; expected workers that stay"),
        (Gone(), "the workers were lost; expected to begin again: what is done stays"),
    ],
)
def test_a_pool_that_cannot_be_mended_is_bad_input(
    tmp_path: Path, executor: Executor, said: str
) -> None:
    pool = Pool(executor, lambda: 2)
    with pytest.raises(BadInput) as error:
        list(campaign(shards(3), lambda: nullcontext(pool), Store(tmp_path)))
    assert str(error.value) == said
