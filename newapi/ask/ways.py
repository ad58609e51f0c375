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


class Spot(NamedTuple):
    """A region on a way, and the address where its first byte lies (below 0 through an alias)."""

    region: MemoryRegion
    base: int

    @property
    def extent(self) -> AddrRange:
        """What the region would cover if nothing around it were smaller."""
        return AddrRange.sized(self.base, self.region.size)


class Way(NamedTuple):
    """One way from a root to a region, through containers and aliases."""

    path: tuple[Spot, ...]
    """The root first, each alias before its target."""
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
    def region(self) -> MemoryRegion:
        """Where the way ends."""
        return self.path[-1].region

    @property
    def range(self) -> AddrRange:
        """The addresses left by every window on the way."""
        return AddrRange(self.start, self.end)

    @property
    def live(self) -> bool:
        """Whether the last region would answer somewhere if no other way were in front."""
        return self.answers and self.disabled_by is None and self.start < self.end

    @property
    def stray(self) -> int:
        """How many regions lead to one that was added to an alias, which shows its target alone;
        0 when there is none."""
        for depth in range(1, len(self.path)):
            target = self.path[depth - 1].region.alias
            if target is not None and self.path[depth].region is not target:
                return depth
        return 0

    def offset(self, addr: int) -> int:
        """Where in the last region `addr` lies."""
        return addr - self.path[-1].base

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
    path: tuple[Spot, ...]


def ways(root: MemoryRegion) -> Iterator[Way]:
    """All ways down from `root` at address 0, winners first: where two cover an address, the
    earlier one answers. Disabled and clipped regions are walked like any other, and so are regions
    added to an alias, which answer nowhere.

    An alias that shows what contains it is followed for as long as something is left to see. Raises
    `RegionError` after `VISITS` ways.
    """
    count = 0
    waiting: list[_Door | Way] = [_Door(root, -root.addr, 0, ADDRESS_LIMIT, 0, None, ())]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Way):
            count += 1
            if count > VISITS:
                raise RegionError(f"more than {VISITS} ways down from {root.name}", root.name)
            yield here
            continue
        region, base, low, high, act, disabled_by, path = here
        base += region.addr
        low = max(low, base)
        high = min(high, base + region.size)
        act = max(act, region.act)
        if disabled_by is None and not region.enabled:
            disabled_by = region
        path = (*path, Spot(region, base))
        # What is waiting is taken from the end: the target of an alias first, the region last.
        waiting.append(Way(path, low, high, act, region.terminates, disabled_by))
        target = region.alias
        end = high if target is None else low
        waiting += [
            _Door(child, base, low, end, act, disabled_by, path)
            for child in reversed(region.children)
        ]
        if target is not None:
            inner = base - target.addr - region.alias_offset
            if not _turns_back(path, Spot(target, inner + target.addr), seen=low < high):
                waiting.append(_Door(target, inner, low, high, act, disabled_by, path))


def _turns_back(path: tuple[Spot, ...], target: Spot, *, seen: bool) -> bool:
    """Whether an alias leads back to where the way has been, with nothing (new) to be seen."""
    if seen:
        return target in path
    return any(spot.region is target.region for spot in path)
