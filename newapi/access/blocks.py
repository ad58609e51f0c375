"""Block accesses: cut where another row begins, and to what one call to a device takes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, TypeVar

from memfold.host.byteorder import byte_swap
from memfold.host.ranges import ADDRESS_LIMIT
from memfold.newapi.tree.dispatch import dispatch_read, dispatch_write
from memfold.newapi.tree.errors import AccessError, RegionError
from memfold.newapi.tree.ops import MASKS, UNSPECIFIED, DeviceError, MemTxAttrs, MemTxResult
from memfold.newapi.view.flatview import FlatRange
from memfold.newapi.view.listener import MemoryListener
from memfold.newapi.view.world import World

__all__ = ["NUMBERS", "Blocks", "Section", "check_number"]


_OK, _DECODE_ERROR = MemTxResult.OK, MemTxResult.DECODE_ERROR

_Done: TypeAlias = tuple[int, MemTxResult]
Block = TypeVar("Block", bytes, bytearray)


class Section:
    """One row as accesses need it: where its bytes are, or whom to ask."""

    __slots__ = (
        "aligned",
        "end",
        "memory",
        "memory_delta",
        "offset_delta",
        "order",
        "plain",
        "ram_delta",
        "ram_list",
        "readable",
        "region",
        "registers",
        "start",
        "swapped",
        "unit",
        "whole",
        "writable",
    )

    def __init__(self, row: FlatRange, unit: int) -> None:
        """`unit`: the most bytes of one call to a device; 0 lets its valid sizes say."""
        region = self.region = row.region
        world = region.world
        self.start, self.end = row.start, row.end
        self.offset_delta = row.offset - row.start
        """Added to an address: the offset in the region."""
        self.memory: memoryview | None = None
        """The whole RAM block that holds the row's bytes, if there is one."""
        self.memory_delta = self.ram_delta = 0
        if region.ram_addr is not None:
            block = world.ram_list.find(region.ram_addr)
            self.memory = block.view
            self.ram_delta = region.ram_addr + self.offset_delta
            self.memory_delta = self.ram_delta - block.offset
        self.registers = not region.is_ram()
        """Whether writes reach callbacks, and reads too unless it is `readable`."""
        self.readable = self.memory is not None and row.readable
        self.writable = self.memory is not None and not self.registers and not row.readonly
        self.ram_list = world.ram_list
        self.order: Literal["little", "big"] = world.byte_order
        """Of numbers here; `swapped`: the device's is the other."""
        self.swapped = region.ops.endianness.foreign_to(world.big_endian)
        self.unit = unit or region.ops.valid.max or 4
        self.aligned = unit > 0 or not region.ops.impl.unaligned
        """Whether a block is cut so that each access is aligned in the region."""
        sizes = (1, 2, 4, 8) if self.registers else ()
        self.whole = frozenset(size for size in sizes if size <= self.unit)
        """Sizes whose aligned accesses are one call to the device."""
        self.plain = not self.swapped and self.whole <= region.ops.direct
        """Whether numbers of these sizes pass as they are: else they are swapped or cut."""

    def piece(self, addr: int, room: int) -> int:
        """How many of `room` bytes at `addr` one call to the device takes."""
        size = self.unit
        if self.aligned:
            offset = addr + self.offset_delta
            lowest_bit = offset & -offset
            if 0 < lowest_bit < size:
                size = lowest_bit
        return size if size <= room else 1 << room.bit_length() - 1

    def ask(self, addr: int, size: int, attrs: MemTxAttrs = UNSPECIFIED) -> tuple[int, MemTxResult]:
        """What the device answers, in the target's byte order, unmasked unless swapped."""
        result = _OK
        offset = addr + self.offset_delta
        try:
            value = dispatch_read(self.region, offset, size, attrs)
        except DeviceError as error:
            value, result = error.shown(size), error.result
        return byte_swap(value, size) if self.swapped else value, result

    def tell(
        self, addr: int, value: int, size: int, attrs: MemTxAttrs = UNSPECIFIED, /
    ) -> MemTxResult:
        """Tell the device a value that is in the target's byte order."""
        if self.swapped:
            value = byte_swap(value, size)
        offset = addr + self.offset_delta
        try:
            dispatch_write(self.region, offset, value, size, attrs)
        except DeviceError as error:
            return error.result
        return _OK

    def put(self, addr: int, data: bytes) -> None:
        """Put bytes in the RAM block behind the row, cut where the block ends."""
        assert self.memory is not None
        at = addr + self.memory_delta
        part = self.memory[at : at + len(data)]
        part[:] = data[: len(part)]

    # What can be done at once with the `room` bytes of a block from `at` on, which lie at `addr`:
    # how many bytes that is, and how it went

    def read_part(
        self, addr: int, block: bytearray, at: int, room: int, attrs: MemTxAttrs
    ) -> _Done:
        """Fill in what is read."""
        if self.readable:
            assert self.memory is not None
            start = addr + self.memory_delta
            block[at : at + room] = self.memory[start : start + room]
            return room, _OK
        size = self.piece(addr, room)
        value, result = self.ask(addr, size, attrs)
        block[at : at + size] = (value & MASKS[size]).to_bytes(size, self.order)
        return size, result

    def write_part(self, addr: int, block: bytes, at: int, room: int, attrs: MemTxAttrs) -> _Done:
        """Write; read-only RAM lets it pass in silence."""
        if self.registers:
            size = self.piece(addr, room)
            value = int.from_bytes(block[at : at + size], self.order)
            return size, self.tell(addr, value, size, attrs)
        if self.writable:
            self.put(addr, block[at : at + room])
            self.ram_list.mark_written(addr + self.ram_delta, room)
        return room, _OK

    def load_part(self, addr: int, block: bytes, at: int, room: int, _: MemTxAttrs) -> _Done:
        """Put it in RAM, ROM or the array of a ROM device; marks nothing dirty."""
        if self.memory is not None:
            self.put(addr, block[at : at + room])
        return room, _OK


class Blocks(MemoryListener):
    """Serves the rows of one address space to accesses of any length."""

    limit = ADDRESS_LIMIT
    """After the address below it comes address 0. A machine whose bus has fewer lines says so."""

    def __init__(self, world: World | None = None) -> None:
        """`world`: the only one it may serve."""
        super().__init__(world=world)
        self._by_start: dict[int, Section] = {}
        self._changed: set[int] = set()
        """Where something started or will start to be served at the next commit."""
        self._starts: list[int] = []
        self._sections: list[Section] = []

    # As a listener

    def region_del(self, row: FlatRange) -> None:
        """Forget the row."""
        del self._by_start[row.start]
        self._changed.add(row.start)

    def region_add(self, row: FlatRange) -> None:
        """Serve the row from the next commit on."""
        self._by_start[row.start] = self._make(row)
        self._changed.add(row.start)

    def _make(self, row: FlatRange) -> Section:
        return Section(row, 0)

    def commit(self) -> None:
        """Serve what was added and no longer what was deleted."""
        starts, sections = self._starts, self._sections
        for start in self._changed:
            index = bisect_left(starts, start)
            there = slice(index, index + (index < len(starts) and starts[index] == start))
            now = self._by_start.get(start)
            starts[there] = [start] if now is not None else []
            sections[there] = [now] if now is not None else []
        self._changed.clear()

    def check(self, rows: Sequence[FlatRange]) -> None:
        """See `MemoryListener.check`."""
        served = [(one.start, one.end, one.region, one.offset_delta) for one in self._sections]
        should_be = [(row.start, row.end, row.region, row.offset - row.start) for row in rows]
        if served != should_be or self._starts != sorted(self._by_start):
            raise RegionError(f"{type(self).__name__} serves {served!r} instead of {should_be!r}")

    # Accesses

    def section(self, addr: int) -> Section | None:
        """What answers at `addr`; None where nothing does."""
        index = bisect_right(self._starts, addr) - 1
        if index < 0 or addr >= self._sections[index].end:
            return None
        return self._sections[index]

    def reach(self, addr: int, length: int) -> tuple[Section | None, int]:
        """What answers at `addr`, and how many of `length` bytes from there it, or nothing, has."""
        index = bisect_right(self._starts, addr)
        if index:
            section = self._sections[index - 1]
            if addr < section.end:
                return section, min(length, section.end - addr)
        end = self._starts[index] if index < len(self._starts) else self.limit
        return None, min(length, end - addr)

    def transfer(
        self,
        act: Callable[[Section, int, Block, int, int, MemTxAttrs], _Done],
        addr: int,
        block: Block,
        attrs: MemTxAttrs = UNSPECIFIED,
    ) -> MemTxResult:
        """Do `act` with a block, part by part; where nothing answers the block stays as it is.

        The map is looked at anew for every part, because a
        callback may change it. Raises `AccessError` for what is no address.
        """
        done, length = 0, len(block)
        if not 0 <= addr < self.limit:
            raise AccessError(addr, length, f"addresses are 0x0-{self.limit - 1:#x}")
        went = _OK
        while done < length:
            section, room = self.reach(addr, length - done)
            result = _DECODE_ERROR
            if section is not None:
                room, result = act(section, addr, block, done, room, attrs)
            if result is not _OK and result is not went:
                went = result if went is _OK else went | result
            done += room
            addr += room
            if addr >= self.limit:
                addr -= self.limit
        return went


NUMBERS = "a number has 1, 2, 4 or 8 bytes"


def check_number(addr: int, size: int, limit: int = ADDRESS_LIMIT) -> None:
    """Raise `AccessError` for a number's size that is none, and outside of 0 to before `limit`."""
    if size not in (1, 2, 4, 8):
        raise AccessError(addr, size, NUMBERS)
    if not 0 <= addr < limit:
        raise AccessError(addr, size, f"addresses are 0x0-{limit - 1:#x}")
