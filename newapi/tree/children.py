"""The regions in a container: winners first; and quickly those at some addresses of it."""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

__all__ = ["Child", "Children", "rank"]


def rank(priority: int, added: int) -> tuple[int, int]:
    """The lowest hides all others: the higher priority wins, and of equals the later addition
    (golden memory rule 1); `added` is the act of it."""
    return -priority, -added


class Child(Protocol):
    """What is known here of a region in a container."""

    _rank: tuple[int, int]
    """See `rank`."""
    _addr: int
    _size: int


C = TypeVar("C", bound=Child)
_RANK, _ADDR = attrgetter("_rank"), attrgetter("_addr")


class Children(Generic[C]):
    """In the order of their ranks; each is told before it moves, that is, leaves and comes again.

    So that few are looked at that are elsewhere, those of about one size stand together: of up to
    ``1 << n`` bytes, by address.
    """

    __slots__ = ("_by_size", "ranked")

    def __init__(self) -> None:
        self.ranked: list[C] = []
        """All of them, winners first."""
        self._by_size: dict[int, list[C]] = {}

    def add(self, child: C) -> None:
        """Have it stand where its rank and its address say."""
        self.ranked.insert(bisect_left(self.ranked, child._rank, key=_RANK), child)
        alike = self._by_size.setdefault(child._size.bit_length(), [])
        alike.insert(bisect_left(alike, child._addr, key=_ADDR), child)

    def remove(self, child: C) -> None:
        """Let it go; it has the rank and the address it was added with."""
        del self.ranked[bisect_left(self.ranked, child._rank, key=_RANK)]
        alike = self._by_size[child._size.bit_length()]
        at = bisect_left(alike, child._addr, key=_ADDR)
        while alike[at] is not child:
            at += 1
        del alike[at]

    def within(self, low: int, high: int) -> list[C]:
        """Those that have one of the addresses ``low <= addr < high``, in the order of ranks."""
        found = []
        for bits, alike in self._by_size.items():
            first = bisect_left(alike, low - (1 << bits), key=_ADDR)
            last = bisect_left(alike, high, first, key=_ADDR)
            found += [child for child in alike[first:last] if child._addr + child._size > low]
        found.sort(key=_RANK)
        return found
