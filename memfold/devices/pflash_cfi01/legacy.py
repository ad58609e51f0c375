"""CFI flash on the API of 2011: a ROMD descriptor, registered anew at every change of mode.

The device must know where it is mapped, and whether it still is: the old API has no other way to
say that the same place answers differently from now on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.devices.callbacks import by_width
from memfold.devices.pflash_cfi01.registers import SIZE, Flash

if TYPE_CHECKING:
    from memfold.legacy.api import OldApi
    from memfold.legacy.sysbus import SysBusDevice

__all__ = ["READ", "WRITE", "attach"]


def flash_read(s: Flash, addr: int, size: int) -> int:
    """A guest reads in command mode; in array mode it reads the RAM of the descriptor."""
    return s.read(addr, size)


def flash_write(s: Flash, addr: int, size: int, value: int) -> None:
    """A guest writes a command, or what one waits for."""
    s.write(addr, size, value)


READ, WRITE = by_width(flash_read, flash_write)


def attach(phys: OldApi, device: Flash) -> SysBusDevice:
    """RAM for the array and an io slot for the commands, mapped by the device itself."""
    from memfold.legacy.constants import DEVICE_NATIVE_ENDIAN, IO_MEM_ROMD
    from memfold.legacy.sysbus import SysBusDevice, sysbus_init_mmio_cb

    dev = SysBusDevice(phys)
    off = phys.qemu_ram_alloc("versatile.flash", SIZE)
    device.use_array(phys.qemu_get_ram_ptr(off))
    fl_mem = phys.cpu_register_io_memory(READ, WRITE, device, DEVICE_NATIVE_ENDIAN)

    def register(readable: bool) -> None:
        addr = dev.mmio[0].addr
        if addr is not None:
            phys_offset = off | fl_mem | IO_MEM_ROMD if readable else fl_mem
            phys.cpu_register_physical_memory(addr, SIZE, phys_offset)

    sysbus_init_mmio_cb(dev, SIZE, lambda _dev, _addr: register(device.readable))
    device.on_mode_change(register)
    return dev
