"""GRLIB IRQMP on the API of 2011: words only, in a page shared with others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.devices.grlib_irqmp.registers import Irqmp

if TYPE_CHECKING:
    from memfold.legacy.api import OldApi
    from memfold.legacy.sysbus import SysBusDevice

__all__ = ["READ", "WRITE", "attach"]

REGISTERS = 0xFF
"""The old layer says where in the page an access is; the devices here lie 0x100 bytes apart."""


def grlib_irqmp_readl(s: Irqmp, addr: int) -> int:
    """A guest reads a word."""
    return s.read(addr & REGISTERS, 4)


def grlib_irqmp_writel(s: Irqmp, addr: int, value: int) -> None:
    """A guest writes a word."""
    s.write(addr & REGISTERS, 4, value)


READ = (None, None, grlib_irqmp_readl)
WRITE = (None, None, grlib_irqmp_writel)


def attach(phys: OldApi, device: Irqmp) -> SysBusDevice:
    """An io slot for the callbacks, offered to the bus as one window of 0x100 bytes."""
    from memfold.legacy.constants import DEVICE_NATIVE_ENDIAN
    from memfold.legacy.sysbus import SysBusDevice, sysbus_init_mmio

    dev = SysBusDevice(phys)
    iomemtype = phys.cpu_register_io_memory(READ, WRITE, device, DEVICE_NATIVE_ENDIAN)
    sysbus_init_mmio(dev, 0x100, iomemtype)
    return dev
