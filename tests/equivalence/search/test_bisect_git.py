"""Which commit brought a difference."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from memfold.equivalence.search.bisect_git import Commits, bisect_git
from memfold.errors import BadInput

COUNT = 20
CHECK = (sys.executable, "-c", "import thing, sys; sys.exit(thing.status())")


def git(folder: Path, *words: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    date = {"GIT_AUTHOR_DATE": "2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE": "2026-01-02T03:04:05Z"}
    done = subprocess.run(
        ["git", *who, *words],
        cwd=folder,
        env={**clean, **date},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def repository(folder: Path, statuses: list[str], within: str = ".") -> list[str]:
    """A repository with a commit for each of `statuses`, which its module answers then."""
    git(folder, "init", "--quiet", "--initial-branch=main")
    hashes: list[str] = []
    for number, status in enumerate(statuses):
        place = folder / within
        place.mkdir(exist_ok=True, parents=True)
        # All of one size and time: only what is imported from the commit itself is right.
        (place / "thing.py").write_text(f"def status(): return {status}  # {number:03}\n")
        git(folder, "add", "-A")
        git(folder, "commit", "--quiet", "-m", f"change {number}")
        hashes.append(git(folder, "rev-parse", "HEAD"))
    return hashes


def left(folder: Path) -> list[str]:
    """Working trees and references that are there besides the repository's own."""
    trees = git(folder, "worktree", "list").splitlines()[1:]
    return trees + git(folder, "for-each-ref", "refs/bisect").splitlines()


def runs(process: int) -> bool:
    """Whether a process is there, and not only still listed."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "repository"
    place.mkdir()
    return place


@pytest.mark.parametrize("first_bad", [1, 2, 11, 19])
def test_the_commit_that_brought_it_is_found(folder: Path, temporary: Path, first_bad: int) -> None:
    hashes = repository(folder, ["0"] * first_bad + ["1"] * (COUNT - first_bad))
    (folder / "thing.py").write_text("not Python, not committed")
    found = bisect_git(folder, hashes[0], "main", CHECK)
    assert [each.hash for each in found.suspects] == [hashes[first_bad]]
    assert found.told == (
        f"the first bad commit is\n{hashes[first_bad][:12]} 2026-01-02 change {first_bad}"
    )
    assert 2 <= found.tested <= 8
    assert (folder / "thing.py").read_text() == "not Python, not committed"
    assert not left(folder)
    assert not [*temporary.iterdir()]


def test_commits_that_cannot_be_tested_leave_several(folder: Path) -> None:
    hashes = repository(folder, ["0", "0", "2", "9", "1", "1"])
    found = bisect_git(folder, hashes[0], hashes[-1], CHECK)
    assert sorted(each.hash for each in found.suspects) == sorted(hashes[2:5])
    assert found.told.startswith(
        "the first bad commit is one of these; those between could not be tested\n"
    )
    assert not left(folder)


def test_a_command_that_is_killed_makes_no_commit_bad(folder: Path) -> None:
    dies = "__import__('os').kill(__import__('os').getpid(), 9)"
    hashes = repository(folder, ["0", dies, "0", "1", "1"])
    found = bisect_git(folder, hashes[0], hashes[-1], CHECK)
    assert [each.hash for each in found.suspects] == [hashes[3]]


def test_a_folder_within_a_repository_is_where_it_is_run(folder: Path) -> None:
    hashes = repository(folder, ["0", "0", "1", "1"], "some/where")
    found = bisect_git(folder / "some/where", hashes[0], hashes[-1], CHECK)
    assert [each.hash for each in found.suspects] == [hashes[2]]


def test_an_own_bisecting_goes_on_as_it_was(folder: Path) -> None:
    hashes = repository(folder, ["0", "0", "1", "1"])
    git(folder, "bisect", "start", hashes[3], hashes[0])
    before = git(folder, "bisect", "log"), git(folder, "rev-parse", "HEAD")
    bisect_git(folder, hashes[0], hashes[-1], CHECK)
    assert (git(folder, "bisect", "log"), git(folder, "rev-parse", "HEAD")) == before


def test_what_was_given_wrong_is_said_in_one_line(folder: Path, tmp_path: Path) -> None:
    hashes = repository(folder, ["0", "1", "2"])

    def said(good: str, bad: str, where: Path = folder) -> str:
        with pytest.raises(BadInput) as error:
            bisect_git(where, good, bad, CHECK)
        assert not left(folder)
        return str(error.value)

    none = tmp_path / "none"
    none.mkdir()
    assert said("a", "b", none) == (
        f"{none}: in no git repository; expected a folder that is in one"
    )
    assert said("nowhere", "main") == (
        "good nowhere: no such commit; expected a revision of the repository"
    )
    assert said(hashes[0], "--help") == (
        "bad --help: no such commit; expected a revision of the repository"
    )
    assert said(hashes[1], hashes[0]) == (
        f"good {hashes[1]} is no ancestor of bad {hashes[0]}; expected an older commit that is good"
    )
    assert said("main", "main").startswith("good main is no ancestor of bad main;")
    assert said(hashes[0], hashes[2]) == (
        f"bad {hashes[2]}: cannot be tested; expected a commit that is different"
    )
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "more")
    (folder / "thing.py").write_text("def status(): return 1\n")
    git(folder, "commit", "--quiet", "-am", "bad")
    assert said(hashes[1], "main") == (
        f"good {hashes[1]}: different; expected a commit that is equal"
    )


def test_what_a_command_said_last_is_told(folder: Path) -> None:
    hashes = repository(folder, ["0", "1"])
    with pytest.raises(BadInput, match=r"^good \w+: different \(NameError: name 'no' is"):
        bisect_git(folder, hashes[0], hashes[1], (sys.executable, "-c", "import sys; sys.exit(no)"))


def test_interrupted_it_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    hashes = repository(folder, ["0", "0", "1"])
    marker, temporary = tmp_path / "pid", tmp_path / "temporary"
    temporary.mkdir()
    slow = (
        "import os, sys, time, pathlib, thing\n"
        "if '001' in pathlib.Path('thing.py').read_text():\n"
        f"    pathlib.Path({str(marker)!r}).write_text(str(os.getpid()))\n"
        "    time.sleep(60)\n"
        "sys.exit(thing.status())\n"
    )
    program = (
        "import sys, pathlib\n"
        "from memfold.equivalence.search.bisect_git import bisect_git\n"
        f"bisect_git(pathlib.Path({str(folder)!r}), {hashes[0]!r}, {hashes[2]!r},"
        f" [sys.executable, '-c', {slow!r}])\n"
    )
    environment = {**os.environ, "TMPDIR": str(temporary)}
    process = subprocess.Popen(
        [sys.executable, "-c", program], env=environment, stderr=subprocess.PIPE, text=True
    )
    for _ in range(300):
        if marker.exists() and marker.read_text():
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert said.splitlines()[-1] == "KeyboardInterrupt"
    assert not left(folder)
    assert not [*temporary.iterdir()]
    assert not runs(int(marker.read_text()))


def test_the_outcome_is_data_too(folder: Path) -> None:
    hashes = repository(folder, ["0", "1"])
    found: Commits = bisect_git(folder, hashes[0], hashes[1], CHECK)
    assert found.json() == {
        "suspects": [{"hash": hashes[1], "date": "2026-01-02", "subject": "change 1"}],
        "tested": 2,
    }
    assert re.fullmatch(r"[0-9a-f]{12} 2026-01-02 change 1", str(found.suspects[0]))
