"""The old sysbus helpers: a device names its areas, the board puts them at addresses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from memfold.legacy.api import OldMap
from memfold.legacy.constants import IO_MEM_UNASSIGNED
from memfold.legacy.errors import LegacyAbort

__all__ = [
    "QDEV_MAX_MMIO",
    "SysBusDevice",
    "sysbus_init_mmio",
    "sysbus_init_mmio_cb",
    "sysbus_mmio_map",
]

QDEV_MAX_MMIO = 32
"""Areas one device can have."""

MapFunc = Callable[["SysBusDevice", int], None]
"""``(device, address)``: called instead of registering, when a device maps itself."""


@dataclass(slots=True)
class _Mmio:
    size: int
    iofunc: int
    cb: MapFunc | None
    addr: int | None = None


@dataclass(slots=True)
class SysBusDevice:
    """A device on the system bus: up to 32 areas, mapped through the old API."""

    api: OldMap
    mmio: list[_Mmio] = field(default_factory=list)


def sysbus_init_mmio(dev: SysBusDevice, size: int, iofunc: int) -> None:
    """Give the device its next area: `size` bytes answered by descriptor `iofunc`."""
    _init(dev, _Mmio(size, iofunc, None))


def sysbus_init_mmio_cb(dev: SysBusDevice, size: int, cb: MapFunc) -> None:
    """Give the device its next area, which `cb` maps by itself; unmapping takes all `size`."""
    _init(dev, _Mmio(size, 0, cb))


def _init(dev: SysBusDevice, mmio: _Mmio) -> None:
    if len(dev.mmio) == QDEV_MAX_MMIO:
        raise LegacyAbort(f"a sysbus device has at most {QDEV_MAX_MMIO} areas")
    dev.mmio.append(mmio)


def sysbus_mmio_map(dev: SysBusDevice, n: int, addr: int) -> None:
    """Map area `n` at `addr`, unmapping it first from where it was.

    What the area hides there is lost; what it leaves behind is a hole. Raises `LegacyAbort` for
    an area the device does not have.
    """
    if not 0 <= n < len(dev.mmio):
        raise LegacyAbort(f"sysbus area {n}: the device has {len(dev.mmio)}")
    mmio = dev.mmio[n]
    if mmio.addr == addr:
        return
    if mmio.addr is not None:
        dev.api.cpu_register_physical_memory(mmio.addr, mmio.size, IO_MEM_UNASSIGNED)
    mmio.addr = addr
    if mmio.cb is not None:
        mmio.cb(dev, addr)
    else:
        dev.api.cpu_register_physical_memory(addr, mmio.size, mmio.iofunc)
