"""The PCI config window on the API of 2011: the width matters, so each has its callback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.devices.callbacks import by_width
from memfold.devices.pci_vpb.bus import ConfigWindow

if TYPE_CHECKING:
    from memfold.legacy.api import OldApi
    from memfold.legacy.sysbus import SysBusDevice

__all__ = ["READ", "WRITE", "attach"]


def config_read(s: ConfigWindow, addr: int, size: int) -> int:
    """A guest reads configuration space."""
    return s.read(addr, size)


def config_write(s: ConfigWindow, addr: int, size: int, value: int) -> None:
    """A guest writes configuration space."""
    s.write(addr, size, value)


READ, WRITE = by_width(config_read, config_write)


def attach(phys: OldApi, device: ConfigWindow) -> SysBusDevice:
    """An io slot for the callbacks, offered to the bus as one window of 16 MiB."""
    from memfold.legacy.constants import DEVICE_NATIVE_ENDIAN
    from memfold.legacy.sysbus import SysBusDevice, sysbus_init_mmio

    dev = SysBusDevice(phys)
    iomemtype = phys.cpu_register_io_memory(READ, WRITE, device, DEVICE_NATIVE_ENDIAN)
    sysbus_init_mmio(dev, 0x1000000, iomemtype)
    return dev
