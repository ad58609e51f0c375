"""CFI NOR flash with Intel commands as QEMU 7.2 models it on the Versatile: 64 MiB, 4 bytes wide.

Programming and erasing take no time. In array mode a guest's reads need not come here at all;
`on_mode_change` tells whoever maps the flash when that begins and ends. Buffered programming is
that of 7.2.22: it goes to the block where its count was written, and is lost without a confirm.
"""

from __future__ import annotations

from collections.abc import Callable

from memfold.devices.device import Answers
from memfold.host.memory import HostMemory

__all__ = ["ANSWERS", "SIZE", "Flash"]

ANSWERS = Answers(
    quiet=(range(0x00, 0x100, 4),),
)

SIZE = 64 << 20
SECTOR = 256 << 10
BLOCK = 2 << 10
IDENTITY = (0x8918, 0x0000)
READY, PROGRAM_FAILED = 0x80, 0x10
ARRAY, LOCK, CONFIRM, READ_ARRAY = 0x00, 0x60, 0xD0, 0xFF

QUERY_TABLE = bytes(0x10) + (
    b"QRY\x01\x00\x31\x00\x00\x00\x00\x00"  # Intel commands, extended table at 0x31
    b"\x45\x55\x00\x00\x07\x07\x0a\x00\x04\x04\x04\x00"  # voltages, times
    b"\x1a\x02\x00\x0b\x00\x01"  # 2^26 bytes, writes of 2^11, one kind of sector:
    b"\xff\x00\x00\x04"  # 256 of 256 KiB
    b"PRI10"
).ljust(0x30, b"\x00")
PROTECTION_FIELDS = 0x3F


class Flash:
    """The flash. `_command` is what is under way (0: array mode), `_cycle` how far it is."""

    __slots__ = ("_array", "_block", "_buffer", "_command", "_cycle", "_left", "_readable",
                 "_show", "_status")  # fmt: skip

    def __init__(self) -> None:
        self._array = HostMemory(SIZE).view
        self._show: Callable[[bool], None] = lambda _readable: None
        self._readable = True
        self._command = ARRAY
        self._cycle = 0
        self._left = 0  # words of a buffer still to come, less one
        self._block = 0  # where the buffer goes
        self._buffer = bytearray(BLOCK)
        self._status = READY

    def use_array(self, array: memoryview) -> None:
        """Keep the contents in `array` from now on: the RAM that a guest reads directly."""
        self._array = array

    def on_mode_change(self, show: Callable[[bool], None]) -> None:
        """Have ``show(readable)`` called when reads go to the array again, or no longer do."""
        self._show = show

    @property
    def array(self) -> memoryview:
        """The contents."""
        return self._array

    @property
    def readable(self) -> bool:
        """Whether reads see the array."""
        return self._readable

    def read(self, offset: int, size: int) -> int:
        """The array, the status, an identity or the query table, by the last command."""
        match self._command:
            case 0x00:
                return int.from_bytes(self._array[offset : offset + size], "little")
            case 0x90:  # identify
                word = (offset & 0xFF) >> 2
                return IDENTITY[word] if word < len(IDENTITY) else 0
            case 0x98:  # query
                word = (offset & 0xFF) >> 2
                return 1 if word == PROTECTION_FIELDS else QUERY_TABLE[word]
        return self._status | self._status << 16 if size > 2 else self._status

    def write(self, offset: int, size: int, value: int) -> None:
        """A command, or what the one under way waits for; nonsense ends it."""
        if self._cycle:
            going_on = self._continue(offset, size, value)
        else:
            self._set_readable(False)
            going_on = self._begin(offset, value & 0xFF)
        if not going_on:
            self._cycle = 0
            self._command = ARRAY
            self._set_readable(True)

    def _begin(self, offset: int, command: int) -> bool:
        match command:
            case 0x70 | 0x90:  # show the status, identify
                self._command = command
                return True
            case 0x20:  # erase a sector
                start = offset & -SECTOR
                self._array[start : start + SECTOR] = b"\xff" * SECTOR
                self._status |= READY
            case 0xE8:  # program a buffer
                self._status |= READY
            case 0x50:  # clear the status
                self._status = 0
                return False
            case 0x10 | 0x40 | 0x60 | 0x98:  # program one, lock, query
                pass
            case _:
                return False
        self._command = command
        self._cycle = 1
        return True

    def _continue(self, offset: int, size: int, value: int) -> bool:
        """The second and later writes of a command; False ends it and returns to the array."""
        byte = value & 0xFF
        match self._command, self._cycle:
            case ((0x10 | 0x40), 1):
                self._array[offset : offset + size] = value.to_bytes(size, "little")
                return self._finish()
            case ((0x20 | 0x60), 1):
                if byte == CONFIRM or (byte == 0x01 and self._command == LOCK):
                    return self._finish()
                return False
            case 0x98, 1:
                return byte != READ_ARRAY
            case 0xE8, 1:
                self._left = value
                self._block = offset & -BLOCK
                self._buffer[:] = self._array[self._block : self._block + BLOCK]
                self._cycle = 2
                return True
            case 0xE8, 2:
                self._fill_buffer(offset - self._block, size, value)
                return True
            case 0xE8, 3 if byte == CONFIRM and not self._status & PROGRAM_FAILED:
                self._array[self._block : self._block + BLOCK] = self._buffer
                return self._finish()
        return False

    def _finish(self) -> bool:
        """The command is done; reads show the status until the next one."""
        self._cycle = 0
        self._status |= READY
        return True

    def _fill_buffer(self, at: int, size: int, value: int) -> None:
        if 0 <= at <= BLOCK - size:
            self._buffer[at : at + size] = value.to_bytes(size, "little")
        else:
            self._status |= PROGRAM_FAILED
        self._status |= READY
        if not self._left:
            self._cycle = 3
        self._left -= 1

    def _set_readable(self, readable: bool) -> None:
        if readable != self._readable:
            self._readable = readable
            self._show(readable)
