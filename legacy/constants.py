"""Numbers and callback types of the old API.

A *descriptor* (``phys_offset``) says what a page is: the low bits, below the page size, hold
``io slot << IO_MEM_SHIFT`` and two flags; the bits above hold a ram address.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, Final, TypeAlias

__all__ = [
    "DEVICE_BIG_ENDIAN",
    "DEVICE_LITTLE_ENDIAN",
    "DEVICE_NATIVE_ENDIAN",
    "IO_MEM_NOTDIRTY",
    "IO_MEM_RAM",
    "IO_MEM_ROM",
    "IO_MEM_ROMD",
    "IO_MEM_SHIFT",
    "IO_MEM_SUBPAGE",
    "IO_MEM_UNASSIGNED",
    "DeviceEndian",
    "IOPortReadFunc",
    "IOPortWriteFunc",
    "ReadFunc",
    "ReadFuncs",
    "WriteFunc",
    "WriteFuncs",
    "ram_reader",
    "reads_ram",
]

IO_MEM_SHIFT: Final = 3
"""An io slot's number is the descriptor's low bits shifted down by this."""
IO_MEM_RAM: Final = 0
"""Plain RAM: descriptor = ram address."""
IO_MEM_ROM: Final = 1 << IO_MEM_SHIFT
"""ROM: descriptor = ram address | 8. Reads come from RAM, writes go nowhere."""
IO_MEM_UNASSIGNED: Final = 2 << IO_MEM_SHIFT
"""Nothing here: reads 0, writes ignored. Registering it is how a mapping is removed."""
IO_MEM_NOTDIRTY: Final = 3 << IO_MEM_SHIFT
"""Reserved for the CPU's own bookkeeping; never in a page descriptor."""
IO_MEM_ROMD: Final = 1
"""Flag: reads come from the ram address in the descriptor, writes go to its io slot."""
IO_MEM_SUBPAGE: Final = 2
"""Flag: the io slot is a sub-page, which chooses a device by byte."""


def reads_ram(low: int) -> bool:
    """Whether reads come from RAM, by a descriptor's bits below the page size.

    The ram address of such a descriptor goes up with each page it is given to.
    """
    return low <= IO_MEM_ROM or bool(low & IO_MEM_ROMD)


def ram_reader(low: int) -> int:
    """What stands for RAM where reads have a slot: -1, or -2 where `write_rom` must not write.

    The C code took low bits up to 8 for RAM when it read, but wrote as to ROM only where they were
    0 or 8 or had `IO_MEM_ROMD`; a ram address that is not aligned gives others.
    """
    return -1 if low in (IO_MEM_RAM, IO_MEM_ROM) or low & IO_MEM_ROMD else -2


ReadFunc: TypeAlias = Callable[[Any, int], int]
"""``(opaque, addr) -> value``. The opaque is whatever the device registered: C's ``void *``."""
WriteFunc: TypeAlias = Callable[[Any, int, int], None]
"""``(opaque, addr, value)``."""
ReadFuncs: TypeAlias = tuple[ReadFunc | None, ReadFunc | None, ReadFunc | None]
"""Read callbacks for 1, 2 and 4 bytes. Where one is None, reads of that width give 0."""
WriteFuncs: TypeAlias = tuple[WriteFunc | None, WriteFunc | None, WriteFunc | None]
"""Write callbacks for 1, 2 and 4 bytes. Where one is None, writes of that width are dropped."""

IOPortReadFunc: TypeAlias = Callable[[Any, int], int]
"""``(opaque, port) -> value``."""
IOPortWriteFunc: TypeAlias = Callable[[Any, int, int], None]
"""``(opaque, port, value)``."""


class DeviceEndian(IntEnum):
    """The byte order a device declares; one foreign to the target is swapped at 2 and 4 bytes."""

    NATIVE = 0
    BIG = 1
    LITTLE = 2


DEVICE_NATIVE_ENDIAN: Final = DeviceEndian.NATIVE
DEVICE_BIG_ENDIAN: Final = DeviceEndian.BIG
DEVICE_LITTLE_ENDIAN: Final = DeviceEndian.LITTLE
