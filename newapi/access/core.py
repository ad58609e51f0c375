"""The native core: accesses served from the flat view, without page descriptors."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from memfold.host.byteorder import byte_swap
from memfold.host.ram import WRITTEN
from memfold.host.ranges import ADDRESS_LIMIT
from memfold.newapi.tree import dispatch
from memfold.newapi.tree.dispatch import MASKS
from memfold.newapi.tree.ops import Endianness
from memfold.newapi.view.flatview import FlatRange
from memfold.newapi.view.listener import MemoryListener

if TYPE_CHECKING:
    from memfold.host.ram import RamList
    from memfold.newapi.access.transact import MemTxAttrs
    from memfold.newapi.view.world import World

__all__ = ["Core", "Section"]


class Section:
    """One row as accesses need it: where its bytes are, or whom to ask."""

    __slots__ = (
        "aligned",
        "direct",
        "end",
        "memory",
        "memory_delta",
        "offset_delta",
        "ram_delta",
        "readable",
        "region",
        "start",
        "swapped",
        "unit",
        "writable",
    )

    def __init__(self, row: FlatRange, ram_list: RamList, *, big_endian: bool, rw_max: int) -> None:
        region = self.region = row.region
        self.start, self.end = row.start, row.end
        self.offset_delta = row.offset - row.start
        """Added to an address: the offset in the region."""
        self.memory: memoryview | None = None
        """The whole RAM block that holds the row's bytes, if there is one."""
        self.memory_delta = self.ram_delta = 0
        if region.ram_addr is not None:
            block = ram_list.find(region.ram_addr)
            self.memory = block.view
            self.ram_delta = region.ram_addr + self.offset_delta
            self.memory_delta = self.ram_delta - block.offset
        self.readable = self.memory is not None and row.readable
        self.writable = self.memory is not None and region.is_ram() and not row.readonly
        order = region.ops.endianness
        self.swapped = order is not Endianness.NATIVE and big_endian != (order is Endianness.BIG)
        self.unit = rw_max or region.ops.valid.max or 4
        self.aligned = rw_max > 0 or not region.ops.impl.unaligned
        """Whether a block is cut so that each access is aligned in the region."""
        self.direct = frozenset(size for size in region.direct if size <= self.unit)
        """Sizes whose aligned accesses are one call to the device."""

    def piece(self, addr: int, room: int) -> int:
        """How many of `room` bytes at `addr` one call to the device takes."""
        size = self.unit
        if self.aligned:
            offset = addr + self.offset_delta
            size = min(size, offset & -offset or size)
        return 1 << min(size, room).bit_length() - 1

    def dispatch_read(self, addr: int, size: int) -> int:
        """Ask the device, in the target's byte order; unmasked unless swapped."""
        value = dispatch.dispatch_read(self.region, addr + self.offset_delta, size)
        return byte_swap(value, size) if self.swapped else value

    def dispatch_write(self, addr: int, value: int, size: int) -> None:
        """Tell the device a value that is in the target's byte order."""
        if self.swapped:
            value = byte_swap(value, size)
        dispatch.dispatch_write(self.region, addr + self.offset_delta, value, size)

    def answer_read(self, addr: int, size: int, attrs: MemTxAttrs) -> int | None:
        """Like `dispatch_read`, for somebody in particular; None when the device refuses."""
        value = dispatch.answer_read(self.region, addr + self.offset_delta, size, attrs)
        return byte_swap(value, size) if self.swapped and value is not None else value

    def answer_write(self, addr: int, value: int, size: int, attrs: MemTxAttrs) -> bool:
        """Like `dispatch_write`, by somebody in particular; False when the device refuses."""
        if self.swapped:
            value = byte_swap(value, size)
        return dispatch.answer_write(self.region, addr + self.offset_delta, value, size, attrs)


class Core(MemoryListener):
    """Serves one memory space: tells RAM, ROM, ROM devices and devices apart, and dirties pages.

    Numbers are in the target's byte order. Nothing here raises for what a guest does: unmapped
    and refused accesses answer as the world's profile says.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world=world)
        self._ram = world.ram_list
        self._page_bits = world.ram_list.page_bits
        self.profile = world.profile
        self.big_endian = world.big_endian
        self.byte_order = world.byte_order
        self._by_start: dict[int, Section] = {}
        self._starts: list[int] = []
        self._sections: list[Section] = []
        self._last: Section | None = None

    # As a listener

    def region_del(self, row: FlatRange) -> None:
        """Forget the row."""
        del self._by_start[row.start]

    def region_add(self, row: FlatRange) -> None:
        """Serve the row from the next commit on."""
        self._by_start[row.start] = Section(
            row, self._ram, big_endian=self.big_endian, rw_max=self.profile.rw_max
        )

    def commit(self) -> None:
        """Serve what was added and no longer what was deleted."""
        self._starts = sorted(self._by_start)
        self._sections = [self._by_start[start] for start in self._starts]
        self._last = None

    # Accesses

    def _find(self, addr: int) -> Section | None:
        index = bisect_right(self._starts, addr) - 1
        if index >= 0:
            section = self._sections[index]
            if addr < section.end:
                self._last = section
                return section
        return None

    def load(self, addr: int, size: int) -> int:
        """Read `size` (1, 2, 4, 8) bytes as a number, as a CPU does: split as `read` splits."""
        section = self._last
        if section is None or not section.start <= addr < section.end:
            section = self._find(addr)
        if section is not None and addr + size <= section.end:
            if section.readable:
                memory = section.memory
                assert memory is not None
                at = addr + section.memory_delta
                return int.from_bytes(memory[at : at + size], self.byte_order)
            if size in section.direct and not addr + section.offset_delta & (size - 1):
                value = dispatch.dispatch_read(section.region, addr + section.offset_delta, size)
                return byte_swap(value, size) if section.swapped else value
        return int.from_bytes(self.read(addr, size), self.byte_order)

    def store(self, addr: int, value: int, size: int) -> None:
        """Write the low `size` (1, 2, 4, 8) bytes of `value`, as a CPU does: split as `write`."""
        section = self._last
        if section is None or not section.start <= addr < section.end:
            section = self._find(addr)
        if section is not None and addr + size <= section.end:
            if section.writable:
                ram_addr = addr + section.ram_delta
                page = ram_addr >> self._page_bits
                if page == ram_addr + size - 1 >> self._page_bits:
                    memory = section.memory
                    assert memory is not None
                    at = addr + section.memory_delta
                    value &= MASKS[size]
                    memory[at : at + size] = value.to_bytes(size, self.byte_order)
                    self._ram.dirty[page] |= WRITTEN
                    return
            elif size in section.direct and not addr + section.offset_delta & (size - 1):
                if section.swapped:
                    value = byte_swap(value, size)
                dispatch.dispatch_write(section.region, addr + section.offset_delta, value, size)
                return
        self.write(addr, (value & MASKS[size]).to_bytes(size, self.byte_order))

    def section(self, addr: int) -> Section | None:
        """What answers at `addr`; None where nothing does."""
        return self._find(addr)

    def reach(self, addr: int, length: int) -> tuple[Section | None, int]:
        """What answers at `addr`, and how many of `length` bytes from there it, or nothing, has."""
        section = self._find(addr)
        if section is not None:
            return section, min(length, section.end - addr)
        index = bisect_right(self._starts, addr)
        end = self._starts[index] if index < len(self._starts) else ADDRESS_LIMIT
        return None, min(length, end - addr)

    def read(self, addr: int, length: int) -> bytes:
        """Read a block; the map is looked at anew after every call to a device."""
        out = bytearray(length)
        done = 0
        while done < length:
            here = (addr + done) % ADDRESS_LIMIT
            section, room = self.reach(here, length - done)
            if section is None:
                pass
            elif section.readable:
                assert section.memory is not None
                at = here + section.memory_delta
                out[done : done + room] = section.memory[at : at + room]
            else:
                room = section.piece(here, room)
                value = section.dispatch_read(here, room) & (1 << 8 * room) - 1
                out[done : done + room] = value.to_bytes(room, self.byte_order)
            done += room
        return bytes(out)

    def write(self, addr: int, data: bytes) -> None:
        """Write a block; read-only RAM and unmapped addresses let it pass in silence."""
        done, length = 0, len(data)
        while done < length:
            here = (addr + done) % ADDRESS_LIMIT
            section, room = self.reach(here, length - done)
            if section is None:
                pass
            elif section.writable:
                self.store_memory(section, here, data[done : done + room])
                self.mark_dirty(here + section.ram_delta, room)
            elif not section.region.is_ram():
                room = section.piece(here, room)
                value = int.from_bytes(data[done : done + room], self.byte_order)
                section.dispatch_write(here, value, room)
            done += room

    def write_rom(self, addr: int, data: bytes) -> None:
        """Write RAM, ROM and the arrays of ROM devices, as a loader does; marks nothing dirty."""
        done, length = 0, len(data)
        while done < length:
            here = (addr + done) % ADDRESS_LIMIT
            section, room = self.reach(here, length - done)
            if section is not None and section.memory is not None:
                self.store_memory(section, here, data[done : done + room])
            done += room

    def store_memory(self, section: Section, addr: int, data: bytes) -> None:
        """Put bytes in the RAM block behind a section, cut where the block ends."""
        memory = section.memory
        assert memory is not None
        at = addr + section.memory_delta
        part = memory[at : at + len(data)]
        part[:] = data[: len(part)]

    def mark_dirty(self, ram_addr: int, length: int) -> None:
        """Count the pages of these RAM addresses as written by a guest."""
        bits = self._page_bits
        dirty = self._ram.dirty
        for page in range(ram_addr >> bits, (ram_addr + length - 1 >> bits) + 1):
            dirty[page] |= WRITTEN
