"""What the tests of the new API share: small worlds, a listener, an oracle, random trees."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st

from memfold.host.ram import RamList
from memfold.host.ranges import AddrRange
from memfold.newapi import (
    TODAY,
    AddressSpace,
    Core,
    EventFd,
    FlatRange,
    Kind,
    MemoryListener,
    MemoryRegion,
    MemoryRegionOps,
    Profile,
    World,
)

SIZE = 1 << 64


class RecordingListener(MemoryListener):
    """Keeps the rows it was told of, and notes every call."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[int, FlatRange] = {}
        self.calls: list[tuple[object, ...]] = []

    def begin(self) -> None:
        self.calls.append(("begin",))

    def commit(self) -> None:
        self.calls.append(("commit",))

    def region_del(self, row: FlatRange) -> None:
        assert self.rows.pop(row.start).same_as(row)
        self.calls.append(("del", row.start, row.end, row.region.name))

    def region_add(self, row: FlatRange) -> None:
        assert not any(row.range.intersects(other.range) for other in self.rows.values())
        self.rows[row.start] = row
        self.calls.append(("add", row.start, row.end, row.region.name))

    def log_start(self, row: FlatRange) -> None:
        self.calls.append(("log_start", row.start, row.region.name))

    def log_stop(self, row: FlatRange) -> None:
        self.calls.append(("log_stop", row.start, row.region.name))

    def coalesced_add(self, part: AddrRange) -> None:
        self.calls.append(("coalesce", part.start, part.end))

    def coalesced_del(self, row: AddrRange) -> None:
        self.calls.append(("uncoalesce", row.start, row.end))

    def eventfd_add(self, event: EventFd) -> None:
        self.calls.append(("eventfd", event.addr, event.fd))

    def eventfd_del(self, event: EventFd) -> None:
        self.calls.append(("no eventfd", event.addr, event.fd))

    def taken(self) -> list[tuple[object, ...]]:
        """The calls since last asked, without the brackets around updates."""
        calls = [call for call in self.calls if call not in (("begin",), ("commit",))]
        self.calls.clear()
        return calls


class Setup(NamedTuple):
    """One world with a memory space of 2^64 bytes."""

    world: World
    root: MemoryRegion
    told: RecordingListener
    space: AddressSpace


def make_world(profile: Profile = TODAY) -> Setup:
    """A world whose listener records."""
    world = World(RamList(12), profile)
    root = MemoryRegion.container(world, "system", SIZE)
    told = RecordingListener()
    return Setup(world, root, told, AddressSpace(world, "memory", root, told))


def make_core(
    profile: Profile = TODAY, *, big_endian: bool = False
) -> tuple[World, MemoryRegion, Core]:
    """A world served by a core."""
    world = World(RamList(12), profile, big_endian=big_endian)
    root = MemoryRegion.container(world, "system", SIZE)
    core = Core(world)
    AddressSpace(world, "memory", root, core)
    return world, root, core


class Device:
    """Registers that note each call and read as their offset."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def read(self, _: MemoryRegion, offset: int, size: int) -> int:
        self.calls.append(("r", offset, size))
        return 0x8877665544332211 >> 8 * (offset % 8)

    def write(self, _: MemoryRegion, offset: int, value: int, size: int) -> None:
        self.calls.append(("w", offset, value, size))


class Hit(NamedTuple):
    """Who answers at one address."""

    region: str
    offset: int
    readonly: bool
    act: int


def resolve(region: MemoryRegion, addr: int, readonly: bool = False, act: int = 0) -> Hit | None:
    """The oracle: walk the tree for one address of the region's parent; no flat view."""
    offset = addr - region.addr
    if not region.enabled or not 0 <= offset < region.size:
        return None
    readonly, act = readonly or region.readonly, max(act, region.act)
    if region.alias is not None:
        target = region.alias
        return resolve(target, offset + region.alias_offset + target.addr, readonly, act)
    for child in region.children:
        if hit := resolve(child, offset, readonly, act):
            return hit
    return Hit(region.name, offset, readonly, act) if region.terminates else None


BIG = SIZE - 1
offsets = st.one_of(st.integers(0, 24), st.sampled_from([BIG, SIZE >> 1, SIZE - 8]))
sizes = st.one_of(st.integers(0, 16), st.sampled_from([SIZE, SIZE - 1, SIZE >> 1]))
IO = MemoryRegionOps(read=lambda *_: 0, write=lambda *_: None)


def make_region(world: World, kind: Kind, name: str, size: int) -> MemoryRegion:
    """A region without RAM behind it, for trees where only places matter."""
    return MemoryRegion(world, name, size, kind, IO if kind is Kind.IO else None)


@st.composite
def trees(draw: st.DrawFn) -> Setup:
    """A world with a random tree: overlaps, ties, aliases of aliases and of regions that are
    nowhere else, clipping, all switches."""
    setup = make_world()
    world, root = setup.world, setup.root
    regions = [root]
    with world.transaction():
        for number in range(draw(st.integers(1, 9))):
            name = f"r{number}"
            size = draw(sizes)
            kind = draw(st.sampled_from([Kind.IO, Kind.ROM_DEVICE, Kind.CONTAINER, Kind.ALIAS]))
            if kind is Kind.ALIAS:
                target = draw(st.sampled_from(regions))
                region = MemoryRegion.make_alias(world, name, target, draw(offsets), size)
            else:
                region = make_region(world, kind, name, size)
            outer = [one for one in regions if one.kind is not Kind.ALIAS]
            legal = [one for one in outer if region not in _showing(one)]
            mapped = draw(st.integers(0, 4)) > 0
            if legal and mapped:
                draw(st.sampled_from(legal)).add_subregion_overlap(
                    draw(offsets), region, draw(st.integers(-1, 1))
                )
            region.set_enabled(draw(st.integers(0, 4)) > 0)
            region.set_readonly(draw(st.integers(0, 4)) == 0)
            regions.append(region)
    return setup


def _showing(region: MemoryRegion) -> list[MemoryRegion]:
    shown = [region]
    for one in shown:
        for outer in (one.parent, *one.aliases):
            if outer is not None and outer not in shown:
                shown.append(outer)
    return shown
