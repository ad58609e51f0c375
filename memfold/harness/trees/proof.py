"""What comparing the trees of a scope came to so far, and how long all of them take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from memfold.equivalence.facts import Json
from memfold.harness.trees.shards import count

__all__ = ["Proof", "Size"]


class Size(NamedTuple):
    """A scope, by its arguments."""

    regions: int
    units: int
    reduced: bool

    def __str__(self) -> str:
        return f"{self.regions} over {self.units}{', reduced' if self.reduced else ''}"

    def trees(self) -> int:
        """How many trees it has."""
        return count(self.regions, self.units, reduced=self.reduced)


TOLD = (Size(3, 8, False), Size(4, 8, True), Size(4, 16, True), Size(4, 16, False))
"""Of these, such as have at most one region more are told of beside the one asked for."""


@dataclass(slots=True)
class Proof:
    """The results of a scope's shards, added up."""

    size: Size
    trees: int = 0
    seconds: float = 0.0
    """What cores worked for them."""
    disagreement: Json = None
    """The first tree that differs, told in full."""
    died: int = 0
    """Shards that ended their worker each time."""

    def add(self, content: Mapping[str, Any], seconds: float) -> None:
        """Add what a shard's file holds."""
        if "died" in content:
            self.died += 1
            return
        self.trees += content["result"]["trees"]
        self.seconds += seconds
        if self.disagreement is None:
            self.disagreement = content["result"]["disagreement"]

    @property
    def status(self) -> int:
        """The exit status: 0 nothing wrong, 1 a tree differs, 3 some shards ended their worker."""
        return 1 if self.disagreement is not None else 3 if self.died else 0

    @property
    def rate(self) -> float:
        """Trees that a core compares in a second."""
        return self.trees / self.seconds if self.seconds else 0.0

    def lasting(self, cores: int) -> Iterator[tuple[Size, int, float]]:
        """This scope and others: how many trees, and the seconds in which `cores` compare all of
        them, if each takes what these took."""
        near = (each for each in TOLD if each.regions <= self.size.regions + 1)
        for size in sorted({self.size, *near}):
            trees = size.trees()
            yield size, trees, trees / (self.rate * cores) if self.rate else 0.0

    def json(self, cores: int) -> Json:
        """The state as data."""
        return {
            **self.size._asdict(),
            "trees": self.trees,
            "seconds": round(self.seconds, 3),
            "rate": round(self.rate, 1),
            "died": self.died,
            "disagreement": self.disagreement,
            "lasting": [
                {**size._asdict(), "trees": trees, "seconds": round(seconds, 1)}
                for size, trees, seconds in self.lasting(cores)
            ],
        }
