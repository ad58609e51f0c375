"""The PCI selfconfig window on the API of 2011: the width matters, so each has its callback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.devices.pci_vpb.bus import ConfigWindow

if TYPE_CHECKING:
    from legacy.api import OldApi
    from legacy.sysbus import SysBusDevice

__all__ = ["READ", "WRITE", "attach"]


def selfconfig_readb(s: ConfigWindow, addr: int) -> int:
    """A byte of configuration space."""
    return s.read(addr, 1)


def selfconfig_readw(s: ConfigWindow, addr: int) -> int:
    """A halfword of configuration space."""
    return s.read(addr, 2)


def selfconfig_readl(s: ConfigWindow, addr: int) -> int:
    """A word of configuration space."""
    return s.read(addr, 4)


def selfconfig_writeb(s: ConfigWindow, addr: int, value: int) -> None:
    """The bus carries 8 bits of `value`."""
    s.write(addr, 1, value & 0xFF)


def selfconfig_writew(s: ConfigWindow, addr: int, value: int) -> None:
    """The bus carries 16 bits of `value`."""
    s.write(addr, 2, value & 0xFFFF)


def selfconfig_writel(s: ConfigWindow, addr: int, value: int) -> None:
    """The bus carries all of `value`."""
    s.write(addr, 4, value)


READ = (selfconfig_readb, selfconfig_readw, selfconfig_readl)
WRITE = (selfconfig_writeb, selfconfig_writew, selfconfig_writel)


def attach(phys: OldApi, device: ConfigWindow) -> SysBusDevice:
    """An io slot for the callbacks, offered to the bus as one window of 16 MiB."""
    from legacy.constants import DEVICE_NATIVE_ENDIAN
    from legacy.sysbus import SysBusDevice, sysbus_init_mmio

    dev = SysBusDevice(phys)
    iomemtype = phys.cpu_register_io_memory(READ, WRITE, device, DEVICE_NATIVE_ENDIAN)
    sysbus_init_mmio(dev, 0x1000000, iomemtype)
    return dev
