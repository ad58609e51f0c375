"""Our mutants: named migration bugs of devices, boards and both layers, and who judges them.

What a mutant is, and how one is judged, is the engine's (`memfold.equivalence.mutants`).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

import memfold
from memfold.devices.boards import BOARDS
from memfold.equivalence.mutants.checks import CHECKS
from memfold.equivalence.mutants.judge import Judging
from memfold.equivalence.mutants.mutant import Mutant, declared, read_mutants
from memfold.equivalence.projectfile import find_project
from memfold.errors import BadInput
from memfold.harness.mutants.converted import converted
from memfold.harness.projects import LAYERS, file_of

__all__ = ["BOARD_CHECKS", "chosen", "drawn", "judging", "our_mutants", "tenth"]

ROOMS = Path(__file__).parent
BASE = Path(memfold.__file__).parent
"""What the files in our mutants are relative to."""

RECORDED_MAP = "recorded-map"
BOARD_CHECKS = (RECORDED_MAP, "map", "recorded", "generated")
"""A probe of a recording ends where it differs; steps that are made up are made up before."""


@cache
def our_mutants() -> tuple[Mutant, ...]:
    """All of ours, room by room; raises `BadInput` for a bad one."""
    found: list[Mutant] = []
    for path in sorted(ROOMS.glob("*.toml")):
        its = read_mutants(path, BASE)
        found += map(converted, its) if path.stem.startswith("conversion") else its
    names = [each.id for each in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadInput(f"mutant {min(twice)}: two rooms have it", "another id")
    return tuple(found)


def chosen(name: str | None) -> tuple[str, list[Mutant]]:
    """The mutants to judge: of the project called `name`, or of the working folder's; else ours.

    Of a board or a layer of ours those are meant that it is to judge. Raises `BadInput` for a
    project that there is not, or that has none.
    """
    own = find_project(Path.cwd())
    if name is None and own is None:
        return "memfold", list(our_mutants())
    file = file_of(name)
    if own is not None and file.path == own.path:
        found = declared(file)
        if not found:
            raise BadInput(f"{file.path}: no [[mutant]]", "one or more bugs to look for")
        return file.name, found
    return file.name, [each for each in our_mutants() if file.name in each.projects]


def judging(
    name: str, mutants: Sequence[Mutant], ops: int, seed: int, timeout: float, every: bool
) -> Judging:
    """How these are judged: by the project that was asked for alone, or by all that they name."""
    asked = {each for mutant in mutants for each in mutant.projects}
    names = sorted(asked) if name == "memfold" else [name]
    projects = {each: file_of(each).path for each in names}
    checks = {each: _checks(each) for each in names}
    extra = {RECORDED_MAP: "memfold.harness.mutants.maps:recorded_map"}
    return Judging(projects, checks, extra, ops, seed, timeout, every)


def _checks(project: str) -> Sequence[str]:
    if project in BOARDS:
        return BOARD_CHECKS
    if project in LAYERS:
        return ("generated", "recorded") if file_of(project).entries.get("runs") else ("recorded",)
    return tuple(CHECKS)


def tenth(mutants: Sequence[Mutant], seed: int) -> list[Mutant]:
    """A tenth of them, the same for the same seed; one more or less changes little of it."""
    return drawn(mutants, seed, max(1, len(mutants) // 10))


def drawn(mutants: Sequence[Mutant], seed: int, count: int) -> list[Mutant]:
    """`count` of them, chosen by the seed, in their order."""

    def lot(mutant: Mutant) -> bytes:
        return sha256(f"{seed}/{mutant.id}".encode()).digest()

    among = {each.id for each in sorted(mutants, key=lot)[:count]}
    return [each for each in mutants if each.id in among]
