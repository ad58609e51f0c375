"""The native core: accesses served from the flat view, without page descriptors."""

from __future__ import annotations

from struct import Struct

from memfold.host.byteorder import byte_swap
from memfold.host.ram import WRITTEN
from memfold.newapi.access.blocks import NUMBERS, Blocks, Section, check_number
from memfold.newapi.tree.dispatch import dispatch_read, dispatch_write
from memfold.newapi.tree.errors import AccessError
from memfold.newapi.tree.ops import MASKS, UNSPECIFIED, DeviceError, MemTxAttrs, MemTxResult
from memfold.newapi.view.flatview import FlatRange
from memfold.newapi.view.world import World

__all__ = ["Core", "check_bytes"]


class Core(Blocks):
    """Serves one memory space: tells RAM, ROM, ROM devices and devices apart, and dirties pages.

    Numbers are in the target's byte order. Nothing here raises for what a guest does: unmapped
    and refused accesses answer as the world's profile says, and one that a device fails
    (`DeviceError`) shows a guest the error's value. `AccessError` is for the caller: a number of
    3 bytes, an address below 0 or past 2^64-1. What a device's own code raises passes through.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._ram = world.ram_list
        self._page_bits = world.ram_list.page_bits
        self.profile = world.profile
        self.big_endian = world.big_endian
        self.byte_order = world.byte_order
        numbers = {
            size: Struct("<>"[world.big_endian] + letter)
            for size, letter in ((1, "B"), (2, "H"), (4, "I"), (8, "Q"))
        }
        self._unpack = {size: number.unpack_from for size, number in numbers.items()}
        self._pack = {size: number.pack_into for size, number in numbers.items()}
        self._last: Section | None = None
        """Where the last number was: mostly the next one is there too."""

    def _make(self, row: FlatRange) -> Section:
        return Section(row, self.profile.rw_max)

    def commit(self) -> None:
        """Serve what was added and no longer what was deleted."""
        super().commit()
        self._last = None

    def load(self, addr: int, size: int) -> int:
        """Read `size` (1, 2, 4, 8) bytes as a number, as a CPU does: split as `read` splits."""
        section = self._last
        if section is None or not section.start <= addr < section.end:
            section = self._last = self.section(addr)
        if section is not None and addr + size <= section.end:
            if section.readable:
                memory = section.memory
                assert memory is not None
                try:
                    number: int = self._unpack[size](memory, addr + section.memory_delta)[0]
                except KeyError:
                    raise AccessError(addr, size, NUMBERS) from None
                return number
            offset = addr + section.offset_delta
            if size in section.whole and not offset & (size - 1):
                try:
                    value = dispatch_read(section.region, offset, size)
                except DeviceError as error:
                    value = error.value & MASKS[size]
                if section.plain:
                    return value
                return byte_swap(value, size) if section.swapped else value & MASKS[size]
        check_number(addr, size)
        return int.from_bytes(self.read(addr, size), self.byte_order)

    def store(self, addr: int, value: int, size: int) -> None:
        """Write the low `size` (1, 2, 4, 8) bytes of `value`, as a CPU does: split as `write`."""
        section = self._last
        if section is None or not section.start <= addr < section.end:
            section = self._last = self.section(addr)
        if section is not None and addr + size <= section.end:
            if section.writable:
                ram_addr = addr + section.ram_delta
                page = ram_addr >> self._page_bits
                if page == ram_addr + size - 1 >> self._page_bits:
                    memory = section.memory
                    assert memory is not None
                    try:
                        pack = self._pack[size]
                    except KeyError:
                        raise AccessError(addr, size, NUMBERS) from None
                    pack(memory, addr + section.memory_delta, value & MASKS[size])
                    self._ram.dirty[page] |= WRITTEN
                    return
            else:
                offset = addr + section.offset_delta
                if size in section.whole and not offset & (size - 1):
                    if not section.plain:
                        value = byte_swap(value, size) if section.swapped else value & MASKS[size]
                    try:
                        dispatch_write(section.region, offset, value, size)
                    except DeviceError:
                        return  # a write that the device refuses or fails is lost
                    return
        check_number(addr, size)
        self.write(addr, (value & MASKS[size]).to_bytes(size, self.byte_order))

    def read(self, addr: int, length: int) -> bytes:
        """Read a block of `length` bytes; past the last address it goes on at address 0."""
        return self.fetch(addr, length)[0]

    def fetch(
        self, addr: int, length: int, attrs: MemTxAttrs = UNSPECIFIED
    ) -> tuple[bytes, MemTxResult]:
        """`read` for somebody in particular, and how it went; see `transact_read`."""
        if length < 0:
            raise AccessError(addr, length, "a block has 0 bytes or more")
        block = bytearray(length)
        result = self.transfer(Section.read_part, addr, block, attrs)
        return bytes(block), result

    def write(self, addr: int, data: bytes) -> None:
        """Write a block; read-only RAM and unmapped addresses let it pass in silence.

        Raises `AccessError` for data that are no bytes.
        """
        check_bytes(addr, data)
        self.transfer(Section.write_part, addr, data)

    def write_rom(self, addr: int, data: bytes) -> None:
        """Write RAM, ROM and the arrays of ROM devices, as a loader does; marks nothing dirty."""
        check_bytes(addr, data)
        self.transfer(Section.load_part, addr, data)


def check_bytes(addr: int, data: bytes) -> None:
    """Raise `AccessError` for a block to be written that is none."""
    if not isinstance(data, bytes | bytearray | memoryview):
        raise AccessError(addr, 0, f"bytes are written, not {data!r}")
