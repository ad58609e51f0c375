"""Versatile PCI bridge on the memory API: registers that take words only, and windows that move."""

from __future__ import annotations

from memfold.devices.pci_vpb.registers import PciVpb
from memfold.newapi import AccessSizes, MemoryRegion, MemoryRegionOps, World

__all__ = ["attach", "windows"]

WINDOW_SIZES = (0x0C000000, 0x10000000, 0x10000000)


def attach(world: World, device: PciVpb) -> MemoryRegion:
    """The window as a region, still to be mapped."""
    ops = MemoryRegionOps(
        read=lambda _region, offset, size: device.read(offset, size),
        write=lambda _region, offset, value, size: device.write(offset, size, value),
        valid=AccessSizes(4, 4),
    )
    return MemoryRegion.io(world, "pci-vpb-regs", 0x1000, ops)


def windows(world: World, device: PciVpb) -> tuple[MemoryRegion, ...]:
    """PCI I/O space, and three windows on PCI memory that move as the guest sets IMAP.

    They are still to be mapped, in this order. Nothing but the bridge is on the bus, so all that
    a guest can see in them are the buses' own regions.
    """
    pci_mem = MemoryRegion.container(world, "pci_mem", 1 << 32)
    aliases = [
        MemoryRegion.make_alias(world, "pci-vbp-window", pci_mem, 0, size) for size in WINDOW_SIZES
    ]
    device.on_window_move(lambda window, offset: aliases[window].set_alias_offset(offset))
    return (MemoryRegion.container(world, "pci_io", 1 << 32), *aliases)
