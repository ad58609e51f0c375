"""How the old API broke the thread's promises: each failure by name, shown where it was kept."""

from __future__ import annotations

import warnings

from memfold.legacy import IO_MEM_UNASSIGNED, PhysMem
from memfold.legacy.pci import PCIDevice, pci_default_write_config, pci_register_bar
from tests.promises_bench import PAGE, OldDevice, client, held, old_layer


def says_a_number_the_same_whoever_was_overwritten() -> None:
    """A page descriptor is all that can be asked for."""
    crowded, alone = old_layer(), old_layer()
    OldDevice(alone)
    crowded.cpu_register_physical_memory(0, PAGE, OldDevice(crowded).io)
    for phys in (crowded, alone):
        phys.cpu_register_physical_memory(0, PAGE, OldDevice(phys).io)
    assert crowded.cpu_get_physical_page_desc(0) == alone.cpu_get_physical_page_desc(0)


def leaves_a_hole() -> None:
    """A device mapped over RAM and unmapped again: the RAM is not there any more."""
    phys = old_layer()
    phys.cpu_register_physical_memory(0, 4 * PAGE, phys.qemu_ram_alloc("ram", 4 * PAGE))
    phys.cpu_physical_memory_write(PAGE, b"kept")
    phys.cpu_register_physical_memory(PAGE, PAGE, OldDevice(phys).io)
    phys.cpu_register_physical_memory(PAGE, PAGE, IO_MEM_UNASSIGNED)
    assert phys.cpu_physical_memory_read(PAGE, 4) == bytes(4)


def takes_half_of_two_devices_and_asks_neither() -> None:
    """An unregistration is a range, and may be anybody's."""
    phys = old_layer()
    first, second = OldDevice(phys), OldDevice(phys)
    phys.cpu_register_physical_memory(0, 2 * PAGE, first.io)
    phys.cpu_register_physical_memory(2 * PAGE, 2 * PAGE, second.io)
    phys.cpu_register_physical_memory(PAGE, 2 * PAGE, IO_MEM_UNASSIGNED)
    for page, io in enumerate((first.io, IO_MEM_UNASSIGNED, IO_MEM_UNASSIGNED, second.io)):
        assert phys.cpu_get_physical_page_desc(page * PAGE) == io


def overwrites_without_a_word() -> None:
    """Two devices in one place: the first hears nothing."""
    phys = old_layer()
    first = OldDevice(phys)
    phys.cpu_register_physical_memory(0, PAGE, first.io)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        phys.cpu_register_physical_memory(0, PAGE, OldDevice(phys).io)
    phys.ldl_phys(0)
    assert first.calls == []


def forgets_logging_and_coalescing_when_a_bar_moves() -> None:
    """The device has to say it all again in its map function; this one does not."""
    phys = old_layer()
    logged: list[bool] = []
    phys.cpu_register_phys_memory_client(client(lambda _s, _n, _d, log: logged.append(log)))
    ram = phys.qemu_ram_alloc("vram", PAGE)
    dev = PCIDevice(phys)

    def map_func(dev: PCIDevice, _n: int, addr: int, size: int, _type: int) -> None:
        dev.api.cpu_register_physical_memory(addr, size, ram)

    pci_register_bar(dev, 0, PAGE, 0, map_func)
    _move_bar(dev, 0x10000)
    phys.cpu_register_physical_memory_log(0x10000, PAGE, ram, 0, True)
    phys.qemu_register_coalesced_mmio(0x10000, 0x10)
    _move_bar(dev, 0x20000)
    assert logged == [False, True, False, False]  # mapped, logged, unmapped, mapped again
    assert phys.coalesced == ()


def calls_the_device_for_each_move_of_its_bar() -> None:
    """And each time the device registers everything by itself."""
    mapped: list[int] = []
    dev = PCIDevice(old_layer())
    pci_register_bar(dev, 0, 0x4000, 0, lambda _d, _n, addr, _s, _t: mapped.append(addr))
    for addr in (0x80000000, 0x90000000):
        _move_bar(dev, addr)
    assert mapped == [0x80000000, 0x90000000]


def _move_bar(dev: PCIDevice, addr: int) -> None:
    """A guest puts BAR 0 at `addr` and enables memory."""
    pci_default_write_config(dev, 0x10, addr, 4)
    pci_default_write_config(dev, 0x04, 2, 1)


def page_table_bytes(pages: int) -> int:
    """What the old layer holds for 16 bytes of a device in each of so many pages."""

    def build() -> PhysMem:
        phys = old_layer()
        io = OldDevice(phys).io
        for page in range(pages):
            phys.cpu_register_physical_memory(page * PAGE + 0x100, 16, io)
        return phys

    return held(build)
