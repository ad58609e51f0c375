"""GRLIB APBUART on the API of 2011: 20 bytes that share a page with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.devices.callbacks import each_width
from memfold.devices.grlib_apbuart.registers import ApbUart

if TYPE_CHECKING:
    from memfold.legacy.api import OldApi
    from memfold.legacy.sysbus import SysBusDevice

__all__ = ["READ", "WRITE", "attach"]

REGISTERS = 0xFF
"""The old layer says where in the page an access is; the devices here lie 0x100 bytes apart."""


def grlib_apbuart_read(s: ApbUart, addr: int) -> int:
    """A guest reads at `addr` in the page, at any width."""
    return s.read(addr & REGISTERS, 4)


def grlib_apbuart_write(s: ApbUart, addr: int, value: int) -> None:
    """A guest writes at `addr` in the page, at any width."""
    s.write(addr & REGISTERS, 4, value)


READ, WRITE = each_width(grlib_apbuart_read, grlib_apbuart_write)


def attach(phys: OldApi, device: ApbUart) -> SysBusDevice:
    """An io slot for the callbacks, offered to the bus as one window of 0x14 bytes."""
    from memfold.legacy.constants import DEVICE_NATIVE_ENDIAN
    from memfold.legacy.sysbus import SysBusDevice, sysbus_init_mmio

    dev = SysBusDevice(phys)
    iomemtype = phys.cpu_register_io_memory(READ, WRITE, device, DEVICE_NATIVE_ENDIAN)
    sysbus_init_mmio(dev, 0x14, iomemtype)
    return dev
