"""PL190 on the memory API: a region with one read and one write."""

from __future__ import annotations

from memfold.devices.pl190.registers import Pl190
from memfold.newapi import MemoryRegion, MemoryRegionOps, World

__all__ = ["attach"]


def attach(world: World, device: Pl190) -> MemoryRegion:
    """The window as a region, still to be mapped."""
    ops = MemoryRegionOps(
        read=lambda _region, offset, size: device.read(offset, size),
        write=lambda _region, offset, value, size: device.write(offset, size, value),
    )
    return MemoryRegion.io(world, "pl190", 0x1000, ops)
