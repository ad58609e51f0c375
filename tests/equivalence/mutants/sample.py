"""A project in a folder of its own, a counter in an old and a new form, to plant bugs in."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path

from memfold.equivalence.mutants.checks import CHECKS
from memfold.equivalence.mutants.judge import Judge, Judging
from memfold.equivalence.mutants.matrix import Matrix, Result
from memfold.equivalence.mutants.mutant import Mutant, declared
from memfold.equivalence.projectfile import read_project

__all__ = ["judge", "mutant", "sample"]

PARTS = '''\
"""A counter, old and new."""


class Old:
    def __init__(self):
        self.total = 0

    def add(self, n: int) -> int:
        self.total += n
        return self.total


class New(Old):
    def add(self, n: int) -> int:
        self.total = self.total + n
        return self.total


def unused() -> int:
    return 1
'''
MIGRATION = '''\
"""The counter of a configuration."""

from parts import New, Old

from memfold.equivalence import Calls


def subject(configuration, _):
    return Calls(Old() if configuration.forms["counter"] == "old" else New())
'''
PROJECT = """\
name = "counter"
subject = "migration:subject"

[stages]
old = ["old"]
both = ["old", "new"]
new = ["new"]

[components]
counter = ["old", "new"]

[ops]
add = { args = { n = "int 0 9" }, facts = { result = "int" } }
"""


def sample(folder: Path, mutants: str = "") -> Path:
    """The project's file in `folder`, with `mutants` as TOML."""
    (folder / "parts.py").write_text(PARTS)
    (folder / "migration.py").write_text(MIGRATION)
    file = folder / "memfold.toml"
    file.write_text(f"{PROJECT}\n{textwrap.dedent(mutants)}")
    return file


def mutant(
    file: Path, old: str, new: str, name: str = "bug", within: str = "New", code: bool = False
) -> Mutant:
    """A mutant of the counter."""
    parts = file.parent / "parts.py"
    return Mutant(name, parts, "parts.py", old, new, "a bug", within=within, code=code)


def judge(
    file: Path, mutants: Sequence[Mutant] | None = None, timeout: float = 30, every: bool = False
) -> tuple[Matrix, list[Result]]:
    """The matrix of `mutants`, or of those in the file, and what was told on the way."""
    its = declared(read_project(file)) if mutants is None else mutants
    how = Judging({"counter": file}, {"counter": tuple(CHECKS)}, {}, 200, 1, timeout, every)
    told: list[Result] = []
    (matrix,) = Judge(how).run("counter", its, 2, told.append)
    return matrix, told
