"""The old sysbus helpers and the old PCI BAR contract."""

from __future__ import annotations

import pytest

from memfold.host.ranges import AddrRange
from memfold.legacy import (
    IO_MEM_UNASSIGNED,
    X86_64,
    LegacyAbort,
    PhysMem,
    SysBusDevice,
    sysbus_init_mmio,
    sysbus_init_mmio_cb,
    sysbus_mmio_map,
)
from memfold.legacy.pci import (
    PCI_BASE_ADDRESS_MEM_TYPE_64,
    PCI_BASE_ADDRESS_SPACE_IO,
    PCI_BASE_ADDRESS_SPACE_MEMORY,
    PCI_ROM_SLOT,
    PCIDevice,
    pci_default_read_config,
    pci_default_write_config,
    pci_register_bar,
    pci_register_bar_simple,
)
from tests.legacy.devices import Probe

P = 4096
BAR0, COMMAND = 0x10, 0x04


def test_sysbus_moves_an_area_and_leaves_a_hole_over_ram() -> None:
    phys = PhysMem(X86_64)
    phys.cpu_register_physical_memory(0, 4 * P, phys.qemu_ram_alloc("ram", 4 * P))
    probe = Probe(phys)
    dev = SysBusDevice(phys)
    sysbus_init_mmio(dev, P, probe.io)
    sysbus_mmio_map(dev, 0, P)
    sysbus_mmio_map(dev, 0, P)
    assert phys.cpu_get_physical_page_desc(P) == probe.io
    sysbus_mmio_map(dev, 0, 8 * P)
    assert phys.cpu_get_physical_page_desc(P) == IO_MEM_UNASSIGNED
    assert phys.cpu_get_physical_page_desc(8 * P) == probe.io


def test_sysbus_callback_maps_by_itself() -> None:
    dev = SysBusDevice(PhysMem(X86_64))
    mapped: list[int] = []
    sysbus_init_mmio_cb(dev, P, lambda _dev, addr: mapped.append(addr))
    sysbus_mmio_map(dev, 0, 5 * P)
    assert mapped == [5 * P]
    with pytest.raises(LegacyAbort, match="sysbus area 1: the device has 1"):
        sysbus_mmio_map(dev, 1, 0)


def test_sysbus_devices_have_32_areas() -> None:
    dev = SysBusDevice(PhysMem(X86_64))
    for _ in range(32):
        sysbus_init_mmio(dev, P, 48)
    with pytest.raises(LegacyAbort, match="at most 32 areas"):
        sysbus_init_mmio(dev, P, 48)


def test_a_bar_calls_its_device_on_each_move_and_coalescing_is_lost() -> None:
    phys = PhysMem(X86_64)
    probe = Probe(phys)
    moves: list[int] = []

    def map_func(dev: PCIDevice, _num: int, addr: int, size: int, _type: int) -> None:
        moves.append(addr)
        dev.api.cpu_register_physical_memory(addr, size, probe.io)
        if len(moves) == 1:
            dev.api.qemu_register_coalesced_mmio(addr, 0x100)

    dev = PCIDevice(phys)
    pci_register_bar(dev, 0, 2 * P, PCI_BASE_ADDRESS_SPACE_MEMORY, map_func)
    pci_default_write_config(dev, BAR0, 0xFFFFFFFF, 4)
    assert pci_default_read_config(dev, BAR0, 4) == 0xFFFFE000
    pci_default_write_config(dev, COMMAND, 2, 2)
    assert moves == []
    pci_default_write_config(dev, BAR0, 0xE0000000, 4)
    assert list(phys.coalesced) == [AddrRange.sized(0xE0000000, 0x100)]
    pci_default_write_config(dev, BAR0, 0xE0100000, 4)
    assert moves == [0xE0000000, 0xE0100000]
    assert not phys.coalesced
    assert phys.cpu_get_physical_page_desc(0xE0000000) == IO_MEM_UNASSIGNED
    assert phys.cpu_get_physical_page_desc(0xE0101000) == probe.io
    pci_default_write_config(dev, COMMAND, 0, 2)
    assert phys.cpu_get_physical_page_desc(0xE0101000) == IO_MEM_UNASSIGNED


def test_a_64_bit_bar_above_4g_behind_a_memory_base() -> None:
    phys = PhysMem(X86_64)
    probe = Probe(phys)
    dev = PCIDevice(phys, mem_base=0x1000_0000)
    pci_register_bar_simple(dev, 2, P, PCI_BASE_ADDRESS_MEM_TYPE_64, probe.io)
    pci_default_write_config(dev, COMMAND, 2, 1)
    pci_default_write_config(dev, BAR0 + 8, 0x8000_0000, 4)
    pci_default_write_config(dev, BAR0 + 12, 0x3, 4)
    assert pci_default_read_config(dev, BAR0 + 8, 4) == 0x8000_0000 | PCI_BASE_ADDRESS_MEM_TYPE_64
    assert phys.cpu_get_physical_page_desc(0x3_9000_0000) == probe.io
    assert phys.cpu_get_physical_page_desc(0x9000_0000) == IO_MEM_UNASSIGNED


def test_port_bars_and_the_ide_exception() -> None:
    phys = PhysMem(X86_64)
    dev = PCIDevice(phys)

    def map_func(dev: PCIDevice, _num: int, addr: int, size: int, _type: int) -> None:
        dev.api.register_ioport_read(addr, size, 1, lambda _o, _p: 7, dev)

    pci_register_bar(dev, 1, 4, PCI_BASE_ADDRESS_SPACE_IO, map_func)
    pci_default_write_config(dev, COMMAND, 1, 1)
    pci_default_write_config(dev, BAR0 + 4, 0x1F0, 4)
    assert pci_default_read_config(dev, BAR0 + 4, 4) == 0x1F1
    dev.config[0x0A:0x0C] = b"\x01\x01"
    pci_default_write_config(dev, COMMAND, 0, 1)
    assert [phys.cpu_inb(0x1F0 + k) for k in range(4)] == [7, 7, 0xFF, 7]


def test_the_rom_has_its_own_enable_bit() -> None:
    phys = PhysMem(X86_64)
    dev = PCIDevice(phys)
    pci_register_bar_simple(dev, PCI_ROM_SLOT, P, 0, Probe(phys).io)
    pci_default_write_config(dev, COMMAND, 2, 1)
    pci_default_write_config(dev, 0x30, 0xC0000, 4)
    assert phys.cpu_get_physical_page_desc(0xC0000) == IO_MEM_UNASSIGNED
    pci_default_write_config(dev, 0x30, 0xC0001, 4)
    assert phys.cpu_get_physical_page_desc(0xC0000) == 48


def test_bad_bars_are_refused() -> None:
    dev = PCIDevice(PhysMem(X86_64))
    with pytest.raises(LegacyAbort, match="size 0x3000 is no power of two"):
        pci_register_bar_simple(dev, 0, 0x3000, 0, 48)
    with pytest.raises(LegacyAbort, match=r"PCI region 7: must be in 0\.\.6"):
        pci_register_bar_simple(dev, 7, P, 0, 48)
    with pytest.raises(LegacyAbort, match="3 bytes at 0x10: must be 1, 2 or 4"):
        pci_default_write_config(dev, BAR0, 0, 3)


def test_eventfds_are_bound_and_unbound() -> None:
    phys = PhysMem(X86_64)
    phys.kvm_set_ioeventfd_mmio_long(7, 0x1000, 1, True)
    phys.kvm_set_ioeventfd_pio_word(8, 0x60, 2, True)
    phys.kvm_set_ioeventfd_mmio_long(7, 0x1000, 1, False)
    assert phys.ioeventfds == {("pio", 0x60, 2, 8)}
