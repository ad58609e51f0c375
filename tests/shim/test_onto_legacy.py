"""The new API on the old layer: what the recordings do not show, and what must not be lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memfold.legacy import X86_64, CPUPhysMemoryClient, IoSlotsExhausted, PhysMem, Target
from memfold.newapi import (
    AccessSizes,
    AddressSpace,
    Core,
    EventFd,
    Kind,
    MemoryRegion,
    MemoryRegionOps,
    RegionError,
    World,
)
from memfold.shim.onto_legacy import OntoLegacy, PortsOntoLegacy

PAGE = 0x1000
TARGET = Target("test", 12, 32, 32, big_endian=False)


class Shimmed:
    """A world on an old layer, with devices that note what they are told."""

    def __init__(self, target: Target = TARGET) -> None:
        self.phys = PhysMem(target)
        self.world = World(self.phys.ram, big_endian=target.big_endian)
        self.root = MemoryRegion.container(self.world, "system", 1 << 32)
        listener = OntoLegacy(self.phys, target, self.phys)
        self.space = AddressSpace(self.world, "memory", self.root, listener)
        self.ports = MemoryRegion.container(self.world, "io", 1 << 16)
        AddressSpace(self.world, "io", self.ports, PortsOntoLegacy(self.phys, self.phys))
        self.told: list[tuple[str, int, int]] = []

    def device(self, name: str, size: int) -> MemoryRegion:
        def read(_: MemoryRegion, offset: int, width: int) -> int:
            self.told.append((name, offset, width))
            return offset

        ops = MemoryRegionOps(read=read, valid=AccessSizes(unaligned=True))
        return MemoryRegion.io(self.world, name, size, ops)


def test_a_device_hears_its_own_addresses_at_every_misalignment() -> None:
    """Golden memory rule 13; the old layer counts from whole pages."""
    shimmed = Shimmed()
    device = shimmed.device("d", 0x40)
    shimmed.root.add_subregion(0x10010, device)
    for place, offset in ((0x20010, 0), (0x30008, 0x10), (0x40000, 0x20)):
        name = f"at {place:#x}"
        window = MemoryRegion.make_alias(shimmed.world, name, device, offset, 0x10)
        shimmed.root.add_subregion(place, window)
    for addr, offset in ((0x10010, 0), (0x20014, 4), (0x30008, 0x10), (0x4000C, 0x2C)):
        shimmed.phys.ldl_phys(addr)
        assert shimmed.told.pop() == ("d", offset, 4)
    shimmed.world.transaction_begin()
    for child in list(shimmed.root.children):
        shimmed.root.del_subregion(child)
    shimmed.world.transaction_commit()
    for alias in list(device.aliases):
        alias.destroy()
    device.destroy()
    other = shimmed.device("e", 0x1000)
    shimmed.root.add_subregion(0x50000, other)
    assert shimmed.phys.cpu_get_physical_page_desc(0x50000) == 6 << 3


def test_ram_that_a_device_cuts_inside_a_page_stays_ram() -> None:
    """Scenario subpage_over_ram, where 1.0 crashed."""
    shimmed = Shimmed()
    ram = MemoryRegion.ram(shimmed.world, "ram", 4 * PAGE)
    ram.ram_view()[:] = bytes(range(256)) * 64
    shimmed.root.add_subregion(0x100000, ram)
    shimmed.root.add_subregion_overlap(0x101010, shimmed.device("d", 0x20), 1)
    for addr in (0x101000, 0x10100C, 0x101030, 0x101FFC, 0x102000):
        assert shimmed.phys.cpu_physical_memory_read(addr, 4)[0] == addr & 0xFF
    ram.reset_dirty(0, 4 * PAGE, 0)
    shimmed.phys.cpu_physical_memory_write(0x101034, b"new!")
    assert ram.ram_view(0x1034, 4).tobytes() == b"new!"
    assert [ram.get_dirty(page * PAGE, 1, 0) for page in range(4)] == [False, True, False, False]
    shimmed.phys.ldl_phys(0x101010)
    assert shimmed.told == [("d", 0, 4)]


def test_an_access_past_the_end_of_ram_at_an_odd_address_is_of_zeros() -> None:
    """A guest's access never raises; such RAM is served through a slot, at the full width."""
    shimmed = Shimmed()
    ram = MemoryRegion.ram(shimmed.world, "r", 5 * PAGE)
    shimmed.root.add_subregion(0x100FFF, ram)
    last = 0x100FFF + 5 * PAGE - 3
    shimmed.phys.cpu_physical_memory_write(last, bytes(range(1, 14)))
    assert shimmed.phys.cpu_physical_memory_read(last, 13) == bytes([1, 2, 3]) + bytes(10)
    assert bytes(ram.ram_view(5 * PAGE - 3)) == bytes([1, 2, 3])


def test_read_only_ram_cut_inside_a_page_stays_read_only() -> None:
    shimmed = Shimmed()
    rom = MemoryRegion.rom(shimmed.world, "rom", 2 * PAGE)
    rom.ram_view()[:] = bytes(2 * PAGE)
    shimmed.root.add_subregion(0, rom)
    shimmed.root.add_subregion_overlap(0x1000, shimmed.device("d", 0x100), 1)
    shimmed.phys.cpu_physical_memory_write(0x1200, b"evil")
    assert rom.ram_view(0x1200, 4).tobytes() == bytes(4)


def test_a_rom_device_shown_from_an_offset_on_is_read_from_there() -> None:
    """Scenario romd_alias_offset, where 1.0 read from the start."""
    shimmed = Shimmed()
    ops = MemoryRegionOps(read=lambda *_: 0, write=lambda *_: None)
    flash = MemoryRegion.rom_device(shimmed.world, "flash", 4 * PAGE, ops)
    flash.ram_view(2 * PAGE, 4)[:] = b"data"
    window = MemoryRegion.make_alias(shimmed.world, "window", flash, 2 * PAGE, PAGE)
    shimmed.root.add_subregion(0x8000, window)
    assert shimmed.phys.cpu_physical_memory_read(0x8000, 4) == b"data"
    flash.rom_device_set_readable(False)
    assert shimmed.phys.cpu_physical_memory_read(0x8000, 4) == bytes(4)


def test_no_slot_left_is_an_error_that_leaves_everything_as_it_was() -> None:
    shimmed = Shimmed(Target("small", 7, 32, 32, big_endian=False))
    box = MemoryRegion.container(shimmed.world, "box", 1 << 20)
    ram = MemoryRegion.ram(shimmed.world, "ram", 0x400)
    shimmed.root.add_subregion(0, ram)
    for number in range(11):
        box.add_subregion(0x1000 * number, shimmed.device(f"d{number}", 0x80))
    rows = shimmed.space.view.rows
    with pytest.raises(RegionError, match="region d10: the old layer has no io slot left"):
        shimmed.root.add_subregion_overlap(0, box, 1)
    assert box.parent is None
    assert shimmed.space.view.rows == rows
    assert shimmed.phys.cpu_get_physical_page_desc(0) == ram.ram_addr
    box.del_subregion(box.children[0])
    shimmed.root.add_subregion_overlap(0, box, 1)
    assert shimmed.phys.ldl_phys(0x1004) == 4


def test_an_event_the_accelerator_cannot_do_leaves_everything_as_it_was() -> None:
    shimmed = Shimmed()
    device = shimmed.device("d", 0x1000)
    shimmed.root.add_subregion(0x1000, device)
    good, bad = EventFd(0, 4, True, 1, 5), EventFd(8, 8, True, 1, 6)
    device.add_eventfd(good)
    message = "event 6 at 0x1008-0x100f: memory events match 4 bytes of data"
    with pytest.raises(RegionError, match=message):
        device.add_eventfd(bad)
    assert device.eventfds == (good,)
    assert shimmed.phys.ioeventfds == {("mmio", 0x1000, 1, 5)}
    port = shimmed.device("p", 8)
    port.add_eventfd(EventFd(0, 4, True, 1, 7))
    with pytest.raises(RegionError, match="event 7 at 0x100-0x103: port events match 2 bytes"):
        shimmed.ports.add_subregion(0x100, port)
    assert port.parent is None
    assert shimmed.phys.cpu_inb(0x100) == 0xFF


def test_ports_answer_at_every_width_and_alignment() -> None:
    shimmed = Shimmed()
    shimmed.ports.add_subregion(0x101, shimmed.device("p", 8))
    shimmed.phys.cpu_inw(0x101), shimmed.phys.cpu_inw(0x102), shimmed.phys.cpu_inl(0x104)
    assert shimmed.told == [("p", 0, 2), ("p", 1, 2), ("p", 3, 4)]


def test_a_callback_that_unplugs_its_device_leaves_the_old_layer_consistent() -> None:
    shimmed = Shimmed()

    def read(region: MemoryRegion, offset: int, _: int) -> int:
        if region.parent is not None:
            shimmed.root.del_subregion(region)
            region.destroy()
        return 0x55 + offset

    shy = MemoryRegion.io(shimmed.world, "shy", PAGE, MemoryRegionOps(read=read))
    shimmed.root.add_subregion(0x4000, shy)
    assert shimmed.phys.ldl_phys(0x4000) == 0x55
    assert shimmed.phys.cpu_physical_memory_read(0x4000, 8) == bytes(8)
    shimmed.root.add_subregion(0x4000, shimmed.device("next", PAGE))
    assert shimmed.phys.ldl_phys(0x4008) == 8


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([Kind.IO, Kind.RAM, Kind.CONTAINER]),
            st.integers(0, 6),
            st.integers(1, 4),
            st.integers(0, 1),
            st.integers(0, 3),
        ),
        min_size=1,
        max_size=5,
    ),
    st.data(),
)
def test_a_guest_cannot_tell_the_shim_from_the_core(
    plan: list[tuple[Kind, int, int, int, int]], data: st.DataObject
) -> None:
    """Whole pages: the same tree, the same changes, the same answers."""
    worlds = [Shimmed(), Shimmed()]
    core = Core(worlds[1].world)
    worlds[1].space.unregister(worlds[1].space.listeners[0])
    worlds[1].space.register(core)
    for number, (kind, place, size, priority, parent) in enumerate(plan):
        for shimmed in worlds:
            regions = [shimmed.root, *_below(shimmed.root)]
            region = shimmed.device(f"r{number}", size * PAGE)
            if kind is Kind.RAM:
                region = MemoryRegion.ram(shimmed.world, f"r{number}", size * PAGE)
                region.ram_view()[:] = bytes([number + 1]) * size * PAGE
            elif kind is Kind.CONTAINER:
                region = MemoryRegion.container(shimmed.world, f"r{number}", size * PAGE)
            regions[parent % len(regions)].add_subregion_overlap(place * PAGE, region, priority)
    chosen, to = data.draw(st.integers(0, len(plan) - 1)), data.draw(st.integers(0, 6))
    for shimmed in worlds:
        region = next(one for one in _below(shimmed.root) if one.name == f"r{chosen}")
        region.set_address(to * PAGE)
        shimmed.told.clear()
    for addr in range(0, 14 * PAGE, PAGE // 2):
        old = worlds[0].phys.cpu_physical_memory_read(addr, 8)
        assert old == core.read(addr, 8)
        assert worlds[0].told == worlds[1].told


def _below(region: MemoryRegion) -> list[MemoryRegion]:
    found = [one for child in region.children for one in (child, *_below(child))]
    return sorted(found, key=lambda one: one.name)


def test_slots_run_out_inside_the_old_layer_with_a_typed_error() -> None:
    """Sub-pages take slots too (golden legacy rule 7)."""
    shimmed = Shimmed(Target("small", 7, 32, 32, big_endian=False))
    device = shimmed.device("d", 0x10)
    shimmed.root.add_subregion(0, device)

    def wander() -> None:
        for place in range(0x100, 0x10000, 0x100):
            device.set_address(place)

    with pytest.raises(IoSlotsExhausted):
        wander()


def test_events_are_as_wide_as_the_accelerator_takes_them() -> None:
    """32 bits in memory; 16 for ports (the prototypes of kvm_set_ioeventfd_*)."""
    shimmed = Shimmed()
    port = shimmed.device("p", 8)
    shimmed.ports.add_subregion(0xFFFC, port)
    shimmed.root.add_subregion(0x1000, shimmed.device("d", 0x1000))
    shimmed.root.children[0].add_eventfd(EventFd(0, 4, True, 0x1_2345_6789, 5))
    port.add_eventfd(EventFd(2, 2, True, 0x12345, 6))
    assert shimmed.phys.ioeventfds == {("mmio", 0x1000, 0x23456789, 5), ("pio", 0xFFFE, 0x2345, 6)}
    port.del_eventfd(EventFd(2, 2, True, 0x12345, 6))
    assert shimmed.phys.ioeventfds == {("mmio", 0x1000, 0x23456789, 5)}


@pytest.mark.parametrize("target", [TARGET, X86_64], ids=["32 bits", "52 of 64 bits"])
def test_what_lies_above_the_targets_addresses_covers_nothing_below(target: Target) -> None:
    """The old layer takes addresses modulo its address space, and sizes modulo 2^64."""
    shimmed = Shimmed(target)
    top = 1 << target.phys_addr_space_bits
    root = MemoryRegion.container(shimmed.world, "all", 1 << 64)
    shimmed.space.set_root(root)
    ram = MemoryRegion.ram(shimmed.world, "ram", PAGE)
    ram.ram_view(0, 4)[:] = b"here"
    root.add_subregion(0, ram)
    high = MemoryRegion.ram(shimmed.world, "high", 4 * PAGE)
    high.set_log(True, 0)
    events: list[tuple[int, int]] = []

    def told(start: int, end: int) -> int:
        events.append((start, end))
        return 0

    shimmed.phys.cpu_register_phys_memory_client(
        CPUPhysMemoryClient(lambda *_: None, lambda *_: 0, lambda _: 0, told, told)
    )
    for place in (top, top - 2 * PAGE):
        root.add_subregion(place, high)
        high.set_log(False, 0)
        high.set_log(True, 0)
        high.add_coalescing(0, 4 * PAGE)
        assert shimmed.phys.cpu_physical_memory_read(0, 4) == b"here"
        high.ram_view(0, 4)[:] = b"high"
        if place < top:
            assert shimmed.phys.cpu_physical_memory_read(place, 4) == b"high"
        root.del_subregion(high)
        assert shimmed.phys.cpu_physical_memory_read(0, 4) == b"here"
    assert events == [(top - 2 * PAGE, 2 * PAGE)] * 2
    everything = shimmed.device("everything", 1 << 64)
    root.add_subregion_overlap(0, everything, 1)
    shimmed.phys.ldl_phys(top - 4)
    assert shimmed.told == [("everything", top - 4, 4)]
    root.del_subregion(everything)
    assert shimmed.phys.cpu_physical_memory_read(0, 4) == b"here"
