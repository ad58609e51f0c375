"""GRLIB APBUART on the memory API: a region of 20 bytes, at any place."""

from __future__ import annotations

from memfold.devices.grlib_apbuart.registers import ApbUart
from memfold.newapi import MemoryRegion, MemoryRegionOps, World

__all__ = ["attach"]


def attach(world: World, device: ApbUart) -> MemoryRegion:
    """The window as a region, still to be mapped."""
    ops = MemoryRegionOps(
        read=lambda _region, offset, size: device.read(offset, size),
        write=lambda _region, offset, value, size: device.write(offset, size, value),
    )
    return MemoryRegion.io(world, "uart", 0x14, ops)
