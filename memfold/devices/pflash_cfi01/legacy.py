"""CFI flash on the API of 2011: a ROMD descriptor, registered anew at every change of mode.

The device must know where it is mapped, and whether it still is: the old API has no other way to
say that the same place answers differently from now on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.devices.pflash_cfi01.registers import SIZE, Flash

if TYPE_CHECKING:
    from legacy.api import OldApi
    from legacy.sysbus import SysBusDevice

__all__ = ["READ", "WRITE", "attach"]


def flash_readb(s: Flash, addr: int) -> int:
    """A byte, in command mode."""
    return s.read(addr, 1) & 0xFF


def flash_readw(s: Flash, addr: int) -> int:
    """A halfword, in command mode."""
    return s.read(addr, 2) & 0xFFFF


def flash_readl(s: Flash, addr: int) -> int:
    """A word, in command mode."""
    return s.read(addr, 4)


def flash_writeb(s: Flash, addr: int, value: int) -> None:
    """The bus carries 8 bits of `value`."""
    s.write(addr, 1, value & 0xFF)


def flash_writew(s: Flash, addr: int, value: int) -> None:
    """The bus carries 16 bits of `value`."""
    s.write(addr, 2, value & 0xFFFF)


def flash_writel(s: Flash, addr: int, value: int) -> None:
    """The bus carries all of `value`."""
    s.write(addr, 4, value)


READ = (flash_readb, flash_readw, flash_readl)
WRITE = (flash_writeb, flash_writew, flash_writel)


def attach(phys: OldApi, device: Flash) -> SysBusDevice:
    """RAM for the array and an io slot for the commands, mapped by the device itself."""
    from legacy.constants import DEVICE_NATIVE_ENDIAN, IO_MEM_ROMD
    from legacy.sysbus import SysBusDevice, sysbus_init_mmio_cb

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
