"""Local APICs on the API of 2011: one io slot for all of them, which asks who is running.

The old layer cannot tell who makes an access, so its callbacks look at a global: the current CPU.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from memfold.devices.apic.registers import Apic
from memfold.devices.callbacks import each_width

if TYPE_CHECKING:
    from memfold.legacy.api import OldApi
    from memfold.legacy.sysbus import SysBusDevice

__all__ = ["READ", "WRITE", "Running", "attach"]


class Running(Protocol):
    """Whoever knows which CPU runs now."""

    def current(self) -> Apic:
        """The local APIC of the running CPU."""


def apic_mem_read(s: Running, addr: int) -> int:
    """The running CPU reads its own APIC, whichever that is."""
    return s.current().read(addr, 4)


def apic_mem_write(s: Running, addr: int, value: int) -> None:
    """The running CPU writes its own APIC, whichever that is."""
    s.current().write(addr, 4, value)


READ, WRITE = each_width(apic_mem_read, apic_mem_write)


def attach(phys: OldApi, device: Running) -> SysBusDevice:
    """One io slot for all local APICs, offered to the bus as one window of 0x1000 bytes."""
    from memfold.legacy.constants import DEVICE_NATIVE_ENDIAN
    from memfold.legacy.sysbus import SysBusDevice, sysbus_init_mmio

    dev = SysBusDevice(phys)
    apic_io_memory = phys.cpu_register_io_memory(READ, WRITE, device, DEVICE_NATIVE_ENDIAN)
    sysbus_init_mmio(dev, 0x1000, apic_io_memory)
    return dev
