"""The page table as a chart: which stretch of addresses ends where. For people and reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from legacy.constants import IO_MEM_ROM, IO_MEM_ROMD, IO_MEM_SHIFT, IO_MEM_UNASSIGNED
from legacy.iotable import Foreign
from legacy.pagetable import Run
from legacy.physmem import PhysMem
from legacy.subpage import SubPage

__all__ = ["Stretch", "chart"]


class Stretch(NamedTuple):
    """`size` bytes from `start`.

    `kind` is ram, rom, romd or i/o; `owner` the RAM block's name or the device's opaque; `offset`
    is in the block, or what a callback is told for the first byte.
    """

    start: int
    size: int
    kind: str
    owner: Any
    offset: int


def chart(phys: PhysMem) -> Iterator[Stretch]:
    """Every stretch of `phys` that is not unassigned, ascending."""
    bits = phys.target.page_bits
    for run in phys._pages.runs(0, phys._pages_total):
        low = run.phys_offset & (1 << bits) - 1
        if not run.assigned:
            continue
        opaque = phys._io.opaque[low >> IO_MEM_SHIFT]
        if low <= IO_MEM_ROM or low & IO_MEM_ROMD:
            kind = "ram" if low == 0 else "romd" if low & IO_MEM_ROMD else "rom"
            block = phys.ram.find(run.phys_offset - low)
            offset = run.phys_offset - low - block.offset
            yield Stretch(run.page << bits, run.pages << bits, kind, block.name, offset)
        elif isinstance(opaque, SubPage):
            yield from _strips(phys, run, opaque)
        else:
            size = run.pages << bits
            yield Stretch(run.page << bits, size, "i/o", _device(opaque), run.region_offset)


def _strips(phys: PhysMem, run: Run, sub: SubPage) -> Iterator[Stretch]:
    """The stretches inside a page that is a sub-page."""
    bits = phys.target.page_bits
    base, size = run.page << bits, 1 << bits
    ends = [sub.resolve(byte) for byte in range(size)]
    first = 0
    for byte in range(1, size + 1):
        slot, addr = ends[first]
        if byte == size or ends[byte] != (slot, addr + byte - first):
            if slot != IO_MEM_UNASSIGNED >> IO_MEM_SHIFT:
                owner = _device(phys._io.opaque[slot])
                yield Stretch(base + first, byte - first, "i/o", owner, addr)
            first = byte


def _device(opaque: Any) -> Any:
    return opaque.opaque if isinstance(opaque, Foreign) else opaque
