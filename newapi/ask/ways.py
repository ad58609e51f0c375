"""Every way down a region tree, in the order in which they win: what the reports are made of.

The flat view keeps the winners alone; here the losers are kept too, so this is walked only when
somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from memfold.host.ranges import ADDRESS_LIMIT, AddrRange
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.region import MemoryRegion
from memfold.newapi.view.render import VISITS

__all__ = ["Spot", "Way", "ways"]


class Spot:
    """A region on a way, and the address where its first byte lies (below 0 through an alias).

    Ways that begin alike share their spots, so a deep way costs no more than its last one.
    """

    __slots__ = ("base", "depth", "outer", "region", "stray")

    def __init__(self, region: MemoryRegion, base: int, outer: Spot | None) -> None:
        """`outer` leads here; None: `region` is the root."""
        self.region = region
        self.base = base
        self.outer = outer
        self.depth: int = 0 if outer is None else outer.depth + 1
        self.stray: Spot | None = None
        """The outermost alias on the way of which it leads on to another than its target: to a
        region added to an alias, which answers nowhere."""
        if outer is not None:
            shown = outer.region.alias
            astray = shown is not None and shown is not region
            self.stray = outer.stray or (outer if astray else None)

    @property
    def extent(self) -> AddrRange:
        """What the region would cover if nothing around it were smaller."""
        return AddrRange.sized(self.base, self.region.size)

    def outwards(self) -> Iterator[Spot]:
        """It, what leads to it, and so on up to the root."""
        spot: Spot | None = self
        while spot is not None:
            yield spot
            spot = spot.outer


class Way(NamedTuple):
    """One way from a root to a region, through containers and aliases."""

    last: Spot
    """Where it ends."""
    start: int
    end: int
    """Addresses left by every window on the way; ``end <= start`` when nothing is."""
    act: int
    """The newest act on the way, as `Piece.act`."""
    answers: bool
    """Whether the last region answers by itself; else it is a container or an alias, seen after
    all that it contains or shows."""
    disabled_by: MemoryRegion | None
    """The outermost disabled region on the way."""

    @property
    def path(self) -> tuple[Spot, ...]:
        """The root first, each alias before its target."""
        return tuple(self.last.outwards())[::-1]

    @property
    def region(self) -> MemoryRegion:
        """Where the way ends."""
        return self.last.region

    @property
    def range(self) -> AddrRange:
        """The addresses left by every window on the way."""
        return AddrRange(self.start, self.end)

    @property
    def live(self) -> bool:
        """Whether the last region would answer somewhere if no other way were in front."""
        return self.answers and self.disabled_by is None and self.start < self.end

    def offset(self, addr: int) -> int:
        """Where in the last region `addr` lies."""
        return addr - self.last.base

    def __str__(self) -> str:
        return " > ".join(spot.region.name for spot in self.path)


class _Door(NamedTuple):
    """A region to go into, from where its parent begins, with what is left of the windows."""

    region: MemoryRegion
    base: int
    low: int
    high: int
    act: int
    disabled_by: MemoryRegion | None
    outer: Spot | None


def ways(root: MemoryRegion, most: int = VISITS) -> Iterator[Way]:
    """All ways down from `root` at address 0, winners first: where two cover an address, the
    earlier one answers. Disabled and clipped regions are walked like any other, and so are regions
    added to an alias, which answer nowhere.

    An alias that shows what contains it is followed for as long as something is left to see. Raises
    `RegionError` when there are more than `most` ways, which may be known before the first.
    """
    count = 0
    waiting: list[_Door | Way] = [_Door(root, -root.addr, 0, ADDRESS_LIMIT, 0, None, None)]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Way):
            yield here
            continue
        count += 1
        if count > most:
            raise RegionError(f"more than {most} ways down from {root.name}", root.name)
        region, base, low, high, act, disabled_by, outer = here
        base += region.addr
        low = max(low, base)
        high = min(high, base + region.size)
        act = max(act, region.act)
        if disabled_by is None and not region.enabled:
            disabled_by = region
        spot = Spot(region, base, outer)
        # What is waiting is taken from the end: the target of an alias first, the region last.
        waiting.append(Way(spot, low, high, act, region.terminates, disabled_by))
        target = region.alias
        end = high if target is None else low
        waiting += [
            _Door(child, base, low, end, act, disabled_by, spot)
            for child in reversed(region.children)
        ]
        if target is not None and (low < high or not _turns_back(spot, target)):
            inner = base - target.addr - region.alias_offset
            waiting.append(_Door(target, inner, low, high, act, disabled_by, spot))


def _turns_back(spot: Spot, target: MemoryRegion) -> bool:
    """Whether the way has been at the target of an alias, of which nothing is left to be seen."""
    return any(one.region is target for one in spot.outwards())
