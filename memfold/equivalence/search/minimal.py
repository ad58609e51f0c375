"""The smallest part of a sequence that still shows something, found with few tries.

One search serves both questions asked of a failure: which of its steps it takes, and which of the
components that changed. Nothing is assumed of what is looked for: what is returned was tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

__all__ = ["Minimal", "OutOfTries", "minimal"]

T = TypeVar("T")

FEW = 8
"""Items that are left out one by one without further ado."""

NEAR = 4
"""Items that a needed one may stand behind the one before to be near it."""

CROWDED = 6
"""Needed items near each other after which whatever is behind them is left out in runs: where most
are needed, halving finds one at a time."""

REMEMBERED = 1000
"""Items a candidate may have for its failure to be remembered: longer ones do not come again."""


class OutOfTries(Exception):  # it ends a search, and is no error
    """Nothing may be tried any more. What looks may raise it too."""


@dataclass(frozen=True, slots=True)
class Minimal(Generic[T]):
    """A part of a sequence."""

    items: list[T]
    """In their order."""
    tries: int
    """How often it was looked."""
    whole: bool
    """Whether the search came to its end: without any one of the items it shows no more."""


def minimal(
    items: Sequence[T],
    shows: Callable[[Sequence[T]], bool],
    budget: int = 1 << 30,
    kind: Callable[[T], str] | None = None,
) -> Minimal[T]:
    """A part of `items` that still `shows` it, in their order, with no item that can be spared.

    `items` as a whole is known to show it. The largest number of items that can be left out at the
    front is found by halving; the item that stands there then is needed, and the same is done
    behind it. That is about log2(n) tries for each of the items needed. What is left is tried
    without each single item, as often as there was one that could go; where that is much, first
    without all items of a `kind`, and without runs of them.

    No more than `budget` tries are made; when they are used up, or `shows` raises `OutOfTries`, it
    is the shortest part so far.
    """
    search = _Search(items, shows, budget)
    try:
        search.from_the_front()
        if len(search.best) > FEW:
            search.without_kinds(kind)
            search.without_runs()
        search.without_each()
    except OutOfTries:
        whole = False
    else:
        whole = True
    return Minimal([items[place] for place in search.best], search.tries, whole)


class _Search(Generic[T]):
    """What was tried, by the places of items."""

    def __init__(
        self, items: Sequence[T], shows: Callable[[Sequence[T]], bool], budget: int
    ) -> None:
        self.best = list(range(len(items)))
        self.tries = 0
        self._items, self._shows, self._budget = items, shows, budget
        self._failed: set[tuple[int, ...]] = set()

    def from_the_front(self) -> None:
        """Leave out as much as possible before each item that is needed."""
        needed: list[int] = []
        rest = self.best
        near = 0
        while rest and near < CROWDED and not self._do(needed):
            low, high = 0, len(rest)  # rest[low:] is enough, rest[high:] is too little
            middle = min(NEAR, high // 2) if near else high // 2
            while high - low > 1:
                if self._do(needed + rest[middle:]):
                    low = middle
                else:
                    high = middle
                middle = (low + high) // 2
            needed.append(rest[low])
            rest = rest[low + 1 :]
            near = near + 1 if low < NEAR else 0

    def without_kinds(self, kind: Callable[[T], str] | None) -> None:
        """Leave out all items of a kind at once, the most frequent kind first."""
        kinds = {} if kind is None else {place: kind(self._items[place]) for place in self.best}
        for each, _ in Counter(kinds.values()).most_common():
            self._do([place for place in self.best if kinds[place] != each])

    def without_runs(self) -> None:
        """Leave out half of the items, a quarter, and so on."""
        size = len(self.best) // 2
        while size > 1:
            self._without(size)
            size //= 2

    def without_each(self) -> None:
        """Leave out single items until none can go."""
        while self._without(1):
            pass

    def _without(self, size: int) -> bool:
        """Try it without each run of `size` items, the last first; whether one could go."""
        gone = False
        end = len(self.best)
        while end > 0:
            start = max(0, end - size)
            gone = self._do(self.best[:start] + self.best[end:]) or gone
            end = start
        return gone

    def _do(self, places: list[int]) -> bool:
        """Whether the items at `places` are enough; they are the best then."""
        key = tuple(places) if len(places) <= REMEMBERED else None
        if key in self._failed:
            return False
        if self.tries >= self._budget:
            raise OutOfTries
        self.tries += 1
        if self._shows([self._items[place] for place in places]):
            self.best = places
            return True
        if key is not None:
            self._failed.add(key)
        return False
