"""Rounds: what `migrate` performs with the same seed, in shards that are told once each."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from memfold.equivalence import (
    INT,
    STR,
    Facts,
    Json,
    Op,
    Project,
    Step,
    Vocabulary,
    find_project,
    levels,
    open_project,
)
from memfold.equivalence.campaign.made import generated_traces
from memfold.equivalence.campaign.migrate import grouped
from memfold.equivalence.campaign.reporter import Reporter
from memfold.equivalence.campaign.run import run
from memfold.equivalence.campaign.work import Work
from memfold.equivalence.plan import plan
from memfold.equivalence.shards import Store, campaign, processes
from memfold.equivalence.shards.rounds import a_round, rounds, rows_of, shrunk_of
from memfold.equivalence.shards.tally import Tally
from memfold.harness.projects import named
from memfold.harness.projects.sharded import ROUND, SHRINK, perform_round
from tests.equivalence.sample import Old
from tests.equivalence.sample import project as sample
from tests.equivalence.shards.bomb import written


def result(**arguments: Any) -> Any:
    return perform_round(arguments)


def test_a_round_performs_each_configuration_of_the_plan_once() -> None:
    leon3 = named("leon3_generic")
    shards = list(a_round(ROUND, leon3, 7, 60, 4))
    names = [str(name) for its in shards for name in its.arguments["configurations"]]  # type: ignore[union-attr]
    assert Counter(names) == Counter(map(str, plan(leon3.migration, 4, 7)))
    assert all(its.arguments["seed"] == 7 for its in shards)
    assert len(names) / len(shards) > 7


def test_the_next_round_is_of_the_next_seed() -> None:
    leon3 = named("leon3_generic")
    count = len(list(a_round(ROUND, leon3, 7, 60, 4)))
    both = list(islice(rounds(ROUND, leon3, 7, 60, 4), count + 1))
    assert [its.arguments["seed"] for its in both] == [7] * count + [8]
    assert len({its.key for its in both}) == count + 1


def test_a_shard_shows_what_migrate_shows_but_for_recordings_goals_and_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(written(tmp_path, "bomb_migrate"))
    file = find_project(tmp_path)
    assert file is not None
    project = open_project(file)
    rows = plan(project.migration, 4, 3)
    work = Work.of(project, generated_traces(project, 3, 40), rows)
    verdict: Any = run(work, rows, grouped(rows), 1, Reporter()).json()
    expected = {row["configuration"]: row for row in verdict["rows"]}
    shown = {}
    for its in a_round(ROUND, project, 3, 40, 4):
        for row in result(**its.arguments)["rows"]:
            shown[row["configuration"]] = row
    for row in expected.values():
        del row["seconds"]
    assert shown == expected
    assert any(row["differences"] for row in shown.values())


def test_a_board_repeats_no_recording_and_has_no_goals() -> None:
    names = ["leon3_generic@legacy", "leon3_generic@remove"]
    told = result(project="leon3_generic", seed=1, ops=20, configurations=names)
    assert [row["configuration"] for row in told["rows"]] == names
    assert all(row["steps"] < 500 for row in told["rows"])
    assert all(row["goals"] == row["differences"] == 0 for row in told["rows"])


class Staged:
    """Shows nothing wrong but for who looks closer: at which stage it is."""

    def __init__(self, stage: str) -> None:
        self.stage = stage

    def perform(self, _: Step) -> Facts:
        return {"result": 1, "how": "otherwise" if self.stage == "new" else "as ever"}


def test_a_failure_knows_the_side_that_shows_it() -> None:
    """The same forms at an earlier stage are held against each other more closely."""
    words = Vocabulary(
        {"go": Op({}, {"result": INT, "how": STR})}, levels(caller=["result"], forms=["how"])
    )
    migration = sample(Old).migration
    its = Project(migration, words, lambda configuration, _: Staged(configuration.stage.name))
    names: list[Json] = ["jobs@convert[*=new]", "jobs@new"]
    told: Any = rows_of(its, {"seed": 1, "ops": 5, "configurations": names})
    [failure, *_] = told["failures"]
    assert (failure["old"], failure["new"]) == ("jobs@convert[*=new]", "jobs@new")
    again = {name: failure[name] for name in ("old", "new", "trace")}
    shrunk: Any = shrunk_of(its, {"seed": 1, "ops": 5, **again})
    assert [line["op"] for line in shrunk["lines"][1:]] == ["go"]


def performed(tmp_path: Path, module: str, deadly: bool = False) -> tuple[Tally, Store]:
    """A campaign of the bomb, with all that remains to be done about its failures."""
    file = find_project(written(tmp_path, module, deadly))
    assert file is not None
    project = open_project(file)
    store, tally = Store(tmp_path / "store"), Tally(project, SHRINK)
    shards = list(a_round(ROUND, project, 3, 150, 4))
    while shards:
        for done in campaign(shards, partial(processes, 1), store):
            tally.add(done.key, done.content, done.seconds)
        shards = [each for each in tally.remaining() if each.key not in store]
    return tally, store


def test_the_same_difference_is_one_failure_and_each_is_shrunk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tally, store = performed(tmp_path, "bomb_same")
    assert tally.status == 1
    told = {}
    for failure in tally.failures:
        shrunk = tally.shrunk(failure)
        assert shrunk is not None
        told[failure.same["op"]] = [(line["op"], line.get("n")) for line in shrunk["lines"][1:]]
        assert failure.count >= len(failure.configurations) > 1
    assert told == {"take": [("take", None)], "put": [("put", 0), ("put", 0), ("put", 7)]}
    assert len(tally.failures) == 2

    again = Tally(tally.project, SHRINK)
    seconds = store.seconds()
    for key, content in store.results():
        again.add(key, content, seconds[key])
    assert again.json() == tally.json()


def test_of_a_shard_that_died_the_groups_are_performed_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tally, _ = performed(tmp_path, "bomb_dies", deadly=True)
    died = [name for its in tally.deaths for name in its.arguments["configurations"]]  # type: ignore[union-attr]
    project = tally.project
    assert died
    assert all(project.parse(str(name)).forms["b"] == "new" for name in died)
    assert tally.rows == len(plan(project.migration, 4, 3)) - len(died)


def test_results_of_other_code_count_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tally, store = performed(tmp_path, "bomb_other")
    monkeypatch.setattr("memfold.equivalence.shards.shard.code_of", lambda _: "f" * 64)
    other = Tally(tally.project, SHRINK)
    for key, content in store.results():
        other.add(key, content, 1.0)
    assert (other.shards, other.rows, other.status) == (0, 0, 0)
    assert other.others == len(list(store.results()))


def test_what_rows_count_by_name_is_added_up_however_deep() -> None:
    leon3 = named("leon3_generic")
    tally = Tally(leon3, SHRINK)
    [its] = islice(a_round(ROUND, leon3, 1, 60, 0), 1)
    row = {"steps": 3, "ops": {"a": 1, "b": 2}, "reach": {"uart": {"read": 4}}, "forms": {"x": "y"}}
    content = {**its.json(), "result": {"rows": [row, row], "failures": []}}
    tally.add(its.key, content, 0.5)
    assert tally.counts["ops"] == {"a": 2, "b": 4}
    assert tally.counts["reach"] == {"uart read": 8}
    assert (tally.steps, tally.rate, tally.cost(1200, 2)) == (6, 12.0, 50.0)
