"""The command report: files by their names, told again of events, its exit status."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from memfold.errors import BadInput
from memfold.harness.commands.report import report

EXAMPLE = Path(__file__).parents[3] / "examples" / "job_queue"
SMALL = ("--ops", "200", "--jobs", "1")


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(report, [str(each) for each in args], standalone_mode=False)


@pytest.fixture(autouse=True)
def example(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLE)


def test_one_run_is_written_in_every_form_that_is_asked_for(tmp_path: Path) -> None:
    page, comment, events = (tmp_path / name for name in ("a.html", "b.md", "c.jsonl"))
    result = run(*SMALL, "-o", page, "-o", comment, "-o", events)
    assert result.return_value == 0
    assert "jobs: EQUIVALENT" in result.stdout
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert "memfold report jobs --ops 200 --seed 2011 --mixes 64" in page.read_text("utf-8")
    assert comment.read_text("utf-8").startswith("## `jobs`: = equivalent\n")
    again = tmp_path / "again.html"
    result = run("--from", events, "-o", again)
    assert (result.return_value, result.stdout.partition(":")[0]) == (0, "jobs")
    assert again.read_text("utf-8") == page.read_text("utf-8")


def test_a_baseline_gives_a_burn_down(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    assert run(*SMALL, "-o", page, "--baseline", "ratchet.json").return_value == 0
    assert 'id="burn-down"' in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["-o", "x.pdf"], "-o x.pdf: no form of a report; expected a name in .html, .md, .jsonl"),
        (["-o", "x.md", "--from", "none"], "none: No such file or directory; expected a file of "),
        (["-o", "none/x.md", *SMALL], "none/x.md: No such file or directory; expected a place to"),
        (["x", "-o", "x.md"], "unknown project 'x'; expected one of jobs"),
    ],
    ids=["form", "from", "place", "name"],
)
def test_what_cannot_be_is_told_and_nothing_written(args: list[str], said: str) -> None:
    result = run(*args)
    assert isinstance(result.exception, BadInput)
    assert str(result.exception).startswith(said)
    assert not Path("x.md").exists()


def test_a_run_is_told_again_without_a_name(tmp_path: Path) -> None:
    result = run("jobs", "--from", "x.jsonl", "-o", tmp_path / "x.md")
    assert str(result.exception) == "--from tells of a run again: without NAME, as .html or .md"
