"""The old PCI BAR contract: the bus decides where a BAR is, and calls the device to map it.

`pci_register_bar` takes a map function. Each time the guest moves or enables the BAR the bus
unmaps the old place by address range, drops coalescing there, and calls the map function, which
registers memory by itself, coalescing and all. Source: hw/pci.c of May 2011.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from memfold.legacy.api import OldMap, OldPorts
from memfold.legacy.constants import IO_MEM_UNASSIGNED
from memfold.legacy.errors import LegacyAbort

__all__ = [
    "PCI_BASE_ADDRESS_MEM_PREFETCH",
    "PCI_BASE_ADDRESS_MEM_TYPE_64",
    "PCI_BASE_ADDRESS_SPACE_IO",
    "PCI_BASE_ADDRESS_SPACE_MEMORY",
    "PCI_NUM_REGIONS",
    "PCI_ROM_SLOT",
    "PCIDevice",
    "PCIMapIORegionFunc",
    "pci_default_read_config",
    "pci_default_write_config",
    "pci_register_bar",
    "pci_register_bar_simple",
]

PCI_BASE_ADDRESS_SPACE_MEMORY = 0x00
PCI_BASE_ADDRESS_SPACE_IO = 0x01
PCI_BASE_ADDRESS_MEM_TYPE_64 = 0x04
PCI_BASE_ADDRESS_MEM_PREFETCH = 0x08
PCI_ROM_SLOT = 6
"""Region number of the expansion ROM; 0 to 5 are the BARs."""
PCI_NUM_REGIONS = 7

_COMMAND, _COMMAND_IO, _COMMAND_MEMORY = 0x04, 0x1, 0x2
_CLASS_DEVICE, _CLASS_IDE = 0x0A, 0x0101
_FIRST_BAR, _ROM_BAR, _ROM_ENABLE = 0x10, 0x30, 0x1
_CONFIG_SIZE = 0x100


class _Bus(OldMap, OldPorts, Protocol):
    """What the bus needs of the old API."""


PCIMapIORegionFunc = Callable[["PCIDevice", int, int, int, int], None]
"""``(device, region_num, addr, size, type)``: the BAR is now at this CPU address."""


@dataclass(slots=True)
class _Region:
    size: int
    type: int
    map_func: PCIMapIORegionFunc
    addr: int | None = None

    @property
    def is_io(self) -> bool:
        return bool(self.type & PCI_BASE_ADDRESS_SPACE_IO)

    @property
    def width(self) -> int:
        return 8 if self.type & PCI_BASE_ADDRESS_MEM_TYPE_64 and not self.is_io else 4


@dataclass(slots=True)
class PCIDevice:
    """One function on a bus whose memory begins at CPU address `mem_base`."""

    api: _Bus
    mem_base: int = 0
    config: bytearray = field(default_factory=lambda: bytearray(_CONFIG_SIZE))
    wmask: bytearray = field(default_factory=lambda: _command_writable())
    """Which bits of the configuration space the guest can write."""
    regions: dict[int, _Region] = field(default_factory=dict)


def _command_writable() -> bytearray:
    wmask = bytearray(_CONFIG_SIZE)
    wmask[_COMMAND] = _COMMAND_IO | _COMMAND_MEMORY
    return wmask


def _bar(region_num: int) -> int:
    return _ROM_BAR if region_num == PCI_ROM_SLOT else _FIRST_BAR + 4 * region_num


def pci_register_bar(
    dev: PCIDevice, region_num: int, size: int, attr: int, map_func: PCIMapIORegionFunc
) -> None:
    """Give the device a BAR of `size` bytes, a power of two; `attr` is what its low bits read as.

    `map_func` is called whenever the guest has put it somewhere. Raises `LegacyAbort` for another
    size or a region number not in 0..6.
    """
    if not 0 <= region_num < PCI_NUM_REGIONS:
        raise LegacyAbort(f"PCI region {region_num}: must be in 0..{PCI_ROM_SLOT}")
    if size <= 0 or size & (size - 1):
        raise LegacyAbort(f"PCI region {region_num}: size {size:#x} is no power of two")
    region = dev.regions[region_num] = _Region(size, attr, map_func)
    bar, width = _bar(region_num), region.width
    writable = -size & (1 << 8 * width) - 1
    if region_num == PCI_ROM_SLOT:
        writable |= _ROM_ENABLE
    dev.config[bar : bar + 4] = attr.to_bytes(4, "little")
    dev.wmask[bar : bar + width] = writable.to_bytes(width, "little")


def pci_register_bar_simple(
    dev: PCIDevice, region_num: int, size: int, attr: int, phys_offset: int
) -> None:
    """A memory BAR that is one registration: the bus maps `phys_offset` by itself."""

    def map_func(dev: PCIDevice, _region_num: int, addr: int, size: int, _type: int) -> None:
        dev.api.cpu_register_physical_memory(addr, size, phys_offset)

    pci_register_bar(dev, region_num, size, attr, map_func)


def pci_default_read_config(dev: PCIDevice, addr: int, length: int) -> int:
    """Read 1, 2 or 4 bytes of configuration space."""
    _check(addr, length)
    return int.from_bytes(dev.config[addr : addr + length], "little")


def pci_default_write_config(dev: PCIDevice, addr: int, value: int, length: int) -> None:
    """The guest writes configuration space: BARs that are somewhere else now are moved.

    Raises `LegacyAbort` for an access outside the 256 bytes or of another width than 1, 2, 4.
    """
    _check(addr, length)
    for i in range(length):
        mask = dev.wmask[addr + i]
        kept = dev.config[addr + i] & ~mask
        dev.config[addr + i] = kept | (value >> 8 * i & mask)
    _update_mappings(dev)


def _check(addr: int, length: int) -> None:
    if length not in (1, 2, 4) or not 0 <= addr <= _CONFIG_SIZE - length:
        raise LegacyAbort(
            f"PCI configuration access of {length} bytes at {addr:#x}:"
            f" must be 1, 2 or 4 bytes in 0x0-{_CONFIG_SIZE - 1:#x}",
            addr,
            length,
        )


def _update_mappings(dev: PCIDevice) -> None:
    for number, region in sorted(dev.regions.items()):
        addr = _address(dev, number, region)
        if addr == region.addr:
            continue
        if region.addr is not None:
            _unmap(dev, region, region.addr)
        region.addr = addr
        if addr is not None:
            base = 0 if region.is_io else dev.mem_base
            region.map_func(dev, number, base + addr, region.size, region.type)


def _unmap(dev: PCIDevice, region: _Region, addr: int) -> None:
    if not region.is_io:
        dev.api.cpu_register_physical_memory(dev.mem_base + addr, region.size, IO_MEM_UNASSIGNED)
        dev.api.qemu_unregister_coalesced_mmio(addr, region.size)
    elif _is_ide(dev) and region.size == 4:
        # Of a four-port IDE BAR only the third port is the controller's.
        dev.api.isa_unassign_ioport(addr + 2, 1)
    else:
        dev.api.isa_unassign_ioport(addr, region.size)


def _is_ide(dev: PCIDevice) -> bool:
    found = int.from_bytes(dev.config[_CLASS_DEVICE : _CLASS_DEVICE + 2], "little")
    return found == _CLASS_IDE


def _address(dev: PCIDevice, number: int, region: _Region) -> int | None:
    """Where the guest has put a region, as a bus address; None when it is mapped nowhere.

    A region at 0, wrapping, or ending at the very top is mapped nowhere: so a guest that writes
    all ones to find the size out does not map the BAR there.
    """
    command = dev.config[_COMMAND]
    if not command & (_COMMAND_IO if region.is_io else _COMMAND_MEMORY):
        return None
    bar, width = _bar(number), region.width
    value = int.from_bytes(dev.config[bar : bar + width], "little")
    if number == PCI_ROM_SLOT and not value & _ROM_ENABLE:
        return None
    addr = value & -region.size
    last = addr + region.size - 1
    top = 0x10000 if region.is_io else (1 << 8 * width) - 1
    return None if addr == 0 or last >= top else addr
