"""The RAM list: where every RAM block lives in ram addresses, and which pages are dirty.

Both generations use the same list, so a frame buffer drawn by a legacy device and by a native
one dirties the same bytes. Placement and the order of blocks are those of QEMU 0.14.50 (May
2011), and were still so in 1.0 and 1.1.
"""

from __future__ import annotations

from memfold.errors import MemfoldError
from memfold.host.memory import HostMemory
from memfold.host.pointers import Pointer, address_of
from memfold.host.ranges import ADDRESS_LIMIT, AddrRange

__all__ = ["BadRamAddress", "PageBitsError", "RamBlock", "RamError", "RamList"]

FRESH = 0xFF
"""The dirty byte of a page nobody has cleaned yet: dirty for every client."""
WRITTEN = 0xFD
"""What a guest's write sets in a page's dirty byte: all but 2, for translated code."""


class RamError(MemfoldError):
    """A block called `name` of `size` bytes cannot be allocated."""

    def __init__(self, name: str, size: int, wrong: str) -> None:
        super().__init__(f"RAM block {name!r} {wrong}")
        self.name = name
        self.size = size
        self.wrong = wrong


class PageBitsError(MemfoldError):
    """Pages of a size that no target has."""

    def __init__(self, page_bits: object) -> None:
        limits = "a page has 1 << page_bits bytes, page_bits 0..30"
        super().__init__(f"RAM list with page_bits {page_bits!r}: {limits}")
        self.page_bits = page_bits


class BadRamAddress(MemfoldError):
    """A ram address, or a host address, that lies in no block."""

    def __init__(self, what: str, addr: int) -> None:
        super().__init__(f"{what} {addr:#x} is in no RAM block")
        self.what = what
        self.addr = addr


class RamBlock:
    """One named block: `size` bytes (whole pages) from ram address `offset`, backed by `memory`."""

    __slots__ = ("end", "memory", "name", "offset", "size", "view")

    def __init__(self, name: str, offset: int, size: int, memory: HostMemory) -> None:
        self.name = name
        self.offset = offset
        self.size = size
        self.end = offset + size
        self.memory = memory
        self.view = memory.view

    @property
    def range(self) -> AddrRange:
        """The block's ram addresses."""
        return AddrRange(self.offset, self.end)

    def __repr__(self) -> str:
        return f"<RamBlock {self.name!r} at {self.range}>"


class RamList:
    """All RAM of one world, in pages of ``1 << page_bits`` bytes.

    `blocks` is the list in QEMU's order: a new block first, and the block that `lookup` finds
    moves to the front. The order is seen when two gaps fit equally well.

    `dirty` holds one byte of client bits per page, indexed by ``ram address >> page_bits``. A
    later allocation may replace the object, so take it afresh from the list each time.
    """

    __slots__ = ("_dirty_pages", "_unique_names", "blocks", "dirty", "page_bits")

    def __init__(self, page_bits: int, *, unique_names: bool = True) -> None:
        """An empty list of pages of ``1 << page_bits`` bytes (`page_bits` 0..30).

        QEMU 1.1 did not mind two blocks of one name. Raises `PageBitsError`.
        """
        if type(page_bits) is not int or not 0 <= page_bits <= 30:
            raise PageBitsError(page_bits)
        self.page_bits = page_bits
        self._unique_names = unique_names
        self.blocks: list[RamBlock] = []
        self._dirty_pages = 0
        self.dirty = memoryview(bytearray())

    def alloc(self, name: str, size: int) -> int:
        """A new block of fresh memory, `size` bytes rounded up to whole pages; its ram address.

        Raises `RamError` for a size that is not positive or a name already taken.
        """
        return self._insert(name, size, None)

    def alloc_from_memory(self, name: str, size: int, memory: HostMemory) -> int:
        """A new block over memory the caller brings, which must hold the rounded size."""
        return self._insert(name, size, memory)

    def _insert(self, name: str, size: int, memory: HostMemory | None) -> int:
        if size <= 0:
            raise RamError(name, size, f"has {size:#x} bytes, must be positive")
        if self._unique_names and any(block.name == name for block in self.blocks):
            raise RamError(name, size, "is already registered")
        page = 1 << self.page_bits
        size = (size + page - 1) & -page
        if memory is None:
            memory = HostMemory(size)
        elif memory.size < size:
            raise RamError(name, size, f"needs {size:#x} bytes, but memory has {memory.size:#x}")
        offset = self._find_offset(name, size)
        self._freshen(offset >> self.page_bits, size >> self.page_bits)
        self.blocks.insert(0, RamBlock(name, offset, size, memory))
        return offset

    def _find_offset(self, name: str, size: int) -> int:
        """The smallest gap that fits and follows a block; of equals, the first in list order.

        Only ends of blocks are tried, so a gap at 0 stays unused while any block exists.
        """
        if not self.blocks:
            return 0
        ascending = sorted(block.offset for block in self.blocks)
        following = dict(zip(ascending, [*ascending[1:], ADDRESS_LIMIT - 1], strict=True))
        gaps = ((following[block.offset] - block.end, block.end) for block in self.blocks)
        fitting = [gap for gap in gaps if gap[0] >= size]
        if not fitting:
            raise RamError(name, size, f"finds no gap of {size:#x} bytes left in ram addresses")
        return min(fitting, key=lambda gap: gap[0])[1]

    def _freshen(self, first: int, count: int) -> None:
        """Mark pages all dirty, making room for them.

        The bytes are host memory and not a bytearray: 16 MiB of them per 64 GiB of guest are no
        part of Python's heap.
        """
        if first + count > self._dirty_pages:
            capacity = max(first + count, 2 * self._dirty_pages)
            grown = HostMemory(capacity).view
            grown[: self._dirty_pages] = self.dirty
            self.dirty, self._dirty_pages = grown, capacity
        step = 1 << 20
        fresh = bytes([FRESH]) * min(step, count)
        for start in range(first, first + count, step):
            stop = min(start + step, first + count)
            self.dirty[start:stop] = fresh[: stop - start]

    def free(self, addr: int) -> None:
        """Remove the block that starts at ram address `addr`; its dirty bytes stay as they are.

        Raises `BadRamAddress` when no block starts there.
        """
        for i, block in enumerate(self.blocks):
            if block.offset == addr:
                del self.blocks[i]
                return
        raise BadRamAddress("start of a block", addr)

    def find(self, addr: int) -> RamBlock:
        """The block that holds a ram address, the order left alone (``qemu_safe_ram_ptr``).

        Raises `BadRamAddress` when there is none.
        """
        for block in self.blocks:
            if block.offset <= addr < block.end:
                return block
        raise BadRamAddress("ram address", addr)

    def lookup(self, addr: int) -> RamBlock:
        """Like `find`, and the block moves to the front of the list (``qemu_get_ram_ptr``)."""
        blocks = self.blocks
        if blocks:
            first = blocks[0]
            if first.offset <= addr < first.end:
                return first
        block = self.find(addr)
        blocks.remove(block)
        blocks.insert(0, block)
        return block

    def view(self, addr: int, size: int) -> memoryview:
        """The host bytes of `size` bytes from a ram address, which must lie in one block."""
        block = self.find(addr)
        start = addr - block.offset
        if start + size > block.size:
            raise BadRamAddress("ram address", block.end)
        return block.view[start : start + size]

    def mark_written(self, addr: int, size: int) -> None:
        """Count the pages of `size` bytes (at least 1) from a ram address as written by a guest."""
        dirty, bits = self.dirty, self.page_bits
        for page in range(addr >> bits, (addr + size - 1 >> bits) + 1):
            dirty[page] |= WRITTEN

    def addr_from_host(self, host: Pointer | int) -> int:
        """The ram address whose byte lives at a host pointer or host address.

        Raises `BadRamAddress` when no block holds it.
        """
        address = host if isinstance(host, int) else address_of(host)
        for block in self.blocks:
            if 0 <= address - block.memory.address < block.size:
                return block.offset + address - block.memory.address
        raise BadRamAddress("host address", address)
