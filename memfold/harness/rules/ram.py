"""RAM blocks, and which of their pages were written."""

from __future__ import annotations

__all__ = ["NoRam", "Ram"]

FRESH, WRITTEN = 0xFF, 0xFD


class NoRam(Exception):
    """Nothing is there: the C code aborted."""


class Ram:
    """All RAM there is, by ram address."""

    def __init__(self, page: int) -> None:
        self.page = page
        self.blocks: dict[int, bytearray] = {}
        self.dirty: dict[int, int] = {}
        """By page number; pages of blocks that are gone keep theirs."""

    def alloc(self, size: int) -> int:
        """The address of a new block: the smallest gap after a block that is wide enough."""
        size = -(-size // self.page) * self.page
        where = 0
        if self.blocks:
            starts = sorted(self.blocks)
            ends = [start + len(self.blocks[start]) for start in starts]
            gaps = zip([*starts[1:], 1 << 64], ends, strict=True)
            where = min((low - end, end) for low, end in gaps if low - end >= size)[1]
        self.blocks[where] = bytearray(size)
        for page in range(where // self.page, (where + size) // self.page):
            self.dirty[page] = FRESH
        return where

    def find(self, addr: int) -> tuple[bytearray, int]:
        """The block of an address, and where in it that is."""
        for start, block in self.blocks.items():
            if start <= addr < start + len(block):
                return block, addr - start
        raise NoRam

    def read(self, addr: int, size: int) -> bytes:
        """Bytes that lie in one block."""
        block, at = self.find(addr)
        if at + size > len(block):
            raise NoRam
        return bytes(block[at : at + size])

    def write(self, addr: int, data: bytes) -> None:
        """The same."""
        block, at = self.find(addr)
        if at + len(data) > len(block):
            raise NoRam
        block[at : at + len(data)] = data

    def mark(self, addr: int, size: int = 1) -> None:
        """A guest wrote there."""
        for page in range(addr // self.page, (addr + size - 1) // self.page + 1):
            self.dirty[page] |= WRITTEN
