"""Listeners in QEMU's order (golden memory rule 11)."""

from __future__ import annotations

import pytest

from memfold.host.ram import RamList
from memfold.newapi import (
    AddressSpace,
    Core,
    EventFd,
    FlatRange,
    Kind,
    MemoryListener,
    MemoryRegion,
    MemoryRegionOps,
    RegionError,
    SinkListener,
    World,
)
from tests.newapi.worlds import make_region


class Told(MemoryListener):
    """Appends what it is told to a list shared with others."""

    def __init__(
        self, name: str, priority: int, told: list[str], space: AddressSpace | None = None
    ) -> None:
        super().__init__(priority, space)
        self.name = name
        self.told = told

    def begin(self) -> None:
        self.told.append(f"{self.name} begin")

    def commit(self) -> None:
        self.told.append(f"{self.name} commit")

    def region_add(self, space: AddressSpace, row: FlatRange) -> None:
        self.told.append(f"{self.name} add {space.name} {row.region.name}")

    def region_del(self, space: AddressSpace, row: FlatRange) -> None:
        self.told.append(f"{self.name} del {space.name} {row.region.name}")

    def region_nop(self, space: AddressSpace, row: FlatRange) -> None:
        self.told.append(f"{self.name} nop {space.name} {row.region.name}")

    def eventfd_add(self, space: AddressSpace, event: EventFd) -> None:
        self.told.append(f"{self.name} eventfd {space.name} {event.addr:#x}")

    def log_global_start(self) -> None:
        self.told.append(f"{self.name} log all")

    def log_global_stop(self) -> None:
        self.told.append(f"{self.name} log some")


def make_spaces() -> tuple[World, AddressSpace, AddressSpace]:
    world = World(RamList(12))
    system = MemoryRegion.container(world, "system", 1 << 32)
    ports = MemoryRegion.container(world, "io", 1 << 16)
    return world, AddressSpace(world, "memory", system), AddressSpace(world, "io", ports)


def test_what_ends_is_told_from_the_highest_and_all_else_from_the_lowest() -> None:
    world, memory, _ = make_spaces()
    told: list[str] = []
    for name, priority in (("b1", 5), ("a", 1), ("b2", 5)):
        world.listeners.register(Told(name, priority, told))
    device = make_region(world, Kind.IO, "d", 0x1000)
    memory.root.add_subregion(0x1000, device)
    assert told == [
        *(f"{name} begin" for name in ("a", "b1", "b2")),
        *(f"{name} add memory d" for name in ("a", "b1", "b2")),
        *(f"{name} commit" for name in ("a", "b1", "b2")),
    ]
    told.clear()
    device.add_eventfd(EventFd(0, 4, True, 1, 3))
    assert told[3:-3] == [
        *(f"{name} nop memory d" for name in ("a", "b1", "b2")),
        *(f"{name} eventfd memory 0x1000" for name in ("b2", "b1", "a")),
    ]
    told.clear()
    memory.root.del_subregion(device)
    assert told[3:-3] == [f"{name} del memory d" for name in ("b2", "b1", "a")]


def test_a_listener_of_one_space_hears_of_no_other() -> None:
    world, memory, io = make_spaces()
    told: list[str] = []
    world.listeners.register(Told("io", 0, told, io))
    memory.root.add_subregion(0, make_region(world, Kind.IO, "d", 0x10))
    io.root.add_subregion(0, make_region(world, Kind.IO, "p", 0x10))
    assert told == ["io begin", "io commit", "io begin", "io add io p", "io commit"]


def test_registration_replays_every_row_and_global_logging_once_a_space() -> None:
    """Scenario listener_global_log."""
    world, memory, io = make_spaces()
    memory.root.add_subregion(0, make_region(world, Kind.IO, "d", 0x10))
    io.root.add_subregion(0, make_region(world, Kind.IO, "p", 0x10))
    world.listeners.log_global_start()
    told: list[str] = []
    late = Told("late", 0, told)
    world.listeners.register(late)
    assert told == ["late log all", "late add memory d", "late log all", "late add io p"]
    told.clear()
    world.listeners.log_global_stop()
    world.listeners.unregister(late)
    memory.root.set_enabled(False)
    assert told == ["late log some"]
    with pytest.raises(RegionError, match="this memory listener is not registered"):
        world.listeners.unregister(late)


def test_a_change_below_a_disabled_region_is_no_update() -> None:
    world, memory, _ = make_spaces()
    box = MemoryRegion.container(world, "box", 0x1000)
    memory.root.add_subregion(0, box)
    box.set_enabled(False)
    told: list[str] = []
    world.listeners.register(Told("l", 0, told))
    box.add_subregion(0, make_region(world, Kind.IO, "d", 0x10))
    assert told == []
    with world.transaction():
        pass
    assert told == []


def test_the_core_is_a_listener_too_even_a_late_one() -> None:
    world, memory, _ = make_spaces()
    ops = MemoryRegionOps(read=lambda _, offset, __: offset + 1)
    memory.root.add_subregion(0x4000, MemoryRegion.io(world, "d", 0x100, ops))
    core = Core(world)
    world.listeners.register(SinkListener(core, memory))
    assert core.load(0x4010, 4) == 0x11
    memory.root.children[0].set_address(0x8000)
    assert (core.load(0x4010, 4), core.load(0x8010, 4)) == (0, 0x11)


class Refusing(MemoryListener):
    """Does not take any row."""

    def region_add(self, space: AddressSpace, row: FlatRange) -> None:
        raise RegionError(f"no {row.region.name} in {space.name}")


def test_a_listener_that_refuses_what_is_there_is_not_added() -> None:
    world, memory, _ = make_spaces()
    memory.root.add_subregion(0, make_region(world, Kind.IO, "d", 0x10))
    refusing = Refusing()
    with pytest.raises(RegionError, match="no d in memory"):
        world.listeners.register(refusing)
    memory.root.add_subregion(0x1000, make_region(world, Kind.IO, "e", 0x10))
    with pytest.raises(RegionError, match="not registered"):
        world.listeners.unregister(refusing)
