"""The command: a matrix, a verdict, an exit status; what is bad is told in one line."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from memfold.harness.cli import main
from tests.equivalence.mutants.sample import sample

KILLED = """
[[mutant]]
id = "minus"
file = "parts.py"
old = "self.total + n"
new = "self.total - n"
why = "it subtracts"
kind = "wrong sign"
"""
SURVIVES = """
[[mutant]]
id = "turned"
file = "parts.py"
old = "self.total + n"
new = "n + self.total"
why = "the same the other way round"
expect = "generated"
"""


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def test_all_killed_is_exit_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample(tmp_path, KILLED)
    assert main(["mutants", "--ops", "100"]) == 0
    out = capsys.readouterr().out
    assert "\ncounter: killed 1 of 1 in " in out
    assert "\nwrong sign " in out
    assert max(map(len, out.splitlines())) <= 80


def test_a_survivor_is_a_missing_check_and_exit_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample(tmp_path, KILLED + SURVIVES)
    assert main(["mutants", "--ops", "100"]) == 1
    out = capsys.readouterr().out
    assert (
        "survived: turned\n  parts.py: the same the other way round; generated should see it" in out
    )
    assert "\ncounter: killed 1 of 2 in " in out


def test_as_data_it_has_who_killed_what_and_when(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample(tmp_path, KILLED + SURVIVES)
    main(["mutants", "--ops", "100", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (found["killed"], found["planned"], found["survivors"]) == (1, 2, ["turned"])
    minus = found["mutants"][0]
    assert (minus["killed_by"], minus["checks"]) == ("generated", {"generated": "killed"})
    assert minus["steps"] > 0
    assert "first difference" in minus["finding"]


def test_the_picture_stands_alone_and_follows_light_and_dark(tmp_path: Path) -> None:
    sample(tmp_path, KILLED + SURVIVES)
    main(["mutants", "--ops", "100", "--svg", "kills.svg"])
    text = (tmp_path / "kills.svg").read_text()
    root = ElementTree.fromstring(text)
    assert root.findtext("{http://www.w3.org/2000/svg}title") == "counter: killed 1 of 2"
    assert "prefers-color-scheme: dark" in text
    assert text.count('<rect class="killed"') == 1


def test_one_is_judged_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sample(tmp_path, KILLED + SURVIVES)
    assert main(["mutants", "--ops", "100", "--only", "minus"]) == 0
    assert "killed 1 of 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("argv", "wrong"),
    [
        (["--only", "none"], "no mutant 'none' of counter; expected one of minus"),
        (["nowhere"], "unknown project 'nowhere'"),
    ],
)
def test_what_is_not_there_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], argv: list[str], wrong: str
) -> None:
    sample(tmp_path, KILLED)
    assert main(["mutants", *argv]) == 2
    assert capsys.readouterr().err.startswith(f"memfold: {wrong}")


def test_a_project_without_mutants_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample(tmp_path)
    assert main(["mutants"]) == 2
    assert "no [[mutant]]; expected one or more bugs to look for" in capsys.readouterr().err


def test_an_edit_that_no_longer_applies_names_file_and_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sample(tmp_path, KILLED.replace("self.total + n", "self.sum + n"))
    assert main(["mutants"]) == 2
    assert capsys.readouterr().err == (
        f"memfold: mutant minus: {tmp_path}/parts.py: 'self.sum + n' is not there; expected a text"
        " that is in it once\n"
    )
