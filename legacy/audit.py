"""What nobody was told: who lost which addresses to whom, and the holes unregistering left.

The old API overwrites silently, and "a device that accidentally overlaps with some other device
won't receive a notification"; unregistering "will not restore things to status quo ante" (the
thread of May 2011). An audit writes it all down, by charting the pages a call touches before and
after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Any, NamedTuple

from memfold.host.ram import BadRamAddress
from memfold.host.ranges import AddrRange
from memfold.legacy.chart import NO_RAM, Stretch, chart
from memfold.legacy.constants import IO_MEM_SHIFT, IO_MEM_UNASSIGNED, reads_ram
from memfold.legacy.registration import PhysMap
from memfold.legacy.subpage import SubPage

__all__ = ["Audit", "Hole", "How", "Loss"]


class How(Enum):
    """How addresses were lost."""

    OVERWRITTEN = "overwritten"
    """Everything the loser had in one piece went to the winner."""
    TRUNCATED = "truncated"
    """The winner took part of it."""
    PAGE_RULE = "page rule"
    """Outside the registered range, because the page became a sub-page."""
    NEVER_MAPPED = "never mapped"
    """Inside the registered range, and the registration itself did not get it."""


class Loss(NamedTuple):
    """At call number `call`, `loser` lost `range` to `winner` (None: an unregistration).

    Devices go by their opaque, RAM by the name of its block.
    """

    call: int
    how: How
    range: AddrRange
    loser: Any
    winner: Any


class Hole(NamedTuple):
    """At call number `call`, unregistering `owner` left `range` unassigned.

    `hidden` had lost addresses there before: a layer that restores would bring one of them back.
    """

    call: int
    range: AddrRange
    owner: Any
    hidden: tuple[Any, ...]


class Audit:
    """The record of one world; calls are its registrations, counted from 1."""

    def __init__(self, phys: PhysMap) -> None:
        self._phys = phys
        self.calls = 0
        self.losses: list[Loss] = []
        self.holes: list[Hole] = []

    @contextmanager
    def watching(self, start: int, size: int, phys_offset: int) -> Iterator[None]:
        """Record what the registration inside the ``with`` does."""
        self.calls += 1
        space = self._phys.target.space
        given = AddrRange.sized(start % space.end, size).intersection(space)  # no wrapping over
        before = self._chart(given)
        yield
        after = self._chart(given)
        winner = self._owner(phys_offset)
        for old in before:
            kept = [new.range for new in after if new.owner is old.owner]
            for lost in old.range.minus(kept):
                inside = lost.intersection(given)
                if inside and phys_offset == IO_MEM_UNASSIGNED:
                    self._hole(inside, old.owner)
                elif inside and old.owner is not winner:
                    how = How.OVERWRITTEN if inside == old.range else How.TRUNCATED
                    self._lose(how, inside, old.owner, winner)
                for outside in lost.minus([given]):
                    self._lose(How.PAGE_RULE, outside, old.owner, winner)
        if phys_offset != IO_MEM_UNASSIGNED:
            answers = [new.range for new in after if self._is_of(new, phys_offset, winner)]
            for lost in given.minus(answers):
                self._lose(How.NEVER_MAPPED, lost, winner, None)

    def _chart(self, given: AddrRange) -> list[Stretch]:
        """What answers in a range and a page to either side, to see what goes on beyond it."""
        target = self._phys.target
        first = max((given.start >> target.page_bits) - 1, 0)
        end = min((given.last >> target.page_bits) + 2, target.pages)
        return list(chart(self._phys, first, end - first))

    def _owner(self, phys_offset: int) -> Any:
        """Who a registration is for: a device's opaque, or the name of the first block."""
        low = phys_offset & self._phys.target.page_size - 1
        if phys_offset == IO_MEM_UNASSIGNED:
            return None
        if not reads_ram(low):
            return self._phys.io_table.owner(low >> IO_MEM_SHIFT)
        try:
            return self._phys.ram.find(phys_offset - low).name
        except BadRamAddress:
            return NO_RAM

    def _is_of(self, new: Stretch, phys_offset: int, winner: Any) -> bool:
        """Whether a stretch is what the registration asked for."""
        if reads_ram(phys_offset & self._phys.target.page_size - 1):
            return new.kind != "i/o"
        return new.owner is winner or isinstance(winner, SubPage)

    def _lose(self, how: How, lost: AddrRange, loser: Any, winner: Any) -> None:
        self.losses.append(Loss(self.calls, how, lost, loser, winner))

    def _hole(self, left: AddrRange, owner: Any) -> None:
        hidden: list[Any] = []
        for loss in self.losses:
            if loss.range.intersects(left) and loss.how is not How.NEVER_MAPPED:
                hidden += [loss.loser] * all(loss.loser is not known for known in hidden)
        self.holes.append(Hole(self.calls, left, owner, tuple(hidden)))
