"""PL031 on the memory API: a region with one read and one write."""

from __future__ import annotations

from memfold.devices.pl031.registers import Pl031
from memfold.newapi import MemoryRegion, MemoryRegionOps, World

__all__ = ["attach"]


def attach(world: World, device: Pl031) -> MemoryRegion:
    """The window as a region, still to be mapped."""
    ops = MemoryRegionOps(
        read=lambda _region, offset, size: device.read(offset, size),
        write=lambda _region, offset, value, size: device.write(offset, size, value),
    )
    return MemoryRegion.io(world, "pl031", 0x1000, ops)
