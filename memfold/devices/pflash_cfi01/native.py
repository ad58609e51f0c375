"""CFI flash on the memory API: a ROM device, switched without knowing where it is mapped."""

from __future__ import annotations

from memfold.devices.pflash_cfi01.registers import SIZE, Flash
from memfold.newapi import MemoryRegion, MemoryRegionOps, World

__all__ = ["attach"]


def attach(world: World, device: Flash) -> MemoryRegion:
    """The array and the commands in one region, still to be mapped."""
    ops = MemoryRegionOps(
        read=lambda _region, offset, size: device.read(offset, size),
        write=lambda _region, offset, value, size: device.write(offset, size, value),
    )
    region = MemoryRegion.rom_device(world, "versatile.flash", SIZE, ops)
    assert region.ram_addr is not None  # a ROM device has its array in RAM
    device.use_array(world.ram_list.view(region.ram_addr, SIZE))
    device.on_mode_change(region.rom_device_set_readable)
    return region
