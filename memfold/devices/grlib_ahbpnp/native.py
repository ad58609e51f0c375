"""The AHB plug-and-play page on the memory API: big-endian, and written to by nobody."""

from __future__ import annotations

from memfold.devices.grlib_ahbpnp.registers import Pnp
from memfold.newapi import Endianness, MemoryRegion, MemoryRegionOps, World

__all__ = ["attach"]


def attach(world: World, device: Pnp) -> MemoryRegion:
    """The page as a region, still to be mapped."""
    ops = MemoryRegionOps(
        read=lambda _region, offset, size: device.read(offset, size),
        endianness=Endianness.BIG,
    )
    return MemoryRegion.io(world, "grlib-ahbpnp", 0x1000, ops)
