"""A local APIC on the memory API: a region for each, each in its own CPU's tree."""

from __future__ import annotations

from memfold.devices.apic.registers import Apic
from memfold.newapi import MemoryRegion, MemoryRegionOps, World

__all__ = ["attach"]


def attach(world: World, device: Apic) -> MemoryRegion:
    """The window as a region, still to be mapped."""
    ops = MemoryRegionOps(
        read=lambda _region, offset, size: device.read(offset, size),
        write=lambda _region, offset, value, size: device.write(offset, size, value),
    )
    return MemoryRegion.io(world, "apic", 0x1000, ops)
