"""Every way into memory: reads and writes of any length, loads and stores of one value.

The page table is asked afresh for each call to a device, because a callback may change it. An io
callback gets ``(addr & (P - 1)) + region_offset``, cut to the width of an address.
"""

from __future__ import annotations

import struct
from struct import Struct

from memfold.host.ram import RamList
from memfold.legacy.errors import LegacyAbort
from memfold.legacy.registration import PhysMap
from memfold.legacy.target import Target

__all__ = ["Access"]

_U8, _U32, _U64 = 0xFF, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF


def _past_ram(addr: int, size: int, error: struct.error) -> LegacyAbort:
    return LegacyAbort(f"{size} bytes at ram {addr:#x}: {error}", addr, size)


class Access(PhysMap):
    """Accesses by guest-physical address, values in the target's byte order."""

    def __init__(self, target: Target, ram: RamList) -> None:
        super().__init__(target, ram)
        order = ">" if target.big_endian else "<"
        self._u16 = Struct(order + "H")
        self._u32 = Struct(order + "I")
        self._u64 = Struct(order + "Q")
        self._big_endian = target.big_endian

    def cpu_physical_memory_rw(
        self, addr: int, buf: bytearray | memoryview, is_write: bool
    ) -> None:
        """Write all of `buf` to memory from `addr` on, or fill it from there."""
        if is_write:
            self.cpu_physical_memory_write(addr, bytes(buf))
        else:
            buf[:] = self.cpu_physical_memory_read(addr, len(buf))

    def cpu_physical_memory_read(self, addr: int, length: int) -> bytes:
        """`length` bytes from `addr`; io is read in aligned pieces of 4, 2 or 1 bytes."""
        data = bytearray()
        while length > 0:
            page = addr >> self.page_bits & self._page_mask
            slot, _, region_offset, ram = self._walks.get(page) or self._walk_anew(page)
            offset = addr & self.byte_mask
            step = min(length, self.byte_mask + 1 - offset)
            if slot < 0:
                block = self._block(ram)
                start = ram + offset - block.offset
                data += block.view[start : start + step]
            else:
                io_addr = offset + region_offset & self.addr_mask
                read, opaque = self.io_table.read[slot], self.io_table.opaque[slot]
                if step >= 4 and not io_addr & 3:
                    step = 4
                    data += self._u32.pack(read[2](opaque, io_addr) & _U32)
                elif step >= 2 and not io_addr & 1:
                    step = 2
                    data += self._u16.pack(read[1](opaque, io_addr) & 0xFFFF)
                else:
                    step = 1
                    data.append(read[0](opaque, io_addr) & _U8)
            addr += step
            length -= step
        return bytes(data)

    def cpu_physical_memory_write(self, addr: int, data: bytes) -> None:
        """Write bytes from `addr` on; io is written in aligned pieces of 4, 2 or 1 bytes."""
        at = 0
        while at < len(data):
            page = addr >> self.page_bits & self._page_mask
            _, slot, region_offset, ram = self._walks.get(page) or self._walk_anew(page)
            offset = addr & self.byte_mask
            step = min(len(data) - at, self.byte_mask + 1 - offset)
            if slot < 0:
                block = self._block(ram)
                start = ram + offset - block.offset
                block.view[start : start + step] = data[at : at + step]
                self._mark_written(ram)
            else:
                io_addr = offset + region_offset & self.addr_mask
                write, opaque = self.io_table.write[slot], self.io_table.opaque[slot]
                if step >= 4 and not io_addr & 3:
                    step = 4
                    write[2](opaque, io_addr, self._u32.unpack_from(data, at)[0])
                elif step >= 2 and not io_addr & 1:
                    step = 2
                    write[1](opaque, io_addr, self._u16.unpack_from(data, at)[0])
                else:
                    step = 1
                    write[0](opaque, io_addr, data[at])
            addr += step
            at += step

    def cpu_physical_memory_write_rom(self, addr: int, data: bytes) -> None:
        """Write what reads come from (RAM, ROM, ROMD), dirtying nothing; skip all else."""
        at = 0
        while at < len(data):
            page = addr >> self.page_bits & self._page_mask
            slot, _, _, ram = self._walks.get(page) or self._walk_anew(page)
            offset = addr & self.byte_mask
            step = min(len(data) - at, self.byte_mask + 1 - offset)
            if slot == -1:
                block = self._block(ram)
                start = ram + offset - block.offset
                block.view[start : start + step] = data[at : at + step]
            addr += step
            at += step

    def _load(self, ram: int, offset: int, layout: Struct) -> int:
        """A value from RAM; past the end of a page it goes on in RAM, whatever is mapped there."""
        block = self._block(ram)
        try:
            value: int = layout.unpack_from(block.view, ram + offset - block.offset)[0]
        except struct.error as error:
            raise _past_ram(ram + offset, layout.size, error) from error
        return value

    def _store(self, ram: int, offset: int, layout: Struct, value: int) -> None:
        block = self._block(ram)
        try:
            layout.pack_into(block.view, ram + offset - block.offset, value)
        except struct.error as error:
            raise _past_ram(ram + offset, layout.size, error) from error

    def ldub_phys(self, addr: int) -> int:
        """Load 1 byte."""
        page = addr >> self.page_bits & self._page_mask
        slot, _, region_offset, ram = self._walks.get(page) or self._walk_anew(page)
        offset = addr & self.byte_mask
        if slot < 0:
            block = self._block(ram)
            return block.view[ram + offset - block.offset]
        io_addr = offset + region_offset & self.addr_mask
        return self.io_table.read[slot][0](self.io_table.opaque[slot], io_addr) & _U8

    def lduw_phys(self, addr: int) -> int:
        """Load 2 bytes; io returns all 32 bits of what its callback gave."""
        page = addr >> self.page_bits & self._page_mask
        slot, _, region_offset, ram = self._walks.get(page) or self._walk_anew(page)
        offset = addr & self.byte_mask
        if slot < 0:
            return self._load(ram, offset, self._u16)
        io_addr = offset + region_offset & self.addr_mask
        return self.io_table.read[slot][1](self.io_table.opaque[slot], io_addr) & _U32

    def ldl_phys(self, addr: int) -> int:
        """Load 4 bytes; from io in one call, whatever the alignment."""
        page = addr >> self.page_bits & self._page_mask
        slot, _, region_offset, ram = self._walks.get(page) or self._walk_anew(page)
        offset = addr & self.byte_mask
        if slot < 0:
            return self._load(ram, offset, self._u32)
        io_addr = offset + region_offset & self.addr_mask
        return self.io_table.read[slot][2](self.io_table.opaque[slot], io_addr) & _U32

    def ldq_phys(self, addr: int) -> int:
        """Load 8 bytes; from io in two calls of 4, the slot chosen once."""
        return self._ldq(addr, self._u64)

    def _ldq(self, addr: int, layout: Struct) -> int:
        page = addr >> self.page_bits & self._page_mask
        slot, _, region_offset, ram = self._walks.get(page) or self._walk_anew(page)
        offset = addr & self.byte_mask
        if slot < 0:
            return self._load(ram, offset, layout)
        io_addr = offset + region_offset & self.addr_mask
        io = self.io_table
        low = io.read[slot][2](io.opaque[slot], io_addr) & _U32
        high = io.read[slot][2](io.opaque[slot], io_addr + 4 & self.addr_mask) & _U32
        return low << 32 | high if self._big_endian else high << 32 | low

    def stb_phys(self, addr: int, val: int) -> None:
        """Store 1 byte."""
        page = addr >> self.page_bits & self._page_mask
        _, slot, region_offset, ram = self._walks.get(page) or self._walk_anew(page)
        offset = addr & self.byte_mask
        if slot < 0:
            block = self._block(ram)
            block.view[ram + offset - block.offset] = val & _U8
            self._mark_written(ram)
        else:
            io_addr = offset + region_offset & self.addr_mask
            self.io_table.write[slot][0](self.io_table.opaque[slot], io_addr, val & _U8)

    def stw_phys(self, addr: int, val: int) -> None:
        """Store 2 bytes; an io callback gets all 32 bits of `val`."""
        page = addr >> self.page_bits & self._page_mask
        _, slot, region_offset, ram = self._walks.get(page) or self._walk_anew(page)
        offset = addr & self.byte_mask
        if slot < 0:
            self._store(ram, offset, self._u16, val & 0xFFFF)
            self._mark_written(ram)
        else:
            io_addr = offset + region_offset & self.addr_mask
            self.io_table.write[slot][1](self.io_table.opaque[slot], io_addr, val & _U32)

    def stl_phys(self, addr: int, val: int) -> None:
        """Store 4 bytes; to io in one call, whatever the alignment."""
        self._stl(addr, val, True)

    def stl_phys_notdirty(self, addr: int, val: int) -> None:
        """Store 4 bytes, marking RAM dirty only while dirty tracking is on."""
        self._stl(addr, val, self._migration != 0)

    def _stl(self, addr: int, val: int, mark: bool) -> None:
        page = addr >> self.page_bits & self._page_mask
        _, slot, region_offset, ram = self._walks.get(page) or self._walk_anew(page)
        offset = addr & self.byte_mask
        if slot < 0:
            self._store(ram, offset, self._u32, val & _U32)
            if mark:
                self._mark_written(ram)
        else:
            io_addr = offset + region_offset & self.addr_mask
            self.io_table.write[slot][2](self.io_table.opaque[slot], io_addr, val & _U32)

    def stq_phys(self, addr: int, val: int) -> None:
        """Store 8 bytes, split as `cpu_physical_memory_write` splits them."""
        self.cpu_physical_memory_write(addr, self._u64.pack(val & _U64))

    def stq_phys_notdirty(self, addr: int, val: int) -> None:
        """Store 8 bytes, never marking RAM dirty; to io in two calls of 4, the slot chosen once."""
        page = addr >> self.page_bits & self._page_mask
        _, slot, region_offset, ram = self._walks.get(page) or self._walk_anew(page)
        offset = addr & self.byte_mask
        if slot < 0:
            self._store(ram, offset, self._u64, val & _U64)
            return
        io_addr = offset + region_offset & self.addr_mask
        halves = val & _U32, val >> 32 & _U32
        first, second = reversed(halves) if self._big_endian else halves
        io = self.io_table
        io.write[slot][2](io.opaque[slot], io_addr, first)
        io.write[slot][2](io.opaque[slot], io_addr + 4 & self.addr_mask, second)
