"""A sub-page: what stands in for a page that more than one registration has a part of."""

from __future__ import annotations

from array import array

from memfold.legacy.constants import (
    DEVICE_NATIVE_ENDIAN,
    IO_MEM_RAM,
    IO_MEM_SHIFT,
    ReadFuncs,
    WriteFuncs,
)
from memfold.legacy.errors import IoSlotsExhausted, UnboundedRecursion
from memfold.legacy.iotable import IoTable
from memfold.legacy.target import Target

__all__ = ["SubPage"]


class SubPage:
    """For each byte of a page, an io slot and a region offset.

    It sits in an io slot of its own, as any device does, and passes an access on to the slot of
    the access's first byte, at its full width. It can only pass on to io: a strip of RAM turns
    unassigned, one of ROM reads 0, one of ROMD is its device both ways.
    """

    __slots__ = ("_addr_mask", "_byte_mask", "_io", "_region", "_slot")

    def __init__(self, target: Target, io: IoTable) -> None:
        self._io = io
        self._byte_mask = target.page_size - 1
        self._addr_mask = (1 << target.phys_addr_bits) - 1
        self._slot = array("H", bytes(2 * target.page_size))
        self._region = array("Q", bytes(8 * target.page_size))

    def place(self) -> int:
        """Take an io slot, never to be given back; its descriptor.

        Raises `IoSlotsExhausted` when none is free.
        """
        io = self._io.register(_READS, _WRITES, self, DEVICE_NATIVE_ENDIAN)
        if io < 0:
            raise IoSlotsExhausted("no io slot is free for a sub-page")
        return io

    def copy(self) -> SubPage:
        """Another one with the same bytes, which sits in no slot yet."""
        other = SubPage.__new__(SubPage)
        other._io, other._byte_mask, other._addr_mask = self._io, self._byte_mask, self._addr_mask
        other._slot, other._region = self._slot[:], self._region[:]
        return other

    def restore(self, other: SubPage) -> None:
        """Have every byte answered as by a copy made before."""
        self._slot, self._region = other._slot[:], other._region[:]

    def same_as(self, other: SubPage) -> bool:
        """Whether every byte is answered alike."""
        return self._slot == other._slot and self._region == other._region

    def register(self, first: int, last: int, phys_offset: int, region_offset: int) -> None:
        """Have bytes `first` to `last` answered by a descriptor; `last` below `first` is none."""
        if phys_offset & self._byte_mask == IO_MEM_RAM:
            phys_offset = self._io.ram_strip
        count = max(0, last - first + 1)
        slot = (phys_offset & self._byte_mask) >> IO_MEM_SHIFT
        self._slot[first : first + count] = array("H", [slot]) * count
        self._region[first : first + count] = array("Q", [region_offset]) * count

    def resolve(self, addr: int) -> tuple[int, int]:
        """The slot an access at `addr` ends in, and the address its callback gets.

        The slot may, after a reuse, hold another sub-page, and that one refer back here: raises
        `UnboundedRecursion` when the way leads round in a ring.
        """
        byte = addr & self._byte_mask
        slot = self._slot[byte]
        addr += self._region[byte]
        opaque = self._io.opaque
        hops = len(opaque)
        while opaque[slot].__class__ is SubPage:
            sub = opaque[slot]
            slot = sub._slot[byte]
            addr += sub._region[byte]
            hops -= 1
            if not hops:
                raise UnboundedRecursion(f"byte {byte:#x} of a sub-page leads back to itself")
        return slot, addr & self._addr_mask

    def _read(self, addr: int, width: int) -> int:
        slot, addr = self.resolve(addr)
        return self._io.read[slot][width](self._io.opaque[slot], addr)

    def _write(self, addr: int, width: int, value: int) -> None:
        slot, addr = self.resolve(addr)
        self._io.write[slot][width](self._io.opaque[slot], addr, value)


def _readb(sub: SubPage, addr: int) -> int:
    return sub._read(addr, 0)


def _readw(sub: SubPage, addr: int) -> int:
    return sub._read(addr, 1)


def _readl(sub: SubPage, addr: int) -> int:
    return sub._read(addr, 2)


def _writeb(sub: SubPage, addr: int, value: int) -> None:
    sub._write(addr, 0, value)


def _writew(sub: SubPage, addr: int, value: int) -> None:
    sub._write(addr, 1, value)


def _writel(sub: SubPage, addr: int, value: int) -> None:
    sub._write(addr, 2, value)


_READS: ReadFuncs = (_readb, _readw, _readl)
_WRITES: WriteFuncs = (_writeb, _writew, _writel)
