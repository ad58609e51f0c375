"""Dead regions: mapped, yet visible nowhere, and by whose fault.

In QEMU one board's RAM stayed hidden for nine years before anybody noticed (13edcf591e).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from memfold.host.ranges import AddrRange
from memfold.newapi.ask.explain import Reason, why_lost
from memfold.newapi.ask.ways import Spot, Way, ways

if TYPE_CHECKING:
    from memfold.newapi.tree.region import MemoryRegion
    from memfold.newapi.view.claims import Claim
    from memfold.newapi.view.space import Space
    from memfold.newapi.view.world import World

__all__ = ["Dead", "Fault", "dead"]


class Fault(NamedTuple):
    """One thing that keeps a region from being seen in one address space."""

    space: Space
    reason: Reason
    culprit: MemoryRegion | Claim
    """Who is in front, what is disabled, what clips; for an alias, the target that is empty
    there; for what was added to an alias, that alias."""
    where: AddrRange
    """The addresses lost by it; empty when the region is clipped to nothing."""


class Dead(NamedTuple):
    """A region (or alias) that is mapped and answers at no address of any space."""

    region: MemoryRegion
    faults: tuple[Fault, ...]


def dead(world: World) -> list[Dead]:
    """Every region that would answer, and every alias, that lies below the root of a space and is
    seen in none: first those of the first space, winners first."""
    alive: set[MemoryRegion] = set()
    faults: dict[MemoryRegion, list[Fault]] = {}
    for space in world.spaces:
        told = _Told(alive, faults)
        taken: list[_Taken] = []
        for way in ways(space.root):
            if way.live:
                lost, left = _compete(space, way, taken)
                late, seen = _against_claims(space, way, left)
                if seen:
                    told.alive(way.last)
                told.blame(way.last, [*lost, *late])
            elif way.answers and not way.range:
                inside, reason, culprit = _cut_off(way)
                told.blame(way.last, [Fault(space, reason, culprit, way.range)], inside)
            elif way.answers and way.disabled_by is not None:
                disabled = Fault(space, Reason.DISABLED, way.disabled_by, way.range)
                told.blame(way.last, [disabled])
            elif way.region.alias is not None and way.region not in faults:
                # What its target holds, if anything, lies outside the window.
                fault = Fault(space, Reason.ALIAS, way.region.alias, way.range)
                told.blame(way.last, [fault], way.last.depth)
    return [
        Dead(region, tuple(sorted(why, key=lambda fault: fault.where.start)))
        for region, why in faults.items()
        if region not in alive
    ]


class _Told:
    """Who is seen, and what is to blame for those who are not.

    Of a way those are meant who are seen when its end is: that region, and the aliases.
    """

    def __init__(self, alive: set[MemoryRegion], faults: dict[MemoryRegion, list[Fault]]) -> None:
        self._alive = alive
        self._faults = faults
        self._lively: set[Spot] = set()
        self._known: set[Spot] = set()

    def alive(self, end: Spot) -> None:
        """The end of a way is seen."""
        self._alive.add(end.region)
        for spot in self._new(end, self._lively):
            if spot.region.alias is not None:
                self._alive.add(spot.region)

    def blame(self, end: Spot, found: list[Fault], since: int = 0) -> None:
        """Note `found` against the end of a way, and the aliases on it from the depth `since`."""
        spots = end.outwards() if found else self._new(end, self._known)
        path = [spot for spot in spots if spot.depth >= since]
        regions = [s.region for s in reversed(path) if s is end or s.region.alias is not None]
        for region in dict.fromkeys(regions):
            self._faults.setdefault(region, []).extend(found)

    @staticmethod
    def _new(end: Spot, known: set[Spot]) -> Iterator[Spot]:
        """The spots of a way that were not met before, and are from now on."""
        for spot in end.outwards():
            if spot in known:
                return
            known.add(spot)
            yield spot


class _Taken(NamedTuple):
    """Addresses that a way has won."""

    start: int
    end: int
    way: Way


def _compete(space: Space, way: Way, taken: list[_Taken]) -> tuple[list[Fault], list[AddrRange]]:
    """What `way` loses to the ways before it, and what is left, which it takes."""
    first = bisect_right(taken, way.start, key=lambda one: one.end)
    last = bisect_left(taken, way.end, first, key=lambda one: one.start)
    in_front = [(AddrRange(start, end), winner) for start, end, winner in taken[first:last]]
    lost = [
        Fault(space, *why_lost(way, winner), part.intersection(way.range))
        for part, winner in in_front
    ]
    left = list(way.range.minus(part for part, _ in in_front))
    new = [_Taken(part.start, part.end, way) for part in left]
    taken[first:last] = sorted([*taken[first:last], *new], key=lambda one: one.start)
    return lost, left


def _against_claims(space: Space, way: Way, parts: list[AddrRange]) -> tuple[list[Fault], bool]:
    """What newer old registrations take of `parts`, and whether anything is left."""
    lost: list[Fault] = []
    claims = space.claims
    if claims is None:
        return lost, bool(parts)
    for part in parts:
        for start, end, claim in claims.within(part.start, part.end):
            if claim.act > way.act:
                lost.append(Fault(space, Reason.CLAIM, claim, AddrRange(start, end)))
    return lost, sum(fault.where.size for fault in lost) < sum(part.size for part in parts)


def _cut_off(way: Way) -> tuple[int, Reason, MemoryRegion]:
    """From which depth on no address is left for a way, and the window that leaves none.

    Seen from the region outwards: the first window around it that shows nothing of it.
    """
    end = way.last
    if end.stray is not None:
        return end.stray.depth + 1, Reason.ALIAS, end.stray.region
    left = end.extent
    for spot in end.outwards():
        around = spot.outer
        if around is not None:
            if left and not left.intersects(around.extent):
                return spot.depth, Reason.CLIPPED, around.region
            left = left.intersection(around.extent)
    return end.depth, Reason.CLIPPED, end.region
