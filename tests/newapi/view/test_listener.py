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
    World,
)
from tests.newapi.worlds import make_region


class Told(MemoryListener):
    """Appends what it is told to a list shared with others."""

    def __init__(self, name: str, priority: int, told: list[str]) -> None:
        super().__init__(priority)
        self.name = name
        self.told = told

    def begin(self) -> None:
        self.told.append(f"{self.name} begin")

    def commit(self) -> None:
        self.told.append(f"{self.name} commit")

    def region_add(self, row: FlatRange) -> None:
        self.told.append(f"{self.name} add {row.region.name}")

    def region_del(self, row: FlatRange) -> None:
        self.told.append(f"{self.name} del {row.region.name}")

    def region_nop(self, row: FlatRange) -> None:
        self.told.append(f"{self.name} nop {row.region.name}")

    def eventfd_add(self, event: EventFd) -> None:
        self.told.append(f"{self.name} eventfd {event.addr:#x}")

    def log_global_start(self) -> None:
        self.told.append(f"{self.name} log all")

    def log_global_stop(self) -> None:
        self.told.append(f"{self.name} log some")


def make_spaces() -> tuple[World, AddressSpace, AddressSpace]:
    world = World(RamList(12))
    system = MemoryRegion.container(world, "system", 1 << 32)
    ports = MemoryRegion.container(world, "io", 1 << 16)
    return world, AddressSpace(world, "memory", system), AddressSpace(world, "io", ports)


def device(world: World, name: str) -> MemoryRegion:
    return make_region(world, Kind.IO, name, 0x10)


def test_what_ends_is_told_from_the_highest_and_all_else_from_the_lowest() -> None:
    world, memory, _ = make_spaces()
    told: list[str] = []
    for name, priority in (("b1", 5), ("a", 1), ("b2", 5)):
        memory.register(Told(name, priority, told))
    told.clear()
    card = device(world, "d")
    memory.root.add_subregion(0x1000, card)
    assert told == [
        *(f"{name} begin" for name in ("a", "b1", "b2")),
        *(f"{name} add d" for name in ("a", "b1", "b2")),
        *(f"{name} commit" for name in ("a", "b1", "b2")),
    ]
    told.clear()
    card.add_eventfd(EventFd(0, 4, True, 1, 3))
    assert told[3:-3] == [
        *(f"{name} nop d" for name in ("a", "b1", "b2")),
        *(f"{name} eventfd 0x1000" for name in ("b2", "b1", "a")),
    ]
    told.clear()
    memory.root.del_subregion(card)
    assert told[3:-3] == [f"{name} del d" for name in ("b2", "b1", "a")]


def test_updates_of_all_spaces_begin_and_end_for_everybody_in_one_order() -> None:
    world, memory, io = make_spaces()
    told: list[str] = []
    io.register(Told("low", 1, told))
    memory.register(Told("high", 2, told))
    io.register(Told("high too", 2, told))
    told.clear()
    memory.root.add_subregion(0, device(world, "d"))
    names = ("low", "high", "high too")
    begin, commit = [[f"{name} {what}" for name in names] for what in ("begin", "commit")]
    assert told == [*begin, "high add d", *commit]
    told.clear()
    io.root.add_subregion(0, device(world, "p"))
    assert told == [*begin, "high nop d", "low add p", "high too add p", *commit]


def test_registration_tells_all_that_is_there_and_leaving_takes_it_back() -> None:
    """Scenario listener_global_log, which shows the rows alone: today begin and commit are told."""
    world, memory, _ = make_spaces()
    card = device(world, "d")
    memory.root.add_subregion(0, card)
    card.add_eventfd(EventFd(4, 4, True, 1, 3))
    world.log_global_start()
    told: list[str] = []
    late = Told("late", 0, told)
    memory.register(late)
    assert told == ["late begin", "late log all", "late add d", "late eventfd 0x4", "late commit"]
    told.clear()
    world.log_global_stop()
    memory.unregister(late)
    memory.root.set_enabled(False)
    assert told == ["late log some", "late begin", "late del d", "late commit"]
    with pytest.raises(RegionError, match="cannot unregister Told: it is not registered here"):
        memory.unregister(late)


def test_a_listener_serves_one_space_of_its_own_world() -> None:
    world, memory, io = make_spaces()
    _, other, _ = make_spaces()
    core = Core(world)
    with pytest.raises(RegionError, match="cannot register Core: it is made for another world"):
        other.register(core)
    memory.register(core)
    for space in (memory, io):
        with pytest.raises(RegionError, match="it is registered already, and serves one space"):
            space.register(core)
    told = Told("anywhere", 0, [])
    other.register(told)
    with pytest.raises(RegionError, match="it is registered already"):
        memory.register(told)
    with pytest.raises(RegionError, match="is no MemoryListener"):
        memory.register(Told)  # type: ignore[arg-type]  # what a user may well write
    with pytest.raises(RegionError, match=r"^space mine: region system is not of this world$"):
        AddressSpace(world, "mine", other.root)
    assert len(world.spaces) == 2
    memory.unregister(core)
    io.register(core)
    assert (list(memory.listeners), list(io.listeners)) == ([], [core])


def test_nobody_comes_or_goes_while_listeners_are_told() -> None:
    world, memory, _ = make_spaces()
    late = Told("late", 0, [])

    class Inviting(Told):
        def region_add(self, _: FlatRange) -> None:
            memory.register(late)

    inviting = Inviting("inviting", 0, [])
    memory.register(inviting)
    with pytest.raises(RegionError, match="cannot register Told while listeners are told of an"):
        memory.root.add_subregion(0, device(world, "d"))
    assert list(memory.view) == []
    memory.unregister(inviting)
    assert list(world.listeners) == []


def test_a_change_below_a_disabled_region_is_no_update() -> None:
    world, memory, _ = make_spaces()
    box = MemoryRegion.container(world, "box", 0x1000)
    memory.root.add_subregion(0, box)
    box.set_enabled(False)
    told: list[str] = []
    memory.register(Told("l", 0, told))
    told.clear()
    box.add_subregion(0, device(world, "d"))
    assert told == []
    with world.transaction():
        pass
    assert told == []


def test_the_core_is_a_listener_too_even_a_late_one() -> None:
    world, memory, _ = make_spaces()
    ops = MemoryRegionOps(read=lambda _, offset, __: offset + 1)
    memory.root.add_subregion(0x4000, MemoryRegion.io(world, "d", 0x100, ops))
    core = Core(world)
    memory.register(core)
    assert core.load(0x4010, 4) == 0x11
    memory.root.children[0].set_address(0x8000)
    assert (core.load(0x4010, 4), core.load(0x8010, 4)) == (0, 0x11)
    memory.unregister(core)
    assert core.load(0x8010, 4) == 0


def test_a_destroyed_space_tells_its_listeners_and_is_gone() -> None:
    world, memory, io = make_spaces()
    memory.root.add_subregion(0, device(world, "d"))
    told: list[str] = []
    memory.register(Told("l", 0, told))
    told.clear()
    with (
        world.transaction(),
        pytest.raises(RegionError, match=r"^space memory: cannot destroy it in"),
    ):
        memory.destroy()
    memory.destroy()
    assert told == ["l begin", "l del d", "l commit"]
    assert (list(world.spaces), list(memory.view), list(world.listeners)) == ([io], [], [])
    memory.root.del_subregion(memory.root.children[0])
    memory.root.destroy()
    assert told == ["l begin", "l del d", "l commit"]


class Refusing(MemoryListener):
    """Does not take any row."""

    def region_add(self, row: FlatRange) -> None:
        raise RegionError(f"no {row.region.name} here")


def test_a_listener_that_refuses_what_is_there_is_not_added() -> None:
    world, memory, _ = make_spaces()
    memory.root.add_subregion(0, device(world, "d"))
    refusing = Refusing()
    with pytest.raises(RegionError, match="no d here"):
        memory.register(refusing)
    memory.root.add_subregion(0x1000, device(world, "e"))
    with pytest.raises(RegionError, match="not registered"):
        memory.unregister(refusing)
