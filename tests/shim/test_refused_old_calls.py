"""Old calls and rows that somebody refuses, and what the old layer keeps of those who left."""

from __future__ import annotations

import pytest

from memfold.host.ram import RamList
from memfold.legacy import IO_MEM_UNASSIGNED, X86_64, IoSlotsExhausted, PhysMem
from memfold.newapi import (
    V1_0,
    AccessSizes,
    AddressSpace,
    FlatRange,
    Interposer,
    MemoryListener,
    MemoryRegion,
    MemoryRegionOps,
    OldMmio,
    Ports,
    World,
)
from memfold.shim.folded import Folded
from memfold.shim.onto_legacy import OntoLegacy, PortsOntoLegacy
from tests.shim.mixed import PAGE, Kind, Mixed, each_kind


class Refusing(MemoryListener):
    """Takes one row not, when it minds."""

    minds = False

    def region_add(self, _: FlatRange) -> None:
        if self.minds:
            self.minds = False
            raise OSError("no row")


@each_kind
@pytest.mark.parametrize("size", [PAGE, 3 * PAGE, 0x300])
def test_an_old_call_that_a_listener_refuses_did_nothing(kind: Kind, size: int) -> None:
    mixed = Mixed(kind)
    refusing = Refusing(1)
    mixed.space.register(refusing)
    card, vga = mixed.slot("card"), mixed.slot("vga")
    mixed.old.cpu_register_physical_memory(0x4000, PAGE, vga)
    mixed.root.add_subregion(0x5000, mixed.region("board", PAGE))
    before = [mixed.asked(page * PAGE + 4) for page in range(8)]
    free, claims = mixed.old.io_table.free, mixed.old.claims.within(0, 1 << 32)
    refusing.minds = True
    if kind is Folded:
        with pytest.raises(OSError, match="no row"):
            mixed.old.cpu_register_physical_memory(0x4000, size, card)
        refusing.minds = False
        assert mixed.old.io_table.free == free
        assert mixed.old.claims.within(0, 1 << 32) == claims
        assert [mixed.asked(page * PAGE + 4) for page in range(8)] == before
        mixed.root.add_subregion(0x9000, mixed.region("later", 16))
        assert [mixed.asked(page * PAGE + 4) for page in range(8)] == before
    refusing.minds = False
    mixed.old.cpu_register_physical_memory(0x4000, size, card)
    assert mixed.asked(0x4004) == ("card", 4)
    mixed.world.check()


@each_kind
def test_a_page_given_back_to_a_region_is_given_or_not(kind: Kind) -> None:
    mixed = Mixed(kind)
    refusing = Refusing(1)
    mixed.space.register(refusing)
    mixed.root.add_subregion(0, mixed.region("board", PAGE))
    saved = mixed.old.cpu_get_physical_page_desc(0)
    mixed.old.cpu_register_physical_memory(0, PAGE, mixed.slot("card"))
    refusing.minds = True
    with pytest.raises(OSError, match="no row"):
        mixed.old.cpu_register_physical_memory(0, PAGE, saved)
    refusing.minds = False
    assert mixed.asked(4) == ("card", 4)
    mixed.world.check()
    mixed.old.cpu_register_physical_memory(0, PAGE, saved)
    assert mixed.asked(4) == ("board", 4)


def test_ram_of_the_folded_old_calls_is_freed_or_kept_whole() -> None:
    mixed = Mixed(Folded)
    refusing = Refusing(1)
    mixed.space.register(refusing)
    addr = mixed.old.qemu_ram_alloc("ram", PAGE)
    mixed.old.cpu_register_physical_memory(0, PAGE, addr)
    refusing.minds = True
    with pytest.raises(OSError, match="no row"):
        mixed.old.qemu_ram_free(addr)
    assert [block.name for block in mixed.world.ram_list.blocks] == ["ram"]
    mixed.old.stl_phys(4, 5)
    assert mixed.old.ldl_phys(4) == 5
    refusing.minds = False
    mixed.old.qemu_ram_free(addr)
    refusing.minds = True
    with pytest.raises(OSError, match="no row"):
        mixed.old.qemu_ram_alloc("again", PAGE)
    assert mixed.world.ram_list.blocks == []
    mixed.world.check()


@each_kind
def test_a_stand_in_that_a_claim_hides_is_kept(kind: Kind) -> None:
    mixed = Mixed(kind)
    board = mixed.region("board", PAGE)
    board.add_interposer(Interposer("see", read=lambda below, *access: below.read(*access)))
    mixed.root.add_subregion(0x3000, board)
    card = mixed.slot("card")
    gone: list[str] = []

    class Mourning(MemoryListener):
        """Notes who is gone."""

        def region_destroy(self, region: MemoryRegion) -> None:
            gone.append(region.name)

    mixed.space.register(Mourning())
    (row,) = mixed.space.view
    free, slots = mixed.old.io_table.free, len(mixed.old.io_table.read)
    for _ in range(5):
        saved = mixed.old.cpu_get_physical_page_desc(0x3000)
        mixed.old.cpu_register_physical_memory(0x3000, PAGE, card)
        other = mixed.region("other", 16)
        mixed.root.add_subregion(0x9000, other)
        mixed.root.del_subregion(other)
        other.destroy()
        mixed.old.cpu_register_physical_memory(0x3000, PAGE, saved)
        assert mixed.asked(0x3004) == ("board", 4)
        assert mixed.space.view.find(0x3000) == row
    assert gone == ["other"] * 5
    assert free - mixed.old.io_table.free <= 1  # the sub-page below `other`
    assert len(mixed.old.io_table.read) - slots <= 1


def test_a_listener_that_leaves_gives_its_io_slots_back() -> None:
    world = World(RamList(12))
    root = MemoryRegion.container(world, "system", 1 << 32)
    old = PhysMem(X86_64, world.ram_list)
    free = old.io_table.free
    device = MemoryRegion.io(world, "device", PAGE, MemoryRegionOps(read=lambda *_: 7))
    device.add_interposer(Interposer("see", read=lambda below, *access: below.read(*access)))
    root.add_subregion(0, device)
    for _ in range(3):
        space = AddressSpace(world, "memory", root, OntoLegacy(old, X86_64))
        MemoryRegion.rom_device(world, "flash", PAGE, MemoryRegionOps()).destroy()
        assert (old.ldl_phys(0), old.io_table.free) == (7, free - 1)
        space.destroy()
        assert (old.ldl_phys(0), old.io_table.free) == (0, free)
    onto = OntoLegacy(old, X86_64)
    space = AddressSpace(world, "memory", root, onto)
    space.unregister(onto)
    assert old.io_table.free == free


def test_a_part_of_a_page_says_when_the_slots_are_gone_and_what_to_do() -> None:
    world = World(RamList(12))
    root = MemoryRegion.container(world, "system", 1 << 32)
    old = PhysMem(X86_64, world.ram_list)
    space = AddressSpace(world, "memory", root, OntoLegacy(old, X86_64))
    device = MemoryRegion.io(world, "device", 0x1800, MemoryRegionOps(read=lambda *_: 7))

    def cycle() -> None:
        for number in range(1000):
            root.add_subregion(number % 64 * 2 * PAGE, device)
            root.del_subregion(device)
            root.add_subregion(number % 64 * 2 * PAGE + 0x1000, device)
            root.del_subregion(device)

    with pytest.raises(IoSlotsExhausted) as caught:
        cycle()
    assert str(caught.value).startswith("region device: registering 0x1800 bytes at ")
    assert str(caught.value).endswith(
        "; here a part of a page keeps its slot for good: map whole pages, or let the core serve "
        "the map (stage fold)"
    )
    assert (device.parent, list(space.view)) == (None, [])
    assert (caught.value.needed, caught.value.free) == (1, 0)
    world.check()


@pytest.mark.parametrize("native", [False, True])
def test_old_ports_refuse_nothing_below_an_interposer_either(native: bool) -> None:
    world = World(RamList(12), V1_0)
    root = MemoryRegion.container(world, "io", 0x10000)
    asked: list[tuple[int, int]] = []

    def read(_: MemoryRegion, offset: int, size: int) -> int:
        asked.append((offset, size))
        return offset

    ops = MemoryRegionOps(read=read, valid=AccessSizes(4, 4), accepts=lambda *_: False)
    device = MemoryRegion.io(world, "device", 16, ops)
    root.add_subregion(0, device)
    old = PhysMem(X86_64, world.ram_list)
    ports = Ports(V1_0)
    AddressSpace(world, "io", root, ports if native else PortsOntoLegacy(old, old))

    def inb(port: int) -> int:
        return ports.read(port, 1) if native else old.cpu_inb(port)

    plain = [inb(port) for port in range(4)]
    device.add_interposer(Interposer("see", read=lambda below, *access: below.read(*access)))
    assert [inb(port) for port in range(4)] == plain == [0, 1, 2, 3]
    assert asked == [(0, 1), (1, 1), (2, 1), (3, 1)] * 2


def test_what_a_callback_by_width_returns_beyond_its_width_ends_at_an_interposer() -> None:
    """Stated in `Interposer`: an old device hands all its bits on, through an interposer not."""
    world = World(RamList(12), V1_0)
    root = MemoryRegion.container(world, "system", 1 << 32)
    old = PhysMem(X86_64, world.ram_list)
    AddressSpace(world, "memory", root, OntoLegacy(old, X86_64))
    wide = MemoryRegionOps(old_mmio=OldMmio(readw=lambda *_: 0x12345678))
    device = MemoryRegion.io(world, "device", 16, wide)
    root.add_subregion(0, device)
    assert old.lduw_phys(0) == 0x12345678
    device.add_interposer(Interposer("see", read=lambda below, *access: below.read(*access)))
    assert old.lduw_phys(0) == 0x5678


def test_a_registration_of_minus_one_returns() -> None:
    mixed = Mixed(Folded)
    mixed.old.cpu_register_physical_memory(0, 0x2000, -1)
    mixed.old.cpu_register_physical_memory(0, 1 << 32, IO_MEM_UNASSIGNED)
    mixed.world.check()
