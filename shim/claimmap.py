"""What the old API last said about each address: an ordered map of disjoint intervals.

Holds no page and no region: claims over the old layer and the folded facade both keep one.
Deleted with the last device that calls the old API (stage `remove`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import NamedTuple

from memfold.host.ranges import AddrRange
from memfold.legacy.constants import IO_MEM_UNASSIGNED
from memfold.newapi import Piece

__all__ = ["ClaimMap", "Claimed", "Gaps", "Registration", "cut"]

_U64 = (1 << 64) - 1


class Registration(NamedTuple):
    """What the old layer made of one old registration, as far as it follows one rule.

    `phys_offset` and `region_offset` are those of the page that begins at `base`; from page to
    page the region offset grows by a page, and the descriptor too if it `advances`.
    """

    base: int
    phys_offset: int
    region_offset: int
    advances: bool
    log_dirty: bool
    act: int
    """`World.next_act` at the call: a registration is an act like adding a region."""

    @property
    def is_hole(self) -> bool:
        """Whether it says that nothing is here: an unregistration is a claim too."""
        return self.phys_offset == IO_MEM_UNASSIGNED

    def on_page(self, page: int) -> tuple[int, int]:
        """The descriptor and the region offset of the page that begins at `page`."""
        delta = page - self.base
        return self.phys_offset + delta * self.advances & _U64, self.region_offset + delta & _U64


class Claimed(NamedTuple):
    """A stretch of addresses, ``start <= a < end``, and the newest claim on them."""

    start: int
    end: int
    claim: Registration

    @property
    def range(self) -> AddrRange:
        """The addresses."""
        return AddrRange(self.start, self.end)

    def part(self, start: int, end: int) -> Claimed:
        """What of it lies at ``start <= a < end``."""
        if start <= self.start and self.end <= end:
            return self
        return Claimed(max(self.start, start), min(self.end, end), self.claim)


class ClaimMap:
    """The newest claim on each address; addresses nobody claimed are in no interval."""

    __slots__ = ("_ends", "_rows", "_starts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._rows: list[Claimed] = []

    def __iter__(self) -> Iterator[Claimed]:
        """All intervals, ascending."""
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def put(self, start: int, end: int, claim: Registration | None) -> list[Claimed]:
        """Let `claim` have ``start <= a < end``; None: nobody claims them any more.

        Neighbours of one claim are one interval. Returns what it replaced, which `restore` puts
        back.
        """
        first = bisect_right(self._ends, start)
        last = bisect_left(self._starts, end, first)
        before = [row.part(start, end) for row in self._rows[first:last]]
        new: list[Claimed] = []
        if first < last and self._starts[first] < start:
            new.append(self._rows[first]._replace(end=start))
        if claim is not None:
            new.append(Claimed(start, end, claim))
        if first < last and self._ends[last - 1] > end:
            new.append(self._rows[last - 1]._replace(start=end))
        left, right = max(first - 1, 0), last + 1
        new = _joined([*self._rows[left:first], *new, *self._rows[last:right]])
        self._rows[left:right] = new
        self._starts[left:right] = [row.start for row in new]
        self._ends[left:right] = [row.end for row in new]
        return before

    def restore(self, start: int, end: int, before: list[Claimed]) -> None:
        """Undo a `put` of this range."""
        self.put(start, end, None)
        for row in before:
            self.put(*row)

    def within(self, start: int, end: int) -> list[Claimed]:
        """The intervals that share an address with ``start <= a < end``, cut to it, ascending."""
        first = bisect_right(self._ends, start)
        last = bisect_left(self._starts, end, first)
        return [row.part(start, end) for row in self._rows[first:last]]

    def at(self, addr: int) -> Registration | None:
        """The newest claim on `addr`."""
        rows = self.within(addr, addr + 1)
        return rows[0].claim if rows else None

    def unclaimed(self, start: int, end: int) -> list[AddrRange]:
        """The parts of ``start <= a < end`` that nobody claimed."""
        return list(AddrRange(start, end).minus(row.range for row in self.within(start, end)))


def _joined(rows: list[Claimed]) -> list[Claimed]:
    """The same, neighbours of one claim as one: what cuts is what was said, not how often."""
    found: list[Claimed] = []
    for row in rows:
        if found and found[-1].end == row.start and found[-1].claim == row.claim:
            row = found.pop()._replace(end=row.end)
        found.append(row)
    return found


def cut(pieces: list[Piece], claims: ClaimMap) -> list[Piece]:
    """What the tree still shows: `pieces` without the addresses that a newer claim has."""
    if not len(claims):
        return pieces
    left: list[Piece] = []
    for piece in pieces:
        rows = claims.within(piece.start, piece.end)
        newer = [row.range for row in rows if row.claim.act > piece.act]
        if newer:
            kept = AddrRange(piece.start, piece.end).minus(newer)
            left += [piece.part(part.start, part.end) for part in kept]
        else:
            left.append(piece)
    return left


class Gaps:
    """Addresses that rows of the tree left during an update and no new row took."""

    __slots__ = ("_gaps", "_taken")

    def __init__(self) -> None:
        self._gaps: list[AddrRange] = []
        self._taken: list[AddrRange] = []
        """Later than every gap; subtracted all at once, not one by one."""

    def open(self, left: AddrRange) -> None:
        """A row left these addresses."""
        self._settle()
        self._gaps.append(left)

    def close(self, taken: AddrRange) -> None:
        """A row took these addresses."""
        self._taken.append(taken)

    @contextmanager
    def taken(self) -> Iterator[list[AddrRange]]:
        """The gaps, which are forgotten unless the ``with`` block raises."""
        self._settle()
        yield [*self._gaps]
        self._gaps.clear()

    def _settle(self) -> None:
        if not self._taken:
            return
        taken = sorted(self._taken, key=_start)
        ends = list(accumulate((part.end for part in taken), max))
        gaps, self._gaps, self._taken = self._gaps, [], []
        for gap in gaps:
            touching = slice(bisect_right(ends, gap.start), bisect_left(taken, gap.end, key=_start))
            self._gaps += gap.minus(taken[touching])


def _start(part: AddrRange) -> int:
    return part.start
