"""All trees of up to three regions over four units, on the shim, on the core and by tree walk.

A region covers one of 10 intervals of its parent's first four units, has priority 0 or 1, and is
registers, RAM or a container; every legal parent is tried. A unit is a page for the shim and a byte
for the core and the walk. ``python -m tests.shim.small_scope`` runs them all, on two processes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from typing import NamedTuple

from memfold.host.ram import RamList
from memfold.legacy import PhysMem, Target
from memfold.newapi import AddressSpace, Core, Kind, MemoryRegion, MemoryRegionOps, World
from memfold.shim.onto_legacy import OntoLegacy
from tests.newapi.worlds import resolve

UNITS = 4
PAGE = 0x1000


class Choice(NamedTuple):
    """One region: where in its parent, how it ranks, what it is."""

    start: int
    size: int
    priority: int
    kind: Kind


CHOICES = [
    Choice(start, end - start, priority, kind)
    for start, end in product(range(UNITS), range(1, UNITS + 1))
    if start < end
    for priority in (0, 1)
    for kind in (Kind.IO, Kind.RAM, Kind.CONTAINER)
]


class Side:
    """One backend's world, with a region for each level, kind and size, made once."""

    def __init__(self, unit: int) -> None:
        self.unit = unit
        self.world = World(RamList(12))
        self.root = MemoryRegion.container(self.world, "0", UNITS * unit)
        self.regions = {
            (level, kind, size): self._make(level, kind, size)
            for level in (1, 2, 3)
            for kind in (Kind.IO, Kind.RAM, Kind.CONTAINER)
            for size in range(1, UNITS + 1)
        }

    def _make(self, level: int, kind: Kind, size: int) -> MemoryRegion:
        unit, name = self.unit, str(level)

        def read(_: MemoryRegion, offset: int, __: int) -> int:
            return level << 4 | offset // unit

        if kind is Kind.IO:
            return MemoryRegion.io(self.world, name, size * unit, MemoryRegionOps(read=read))
        if kind is Kind.CONTAINER:
            return MemoryRegion.container(self.world, name, size * unit)
        ram = MemoryRegion(self.world, name, size * unit, Kind.RAM)
        ram.name = f"{level} of {size}"
        ram.allocate_ram(None)
        ram.name = name
        ram.ram_view()[:] = b"".join(bytes([level << 4 | n]) * unit for n in range(size))
        return ram


class Scope:
    """The three answers, side by side."""

    def __init__(self) -> None:
        self.byte, self.page = Side(1), Side(PAGE)
        self.core = Core(self.byte.world)
        AddressSpace(self.byte.world, "memory", self.byte.root, self.core)
        target = Target("small", 12, 32, 32, big_endian=False)
        self.phys = PhysMem(target, self.page.world.ram_list)
        AddressSpace(
            self.page.world, "memory", self.page.root, OntoLegacy(self.phys, self.phys.target)
        )
        self.sides = (self.byte, self.page)
        self.trees = 0

    def compare(self) -> None:
        """Ask all three who is at each unit."""
        self.trees += 1
        walked = []
        for addr in range(UNITS):
            hit = resolve(self.byte.root, addr)
            walked.append(0 if hit is None else int(hit.region) << 4 | hit.offset)
        core = [self.core.load(addr, 1) for addr in range(UNITS)]
        old = [self.phys.ldub_phys(addr * PAGE) for addr in range(UNITS)]
        assert walked == core == old, (self.byte.root.children, walked, core, old)

    def grow(self, level: int, choice: Choice, parent: int | None, above: list[Choice]) -> None:
        """Add a region on both sides; `parent` is an index in `above`, None the root."""
        for side in self.sides:
            outer = side.root
            if parent is not None:
                up = above[parent]
                outer = side.regions[parent + 1, up.kind, up.size]
            region = side.regions[level, choice.kind, choice.size]
            outer.add_subregion_overlap(choice.start * side.unit, region, choice.priority)

    def shrink(self, level: int, choice: Choice) -> None:
        """Take it out again."""
        for side in self.sides:
            region = side.regions[level, choice.kind, choice.size]
            assert region.parent is not None
            region.parent.del_subregion(region)

    def visit(self, level: int, above: list[Choice], choices: Iterator[Choice]) -> None:
        """Every tree that has one of `choices` at `level`, under every legal parent, and more."""
        for choice in choices:
            for parent in (None, *range(level - 1)):
                self.grow(level, choice, parent, above)
                self.compare()
                if level < 3:
                    self.visit(level + 1, [*above, choice], iter(CHOICES))
                self.shrink(level, choice)


def check(first: Choice) -> int:
    """All trees whose first region is `first`; how many there are."""
    scope = Scope()
    scope.visit(1, [], iter([first]))
    return scope.trees


def check_slice(seed: int, pairs: int) -> int:
    """The trees that begin with `pairs` random first and second regions."""
    scope = Scope()
    chosen = random.Random(seed)
    for _ in range(pairs):
        first, second = chosen.choice(CHOICES), chosen.choice(CHOICES)
        scope.grow(1, first, None, [])
        scope.visit(2, [first], iter([second]))
        scope.shrink(1, first)
    return scope.trees


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as workers:
        print(f"{sum(workers.map(check, CHOICES))} trees agree on shim, core and tree walk")
