"""`memfold shrink` and `memfold bisect`, in a project of a working folder."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from memfold.errors import BadInput
from memfold.harness.commands.search import bisect, shrink
from memfold.harness.projects import configuration
from tests.equivalence.search.test_bisect_git import git
from tests.equivalence.search.test_snippet import CODE, QUEUE

MODULE = "queue_of_the_commands"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "memfold.toml").write_text(QUEUE.format(module=MODULE))
    (tmp_path / f"{MODULE}.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    path = [*sys.path]
    yield tmp_path
    sys.path[:] = path
    sys.modules.pop(MODULE, None)


def run(
    command: click.Command, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[object, str]:
    status = command.main([*words], standalone_mode=False)
    return status, capsys.readouterr().out


def test_a_difference_is_shrunk_and_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = folder / "small.jsonl"
    status, text = run(shrink, capsys, "queue@new", "--ops", "500", "-o", str(output))
    assert status == 1
    assert text.splitlines()[:7] == [
        "queue@new differs from queue@old:",
        '  1. put name=""',
        '  2. put name=""',
        '  3. put name=""',
        "  4. size",
        "    old shows result 3",
        "    new shows result 2",
    ]
    assert [json.loads(line).get("result") for line in output.read_text().splitlines()[1:]] == [
        *(1, 2, 3),
        3,
    ]
    status, text = run(shrink, capsys, "queue@new", "--trace", str(output), "--json")
    assert status == 1
    assert len(json.loads(text)["steps"]) == 4
    status, text = run(shrink, capsys, "queue@new", "--trace", str(output), "--snippet")
    assert "project = open_project" in text
    assert subprocess.run([sys.executable, "-c", text], capture_output=True).returncode == 1


@pytest.mark.usefixtures("folder")
def test_without_a_difference_there_is_nothing_to_say(capsys: pytest.CaptureFixture[str]) -> None:
    said = (0, "queue@old: no difference from queue@old\n")
    assert run(shrink, capsys, "queue@old", "--ops", "50") == said
    assert run(bisect, capsys, "queue@old", "--ops", "50") == said
    assert run(shrink, capsys, "queue@old", "--ops", "50", "--json") == (0, "null\n")
    assert run(bisect, capsys, "queue@old", "--ops", "50", "--json") == (0, "null\n")


@pytest.mark.usefixtures("folder")
def test_what_is_to_blame_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    status, text = run(bisect, capsys, "queue@new", "--ops", "500")
    assert status == 1
    assert text.startswith("stage new, or queue=new: which cannot be told")
    with pytest.raises(BadInput, match=r"^only --good; expected both --good and --bad$"):
        run(bisect, capsys, "queue@new", "--good", "HEAD")


def test_the_commit_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git(folder, "init", "--quiet", "--initial-branch=main")
    for number in range(5):
        code = CODE if number > 2 else CODE.replace("min(2, ", "max(0, ")
        (folder / f"{MODULE}.py").write_text(f"{code}# {number}\n")
        git(folder, "add", "memfold.toml", f"{MODULE}.py")
        git(folder, "commit", "--quiet", "-m", f"change {number}")
    assert configuration("queue@new")
    words = ("queue@new", "--ops", "60", "--good", "HEAD~4", "--bad", "HEAD")
    status, text = run(bisect, capsys, *words)
    assert status == 1
    assert text.splitlines()[-1].endswith(" change 3")


def test_a_board_opens_by_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("leon3_generic@fold", "--ops", "200")
    assert run(shrink, capsys, *words) == (
        0,
        "leon3_generic@fold: no difference from leon3_generic@legacy\n",
    )
