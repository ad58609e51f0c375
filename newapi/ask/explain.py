"""Why an address answers as it does: the way to the winner, and what each loser lost by."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from memfold.host.ranges import ADDRESS_LIMIT
from memfold.newapi.ask.ways import Way, ways
from memfold.newapi.tree.errors import RegionError

if TYPE_CHECKING:
    from memfold.newapi.tree.region import MemoryRegion
    from memfold.newapi.view.claims import Claim
    from memfold.newapi.view.space import Space

__all__ = ["Explanation", "Loser", "Reason", "explain", "why_lost"]


class Reason(Enum):
    """What a region lost an address by."""

    PRIORITY = "hidden by priority"
    ORDER = "hidden by order"
    """Of equal priorities, the later addition is on top."""
    SUBREGION = "hidden by its own subregion"
    DISABLED = "disabled"
    CLIPPED = "clipped"
    ALIAS = "alias shows nothing here"
    HOLE = "hole"
    CLAIM = "claimed later by an old call"


class Loser(NamedTuple):
    """A region that covers the address and does not answer there."""

    way: Way
    reason: Reason
    culprit: MemoryRegion | Claim | None
    """The sibling on top, the disabled region, what clips; the region itself for a hole."""


class Explanation(NamedTuple):
    """Who answers at `addr`, and why nobody else does."""

    addr: int
    way: Way | None
    """The way to the winner inside the tree."""
    claim: Claim | None
    """The newest claim on the address: wins when it is newer than every act on the way."""
    losers: tuple[Loser, ...]
    """In the order in which they would win."""

    @property
    def claim_wins(self) -> bool:
        """Whether an old registration (or unregistration) decides."""
        return self.claim is not None and (self.way is None or self.claim.act > self.way.act)

    @property
    def region(self) -> MemoryRegion | None:
        """The region that answers; None when a claim decides or nothing answers."""
        return None if self.way is None or self.claim_wins else self.way.region

    @property
    def offset(self) -> int | None:
        """Where in that region the address lies."""
        return None if self.way is None or self.claim_wins else self.way.offset(self.addr)


def explain(space: Space, addr: int) -> Explanation:
    """Explain `addr` of `space`; raises `RegionError` when it is not in 0..2^64-1."""
    if not 0 <= addr < ADDRESS_LIMIT:
        raise RegionError(
            f"space {space.name}: address {addr:#x} is not in 0x0..{ADDRESS_LIMIT - 1:#x}"
        )
    winner: Way | None = None
    losers: list[Loser] = []
    for way in ways(space.root):
        if not way.start <= addr < way.end:
            loser = _clipped(way, addr)
        elif way.disabled_by is not None:
            loser = Loser(way, Reason.DISABLED, way.disabled_by)
        elif not way.answers:
            reason = Reason.HOLE if way.region.alias is None else Reason.ALIAS
            loser = Loser(way, reason, way.region)
        elif winner is None:
            winner = way
            continue
        else:
            loser = Loser(way, *why_lost(way, winner))
        if loser is not None and (way.answers or not _inner_told(way, winner, losers)):
            losers.append(loser)
    claim = None if space.claims is None else space.claims.at(addr)
    if claim is not None and winner is not None and claim.act > winner.act:
        losers.insert(0, Loser(winner, Reason.CLAIM, claim))
    return Explanation(addr, winner, claim, tuple(losers))


def _clipped(way: Way, addr: int) -> Loser | None:
    """`way` ends at a region that would reach `addr`, were a container around it not smaller.

    What an alias leaves out of its target is not lost: it never was to be shown.
    """
    if not way.answers or addr not in way.path[-1].extent:
        return None
    if way.stray:
        return Loser(way, Reason.ALIAS, way.path[way.stray - 1].region)
    for spot in reversed(way.path):
        if addr not in spot.extent:
            return None if spot.region.alias else Loser(way, Reason.CLIPPED, spot.region)
    return None


def _inner_told(way: Way, winner: Way | None, losers: list[Loser]) -> bool:
    """Whether something inside this container or alias has been named: that says it all."""
    depth = len(way.path)
    named = [loser.way for loser in losers]
    if winner is not None:
        named.append(winner)
    return any(other.path[:depth] == way.path for other in named)


def why_lost(loser: Way, winner: Way) -> tuple[Reason, MemoryRegion]:
    """By what `loser` lies behind `winner` where both answer, and the region that is in front.

    Where the two ways part, siblings are ordered by priority, then by time.
    """
    for mine, other in zip(loser.path, winner.path, strict=False):
        if mine.region is not other.region:
            higher = other.region.priority > mine.region.priority
            return (Reason.PRIORITY if higher else Reason.ORDER), other.region
    return Reason.SUBREGION, winner.path[len(loser.path)].region
