"""The AHB plug-and-play page on the API of 2011: a big-endian device says so in its io slot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.devices.grlib_ahbpnp.registers import Pnp

if TYPE_CHECKING:
    from memfold.legacy.api import OldApi
    from memfold.legacy.sysbus import SysBusDevice

__all__ = ["READ", "WRITE", "attach"]


def pnp_readb(s: Pnp, addr: int) -> int:
    """A byte of the list."""
    return s.read(addr, 1)


def pnp_readw(s: Pnp, addr: int) -> int:
    """A halfword of the list."""
    return s.read(addr, 2)


def pnp_readl(s: Pnp, addr: int) -> int:
    """A word of the list."""
    return s.read(addr, 4)


READ = (pnp_readb, pnp_readw, pnp_readl)
WRITE = (None, None, None)


def attach(phys: OldApi, device: Pnp) -> SysBusDevice:
    """An io slot for the callbacks, offered to the bus as one window of 0x1000 bytes."""
    from memfold.legacy.constants import DEVICE_BIG_ENDIAN
    from memfold.legacy.sysbus import SysBusDevice, sysbus_init_mmio

    dev = SysBusDevice(phys)
    iomemtype = phys.cpu_register_io_memory(READ, WRITE, device, DEVICE_BIG_ENDIAN)
    sysbus_init_mmio(dev, 0x1000, iomemtype)
    return dev
