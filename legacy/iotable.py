"""The io table: up to P/8 slots of callbacks for 1, 2 and 4 bytes, and who may have them."""

from __future__ import annotations

from typing import Any, TypeAlias, cast

from memfold.host.byteorder import byte_swap
from memfold.legacy.constants import (
    IO_MEM_SHIFT,
    IO_MEM_UNASSIGNED,
    DeviceEndian,
    ReadFunc,
    ReadFuncs,
    WriteFunc,
    WriteFuncs,
)
from memfold.legacy.errors import LegacyAbort
from memfold.legacy.target import Target

__all__ = ["IoTable"]

_Reads: TypeAlias = tuple[ReadFunc, ReadFunc, ReadFunc]
_Writes: TypeAlias = tuple[WriteFunc, WriteFunc, WriteFunc]

_ROM, _UNASSIGNED, _NOTDIRTY, _FIRST_FREE = 1, 2, 3, 6
"""Slots 0 to 4 are reserved and 5 is the watchpoints': a first device gets 6, descriptor 48."""


def _unassigned_read(_opaque: Any, _addr: int) -> int:
    return 0


def _unassigned_write(_opaque: Any, _addr: int, _value: int) -> None:
    pass


def _null_read(slot: int, addr: int) -> int:
    raise LegacyAbort(f"read at {addr:#x} through io slot {slot}, which holds no callbacks", addr)


def _null_write(slot: int, addr: int, _value: int) -> None:
    raise LegacyAbort(f"write at {addr:#x} through io slot {slot}, which holds no callbacks", addr)


_UNASSIGNED_READS: _Reads = (_unassigned_read,) * 3
_UNASSIGNED_WRITES: _Writes = (_unassigned_write,) * 3


class _Foreign:
    """A device of foreign byte order, as the opaque of the callbacks that swap for it."""

    __slots__ = ("opaque", "read", "write")

    def __init__(self, read: _Reads, write: _Writes, opaque: Any) -> None:
        self.read = read
        self.write = write
        self.opaque = opaque


def _readb(dev: _Foreign, addr: int) -> int:
    return dev.read[0](dev.opaque, addr)


def _readw(dev: _Foreign, addr: int) -> int:
    return byte_swap(dev.read[1](dev.opaque, addr), 2)


def _readl(dev: _Foreign, addr: int) -> int:
    return byte_swap(dev.read[2](dev.opaque, addr), 4)


def _writeb(dev: _Foreign, addr: int, value: int) -> None:
    dev.write[0](dev.opaque, addr, value)


def _writew(dev: _Foreign, addr: int, value: int) -> None:
    dev.write[1](dev.opaque, addr, byte_swap(value, 2))


def _writel(dev: _Foreign, addr: int, value: int) -> None:
    dev.write[2](dev.opaque, addr, byte_swap(value, 4))


class IoTable:
    """The slots of one world. Callers dispatch with ``table.read[slot][w](table.opaque[slot], a)``,
    where `w` is 0, 1 or 2 for 1, 2 or 4 bytes. A slot given back reads 0 and drops writes; one that
    never was a device's holds null functions, and the C code crashed there.
    """

    __slots__ = ("_foreign", "_used", "opaque", "ram_strip", "read", "write")

    def __init__(self, target: Target) -> None:
        slots = target.io_mem_nb_entries
        self._foreign = DeviceEndian.LITTLE if target.big_endian else DeviceEndian.BIG
        self._used = bytearray(slots)
        self._used[:_FIRST_FREE] = b"\x01" * _FIRST_FREE
        self.read: list[_Reads] = [(_null_read,) * 3] * slots
        self.write: list[_Writes] = [(_null_write,) * 3] * slots
        self.opaque: list[Any] = list(range(slots))
        self.ram_strip = IO_MEM_UNASSIGNED
        """What RAM turns into that has a part of a page."""
        for slot in _ROM, _UNASSIGNED:
            self.read[slot], self.write[slot] = _UNASSIGNED_READS, _UNASSIGNED_WRITES
        self.read[_NOTDIRTY] = _UNASSIGNED_READS

    @property
    def free(self) -> int:
        """How many slots are free."""
        return self._used.count(0)

    @property
    def used(self) -> bytes:
        """A byte for each slot, 1 where it is taken."""
        return bytes(self._used)

    def register(self, read: ReadFuncs, write: WriteFuncs, opaque: Any, endian: int) -> int:
        """Fill the lowest free slot and return its descriptor, -1 when none is free."""
        slot = self._used.find(0)
        if slot < 0:
            return -1
        self._used[slot] = 1
        reads = cast(_Reads, tuple(func or _unassigned_read for func in read))
        writes = cast(_Writes, tuple(func or _unassigned_write for func in write))
        if endian == self._foreign:
            opaque = _Foreign(reads, writes, opaque)
            reads, writes = (_readb, _readw, _readl), (_writeb, _writew, _writel)
        self.read[slot], self.write[slot], self.opaque[slot] = reads, writes, opaque
        return slot << IO_MEM_SHIFT

    def answers(self, slot: int) -> bool:
        """Whether a slot holds a device: neither one of the fixed slots nor given back."""
        return self.read[slot] is not _UNASSIGNED_READS

    def owner(self, slot: int) -> Any:
        """The opaque of the device in a slot, whatever its byte order."""
        opaque = self.opaque[slot]
        return opaque.opaque if isinstance(opaque, _Foreign) else opaque

    def unregister(self, io: int) -> None:
        """Free the slot of descriptor `io`. Raises `LegacyAbort` for one that is no device's."""
        slot = io >> IO_MEM_SHIFT
        if not _FIRST_FREE <= slot < len(self._used):
            raise LegacyAbort(
                f"cpu_unregister_io_memory({io:#x}): slot {slot} is not in"
                f" {_FIRST_FREE}..{len(self._used) - 1}"
            )
        self.read[slot], self.write[slot] = _UNASSIGNED_READS, _UNASSIGNED_WRITES
        self.opaque[slot] = None
        self._used[slot] = 0
