"""Rendering: which part of which region answers at each address of a tree."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from memfold.host.ranges import AddrRange
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.region import MemoryRegion
from memfold.newapi.view.flatview import Piece
from memfold.newapi.view.space import EVERYWHERE

if TYPE_CHECKING:
    from memfold.newapi.tree.interposer import Interposer

__all__ = ["VISITS", "StandIn", "render"]

VISITS = 1 << 18
"""How many regions one rendering visits at most, each counted as often as it is shown, and once
more for each interposer on the way."""

StandIn: TypeAlias = "Callable[[MemoryRegion, tuple[Interposer, ...], bool], MemoryRegion]"
"""``stand_in(region, interposers, readonly)``: what takes the region's place in a flat view."""


class _Window(NamedTuple):
    """What the regions on a way leave of the addresses, and what they add to what is seen there."""

    base: int
    """Where the last of them begins."""
    low: int
    high: int
    readonly: bool
    act: int
    interposers: tuple[Interposer, ...]


def render(
    root: MemoryRegion, stand_in: StandIn | None = None, window: AddrRange = EVERYWHERE
) -> list[Piece]:
    """What the tree under `root` shows in `window`, ascending; `root` itself lies at address 0.

    Visits the winners first (children in list order, then the region itself), and each later
    region only fills the gaps that are left, also when it starts inside one already taken: the
    higher priority hides it (unlike QEMU 1.0 and 1.1, golden ``overlap_bug_*``). Below interposers
    `stand_in` takes a region's place; None: it shows itself.

    An alias may show what contains it: each turn shows it elsewhere, until a window leaves nothing.
    Raises `RegionError` where that takes more than `VISITS` regions, each counted as often as it is
    shown, or never ends.
    """
    starts: list[int] = []
    pieces: list[Piece] = []
    waiting = [(root, _Window(-root.addr, window.start, window.end, False, 0, ()), False)]
    visits, alias = 0, root
    while waiting:
        region, inside, contents_done = waiting.pop()
        base, low, high, readonly, act, interposers = inside
        if not contents_done:
            visits += 1 + len(interposers)
            if visits > VISITS:
                raise RegionError(
                    f"cannot show {root.name}: more than {VISITS} regions, each counted as often "
                    f"as aliases show it, the last by {alias.name}",
                    alias.name,
                    AddrRange(low, high),
                )
            if not region._enabled:
                continue
            base += region._addr
            low = max(low, base)
            high = min(high, base + region._size)
            if low >= high:
                continue
            readonly = readonly or region._readonly
            act = max(act, region._act)
            interposers += region._interposers
            target = region._alias
            if target is not None:
                alias = region
                base -= region._alias_offset + target._addr
                inside = _Window(base, low, high, readonly, act, interposers)
                waiting.append((target, inside, False))
                continue
            if region._children.ranked:
                inside = _Window(base, low, high, readonly, act, interposers)
                waiting.append((region, inside, True))
                children = region._children.within(low - base, high - base)
                waiting += [(child, inside, False) for child in reversed(children)]
                continue
        if region._terminates:
            if interposers and stand_in is not None:
                region = stand_in(region, interposers, readonly)
            _fill_gaps(starts, pieces, Piece(low, high, region, low - base, readonly, act))
    return pieces


def _fill_gaps(starts: list[int], pieces: list[Piece], new: Piece) -> None:
    """Put `new` in wherever no piece is yet."""
    low, high = new.start, new.end
    first = bisect_right(starts, low) - 1
    if first < 0 or pieces[first].end <= low:
        first += 1
    last = bisect_left(starts, high, first)
    if first == last:
        starts.insert(first, low)
        pieces.insert(first, new)
        return
    filled: list[Piece] = []
    for taken in pieces[first:last]:
        if low < taken.start:
            filled.append(new.part(low, taken.start))
        filled.append(taken)
        low = taken.end
    if low < high:
        filled.append(new.part(low, high))
    pieces[first:last] = filled
    starts[first:last] = [piece.start for piece in filled]
