"""PL110 on the API of 2011; its frame buffer by descriptors and dirty flags.

The display must find out itself where guest memory lies in ram addresses, and ask page by page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.devices.callbacks import each_width
from memfold.devices.pl110.registers import Pl110

if TYPE_CHECKING:
    from memfold.legacy.api import OldApi
    from memfold.legacy.sysbus import SysBusDevice

__all__ = ["READ", "WRITE", "OldFrameBuffer", "attach"]

VGA_DIRTY_FLAG = 0x01


def pl110_read(s: Pl110, addr: int) -> int:
    """A guest reads at `addr` in the window, at any width."""
    return s.read(addr, 4)


def pl110_write(s: Pl110, addr: int, value: int) -> None:
    """A guest writes at `addr` in the window, at any width."""
    s.write(addr, 4, value)


READ, WRITE = each_width(pl110_read, pl110_write)


def attach(phys: OldApi, device: Pl110) -> SysBusDevice:
    """An io slot for the callbacks, offered to the bus as one window of 0x1000 bytes."""
    from memfold.legacy.constants import DEVICE_NATIVE_ENDIAN
    from memfold.legacy.sysbus import SysBusDevice, sysbus_init_mmio

    dev = SysBusDevice(phys)
    iomemtype = phys.cpu_register_io_memory(READ, WRITE, device, DEVICE_NATIVE_ENDIAN)
    sysbus_init_mmio(dev, 0x1000, iomemtype)
    return dev


class OldFrameBuffer:
    """See `FrameBuffer`: RAM that is contiguous in ram addresses from its first page on.

    `page_size` is the target's, which C code had as a constant.
    """

    def __init__(self, phys: OldApi, page_size: int) -> None:
        self._phys = phys
        self._page_size = page_size
        self._base = self._size = 0
        self._ram = 0

    def begin(self, base: int, size: int) -> bool:
        """See `FrameBuffer.begin`."""
        offset = base & self._page_size - 1
        pages = [
            self._phys.cpu_get_physical_page_desc(page)
            for page in range(base - offset, base + size, self._page_size)
        ]
        ram = pages[0] & -self._page_size
        if pages != list(range(ram, ram + len(pages) * self._page_size, self._page_size)):
            return False
        self._base, self._size, self._ram = base, size, ram + offset
        self._phys.cpu_physical_sync_dirty_bitmap(base, base + size)
        return True

    def changed(self, offset: int, size: int) -> bool:
        """See `FrameBuffer.changed`."""
        first = self._ram + offset & -self._page_size
        return any(
            self._phys.cpu_physical_memory_get_dirty(page, VGA_DIRTY_FLAG)
            for page in range(first, self._ram + offset + size, self._page_size)
        )

    def read(self, offset: int, size: int) -> bytes:
        """See `FrameBuffer.read`."""
        return self._phys.cpu_physical_memory_read(self._base + offset, size)

    def end(self) -> None:
        """See `FrameBuffer.end`."""
        self._phys.cpu_physical_memory_reset_dirty(
            self._ram, self._ram + self._size, VGA_DIRTY_FLAG
        )
