"""The region tree by its rule: priority decides, walked anew for every address.

There is no flat view: where something may begin or end is collected, and the tree is asked there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from memfold.harness.rules.devices import Ops

__all__ = ["Hit", "Piece", "Region", "Tree"]


class Interposed(NamedTuple):
    """Code in the way: by name, and which ways it is in."""

    name: str
    reads: bool
    writes: bool


@dataclass(eq=False)
class Region:
    """One region, with all that a trace may change of it."""

    name: str
    kind: str
    size: int
    ops: Ops
    dev: int = 0
    ram: int | None = None
    addr: int = 0
    parent: Region | None = None
    children: list[Region] = field(default_factory=list)
    """Those that hide others first."""
    priority: int = 0
    act: int = 0
    enabled: bool = True
    readonly: bool = False
    readable: bool = True
    log: int = 0
    target: Region | None = None
    slide: int = 0
    interposers: tuple[Interposed, ...] = ()
    coalesced: tuple[tuple[int, int], ...] = ()
    eventfds: list[tuple[int, ...]] = field(default_factory=list)


class Hit(NamedTuple):
    """What the tree has at one address."""

    region: Region
    offset: int
    readonly: bool
    act: int
    interposers: tuple[Interposed, ...]


class Piece(NamedTuple):
    """A stretch of addresses and what the tree had there at the last commit."""

    start: int
    end: int
    hit: Hit

    def at(self, addr: int) -> Hit:
        """The same at one of its addresses."""
        return self.hit._replace(offset=self.hit.offset + addr - self.start)


class Tree:
    """The tree under a root of `size` bytes, and when each thing in it was done."""

    def __init__(self, size: int, ops: Ops) -> None:
        self.root = Region("system", "container", size, ops)
        self.roots: tuple[Region, ...] = (self.root,)
        """Of all spaces."""
        self.acts = 0

    def next_act(self) -> int:
        """The number of an act: a registration is one too."""
        self.acts += 1
        return self.acts

    def add(self, parent: Region, offset: int, child: Region, priority: int) -> None:
        """Of equals the later one comes first."""
        child.parent, child.addr, child.priority = parent, offset, priority
        child.act = self.next_act()
        higher = sum(each.priority > priority for each in parent.children)
        parent.children.insert(higher, child)

    def remove(self, child: Region) -> None:
        """What it hid shows again."""
        assert child.parent is not None  # whoever removes it has looked
        child.parent.children.remove(child)
        child.parent = None

    def move(self, child: Region, offset: int) -> None:
        """To another place it goes as if it was added anew."""
        parent, moved = child.parent, offset != child.addr
        if parent is None:
            child.addr = offset
        elif moved:
            self.remove(child)
            self.add(parent, offset, child, child.priority)

    def enable(self, region: Region, enabled: bool) -> None:
        """Showing it is an act, hiding it is none."""
        if enabled and not region.enabled:
            region.act = self.next_act()
        region.enabled = enabled

    def slide(self, alias: Region, offset: int) -> bool:
        """Where an alias that shows somewhere is slid, that is an act; whether it was one."""
        act = offset != alias.slide and (alias.parent is not None or self._shown(alias))
        if act:
            alias.act = self.next_act()
        alias.slide = offset
        return act

    def _shown(self, region: Region) -> bool:
        return any(each is region for root in self.roots for each in self._all(root))

    def _all(self, region: Region) -> Iterator[Region]:
        yield region
        for inner in (*region.children, *([region.target] if region.target else ())):
            yield from self._all(inner)

    # What it shows

    def pieces(self) -> list[Piece]:
        """All that shows, ascending, cut wherever a region begins or ends; the root is at 0."""
        first = self.root.addr
        cuts = sorted(set(self._cuts(self.root, -first, 0, self.root.size)))
        found: list[Piece] = []
        for start, end in pairwise(cuts):
            hit = self._hit(self.root, start + first, False, 0, ())
            if hit is not None:
                found.append(Piece(start, end, hit))
        return found

    def _cuts(self, region: Region, base: int, low: int, high: int) -> Iterator[int]:
        base += region.addr
        low, high = max(low, base), min(high, base + region.size)
        if low >= high or not region.enabled:
            return
        yield low
        yield high
        if region.target is not None:
            yield from self._cuts(
                region.target, base - region.slide - region.target.addr, low, high
            )
        for child in region.children:
            yield from self._cuts(child, base, low, high)

    def _hit(
        self, region: Region, addr: int, readonly: bool, act: int, above: tuple[Interposed, ...]
    ) -> Hit | None:
        offset = addr - region.addr
        if not region.enabled or not 0 <= offset < region.size:
            return None
        readonly, act = readonly or region.readonly, max(act, region.act)
        above += region.interposers
        if region.target is not None:
            inner = region.target
            return self._hit(inner, offset + region.slide + inner.addr, readonly, act, above)
        for child in region.children:
            hit = self._hit(child, offset, readonly, act, above)
            if hit is not None:
                return hit
        if region.kind == "container":
            return None
        return Hit(region, offset, readonly, act, above)
