"""Rendering: which part of which region answers at each address of a tree."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from memfold.host.ranges import ADDRESS_LIMIT
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.region import MemoryRegion
from memfold.newapi.view.flatview import Piece

if TYPE_CHECKING:
    from memfold.newapi.tree.interposer import Interposer

__all__ = ["VISITS", "StandIn", "render"]

VISITS = 1 << 18
"""How many regions one rendering visits at most, each counted as often as it is shown."""

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
    shown: tuple[tuple[MemoryRegion, int], ...]
    """The targets of the aliases on the way, and where each begins."""


def render(
    root: MemoryRegion, stand_in: StandIn | None = None, *, endless: bool = False
) -> list[Piece]:
    """What the tree under `root` shows, ascending; `root` itself lies at address 0.

    Visits the winners first (children in list order, then the region itself), and each later
    region only fills the gaps that are left, also when it starts inside one already taken: the
    higher priority hides it (unlike QEMU 1.0 and 1.1, golden ``overlap_bug_*``). Below interposers
    `stand_in` takes a region's place; None: it shows itself.

    An alias may show what contains it: each turn shows it elsewhere, until a window leaves nothing.
    Raises `RegionError` for one that shows it at the same place, which never ends (with `endless`
    it is followed once), and for more than `VISITS` regions, each counted as often as it is shown.
    """
    starts: list[int] = []
    pieces: list[Piece] = []
    waiting = [(root, _Window(-root.addr, 0, ADDRESS_LIMIT, False, 0, (), ()), False)]
    visits = 0
    while waiting:
        region, window, contents_done = waiting.pop()
        base, low, high, readonly, act, interposers, shown = window
        if not contents_done:
            visits += 1
            if visits > VISITS:
                raise _endless(f"{root.name} shows more than {VISITS} regions with it", region)
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
            if target is not None or region._children:
                window = _Window(base, low, high, readonly, act, interposers, shown)
            if target is not None:
                behind = _behind(region, target, window)
                if behind is not None:
                    waiting.append((target, behind, False))
                elif not endless:
                    raise _endless(f"it shows {target.name} at the same place again", region)
                continue
            if region._children:
                waiting.append((region, window, True))
                waiting += [(child, window, False) for child in reversed(region._children)]
                continue
        if region._terminates:
            if interposers and stand_in is not None:
                region = stand_in(region, interposers, readonly)
            _fill_gaps(starts, pieces, Piece(low, high, region, low - base, readonly, act))
    return pieces


def _behind(alias: MemoryRegion, target: MemoryRegion, window: _Window) -> _Window | None:
    """The alias as the parent of its target; None where the way comes from that very target."""
    base = window.base - alias._alias_offset
    if (target, base) in window.shown:
        return None
    return window._replace(base=base - target._addr, shown=(*window.shown, (target, base)))


def _endless(what: str, region: MemoryRegion) -> RegionError:
    return RegionError(f"cannot show {region.name}: {what}, without end", region.name)


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
