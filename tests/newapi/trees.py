"""Random region trees over a few addresses, and an oracle: one address, ten lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from memfold.host.ram import RamList
from memfold.newapi import (
    AddressSpace,
    Core,
    Kind,
    MemoryRegion,
    MemoryRegionOps,
    RegionError,
    World,
)
from memfold.newapi.ask.ways import ways

SPAN = 24
"""Addresses that the trees play on."""


class RandomWorld:
    """A tree of at most `count` regions under one root, every region answering with its name."""

    def __init__(self, random: Random, count: int = 8) -> None:
        self.random = random
        self.world = World(RamList(12))
        self.asked: list[tuple[str, int]] = []
        self.root = MemoryRegion.container(self.world, "root", random.choice((SPAN, SPAN, 16)))
        self.regions = [self.root]
        self.core = Core(self.world)
        self.space = AddressSpace(self.world, "memory", self.root, self.core)
        for number in range(random.randrange(1, count + 1)):
            self.regions.append(self.make(f"r{number}"))
            self.place(self.regions[-1])
        self.names = {region.name: region for region in self.regions}

    def make(self, name: str) -> MemoryRegion:
        """A new region of any kind but RAM (whose pages are larger than these trees)."""
        random, world = self.random, self.world
        size = random.choice((0, 1, 3, 4, 8, 12, SPAN, 2 * SPAN))
        kind = random.choice(("io", "io", "io", "container", "container", "alias", "alias"))
        if kind == "alias":
            target = random.choice(self.regions)
            return MemoryRegion.make_alias(world, name, target, random.randrange(0, 8), size)
        if kind == "container":
            return MemoryRegion.container(world, name, size)
        return MemoryRegion.io(world, name, size, MemoryRegionOps(read=self._read))

    def _read(self, region: MemoryRegion, offset: int, _size: int) -> int:
        self.asked.append((region.name, offset))
        return 0

    @contextmanager
    def allowed(self) -> Iterator[None]:
        """A change, or none where it would show too much, even without end, or contain itself."""
        try:
            with self.world.transaction():
                yield
                for one in self.regions:
                    for _ in ways(one, most=300):
                        pass
        except RegionError as error:
            if not re.search("more than|contain itself|mapped already", str(error)):
                raise

    def place(self, region: MemoryRegion) -> None:
        """Add `region` somewhere at random, if the rules of the tree allow it there."""
        random = self.random
        parent = self.root if random.random() < 0.4 else random.choice(self.regions)
        offset = random.randrange(0, SPAN // 2)
        with self.allowed():
            if random.random() < 0.4:
                parent.add_subregion(offset, region)
            else:
                parent.add_subregion_overlap(offset, region, random.randrange(-1, 2))
            region.set_enabled(random.random() < 0.85)

    def change(self) -> None:
        """One random change: any of those that move what is seen, or how."""
        random = self.random
        region = random.choice(self.regions[1:])
        act = random.randrange(9)
        if region.parent is None and act < 6:
            self.place(region)
            return
        with self.allowed():
            if region.parent is not None and act <= 1:
                region.parent.del_subregion(region)
            elif act == 2:
                region.set_address(random.randrange(0, SPAN))
            elif act == 3:
                region.set_enabled(not region.enabled)
            elif act == 4 and region.alias is not None:
                region.set_alias_offset(random.randrange(0, 8))
            elif act == 5:
                region.set_readonly(not region.readonly)
            elif act == 6:
                region.set_log(random.random() < 0.5, random.randrange(8))
            elif act == 7 and region.kind is Kind.IO:
                region.add_coalescing(random.randrange(0, 4), 4)
            elif region.parent is not None:
                region.parent.del_subregion(region)
                self.place(region)

    def dispatched(self, addr: int) -> tuple[str, int] | None:
        """Who is asked for the byte at `addr`, and at which offset."""
        self.asked.clear()
        self.core.load(addr, 1)
        return self.asked[0] if self.asked else None


def reachable(root: MemoryRegion, *, enabled: bool = False) -> list[MemoryRegion]:
    """`root` and all below it and shown there, each once; `enabled`: only where that shows."""
    found: list[MemoryRegion] = []
    waiting = [root]
    while waiting:
        region = waiting.pop()
        if region not in found and (region.enabled or not enabled):
            found.append(region)
            waiting += [*region.children, *([region.alias] if region.alias else [])]
    return found


def resolve(region: MemoryRegion, at: int) -> tuple[list[MemoryRegion], int] | None:
    """The way to what answers `at` in `region` (an offset), and the offset there."""
    if not region.enabled or not 0 <= at < region.size:
        return None
    inner = [(child, at - child.addr) for child in region.children]
    if region.alias is not None:
        inner = [(region.alias, at + region.alias_offset)]
    for child, offset in inner:
        found = resolve(child, offset)
        if found is not None:
            return [region, *found[0]], found[1]
    return ([region], at) if region.terminates else None
