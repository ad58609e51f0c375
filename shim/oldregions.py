"""Regions that stand for what old registrations named: io slots, RAM blocks, saved pages.

Where the core serves the map, a claim is shown as a piece of one of these, so the core need not
know of claims: one region per io slot, and per RAM block and way in which it is read and written.
Deleted with `shim.folded`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from memfold.host.ram import RamBlock
from memfold.host.ranges import ADDRESS_LIMIT
from memfold.legacy.chart import block_at
from memfold.legacy.constants import (
    IO_MEM_ROM,
    IO_MEM_SHIFT,
    IO_MEM_UNASSIGNED,
    reads_ram,
)
from memfold.legacy.errors import LegacyAbort
from memfold.legacy.iotable import IoTable
from memfold.legacy.subpage import SubPage
from memfold.legacy.target import Target
from memfold.newapi import AccessSizes, Kind, MemoryRegion, MemoryRegionOps, OldMmio, Piece, World
from memfold.shim.claimmap import Registration

__all__ = ["OldRegions", "SavedPart"]

_SAVED = IO_MEM_UNASSIGNED | 4
"""Low bits of a descriptor made up for a page that no descriptor of 2011 describes: the slot that
answers nothing, with a flag that 2011 did not use."""
_UNALIGNED = AccessSizes(unaligned=True)


class SavedPart(NamedTuple):
    """Bytes `first` to before `end` of a page, and the region that answers them."""

    first: int
    end: int
    region: MemoryRegion
    offset: int
    """In the region, of byte 0 of the page."""
    readonly: bool


class OldRegions:
    """The regions of one world's claims, made when first needed."""

    def __init__(self, target: Target, world: World, io: IoTable) -> None:
        self._world = world
        self._io = io
        self._page_bits = target.page_bits
        self._byte_mask = target.page_size - 1
        self._addr_mask = (1 << target.phys_addr_bits) - 1
        self._slots: dict[int, MemoryRegion] = {}
        self._ram: dict[tuple[RamBlock | None, int, int], MemoryRegion] = {}
        self._low: dict[MemoryRegion, int] = {}
        self._lost: set[MemoryRegion] = set()
        self._saved: dict[int, tuple[SavedPart, ...]] = {}
        self._descriptors: dict[tuple[SavedPart, ...], int] = {}
        self._last_saved = 0
        self._leaving: int | None = None

    def __contains__(self, region: MemoryRegion) -> bool:
        """Whether `region` stands for something old."""
        return region in self._low

    def low_bits(self, region: MemoryRegion) -> int:
        """The descriptor's bits below the page size, for a region that stands for something old.

        0 for a region of the tree.
        """
        return self._low.get(region, 0)

    def ram_addr(self, region: MemoryRegion, offset: int) -> int | None:
        """The ram address behind an offset in a region; None where it is not made of RAM."""
        if self.is_lost(region):
            return offset
        return None if region.ram_addr is None else region.ram_addr + offset

    def is_lost(self, region: MemoryRegion) -> bool:
        """Whether `region` stands for RAM in no block; its offsets are ram addresses."""
        return region in self._lost

    # Pieces

    def pieces(self, start: int, end: int, claim: Registration) -> Iterator[Piece]:
        """What ``start <= a < end`` of a claim show, ascending; a hole shows nothing."""
        if claim.is_hole:
            return
        low = claim.phys_offset & self._byte_mask
        parts = self._saved.get(claim.phys_offset)
        if parts is not None:
            yield from self._saved_pieces(start, end, parts, claim.act)
        elif reads_ram(low):
            yield from self._ram_pieces(start, end, claim)
        else:
            offset = claim.region_offset + start - claim.base & ADDRESS_LIMIT - 1
            yield Piece(start, end, self.slot(low >> IO_MEM_SHIFT), offset, False, claim.act)

    def _ram_pieces(self, start: int, end: int, claim: Registration) -> Iterator[Piece]:
        low = claim.phys_offset & self._byte_mask
        to_ram = claim.phys_offset - low - claim.base
        to_callback = claim.region_offset - claim.base
        while start < end:
            ram = (start + to_ram) % ADDRESS_LIMIT  # a descriptor wraps there
            block, room = self._block_at(ram)
            origin = block.offset if block is not None else 0
            shift = 0 if low in (0, IO_MEM_ROM) else to_callback - to_ram + origin
            region = self._ram_region(block, low, shift)
            stop = min(end, start + room)
            yield Piece(start, stop, region, ram - origin, low == IO_MEM_ROM, claim.act)
            start = stop

    def _saved_pieces(
        self, start: int, end: int, parts: tuple[SavedPart, ...], act: int
    ) -> Iterator[Piece]:
        for page in range(start & ~self._byte_mask, end, self._byte_mask + 1):
            for part in parts:
                first, stop = max(start, page + part.first), min(end, page + part.end)
                offset = part.offset + first - page
                if first < stop and self._has_ram(part.region, offset, stop - first):
                    yield Piece(first, stop, part.region, offset, part.readonly, act)

    def _has_ram(self, region: MemoryRegion, offset: int, size: int) -> bool:
        """Whether the RAM of a region, if it is made of RAM, has not been freed."""
        if region.ram_addr is None:
            return True
        block, room = self._block_at(region.ram_addr + offset)
        return block is not None and size <= room

    def _block_at(self, ram: int) -> tuple[RamBlock | None, int]:
        block, room = block_at(self._world.ram_list, ram)
        return None if block is not None and block.offset == self._leaving else block, room

    @contextmanager
    def without(self, addr: int) -> Iterator[None]:
        """Inside, the block at a ram address, soon to be freed, counts as gone."""
        self._leaving = addr
        try:
            yield
        finally:
            self._leaving = None

    # Regions

    def slot(self, slot: int) -> MemoryRegion:
        """The region of an io slot: whoever holds the slot when an access comes answers it."""
        region = self._slots.get(slot)
        if region is None:
            ops = MemoryRegionOps(old_mmio=self._callbacks(slot, 0), valid=_UNALIGNED)
            region = MemoryRegion.io(self._world, "", ADDRESS_LIMIT, ops)
            self._slots[slot] = region
            self._low[region] = slot << IO_MEM_SHIFT
            self.name(slot)
        return region

    def name(self, slot: int) -> None:
        """Call the slot's region after the device that holds it now."""
        if slot in self._slots:
            device = self._io.owner(slot)
            name = "sub-page" if isinstance(device, SubPage) else getattr(device, "name", None)
            self._slots[slot].name = name if isinstance(name, str) else f"io slot {slot}"

    def _ram_region(self, block: RamBlock | None, low: int, shift: int) -> MemoryRegion:
        region = self._ram.get((block, low, shift))
        if region is None:
            region = self._make_ram_region(block, low, shift)
            self._ram[block, low, shift] = region
            self._low[region] = low
        return region

    def _make_ram_region(self, block: RamBlock | None, low: int, shift: int) -> MemoryRegion:
        if block is None:
            lost = _lost(self._callbacks(low >> IO_MEM_SHIFT, shift), low, ~self._byte_mask)
            ops = MemoryRegionOps(old_mmio=lost, valid=_UNALIGNED)
            region = MemoryRegion.io(self._world, "lost RAM", ADDRESS_LIMIT, ops)
            self._lost.add(region)
            return region
        if low in (0, IO_MEM_ROM):
            kind, ops = Kind.RAM, MemoryRegionOps()
        else:
            callbacks = self._callbacks(low >> IO_MEM_SHIFT, shift)
            ops = MemoryRegionOps(old_mmio=callbacks, valid=_UNALIGNED)
            kind = Kind.ROM_DEVICE
        at = block.offset
        return MemoryRegion(self._world, block.name, block.size, kind, ops, ram_addr=at)

    def forget_ram(self) -> None:
        """Drop regions of blocks that are gone."""
        blocks = set(map(id, self._world.ram_list.blocks))
        for key in [key for key in self._ram if key[0] is not None and id(key[0]) not in blocks]:
            del self._low[self._ram.pop(key)]

    def _callbacks(self, slot: int, shift: int) -> OldMmio:
        io, mask = self._io, self._addr_mask

        def reader(width: int) -> Callable[[MemoryRegion, int], int]:
            return lambda _, offset: io.read[slot][width](io.opaque[slot], offset + shift & mask)

        def writer(width: int) -> Callable[[MemoryRegion, int, int], None]:
            return lambda _, offset, value: io.write[slot][width](
                io.opaque[slot], offset + shift & mask, value
            )

        return OldMmio(reader(0), reader(1), reader(2), writer(0), writer(1), writer(2))

    # Saved pages

    def save(self, parts: tuple[SavedPart, ...]) -> int:
        """A descriptor for a page made of `parts`; the same one each time."""
        desc = self._descriptors.get(parts)
        if desc is None:
            self._last_saved += 1
            desc = self._last_saved << self._page_bits | _SAVED
            self._descriptors[parts] = desc
            self._saved[desc] = parts
        return desc

    def forget(self, region: MemoryRegion) -> None:
        """Drop what was saved of a region that is gone: its descriptors answer nothing."""
        for parts in [p for p in self._descriptors if any(part.region is region for part in p)]:
            del self._saved[self._descriptors.pop(parts)]


def _lost(callbacks: OldMmio, low: int, page: int) -> OldMmio:
    """RAM in no block: the C code aborted when its page (a mask) was accessed, not when mapped."""

    def read(_region: MemoryRegion, offset: int) -> int:
        raise LegacyAbort(f"ram address {offset & page:#x} is in no RAM block")

    def write(region: MemoryRegion, offset: int, _value: int) -> None:
        read(region, offset)

    if low:
        return OldMmio(read, read, read, callbacks.writeb, callbacks.writew, callbacks.writel)
    return OldMmio(read, read, read, write, write, write)
