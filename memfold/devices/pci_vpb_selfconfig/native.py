"""The PCI selfconfig window on the memory API: the callback is told the width."""

from __future__ import annotations

from memfold.devices.pci_vpb.bus import ConfigWindow
from memfold.newapi import MemoryRegion, MemoryRegionOps, World

__all__ = ["attach"]


def attach(world: World, device: ConfigWindow) -> MemoryRegion:
    """The window as a region, still to be mapped."""
    ops = MemoryRegionOps(
        read=lambda _region, offset, size: device.read(offset, size),
        write=lambda _region, offset, value, size: device.write(offset, size, value),
    )
    return MemoryRegion.io(world, "pci-vpb-selfconfig", 0x1000000, ops)
