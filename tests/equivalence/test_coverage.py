"""What rows covered, summed; a verdict that needs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from memfold.equivalence.coverage import Coverage, Reached, bits, percent, summed
from memfold.harness.cli import main

CELLS = [("a", "size", "big"), ("a", "size", "small"), ("b", "size", "big"), ("b", "way", "up")]
ALL = 0b1111


def row(stage: str, reached: int, a: str = "old", b: str = "old") -> Reached:
    return Reached(stage, {"a": a, "b": b}, reached)


def missed(*rows: Reached) -> list[tuple[str, str, str]]:
    return [*summed(CELLS, rows, {}).missed]


def test_a_bit_is_a_cell_in_its_place() -> None:
    assert bits(CELLS, {CELLS[0], CELLS[3], ("c", "unknown", "cell")}) == 0b1001
    assert bits([], set()) == 0


def test_the_same_form_at_the_same_stage_adds_up() -> None:
    assert missed(row("mixed", 0b0101), row("mixed", 0b1010)) == []


def test_what_one_stage_did_not_reach_is_not_covered() -> None:
    assert missed(row("old", ALL), row("mixed", 0b1101)) == [CELLS[1]]


def test_what_one_form_of_a_component_did_not_reach_is_not_covered() -> None:
    rows = row("mixed", ALL), row("mixed", 0b1010, a="new")
    assert missed(*rows) == [CELLS[0]]  # of b, whose form is the same, the others reached it


def test_nothing_performed_is_nothing_covered() -> None:
    assert missed() == CELLS


def test_rows_of_other_runs_are_joined_in_any_order() -> None:
    rows = [row("old", 0b0011), row("old", 0b1100), row("mixed", 0b0111), row("mixed", 0b1000)]
    assert summed(CELLS, rows, {}) == summed(CELLS, rows[::-1], {})


def test_counts_are_by_component_and_aspect() -> None:
    found = summed(CELLS, [row("old", 0b0111)], {})
    assert found.aspects == {"size": (3, 3), "way": (0, 1)}
    assert found.components == {"a": (2, 2), "b": (1, 2)}
    assert found.total == (3, 4)


def test_all_but_one_is_not_all() -> None:
    assert (percent(9999, 10000), percent(1, 1), percent(0, 0)) == (99.9, 100, 100)


def test_what_is_below_its_floor_is_told_with_it() -> None:
    found = summed(CELLS, [row("old", 0b0111)], {"size": 100, "way": 1, "all": 75, "none": 5})
    assert found.below == {"way": (0, 1)}
    assert Coverage().below == {}


PROJECT = """
name = "lamp"
subject = "lamp:Lamp"
stages = { old = [], new = [] }
ops = { on = { facts = { ret = "bool" } }, off = { facts = { ret = "bool" } } }
"""

LAMP = """
class Lamp:
    def __init__(self, configuration, header):
        self.seen = set()
    def perform(self, step):
        self.seen.add(("lamp", "switch", step.op))
        return {"ret": step.op == "on"}
    def covered(self):
        return self.seen
def cells():
    return {("lamp", "switch", way) for way in ("on", "off", "dim")}
"""


def project(folder: Path, more: str = "") -> None:
    (folder / "memfold.toml").write_text(PROJECT + more)
    (folder / "lamp.py").write_text(LAMP)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "lamp", raising=False)
    return tmp_path


def test_a_project_that_declares_nothing_covers_its_operations(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project(here)
    assert main(["migrate", "--ops", "30"]) == 0
    assert "\ncovered: 100 % of 2: operations 2/2\n" in capsys.readouterr().out
    assert main(["migrate", "--ops", "1"]) == 0
    assert "\ncovered: 50 % of 2: operations 1/2\n" in capsys.readouterr().out


def test_below_the_floor_nothing_is_called_equivalent(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project(here, 'cells = "lamp:cells"\nfloor = 60\n')
    assert main(["migrate", "--ops", "30"]) == 0
    assert "lamp: EQUIVALENT" in capsys.readouterr().out
    project(here, 'cells = "lamp:cells"\nfloor = { switch = 70 }\n')
    (here / "memfold.toml").rename(here / "pyproject.toml")  # read anew
    text = (here / "pyproject.toml").read_text()
    tables = text.replace("\nname", "[tool.memfold]\nname")
    (here / "pyproject.toml").write_text(tables)
    assert main(["migrate", "--ops", "30"]) == 1
    out = capsys.readouterr().out
    assert (
        "\nlamp: UNCOVERED: 2 configurations equal, but 66.6 % of switch was tried, not 70 %\n"
        "covered: 66.6 % of 3: switch 2/3\nbelow the floor: switch 70 %\n"
        "not reached: lamp switch: dim\n"
    ) in out
    assert "EQUIVALENT" not in out
    assert main(["migrate", "--ops", "30", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["equivalent"] is False
    assert told["coverage"] == {
        "floor": {"switch": 70},
        "counts": [["lamp", "switch", 2, 3]],
        "missed": [["lamp", "switch", "dim"]],
    }
    assert {each["covered"] for each in told["rows"]} == {"6"}


@pytest.mark.parametrize("floor", ["101", "-1", "true", '"90"', "{ switch = 200 }"])
def test_a_floor_is_a_percentage(
    here: Path, capsys: pytest.CaptureFixture[str], floor: str
) -> None:
    project(here, f"floor = {floor}\n")
    assert main(["migrate"]) == 2
    assert "memfold.toml: floor: " in capsys.readouterr().err
