"""ARM system controller on the API of 2011: one function for every width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.devices.callbacks import each_width
from memfold.devices.sysctl.registers import Sysctl

if TYPE_CHECKING:
    from memfold.legacy.api import OldApi
    from memfold.legacy.sysbus import SysBusDevice

__all__ = ["READ", "WRITE", "attach"]


def sysctl_read(s: Sysctl, addr: int) -> int:
    """A guest reads at `addr` in the window, at any width."""
    return s.read(addr, 4)


def sysctl_write(s: Sysctl, addr: int, value: int) -> None:
    """A guest writes at `addr` in the window, at any width."""
    s.write(addr, 4, value)


READ, WRITE = each_width(sysctl_read, sysctl_write)


def attach(phys: OldApi, device: Sysctl) -> SysBusDevice:
    """An io slot for the callbacks, offered to the bus as one window of 0x1000 bytes."""
    from memfold.legacy.constants import DEVICE_NATIVE_ENDIAN
    from memfold.legacy.sysbus import SysBusDevice, sysbus_init_mmio

    dev = SysBusDevice(phys)
    iomemtype = phys.cpu_register_io_memory(READ, WRITE, device, DEVICE_NATIVE_ENDIAN)
    sysbus_init_mmio(dev, 0x1000, iomemtype)
    return dev
