"""The Versatile's PCI bridge: configuration space through its windows, and windows that move."""

from __future__ import annotations

import pytest

from memfold.devices.pci_vpb import native
from memfold.devices.pci_vpb.bus import ConfigWindow
from memfold.devices.pci_vpb.registers import PciVpb
from memfold.host.ram import RamList
from memfold.newapi import AddressSpace, Core, MemoryRegion, World

HOST = 11 << 11


@pytest.fixture
def bridge() -> PciVpb:
    return PciVpb()


def test_both_windows_show_the_one_bus(bridge: PciVpb) -> None:
    first, second = ConfigWindow(bridge.bus), ConfigWindow(bridge.bus)
    assert first.read(HOST, 4) == 0x030010EE
    first.write(HOST + 0x3C, 1, 27)
    assert second.read(HOST + 0x3C, 4) == 27


def test_only_writable_bits_are_written_and_error_bits_are_not_set(bridge: PciVpb) -> None:
    window = ConfigWindow(bridge.bus)
    window.write(HOST + 4, 4, 0xFFFFFFFF)
    assert window.read(HOST + 4, 4) == 0x02200507
    window.write(HOST, 4, 0)
    assert window.read(HOST, 2) == 0x10EE
    window.write(HOST + 0x40, 2, 0xBEEF)
    assert window.read(HOST + 0x40, 4) == 0xBEEF


@pytest.mark.parametrize("addr", [0, HOST + 0x100, 1 << 16 | HOST, 0xFFFFFC])
def test_where_no_function_is_every_bit_reads_as_one(bridge: PciVpb, addr: int) -> None:
    window = ConfigWindow(bridge.bus)
    window.write(addr, 4, 0)
    assert [window.read(addr, size) for size in (1, 2, 4)] == [0xFF, 0xFFFF, 0xFFFFFFFF]


def test_a_window_shows_another_part_of_pci_memory_when_the_guest_moves_it(bridge: PciVpb) -> None:
    world = World(RamList(10))
    root = MemoryRegion.container(world, "system", 1 << 64)
    core = Core(world)
    AddressSpace(world, "memory", root, core)
    _pci_io, first, second, _third = native.windows(world, bridge)
    root.add_subregion(0x44000000, first)
    root.add_subregion(0x50000000, second)
    assert first.alias is not None
    first.alias.add_subregion(0x30000000, MemoryRegion.ram(world, "card", 0x1000))
    core.write(0x50000000, b"lost")
    bridge.write(4, 4, 0xFFFFFFF3)
    core.write(0x50000000, b"card")
    assert core.read(0x50000000, 4) == b"card"
    assert core.read(0x44000000, 4) == bytes(4)
    bridge.write(0, 4, 3)
    bridge.write(4, 4, 0)
    assert core.read(0x44000000, 4) == b"card"
    assert core.read(0x50000000, 4) == bytes(4)
