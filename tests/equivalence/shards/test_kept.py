"""A migration goes on with the rows of earlier runs, and tells of them as if it had made them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from memfold.equivalence import Configuration, Ledger, Project, Subject
from memfold.equivalence.campaign.made import generated_traces
from memfold.equivalence.campaign.migrate import grouped
from memfold.equivalence.campaign.reporter import Reporter
from memfold.equivalence.campaign.run import run
from memfold.equivalence.campaign.work import Work
from memfold.equivalence.plan import plan
from memfold.equivalence.shards import Store
from memfold.equivalence.shards.kept import KeptRows
from memfold.harness.cli import main
from tests.equivalence.sample import KEEPS, Keeps, Old, project
from tests.equivalence.shards.bomb import written


class Wrong(Keeps):
    def take(self) -> str:
        return super().take().upper()


def verdict(its: Project, store: Store, seed: int = 1) -> Any:
    rows = plan(its.migration, 4, 1)
    work = Work.of(its, generated_traces(its, seed, 200), rows)
    found = run(work, rows, grouped(rows), 1, Reporter(), 0, KeptRows(store, work))
    return [replace(row, shown=[]) for row in found.rows]


def count(store: Store) -> int:
    return len(list(store.results()))


def test_what_is_known_is_told_again_in_full_and_not_performed(tmp_path: Path) -> None:
    its, store = project(Wrong, Ledger([KEEPS])), Store(tmp_path)
    first = verdict(its, store)
    assert count(store) == len(first) == 4
    assert any(row.differences for row in first)
    assert any(row.intended.ops for row in first)

    def only_the_first(configuration: Configuration, header: Any) -> Subject:
        assert configuration.stage.name == "old"
        return its.make(configuration, header)

    again = verdict(replace(its, make=only_the_first), store)
    assert again == first
    assert [row.first for row in again] == [row.first for row in first]


def test_other_steps_are_other_rows(tmp_path: Path) -> None:
    its, store = project(Old), Store(tmp_path)
    verdict(its, store)
    verdict(its, store, seed=2)
    assert count(store) == 8


def test_a_row_that_was_lost_is_performed_with_its_group(tmp_path: Path) -> None:
    its, store = project(Wrong), Store(tmp_path)
    first = verdict(its, store)
    lost = [store.path(key) for key, content in store.results() if "@new" in str(content)]
    assert lost
    lost[0].unlink()
    again = verdict(its, store)
    assert [replace(row, seconds=0) for row in again] == [replace(row, seconds=0) for row in first]
    assert count(store) == 4


def test_a_row_that_died_is_not_kept(tmp_path: Path) -> None:
    class Ends(Old):
        def size(self) -> int:
            os._exit(7)

    store = Store(tmp_path)
    first = verdict(project(Ends), store)
    assert [row.died for row in first].count(True) == 2
    assert count(store) == 2


def test_the_command_goes_on_with_what_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(written(tmp_path / "it", "bomb_kept"))
    printed = []
    for _ in range(2):
        assert main(["migrate", "--ops", "60", "--jobs", "1", "--resume"]) == 1
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert count(Store(Path(".memfold/migrate/bomb"))) == 10
