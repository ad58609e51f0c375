"""Versatile PCI bridge on the API of 2011: bytes and halfwords find no callback, and nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.devices.pci_vpb.registers import PciVpb

if TYPE_CHECKING:
    from memfold.legacy.api import OldApi
    from memfold.legacy.sysbus import SysBusDevice

__all__ = ["READ", "WRITE", "attach"]


def pci_vpb_readl(s: PciVpb, addr: int) -> int:
    """A guest reads a word."""
    return s.read(addr, 4)


def pci_vpb_writel(s: PciVpb, addr: int, value: int) -> None:
    """A guest writes a word."""
    s.write(addr, 4, value)


READ = (None, None, pci_vpb_readl)
WRITE = (None, None, pci_vpb_writel)


def attach(phys: OldApi, device: PciVpb) -> SysBusDevice:
    """An io slot for the callbacks, offered to the bus as one window of 0x1000 bytes."""
    from memfold.legacy.constants import DEVICE_NATIVE_ENDIAN
    from memfold.legacy.sysbus import SysBusDevice, sysbus_init_mmio

    dev = SysBusDevice(phys)
    iomemtype = phys.cpu_register_io_memory(READ, WRITE, device, DEVICE_NATIVE_ENDIAN)
    sysbus_init_mmio(dev, 0x1000, iomemtype)
    return dev
