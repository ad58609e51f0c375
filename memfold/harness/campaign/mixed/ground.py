"""Where something is done in a mixed world: few names, few pages, mostly at an edge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

from memfold.equivalence.facts import Json
from memfold.equivalence.subject import Step
from memfold.harness.campaign.mixed.kind import ROOTS, Kind
from memfold.harness.rules.tree import Region
from memfold.harness.rules.world import Rules

__all__ = ["Ground"]


class Ground:
    """A run as it is made; the rules perform each step at once."""

    def __init__(self, rng: Random, kind: Kind, header: Mapping[str, Json]) -> None:
        self.rng, self.kind = rng, kind
        self.rules = Rules(header)
        self.made: list[Step] = []
        self.page, self.space = self.rules.numbers.page, self.rules.numbers.space
        self.pages = self.space // self.page
        self.names = 0
        self.regions: dict[str, Region] = self.rules.regions
        self.interposed: list[tuple[str, str]] = []
        self.saves = 0
        self.destroyed = 0
        self.freed, self.churned = False, rng.random() < 0.5
        self.last: tuple[int, int, Json, int] | None = None
        self.near = 0
        """Where something was done last."""

    def do(self, op: str, **args: Json) -> None:
        """Make a step."""
        step = Step(op, args)
        self.made.append(step)
        self.rules.perform(step)

    def any(self) -> str:
        """A region, rather one that shows."""
        shown = [row.region.name for row in self.rules.shown]
        which = self.rng.random()
        if shown and which < 0.45:
            return self.rng.choice(shown)
        known = [each for each in self.regions if each not in ROOTS]
        return self.rng.choice(known[:4] if which < 0.7 else known)

    def _inner(self) -> int:
        """An offset in a page."""
        page, rng = self.page, self.rng
        if self.kind.whole or rng.random() < 0.3:
            return 0
        near = [4, 8, 12, 16, page // 2, page // 2 + 4, page - 4, page - 8]
        if rng.random() < 0.25 and (self.kind.alone or not self.kind.regions):
            near = [1, 2, 3, 7, 18, page // 2 + 1, page - 1, page - 2]
        return rng.choice(near)

    def place_in(self, size: int) -> int:
        """An offset in something of `size` bytes."""
        pages = max(1, min(size // self.page, self.pages - 2))
        at = self.rng.randrange(pages) * self.page
        return at if self.kind.heads else at + self._inner()

    def _size(self) -> int:
        size = self.rng.choice([0, 1, 1, 2, 2, 3, 4, 6]) * self.page
        return (size if self.kind.heads else size + self._inner()) or self.page

    def _edges(self) -> list[int]:
        edges = [edge for row in self.rules.access.rows for edge in row[:2]]
        edges += [edge for claim in self.rules.claims.all for edge in claim[:2]]
        return edges or [0]

    def _addr(self) -> int:
        """Where to look: mostly about the edges of what is there, or inside of something."""
        rng = self.rng
        where = rng.random()
        inside = [row for row in self.rules.access.rows if row.end - row.start >= 16]
        if where < 0.2 and inside:  # about the end of a page, or of a word, in a row
            row = rng.choice(inside)
            at = rng.randrange(row.start, row.end)
            at = at // self.page * self.page - rng.randrange(8) if rng.random() < 0.4 else at & -8
            at = max(row.start, at)
        elif where < 0.5:
            at = rng.choice(self._edges()) + rng.choice([-8, -4, -3, -2, -1, 0, 0, 0, 1, 2, 4, 8])
        elif where < 0.7:
            at = self.near + rng.choice([0, 0, 4, 8, 1, 2, self.page - 2, self.page])
        else:
            at = rng.randrange(self.pages) * self.page + rng.choice(
                [0, 2, 4, 5, 8, 16, self.page - 4]
            )
        return at % self.space

    def _way(self, region: Region) -> Iterator[str]:
        """What shows a region: containers, and aliases of it or of them."""
        above = [region]
        for one in above:
            outer = [one.parent] if one.parent else []
            outer += [each for each in self.regions.values() if each.target is one]
            above += [each for each in outer if all(each is not known for known in above)]
        return (each.name for each in above[1:])

    def _look(self) -> None:
        self.near = self.rng.randrange(self.space)
