"""GRLIB GPTIMER on the memory API: it says that it takes words only."""

from __future__ import annotations

from memfold.devices.grlib_gptimer.registers import GpTimerUnit
from memfold.newapi import AccessSizes, MemoryRegion, MemoryRegionOps, World

__all__ = ["attach"]


def attach(world: World, device: GpTimerUnit) -> MemoryRegion:
    """The window as a region, still to be mapped."""
    ops = MemoryRegionOps(
        read=lambda _region, offset, size: device.read(offset, size),
        write=lambda _region, offset, value, size: device.write(offset, size, value),
        valid=AccessSizes(4, 4),
    )
    return MemoryRegion.io(world, "gptimer", 0x30, ops)
