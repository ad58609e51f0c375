"""How much of what there is was tried: cells that a project declares, and which were reached.

A cell is something that can be tried or not, as (component, aspect, cell): say a register read at
one width. What a configuration reached is a number whose bit n stands for the n-th declared cell,
so that two of them are joined by ``|``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from memfold.equivalence.facts import Json

__all__ = ["ALL", "Cell", "Coverage", "Reached", "bits", "percent", "summed"]

Cell: TypeAlias = tuple[str, str, str]

ALL = "all"
"""What a floor calls all aspects together."""

TOLD = 1000
"""Cells not reached that are kept as data; the others are counted."""


@dataclass(frozen=True, slots=True)
class Reached:
    """What one configuration reached."""

    stage: str
    forms: Mapping[str, str]
    bits: int


def bits(cells: Sequence[Cell], reached: Collection[Cell]) -> int:
    """`reached` as a number: bit n is the n-th of `cells`."""
    return int("".join("1" if cell in reached else "0" for cell in reversed(cells)) or "0", 2)


def percent(reached: int, declared: int) -> float:
    """How much that is, rounded down to a tenth: 100 is all of it."""
    return 1000 * reached // declared / 10 if declared else 100.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was reached of what is declared."""

    counts: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    """How many cells were reached and how many there are, by component and aspect."""
    missed: Sequence[Cell] = ()
    """The cells that were not reached."""
    floors: Mapping[str, float] = field(default_factory=dict)
    """The percentage that has to be reached of an aspect, or of `ALL`."""

    @property
    def aspects(self) -> dict[str, tuple[int, int]]:
        """Reached and declared by aspect."""
        return self._joined(1)

    @property
    def components(self) -> dict[str, tuple[int, int]]:
        """Reached and declared by component."""
        return self._joined(0)

    def _joined(self, part: int) -> dict[str, tuple[int, int]]:
        joined: dict[str, tuple[int, int]] = {}
        for key, (reached, declared) in self.counts.items():
            before = joined.get(key[part], (0, 0))
            joined[key[part]] = before[0] + reached, before[1] + declared
        return joined

    @property
    def total(self) -> tuple[int, int]:
        """Reached and declared in all."""
        counts = self.counts.values()
        return sum(count[0] for count in counts), sum(count[1] for count in counts)

    @property
    def below(self) -> dict[str, tuple[float, float]]:
        """The aspects that have not reached their floor: what was reached, and the floor."""
        found = {**self.aspects, ALL: self.total}
        there = {name: percent(*found.get(name, (0, 0))) for name in self.floors}
        return {
            name: (there[name], floor) for name, floor in self.floors.items() if there[name] < floor
        }

    def json(self) -> dict[str, Json]:
        """It as data."""
        return {
            "floor": dict(self.floors),
            "counts": [[*key, *count] for key, count in self.counts.items()],
            "missed": [[*cell] for cell in self.missed[:TOLD]],
        }


def summed(cells: Sequence[Cell], rows: Iterable[Reached], floors: Mapping[str, float]) -> Coverage:
    """What `rows` reached of `cells`, all of them.

    Configurations that have a component in the same form at the same stage add up; a cell counts
    when it was reached at every stage and in every form that its component had in any of them.
    """
    joined: dict[tuple[str, str, str], int] = {}
    names = sorted({component for component, _, _ in cells})
    for row in rows:
        for name in names:
            key = name, row.stage, row.forms.get(name, "")
            joined[key] = joined.get(key, 0) | row.bits
    everywhere: dict[str, int] = {}
    for (name, _, _), reached in joined.items():
        everywhere[name] = everywhere.get(name, -1) & reached
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    missed: list[Cell] = []
    for n, cell in enumerate(cells):
        reached = everywhere.get(cell[0], 0) >> n & 1
        before = counts.get(cell[:2], (0, 0))
        counts[cell[:2]] = before[0] + reached, before[1] + 1
        if not reached:
            missed.append(cell)
    return Coverage(counts, missed, floors)
