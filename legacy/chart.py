"""The page table as a chart: which stretch of addresses ends where. For people and reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from memfold.host.ram import BadRamAddress
from memfold.legacy.constants import IO_MEM_ROMD, IO_MEM_SHIFT, reads_ram
from memfold.legacy.errors import UnboundedRecursion
from memfold.legacy.iotable import Foreign
from memfold.legacy.pagetable import Run
from memfold.legacy.registration import PhysMap
from memfold.legacy.subpage import SubPage

__all__ = ["NO_RAM", "Stretch", "chart", "device"]


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


def chart(phys: PhysMap, page: int = 0, pages: int | None = None) -> Iterator[Stretch]:
    """Every stretch of `phys` where something answers, ascending; or of some pages of it."""
    bits = phys.target.page_bits
    for run in phys._pages.runs(page, phys._pages_total - page if pages is None else pages):
        low = run.phys_offset & (1 << bits) - 1
        if not run.assigned:
            continue
        slot = low >> IO_MEM_SHIFT
        if reads_ram(low):
            yield from _blocks(phys, run, low)
        elif isinstance(phys._io.opaque[slot], SubPage):
            yield from _strips(phys, run, phys._io.opaque[slot])
        elif phys._io.answers(slot):
            size = run.pages << bits
            yield Stretch(run.page << bits, size, "i/o", device(phys, slot), run.region_offset)


def _blocks(phys: PhysMap, run: Run, low: int) -> Iterator[Stretch]:
    """The stretches of a run that reads from RAM, which may go over several blocks."""
    kind = "ram" if low == 0 else "romd" if low & IO_MEM_ROMD else "rom"
    start, ram = run.page << phys.target.page_bits, run.phys_offset - low
    end = start + (run.pages << phys.target.page_bits)
    while start < end:
        try:
            block = phys.ram.find(ram)
        except BadRamAddress:
            following = [b.offset - ram for b in phys.ram.blocks if b.offset > ram]
            size = min([end - start, *following])
            yield Stretch(start, size, "lost", NO_RAM, ram)
        else:
            size = min(end - start, block.end - ram)
            yield Stretch(start, size, kind, block.name, ram - block.offset)
        start += size
        ram += size


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
            elif phys._io.answers(slot):
                yield Stretch(base + first, byte - first, "i/o", device(phys, slot), addr)
            first = byte


def _end(sub: SubPage, byte: int) -> tuple[int | None, int]:
    try:
        return sub.resolve(byte)
    except UnboundedRecursion:
        return None, byte


def device(phys: PhysMap, slot: int) -> Any:
    """The opaque of the device in an io slot, whatever its byte order."""
    opaque = phys._io.opaque[slot]
    return opaque.opaque if isinstance(opaque, Foreign) else opaque
