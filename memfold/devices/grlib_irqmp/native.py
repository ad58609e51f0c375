"""GRLIB IRQMP on the memory API: it says that it takes words only."""

from __future__ import annotations

from memfold.devices.grlib_irqmp.registers import Irqmp
from memfold.newapi import AccessSizes, MemoryRegion, MemoryRegionOps, World

__all__ = ["attach"]


def attach(world: World, device: Irqmp) -> MemoryRegion:
    """The window as a region, still to be mapped."""
    ops = MemoryRegionOps(
        read=lambda _region, offset, size: device.read(offset, size),
        write=lambda _region, offset, value, size: device.write(offset, size, value),
        valid=AccessSizes(4, 4),
    )
    return MemoryRegion.io(world, "irqmp", 0x100, ops)
