"""Interposers: code between a region and whoever accesses it, on the core and on the old layer."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from memfold.host.ram import RamList
from memfold.legacy import Target
from memfold.newapi import (
    AccessSizes,
    AddressSpace,
    Below,
    Core,
    Endianness,
    Interposer,
    MemoryRegion,
    MemoryRegionOps,
    RegionError,
    World,
    conflicts,
    explain,
)
from memfold.shim.shared_physmem import SharedPhysMem
from tests.newapi.trees import SPAN, RandomWorld

PAGE = 0x1000


class Machine:
    """A container with a device at 0, RAM at 0x1000 and a hole; served by either backend."""

    def __init__(self, backend: str) -> None:
        self.world = World(RamList(12))
        self.root = MemoryRegion.container(self.world, "system", 1 << 32)
        self.calls: list[tuple[str, int, int, int]] = []
        self.read: Callable[[int, int], bytes]
        self.write: Callable[[int, bytes], None]
        if backend == "core":
            core = Core(self.world)
            self.space = AddressSpace(self.world, "memory", self.root, core)
            self.read, self.write = core.read, core.write
        else:
            old = SharedPhysMem(Target("test", 12, 32, 32, big_endian=False), self.world)
            self.space = old.show("memory", self.root)
            self.read = lambda addr, n: bytes(old.cpu_physical_memory_read(addr, n))
            self.write = old.cpu_physical_memory_write
        self.bar = MemoryRegion.container(self.world, "bar", 0x4000)
        self.device = MemoryRegion.io(self.world, "device", PAGE, self.ops())
        self.ram = MemoryRegion.ram(self.world, "ram", PAGE)
        self.bar.add_subregion(0, self.device)
        self.bar.add_subregion(PAGE, self.ram)
        self.root.add_subregion(0x10000, self.bar)

    def ops(self) -> MemoryRegionOps:
        def read(_region: MemoryRegion, offset: int, size: int) -> int:
            self.calls.append(("r", size, offset, 0x11))
            return 0x11

        def write(_region: MemoryRegion, offset: int, value: int, size: int) -> None:
            self.calls.append(("w", size, offset, value))

        return MemoryRegionOps(read=read, write=write)


@pytest.fixture(params=["core", "old layer"])
def machine(request: pytest.FixtureRequest) -> Machine:
    return Machine(str(request.param))


def counting(name: str, seen: list[tuple[str, str, str, int]]) -> Interposer:
    def read(below: Below, offset: int, size: int) -> int:
        seen.append((name, "r", below.region.name, offset))
        return below.read(offset, size)

    def write(below: Below, offset: int, value: int, size: int) -> None:
        seen.append((name, "w", below.region.name, offset))
        below.write(offset, value, size)

    return Interposer(name, read, write)


def test_every_access_below_a_container_passes_and_the_device_notices_nothing(
    machine: Machine,
) -> None:
    seen: list[tuple[str, str, str, int]] = []
    machine.bar.add_interposer(counting("log", seen))
    machine.write(0x10010, b"\x01\x02\x03\x04")
    assert machine.read(0x10010, 4) == b"\x11\0\0\0"
    assert machine.calls == [("w", 4, 0x10, 0x04030201), ("r", 4, 0x10, 0x11)]
    machine.write(0x11020, b"abcd")
    assert machine.read(0x11020, 4) == b"abcd"
    assert bytes(machine.ram.ram_view(0x20, 4)) == b"abcd"
    assert seen == [
        ("log", "w", "device", 0x10),
        ("log", "r", "device", 0x10),
        ("log", "w", "ram", 0x20),
        ("log", "r", "ram", 0x20),
    ]


def test_interposers_nest_outermost_first_also_on_one_region(machine: Machine) -> None:
    seen: list[tuple[str, str, str, int]] = []
    machine.device.add_interposer(counting("inner", seen))
    machine.device.add_interposer(counting("outer", seen))
    machine.bar.add_interposer(counting("bus", seen))
    machine.read(0x10000, 1)
    assert [name for name, *_ in seen] == ["bus", "outer", "inner"]


def test_they_go_in_and_out_while_mapped_and_come_along_when_the_region_moves(
    machine: Machine,
) -> None:
    seen: list[tuple[str, str, str, int]] = []
    log = counting("log", seen)
    machine.bar.add_interposer(log)
    machine.bar.set_address(0x20000)
    machine.read(0x20004, 4)
    assert seen == [("log", "r", "device", 4)]
    machine.bar.del_interposer(log)
    machine.read(0x20004, 4)
    assert len(seen) == 1
    assert [row.region for row in machine.space.view] == [machine.device, machine.ram]


def test_code_may_deny_change_delay_and_answer_for_itself(machine: Machine) -> None:
    clock: list[int] = []

    def refuse(_below: Below, offset: int, _value: int, _size: int) -> None:
        clock.append(offset)

    def swapped(below: Below, offset: int, size: int) -> int:
        clock.append(size)
        return int.from_bytes(below.read(offset, size).to_bytes(size, "little"), "big")

    machine.bar.add_interposer(Interposer("policy", swapped, refuse))
    machine.write(0x10010, b"\x01\x02\x03\x04")
    machine.write(0x11010, b"\x01\x02\x03\x04")
    assert machine.read(0x10010, 4) == b"\0\0\0\x11"
    assert machine.read(0x11010, 4) == b"\0\0\0\0"
    assert [call[0] for call in machine.calls] == ["r"]
    assert clock == [0x10, 0x10, 4, 4]


def test_ram_stays_direct_for_reading_when_only_writes_are_hooked(machine: Machine) -> None:
    written: list[int] = []

    def write(below: Below, offset: int, value: int, size: int) -> None:
        written.append(offset)
        below.write(offset, value, size)

    machine.bar.add_interposer(Interposer("writes", write=write))
    machine.write(0x11000, b"\x2a")
    assert machine.read(0x11000, 1) == b"\x2a"
    row = machine.space.view.find(0x11000)
    assert row is not None
    assert row.readable
    assert row.region.ram_addr == machine.ram.ram_addr
    assert written == [0]


def test_writing_through_an_interposer_dirties_and_rom_stays_as_it_is(machine: Machine) -> None:
    seen: list[tuple[str, str, str, int]] = []
    machine.bar.add_interposer(counting("log", seen))
    machine.ram.set_log(True, 0)
    machine.ram.reset_dirty(0, PAGE, 0)
    assert not machine.ram.get_dirty(0, PAGE, 0)
    machine.write(0x11000, b"x")
    assert machine.ram.get_dirty(0, PAGE, 0)
    machine.ram.set_readonly(True)
    machine.write(0x11000, b"y")
    assert machine.read(0x11000, 1) == b"x"
    assert len(seen) == 3


def test_logging_and_coalescing_pass_through(machine: Machine) -> None:
    machine.bar.add_interposer(Interposer("nothing"))
    machine.ram.set_log(True, 0)
    row = machine.space.view.find(0x11000)
    assert row is not None
    assert row.log_mask == 1
    machine.device.add_coalescing(0, 16)
    assert [r.start for r in machine.space.rows_of(machine.device)] == [0x10000]


def test_what_the_device_refuses_reaches_no_interposer_and_its_splits_are_its_own() -> None:
    machine = Machine("core")
    seen: list[tuple[str, str, str, int]] = []
    picky = MemoryRegionOps(
        read=machine.device.ops.read,
        endianness=Endianness.BIG,
        valid=AccessSizes(2, 4),
        impl=AccessSizes(2, 2),
    )
    device = MemoryRegion.io(machine.world, "picky", 16, picky)
    machine.root.add_subregion(0, device)
    plain = machine.read(0, 4), machine.read(1, 1), machine.calls[:]
    machine.calls.clear()
    device.add_interposer(counting("log", seen))
    assert (machine.read(0, 4), machine.read(1, 1), machine.calls) == plain
    assert seen == [("log", "r", "picky", 0)]


def test_putting_it_in_twice_or_taking_out_what_is_not_there_is_refused(machine: Machine) -> None:
    log = Interposer("log")
    with pytest.raises(RegionError, match=r"^region bar: interposer log is not there$"):
        machine.bar.del_interposer(log)
    machine.bar.add_interposer(log)
    with pytest.raises(RegionError, match=r"^region bar: interposer log is there already$"):
        machine.bar.add_interposer(log)


def test_io_slots_of_the_old_layer_come_back() -> None:
    machine = Machine("old layer")
    for _ in range(2000):
        log = Interposer("log")
        machine.bar.add_interposer(log)
        machine.bar.del_interposer(log)
    assert machine.read(0x10000, 4) == b"\x11\0\0\0"


def test_an_interposer_that_passes_everything_changes_no_answer_of_any_tree() -> None:
    random = Random(11)
    for _ in range(200):
        tree = RandomWorld(random)
        before = [tree.dispatched(addr) for addr in range(SPAN)]
        seen: list[tuple[str, str, str, int]] = []
        chosen = random.choice(tree.regions)
        ways = [explain(tree.space, addr).way for addr in range(SPAN)]
        through = [
            0 if way is None else sum(spot.region is chosen for spot in way.path) for way in ways
        ]
        chosen.add_interposer(counting("log", seen))
        tree.world.check()
        for addr in range(SPAN):
            seen.clear()
            assert tree.dispatched(addr) == before[addr]
            assert len(seen) == through[addr]


def test_a_report_inside_a_transaction_changes_nothing_that_is_shown(machine: Machine) -> None:
    flash = MemoryRegion.rom_device(machine.world, "flash", PAGE, machine.ops())
    machine.bar.add_subregion(2 * PAGE, flash)
    box = MemoryRegion.container(machine.world, "box", PAGE)
    machine.bar.add_subregion(3 * PAGE, box)
    machine.bar.add_interposer(Interposer("writes", write=lambda *_: None))
    row = machine.space.view.find(0x10000 + 2 * PAGE)
    assert row is not None
    shown = row.region
    assert shown.itself is flash
    machine.world.transaction_begin()
    flash.rom_device_set_readable(False)
    flash.set_log(True, 0)
    conflicts(machine.space)
    machine.space.render()
    assert machine.space.view.find(row.start) == row
    machine.world.transaction_commit()
    after = machine.space.view.find(row.start)
    assert after is not None
    assert (after.region, after.readable, after.log_mask) == (shown, False, 1)


def test_a_number_that_ends_past_ram_below_an_interposer_reads_zeros_there() -> None:
    """A guest's access: it raised, as if the caller was wrong."""
    world = World(RamList(12))
    root = MemoryRegion.container(world, "system", 1 << 32)
    old = SharedPhysMem(Target("test", 12, 32, 32, big_endian=False), world)
    old.show("memory", root)
    ram = MemoryRegion.ram(world, "ram", PAGE)
    ram.ram_view()[:] = bytes([7]) * PAGE
    root.add_subregion(0, ram)
    ram.add_interposer(Interposer("log", lambda below, *access: below.read(*access)))
    assert old.ldl_phys(PAGE - 2) == 0x0707
    ram.add_interposer(Interposer("deny", None, lambda below, *access: below.write(*access)))
    old.stl_phys(PAGE - 2, 0x04030201)
    assert bytes(ram.ram_view()[-3:]) == b"\x07\x01\x02"
