"""The page table as a chart: which stretch of addresses ends where. For people and reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from memfold.host.ram import BadRamAddress, RamBlock, RamList
from memfold.host.ranges import ADDRESS_LIMIT, AddrRange
from memfold.legacy.constants import IO_MEM_ROMD, IO_MEM_SHIFT, reads_ram
from memfold.legacy.errors import UnboundedRecursion
from memfold.legacy.pagetable import Run
from memfold.legacy.registration import PhysMap
from memfold.legacy.subpage import SubPage

__all__ = ["NO_RAM", "Stretch", "block_at", "chart"]


NO_RAM = "no RAM block"
"""Who answers where a descriptor leads to RAM that is not there: an access aborts."""


class Stretch(NamedTuple):
    """`size` bytes from `start`.

    `kind` is ram, rom, romd or i/o; `owner` the RAM block's name or the device's opaque; `offset`
    is in the block, or what a callback is told for the first byte. Where an access would not
    survive, the kind is lost and the owner says why.
    """

    start: int
    size: int
    kind: str
    owner: Any
    offset: int

    @property
    def range(self) -> AddrRange:
        """The addresses of the stretch."""
        return AddrRange.sized(self.start, self.size)


def chart(phys: PhysMap, page: int = 0, pages: int | None = None) -> Iterator[Stretch]:
    """Every stretch of `phys` where something answers, ascending; or of some pages of it."""
    bits = phys.target.page_bits
    for run in phys.page_table.runs(page, phys.target.pages - page if pages is None else pages):
        low = run.phys_offset & (1 << bits) - 1
        if not run.assigned:
            continue
        slot = low >> IO_MEM_SHIFT
        owner = phys.io_table.owner(slot)
        if reads_ram(low):
            yield from _blocks(phys, run, low)
        elif isinstance(owner, SubPage):
            yield from _strips(phys, run, owner)
        elif phys.io_table.answers(slot):
            yield Stretch(run.page << bits, run.pages << bits, "i/o", owner, run.region_offset)


def _blocks(phys: PhysMap, run: Run, low: int) -> Iterator[Stretch]:
    """The stretches of a run that reads from RAM, which may go over several blocks."""
    kind = "ram" if low == 0 else "romd" if low & IO_MEM_ROMD else "rom"
    start, ram = run.page << phys.target.page_bits, run.phys_offset - low
    end = start + (run.pages << phys.target.page_bits)
    while start < end:
        block, room = block_at(phys.ram, ram)
        size = min(end - start, room)
        if block is None:
            yield Stretch(start, size, "lost", NO_RAM, ram)
        else:
            yield Stretch(start, size, kind, block.name, ram - block.offset)
        start += size
        ram = (ram + size) % ADDRESS_LIMIT


def block_at(ram: RamList, addr: int) -> tuple[RamBlock | None, int]:
    """The block of a ram address below 2^64, and how many bytes from there on are in it (or, where
    it is None, in none)."""
    try:
        block = ram.find(addr)
    except BadRamAddress:
        above = [other.offset for other in ram.blocks if other.offset > addr]
        return None, min(above, default=ADDRESS_LIMIT) - addr
    return block, block.end - addr


def _strips(phys: PhysMap, run: Run, sub: SubPage) -> Iterator[Stretch]:
    """The stretches inside a page that is a sub-page."""
    bits = phys.target.page_bits
    base, size = run.page << bits, 1 << bits
    ends = [_end(sub, byte) for byte in range(size)]
    first = 0
    for byte in range(1, size + 1):
        slot, addr = ends[first]
        if byte == size or ends[byte] != (slot, addr + byte - first):
            if slot is None:
                yield Stretch(base + first, byte - first, "lost", "ring of sub-pages", addr)
            elif phys.io_table.answers(slot):
                yield Stretch(base + first, byte - first, "i/o", phys.io_table.owner(slot), addr)
            first = byte


def _end(sub: SubPage, byte: int) -> tuple[int | None, int]:
    try:
        return sub.resolve(byte)
    except UnboundedRecursion:
        return None, byte
