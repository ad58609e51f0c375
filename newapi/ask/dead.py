"""Dead regions: mapped, yet visible nowhere, and by whose fault.

In QEMU one board's RAM stayed hidden for nine years before anybody noticed (13edcf591e).
"""

from __future__ import annotations

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
        taken: list[tuple[AddrRange, Way]] = []
        for way in ways(space.root):
            if way.live:
                lost, left = _compete(space, way, taken)
                taken += [(part, way) for part in left]
                late, seen = _against_claims(space, way, left)
                if seen:
                    alive.update(_answering(way.path))
                _blame(faults, way.path, [*lost, *late])
            elif way.answers and not way.range:
                inside, reason, culprit = _cut_off(way)
                _blame(faults, inside, [Fault(space, reason, culprit, way.range)])
            elif way.answers and way.disabled_by is not None:
                disabled = Fault(space, Reason.DISABLED, way.disabled_by, way.range)
                _blame(faults, way.path, [disabled])
            elif way.region.alias is not None and way.region not in faults:
                # What its target holds, if anything, lies outside the window.
                fault = Fault(space, Reason.ALIAS, way.region.alias, way.range)
                _blame(faults, way.path[-1:], [fault])
    return [
        Dead(region, tuple(sorted(why, key=lambda fault: fault.where.start)))
        for region, why in faults.items()
        if region not in alive
    ]


def _answering(path: tuple[Spot, ...]) -> list[MemoryRegion]:
    """The regions on a way that are seen when its end is: that one, and the aliases."""
    return [spot.region for spot in path if spot.region.alias is not None or spot is path[-1]]


def _blame(
    faults: dict[MemoryRegion, list[Fault]], path: tuple[Spot, ...], found: list[Fault]
) -> None:
    """Note `found` against every region that would be seen through the way."""
    for region in _answering(path):
        faults.setdefault(region, []).extend(found)


def _compete(
    space: Space, way: Way, taken: list[tuple[AddrRange, Way]]
) -> tuple[list[Fault], list[AddrRange]]:
    """What `way` loses to the ways before it, and what is left."""
    in_front = [(part, winner) for part, winner in taken if part.intersects(way.range)]
    lost = [
        Fault(space, *why_lost(way, winner), part.intersection(way.range))
        for part, winner in in_front
    ]
    return lost, list(way.range.minus(sorted(part for part, _ in in_front)))


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


def _cut_off(way: Way) -> tuple[tuple[Spot, ...], Reason, MemoryRegion]:
    """The part of a way that no address is left for, and the window that leaves none.

    Seen from the region outwards: the first window around it that shows nothing of it.
    """
    if way.stray:
        return way.path[way.stray :], Reason.ALIAS, way.path[way.stray - 1].region
    left = way.path[-1].extent
    for depth in reversed(range(1, len(way.path))):
        around = way.path[depth - 1]
        if left and not left.intersects(around.extent):
            return way.path[depth:], Reason.CLIPPED, around.region
        left = left.intersection(around.extent)
    return way.path[-1:], Reason.CLIPPED, way.region
