"""How the old access functions reach what the core shows: by io slots beyond the old table's own.

No descriptor names them. Deleted with `shim.folded`.
"""

from __future__ import annotations

from collections.abc import Callable

from memfold.host.byteorder import byte_swap
from memfold.host.ranges import AddrRange
from memfold.legacy.constants import (
    IO_MEM_SHIFT,
    IO_MEM_UNASSIGNED,
    ReadFunc,
    WriteFunc,
    ram_reader,
)
from memfold.legacy.iotable import IoTable
from memfold.legacy.registration import Walk
from memfold.newapi import Core, FlatRange, Kind, MemoryRegion
from memfold.newapi.tree.dispatch import guest_read, guest_write
from memfold.shim.oldregions import OldRegions

__all__ = ["WalkSlots"]

_NOBODY = IO_MEM_UNASSIGNED >> IO_MEM_SHIFT
_RAM = -1


class WalkSlots:
    """One slot per region, told its offsets, and one that chooses by the byte of an access."""

    def __init__(self, io: IoTable, core: Core, regions: OldRegions, space: AddrRange) -> None:
        self._io = io
        self._core = core
        self._regions = regions
        self._space = space.size
        self._slots: dict[MemoryRegion, int] = {}
        self._free: list[int] = []
        self._by_byte = self._add(self._read_at, self._write_at, core)
        """For a page with parts: the row of the first byte answers the whole access."""

    def walk(self, page: AddrRange, rows: list[FlatRange]) -> Walk:
        """What an access to a page needs that shows `rows`."""
        if not rows:
            return _NOBODY, _NOBODY, 0, 0
        row = rows[0]
        offset = row.offset + page.start - row.start
        ram = self._regions.ram_addr(row.region, offset)
        if not row.range.covers(page) or (ram is not None and ram & page.size - 1):
            reader, ram = self._reader_of_parts(page, rows)
            return reader, self._by_byte, page.start, ram
        slot = self._slot(row.region)
        if ram is None:
            return slot, slot, offset, 0
        low = self._regions.low_bits(row.region)
        reader = ram_reader(low) if row.readable else slot
        plain = row.region.kind is Kind.RAM or (low == 0 and self._regions.is_lost(row.region))
        writer = (_NOBODY if row.readonly else _RAM) if plain else slot
        return reader, writer, offset, ram

    def _reader_of_parts(self, page: AddrRange, rows: list[FlatRange]) -> tuple[int, int]:
        """Who reads a page with parts, and RAM's address: one, where all parts are of one page of
        RAM and differ in whom they tell of writes; else each byte's own."""
        alike: set[tuple[int | None, int]] = set()
        covered = 0
        for row in rows:
            if not row.readable or row.region.kind is Kind.RAM:
                return self._by_byte, 0
            ram = self._regions.ram_addr(row.region, row.offset + page.start - row.start)
            alike.add((ram, self._regions.low_bits(row.region)))
            covered += min(row.end, page.end) - max(row.start, page.start)
        if len(alike) > 1 or covered < page.size:
            return self._by_byte, 0
        ((ram, low),) = alike
        if ram is None or ram & page.size - 1:
            return self._by_byte, 0
        return ram_reader(low), ram

    def _slot(self, region: MemoryRegion) -> int:
        """The slot whose callbacks dispatch to `region`."""
        slot = self._slots.get(region)
        if slot is None:
            foreign = region.ops.endianness.foreign_to(self._core.big_endian)
            slot = self._add(_reader(foreign), _writer(foreign), region)
            self._slots[region] = slot
        return slot

    def forget(self, region: MemoryRegion) -> None:
        """Free the slot of a region that is gone."""
        slot = self._slots.pop(region, None)
        if slot is not None:
            self._free.append(slot)

    def _add(
        self,
        reader: Callable[[int], ReadFunc],
        writer: Callable[[int], WriteFunc],
        opaque: object,
    ) -> int:
        io = self._io
        reads, writes = (reader(1), reader(2), reader(4)), (writer(1), writer(2), writer(4))
        if self._free:
            slot = self._free.pop()
            io.read[slot], io.write[slot], io.opaque[slot] = reads, writes, opaque
            return slot
        io.read.append(reads)
        io.write.append(writes)
        io.opaque.append(opaque)
        return len(io.read) - 1

    def _read_at(self, size: int) -> ReadFunc:
        space = self._space

        def read(core: Core, addr: int) -> int:
            addr %= space  # the second half of 8 bytes may lie behind the last address
            section = core.section(addr)
            if section is None:
                return 0
            if section.readable:
                return int.from_bytes(core.read(addr, size), core.byte_order)
            return section.ask(addr, size)[0]

        return read

    def _write_at(self, size: int) -> WriteFunc:
        space = self._space

        def write(core: Core, addr: int, value: int) -> None:
            addr %= space
            section = core.section(addr)
            if section is None:
                return
            if section.region.is_ram():
                value &= (1 << 8 * size) - 1
                core.write(addr, value.to_bytes(size, core.byte_order))
            else:
                section.tell(addr, value, size)

        return write


def _reader(foreign: bool) -> Callable[[int], ReadFunc]:
    def reader(size: int) -> ReadFunc:
        def read(region: MemoryRegion, offset: int) -> int:
            value = guest_read(size, 0, region, offset)
            return byte_swap(value, size) if foreign else value

        return read

    return reader


def _writer(foreign: bool) -> Callable[[int], WriteFunc]:
    def writer(size: int) -> WriteFunc:
        def write(region: MemoryRegion, offset: int, value: int) -> None:
            guest_write(size, 0, region, offset, byte_swap(value, size) if foreign else value)

        return write

    return writer
