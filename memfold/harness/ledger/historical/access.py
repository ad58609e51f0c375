"""Accesses of QEMU 1.1 through its page map, with their defects: for the ledger alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.harness.ledger.historical.pages import Mapped, PageMap
from memfold.host.byteorder import byte_swap
from memfold.newapi import MemoryRegion
from memfold.newapi.tree.dispatch import guest_read, guest_write
from memfold.newapi.tree.ops import MASKS, Endianness

if TYPE_CHECKING:
    from memfold.host.ram import RamBlock, RamList
    from memfold.newapi import World

__all__ = ["PagedAccess"]


class PagedAccess:
    """Accesses by the page: the first byte chooses who gets all of one, up to the page's end."""

    def __init__(self, world: World, pages: PageMap, defects: frozenset[str]) -> None:
        self._ram: RamList = world.ram_list
        self._profile = world.profile
        self._big, self._order = world.big_endian, world.byte_order
        self._pages = pages
        self._exact = "subpage-edge" not in defects
        self._first_page = "first-page-dirty" in defects

    # What a page's owner does

    def _offset(self, section: Mapped, addr: int) -> int:
        return addr - section.start + section.offset & self._pages.mask

    def _io_read(self, section: Mapped, offset: int, size: int) -> int:
        if section.bytes is not None:
            if offset & (size - 1):
                return self._profile.invalid_read
            part = section.bytes[offset & self._pages.page - 1]
            value = self._io_read(part, self._offset(part, offset + section.start), size)
            return value & MASKS[size]
        if section.region is None or section.ram_in_page:
            if offset & (size - 1):
                return self._profile.invalid_read
            if section.region is None:
                return 0
            return int.from_bytes(self._part_of_ram(section, offset, size), self._order)
        value = guest_read(size, 0, section.region, offset)
        return byte_swap(value, size) if self._swapped(section.region) else value

    def _io_write(self, section: Mapped, offset: int, value: int, size: int) -> None:
        if section.bytes is not None:
            if not offset & (size - 1):
                part = section.bytes[offset & self._pages.page - 1]
                at = self._offset(part, offset + section.start)
                self._io_write(part, at, value & MASKS[size], size)
        elif section.ram_in_page:
            if not offset & (size - 1):
                data = (value & MASKS[size]).to_bytes(size, self._order)
                self._part_of_ram(section, offset, size)[:] = data
        elif section.region is not None:
            if self._swapped(section.region):
                value = byte_swap(value, size)
            guest_write(size, 0, section.region, offset, value)

    def _part_of_ram(self, section: Mapped, offset: int, size: int) -> memoryview:
        """RAM in a shared page was looked for at its offset, as if that were a RAM address."""
        assert section.region is not None
        if self._exact:
            offset += section.region.ram_addr or 0
        return self._ram.view(offset, size)

    def _swapped(self, region: MemoryRegion) -> bool:
        order = region.ops.endianness
        return order is not Endianness.NATIVE and self._big != (order is Endianness.BIG)

    def _array(self, section: Mapped, addr: int) -> tuple[RamBlock, int]:
        """The RAM block at an address, and where in it."""
        assert section.region is not None
        assert section.region.ram_addr is not None
        ram_addr = section.region.ram_addr + self._offset(section, addr) & (1 << 64) - 1
        block = self._ram.lookup(ram_addr)
        return block, ram_addr - block.offset

    def _store(self, section: Mapped, addr: int, data: bytes, dirties: bool) -> None:
        """What is stored may lie in two pages of RAM where a guest has one."""
        block, at = self._array(section, addr)
        part = block.view[at : at + len(data)]
        part[:] = data[: len(part)]
        if dirties:
            self._ram.mark_written(block.offset + at, 1 if self._first_page else max(1, len(part)))

    @staticmethod
    def _is_ram(section: Mapped) -> bool:
        return section.region is not None and section.region.is_ram() and not section.ram_in_page

    def _has_array(self, section: Mapped) -> bool:
        region = section.region
        if region is None or section.ram_in_page:
            return False
        return region.is_ram() or (region.ram_addr is not None and region.readable)

    # Blocks

    def _pieces(self, addr: int, length: int) -> tuple[int, int]:
        addr &= self._pages.mask
        return addr, min(length, self._pages.page - addr % self._pages.page)

    def _width(self, offset: int, room: int) -> int:
        if room >= 4 and offset & 3 == 0:
            return 4
        return 2 if room >= 2 and offset & 1 == 0 else 1

    def read(self, addr: int, length: int) -> bytes:
        """``cpu_physical_memory_read``."""
        out = bytearray()
        while len(out) < length:
            here, room = self._pieces(addr + len(out), length - len(out))
            section = self._pages.find(here)
            if self._has_array(section):
                block, at = self._array(section, here)
                out += bytes(block.view[at : at + room]).ljust(room, b"\0")
            else:
                offset = self._offset(section, here)
                size = self._width(offset, room)
                value = self._io_read(section, offset, size) & MASKS[size]
                out += value.to_bytes(size, self._order)
        return bytes(out)

    def write(self, addr: int, data: bytes) -> None:
        """``cpu_physical_memory_write``."""
        done = 0
        while done < len(data):
            here, room = self._pieces(addr + done, len(data) - done)
            section = self._pages.find(here)
            if not self._is_ram(section):
                offset = self._offset(section, here)
                room = self._width(offset, room)
                value = int.from_bytes(data[done : done + room], self._order)
                self._io_write(section, offset, value, room)
            elif not section.readonly:
                self._store(section, here, data[done : done + room], dirties=True)
            done += room

    def write_rom(self, addr: int, data: bytes) -> None:
        """``cpu_physical_memory_write_rom``."""
        done = 0
        while done < len(data):
            here, room = self._pieces(addr + done, len(data) - done)
            section = self._pages.find(here)
            if self._has_array(section):
                self._store(section, here, data[done : done + room], dirties=False)
            done += room

    # Single accesses

    def ld(self, addr: int, size: int, foreign: bool) -> int:
        """``ld*_phys``; `foreign` where the name states the other byte order."""
        addr &= self._pages.mask
        if size == 1:
            return self.read(addr, 1)[0]
        section = self._pages.find(addr)
        if self._has_array(section):
            block, at = self._array(section, addr)
            value = int.from_bytes(
                bytes(block.view[at : at + size]).ljust(size, b"\0"), self._order
            )
        elif size == 8:
            offset = self._offset(section, addr)
            halves = (
                self._io_read(section, offset, 4),
                self._io_read(section, offset + 4 & self._pages.mask, 4),
            )
            low, high = reversed(halves) if self._big else halves
            return (low | high << 32) & MASKS[8]
        else:
            value = self._io_read(section, self._offset(section, addr), size) & MASKS[4]
        return byte_swap(value, size) if foreign else value

    def st(self, addr: int, value: int, size: int, foreign: bool) -> None:
        """``st*_phys``."""
        if foreign:
            value = byte_swap(value, size)
        if size in (1, 8):
            self.write(addr, (value & MASKS[size]).to_bytes(size, self._order))
        else:
            self._st(addr & self._pages.mask, value, size, dirties=True)

    def st_notdirty(self, addr: int, value: int, size: int, tracking: bool) -> None:
        """``stl_phys_notdirty`` and ``stq_phys_notdirty``."""
        addr &= self._pages.mask
        if size == 4 or self._is_ram(self._pages.find(addr)):
            self._st(addr, value, size, dirties=tracking and size == 4)
            return
        section = self._pages.find(addr)
        first, last = value & MASKS[4], value >> 32
        if self._big:
            first, last = last, first
        offset = self._offset(section, addr)
        self._io_write(section, offset, first, 4)
        self._io_write(section, offset + 4 & self._pages.mask, last, 4)

    def _st(self, addr: int, value: int, size: int, dirties: bool) -> None:
        section = self._pages.find(addr)
        if not self._is_ram(section):
            self._io_write(section, self._offset(section, addr), value, size)
        elif not section.readonly:
            data = (value & MASKS[size]).to_bytes(size, self._order)
            self._store(section, addr, data, dirties=dirties)
