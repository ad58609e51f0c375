"""On a Dask cluster a campaign gives the bytes that processes give, and survives its workers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from memfold.equivalence.shards import Store, campaign, cluster, processes
from memfold.equivalence.shards.drive import DIED
from memfold.equivalence.shards.rounds import rounds
from memfold.errors import BadInput
from memfold.harness.projects import named
from memfold.harness.projects.sharded import ROUND
from tests.equivalence.shards.functions import shard, shards

# What Dask leaves open where a worker was killed is no fault of a campaign.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

CLUSTER = sys.modules["memfold.equivalence.shards.cluster"]


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two workers of one thread each, with a scratch folder that no other cluster tidies up."""
    distributed = pytest.importorskip("distributed")
    import dask

    quiet: dict[str, object] = {
        "distributed.scheduler.allowed-failures": 0,
        "temporary-directory": str(tmp_path_factory.mktemp("dask")),
    }
    with (
        dask.config.set(quiet),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50
        ) as made,
    ):
        yield made


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("??/*.json")}


def test_a_cluster_gives_the_same_bytes_as_processes(dask: Any, tmp_path: Path) -> None:
    opened = {
        "cluster": partial(cluster, dask.scheduler_address),
        "processes": partial(processes, 2),
    }
    for name, each in opened.items():
        some = islice(rounds(ROUND, named("leon3_generic"), 1, 60, 4), 3)
        told = list(campaign(some, each, Store(tmp_path / name)))
        assert all(done.content["result"]["rows"] for done in told)
    found = contents(tmp_path / "cluster")
    assert len(found) == 3
    assert found == contents(tmp_path / "processes")


def test_a_worker_that_is_lost_amid_a_shard_is_survived(dask: Any, tmp_path: Path) -> None:
    store = Store(tmp_path)
    mine = shard("dies_once", mark=str(tmp_path / "mark"))
    its = partial(cluster, dask.scheduler_address)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dask.scheduler, "allowed_failures", 3)
        told = {d.key: d.content.get("result") for d in campaign([mine, *shards(6)], its, store)}
    assert told[mine.key] == "lived"
    assert len(told) == len(contents(tmp_path)) == 7


def test_a_shard_that_ends_its_workers_is_a_result(dask: Any, tmp_path: Path) -> None:
    its = partial(cluster, dask.scheduler_address)
    [done] = campaign([shard("kills")], its, Store(tmp_path))
    assert done.content["died"] == DIED


def test_where_no_scheduler_answers_is_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(CLUSTER, "PATIENCE", 0.2)
    with pytest.raises(BadInput) as error, cluster("tcp://127.0.0.1:1"):
        pass
    assert str(error.value) == (
        "tcp://127.0.0.1:1: no scheduler answers; expected the address of a Dask scheduler, such"
        " as tcp://10.0.0.1:8786"
    )


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BadInput) as error, cluster("tcp://127.0.0.1:1"):
        pass
    expected = "Dask is not installed; expected pip install 'memfold[cluster]'"
    assert str(error.value) == expected
