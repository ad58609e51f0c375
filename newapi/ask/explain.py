"""Why an address answers as it does: the way to the winner, and what each loser lost by."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from memfold.host.ranges import ADDRESS_LIMIT, AddrRange
from memfold.newapi.ask.ways import Spot, Way, ways
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
        wrong = f"space {space.name}: address {addr:#x} is not in 0x0..{ADDRESS_LIMIT - 1:#x}"
        raise RegionError(wrong, where=AddrRange.sized(addr, 1), space=space.name)
    winner: Way | None = None
    losers: list[Loser] = []
    named: set[Spot] = set()
    """All that a way leads through which has been named, and its end."""
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
            _name(named, way)
            continue
        else:
            loser = Loser(way, *why_lost(way, winner))
        # What is inside a container or alias and has been named says it all.
        if loser is not None and (way.answers or way.last not in named):
            losers.append(loser)
            _name(named, way)
    claim = None if space.claims is None else space.claims.at(addr)
    if claim is not None and winner is not None and claim.act > winner.act:
        losers.insert(0, Loser(winner, Reason.CLAIM, claim))
    return Explanation(addr, winner, claim, tuple(losers))


def _clipped(way: Way, addr: int) -> Loser | None:
    """`way` ends at a region that would reach `addr`, were a container around it not smaller.

    What an alias leaves out of its target is not lost: it never was to be shown.
    """
    if not way.answers or addr not in way.last.extent:
        return None
    if way.last.stray is not None:
        return Loser(way, Reason.ALIAS, way.last.stray.region)
    for spot in way.last.outwards():
        if addr not in spot.extent:
            return None if spot.region.alias else Loser(way, Reason.CLIPPED, spot.region)
    return None


def _name(named: set[Spot], way: Way) -> None:
    for spot in way.last.outwards():
        if spot in named:
            return
        named.add(spot)


def why_lost(loser: Way, winner: Way) -> tuple[Reason, MemoryRegion]:
    """By what `loser` lies behind `winner` where both answer, and the region that is in front.

    Where the two ways part, siblings are ordered by priority, then by time.
    """
    mine, other = loser.last, winner.last
    while mine.depth > other.depth:
        mine = mine.outer or mine
    inside = other
    while other.depth > mine.depth:
        inside, other = other, other.outer or other
    if mine is other:
        return Reason.SUBREGION, inside.region
    while mine.outer is not other.outer:
        mine, other = mine.outer or mine, other.outer or other
    higher = other.region.priority > mine.region.priority
    return (Reason.PRIORITY if higher else Reason.ORDER), other.region
