"""Which commit brought a difference: git's own search, in a working tree that nobody else uses."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from memfold.equivalence.facts import Json
from memfold.errors import BadInput

__all__ = ["Commit", "Commits", "bisect_git"]

PATIENCE = 5.0
"""Seconds that a command has to end when it is told to."""

# What the command says it found becomes what git understands: 0 good, 1 bad, anything else is
# "cannot be tested". What it prints is not git's.
STATUS = """\
import subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=sys.stderr)
sys.exit(done.returncode if done.returncode in (0, 1) else 125)
"""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, as it is told of."""

    hash: str
    date: str
    """The author's, as YYYY-MM-DD."""
    subject: str

    def __str__(self) -> str:
        return f"{self.hash[:12]} {self.date} {self.subject}"


@dataclass(frozen=True, slots=True)
class Commits:
    """What came of the search."""

    suspects: Sequence[Commit]
    """The first bad commit; more where those between could not be tested."""
    tested: int
    """How many commits the command was run on, the given ones included."""

    @property
    def told(self) -> str:
        """The outcome, the commit on a line of its own."""
        if len(self.suspects) == 1:
            return f"the first bad commit is\n{self.suspects[0]}"
        lines = ["the first bad commit is one of these; those between could not be tested"]
        return "\n".join([*lines, *map(str, self.suspects)])

    def json(self) -> dict[str, Json]:
        """The outcome as data."""
        return {
            "suspects": [
                {"hash": each.hash, "date": each.date, "subject": each.subject}
                for each in self.suspects
            ],
            "tested": self.tested,
        }


def bisect_git(folder: Path, good: str, bad: str, command: Sequence[str]) -> Commits:
    """The first commit after `good`, up to `bad`, at which `command` finds a difference.

    `command` is run in what `folder` is at that commit, in a temporary working tree, which is also
    first on PYTHONPATH; `folder` itself is left alone, with whatever is not committed. Exit 0 is
    good, 1 is bad, anything else means that the commit cannot be tested.

    Raises `BadInput` for a folder that is in no repository, a revision that is not there, a good
    one that is no ancestor of the bad one, and a given commit on which `command` says otherwise.
    However it ends, interrupted too, no working tree and no process is left.
    """
    git = _Git(folder)
    top = git.asked("rev-parse", "--show-toplevel")
    if not top:
        raise BadInput(f"{folder}: in no git repository", "a folder that is in one")
    hashes = {name: git.commit(name, revision) for name, revision in (("good", good), ("bad", bad))}
    if hashes["good"] == hashes["bad"] or not git.says_yes(
        "merge-base", "--is-ancestor", hashes["good"], hashes["bad"]
    ):
        raise BadInput(f"good {good} is no ancestor of bad {bad}", "an older commit that is good")
    within = Path(git.asked("rev-parse", "--show-prefix"))
    with _working_tree(git, hashes["bad"]) as tree:
        place = tree / within
        command = (sys.executable, "-c", STATUS, *command)
        here = _Git(tree, _environment(place))
        tested: set[str] = set()
        for name, wanted in (("bad", 1), ("good", 0)):
            here.done("checkout", "--quiet", "--detach", hashes[name])
            _check(name, {"good": good, "bad": bad}[name], command, here, place, wanted)
            tested.add(hashes[name])
        here.done("bisect", "start", hashes["bad"], hashes["good"])
        # Git runs it at the top, where the folder may not be at every commit.
        go = "import os,sys; os.path.isdir(sys.argv[1]) or sys.exit(125); os.chdir(sys.argv[1]);"
        go += "os.execv(sys.argv[2], sys.argv[2:])"
        here.run("bisect", "run", sys.executable, "-c", go, str(place), *command)
        log = here.asked("bisect", "log")
        tested |= set(re.findall(r"^git bisect (?:good|bad|skip) ([0-9a-f]+)$", log, re.MULTILINE))
        found = re.findall(r"^# (?:possible )?first bad commit: \[([0-9a-f]+)\]", log, re.MULTILINE)
        if not found:
            raise BadInput(f"git bisect found no commit between {good} and {bad}", "one to test")
        return Commits([here.told(each) for each in dict.fromkeys(found)], len(tested))


def _check(
    name: str, revision: str, command: Sequence[str], git: _Git, place: Path, wanted: int
) -> None:
    """Whether the command says of a given commit what it was said to be."""
    if not place.is_dir():
        raise BadInput(f"{name} {revision}: has no folder {place.name}", "a commit that has it")
    status, _, said = _performed(command, place, git.environment)
    if status != wanted:
        last = f" ({said.splitlines()[-1][:200]})" if said.strip() else ""
        what = {0: "equal", 1: "different"}.get(status, "cannot be tested")
        expected = f"a commit that is {'equal' if wanted == 0 else 'different'}"
        raise BadInput(f"{name} {revision}: {what}{last}", expected)


def _environment(place: Path) -> Mapping[str, str]:
    """This process's, without what belongs to another repository, with `place` to import from."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    path = [str(place), *filter(None, [os.environ.get("PYTHONPATH")])]
    # A compiled file of one commit may be as old and as large as the next commit's source.
    return {**kept, "LC_ALL": "C", "PYTHONPATH": os.pathsep.join(path), **_NO_COMPILED}


_NO_COMPILED = {"PYTHONDONTWRITEBYTECODE": "1"}


class _Git:
    """git in a folder, its hooks left out."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.environment = environment or _environment(folder)

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit status, output and errors of a git command; raises `BadInput` without git."""
        try:
            return _performed(
                ["git", "-c", f"core.hooksPath={os.devnull}", *words], self.folder, self.environment
            )
        except OSError as error:
            raise BadInput(f"git: {error.strerror}", "git, and a folder to run it in") from error

    def asked(self, *words: str) -> str:
        """What a command answers; empty when it fails."""
        status, output, _ = self.run(*words)
        return output.strip() if status == 0 else ""

    def says_yes(self, *words: str) -> bool:
        """Whether a command succeeds."""
        return self.run(*words)[0] == 0

    def done(self, *words: str) -> None:
        """Do something that is expected to work; raises `BadInput` with what git says."""
        status, _, said = self.run(*words)
        if status:
            raise BadInput(f"git {words[0]}: {' '.join(said.split())[:200]}", "git to manage it")

    def commit(self, name: str, revision: str) -> str:
        """The hash of the commit that `revision` is; raises `BadInput` when it is none."""
        found = self.asked(
            "rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"
        )
        if not found:
            raise BadInput(f"{name} {revision}: no such commit", "a revision of the repository")
        return found

    def told(self, commit: str) -> Commit:
        """What there is to tell of a commit."""
        shown = self.asked("show", "-s", "--date=short", "--format=%H%x00%ad%x00%s", commit)
        return Commit(*shown.split("\0"))


@contextlib.contextmanager
def _working_tree(git: _Git, commit: str) -> Iterator[Path]:
    """A linked working tree at `commit`, gone afterwards."""
    outer = Path(tempfile.mkdtemp(prefix="memfold-bisect-"))
    tree = outer.resolve() / "tree"
    try:
        git.done("worktree", "add", "--quiet", "--detach", str(tree), commit)
        yield tree
    finally:
        git.run("worktree", "remove", "--force", str(tree))
        shutil.rmtree(outer, ignore_errors=True)


def _performed(
    command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> tuple[int, str, str]:
    """Exit status, output and errors of a command; interrupted, it and its children are ended."""
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            output, said = process.communicate()
        except BaseException:
            _end(process)
            raise
    return process.returncode, output, said


def _end(process: subprocess.Popen[str]) -> None:
    """End a process and all it started: its session has no other."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
