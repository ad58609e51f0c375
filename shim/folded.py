"""The old API on top of the new core: the same calls, for devices not yet converted (stage `fold`).

Stands for the calls of `legacy.PhysMem`, whose new forms are `MemoryRegion.io`, `add_subregion` and
their like. What old calls alone have built is still noted by the old rules, as runs of pages, but
serves no access: it is shown in the core's flat view as pieces of regions (`shim.oldregions`), by
the two rules of `shim.claims`, and the access functions ask that view where they asked the page
table. So a device not yet converted notices nothing. Deleted when no device calls the old API any
more (stage `remove`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, NamedTuple

from legacy.clients import CPUPhysMemoryClient
from legacy.constants import (
    IO_MEM_ROM,
    IO_MEM_SHIFT,
    IO_MEM_SUBPAGE,
    IO_MEM_UNASSIGNED,
    ReadFuncs,
    WriteFuncs,
)
from legacy.target import Target
from memfold.errors import MemfoldError
from memfold.host.memory import HostMemory
from memfold.host.ranges import AddrRange
from newapi import AddressSpace, FlatRange, Kind, MemoryRegion, Piece, World
from shim.claimmap import Claimed, ClaimMap, cut
from shim.foldedcore import FoldedCore
from shim.oldregions import OldRegions, SavedPart
from shim.sharedmap import SharedMap
from shim.walkslots import WalkSlots

__all__ = ["Folded", "FoldedError"]

_NOBODY = IO_MEM_UNASSIGNED >> IO_MEM_SHIFT
_CACHED_PAGES = 4096
_Walk = tuple[int, int, int, int]


class FoldedError(MemfoldError):
    """A folded world was used before it had a map."""


class _Act(NamedTuple):
    """One old registration as a claim on addresses."""

    age: int
    log_dirty: bool


class Folded(SharedMap):
    """The old calls of a world whose map the core holds; `show` shows its tree.

    A trace of old calls alone is answered exactly as `PhysMem` answers it.
    """

    def __init__(self, target: Target, world: World) -> None:
        super().__init__(target, world)
        self.claims: ClaimMap[_Act] = ClaimMap()
        """When old calls last spoke about each address."""
        self.regions = OldRegions(target, world, self._io)
        self.core = FoldedCore(self)
        """Serves accesses to the map of both generations."""
        self._space: AddressSpace | None = None
        self._passing: _Act | None = None
        self._walk_slots = WalkSlots(self._io, self.core)

    def show(self, name: str, root: MemoryRegion) -> AddressSpace:
        """The address space of the tree under `root` and the claims, on `core`."""
        self._space = AddressSpace(self.world, name, root, self.core)
        self._space.overlay = self._overlay
        return self._space

    @property
    def space(self) -> AddressSpace:
        """The address space shown; raises `FoldedError` before `show`."""
        if self._space is None:
            raise FoldedError(f"{self.target.name}: no address space is shown on this folded world")
        return self._space

    def refresh(self) -> None:
        """Show the claims anew."""
        if len(self.claims):
            self.space.refresh()

    # What is shown

    def _overlay(self, pieces: list[Piece]) -> list[Piece]:
        if not len(self.claims):
            return pieces
        shown = cut(pieces, self.claims)
        starts = [piece.start for piece in shown]
        old: list[Piece] = []
        for start, end, act in self.claims:
            if act is not self._passing:
                for gap in _uncovered(shown, starts, start, end):
                    old += self._old_pieces(gap, act.age)
        return sorted(shown + old) if old else shown

    def _old_pieces(self, gap: AddrRange, age: int) -> Iterator[Piece]:
        bits = self._page_bits
        first, last = gap.start >> bits, gap.end - 1 >> bits
        for run in self._pages.runs(first, last + 1 - first):
            low, high = run.page << bits, run.page + run.pages << bits
            yield from self.regions.pieces(max(low, gap.start), min(high, gap.end), run, age)

    def _rows(self, start: int, end: int) -> list[FlatRange]:
        """The rows that share an address with ``start <= a < end``."""
        view = self.space.view
        first = max(0, bisect_right(view.starts, start) - 1)
        rows: list[FlatRange] = []
        for row in view.rows[first:]:
            if row.start >= end:
                break
            if row.end > start:
                rows.append(row)
        return rows

    # Old calls

    def cpu_register_physical_memory_log(
        self, start: int, size: int, phys_offset: int, region_offset: int, log_dirty: bool
    ) -> None:
        """Claim the range and note it as the old layer does; unassigned claims a hole.

        Memory clients are told: first of the rows that make way, then of this. Raises what the old
        layer raises; the map is then as it was.
        """
        start &= self._addr_mask
        space = self.space
        stretches = self._stretches(start, size) if size else []
        lent = self._lent.get((start, phys_offset)) if size == self.target.page_size else None
        if lent is not None and self._there_anyway(space, start, lent):
            self.claims.put(start, start + size, None)
            self._pages.put(start >> self._page_bits, IO_MEM_UNASSIGNED, 0)
            space.refresh()
            return
        act = _Act(self.world.next_act(), log_dirty)
        undo = [(part, self.claims.put(part.start, part.end, act)) for part in stretches]
        try:
            if any(self._tree_shows(part.start, part.end) for part in stretches):
                self._passing = act
                space.refresh()
            super().cpu_register_physical_memory_log(
                start, size, phys_offset, region_offset, log_dirty
            )
        except BaseException:
            for part, before in reversed(undo):
                self.claims.restore(part.start, part.end, before)
            raise
        else:
            for part in stretches:
                self._settle(part.start, part.end, act)
        finally:
            self._passing = None
            space.refresh()

    def _tree_shows(self, start: int, end: int) -> bool:
        return any(row.region not in self.regions for row in self._rows(start, end))

    def _settle(self, start: int, end: int, act: _Act) -> None:
        """Claim all of a page that a partial registration made RAM or a sub-page.

        Nothing is in the other bytes of a sub-page: regions of any age hide them.
        """
        page = start & ~self._byte_mask
        page_end = page + self.target.page_size
        if (start | end) & self._byte_mask == 0:
            return
        desc = self._pages.get(page >> self._page_bits)[0]
        if not desc & IO_MEM_SUBPAGE:
            self.claims.put(page, page_end, act)
            return
        for gap in list(_unclaimed(self.claims.within(page, page_end), page, page_end)):
            self.claims.put(gap.start, gap.end, _Act(0, False))

    def cpu_register_io_memory(
        self, mem_read: ReadFuncs, mem_write: WriteFuncs, opaque: Any, endian: int
    ) -> int:
        """Put callbacks in the lowest free io slot; its descriptor, or -1 when none is free."""
        io = super().cpu_register_io_memory(mem_read, mem_write, opaque, endian)
        self.regions.name(io >> IO_MEM_SHIFT)
        return io

    def cpu_get_physical_page_desc(self, addr: int) -> int:
        """The raw descriptor of the page that holds `addr`.

        A page with regions has one made up where none of 2011 describes it: registered again
        there later, it makes the page answer as it does now, even when regions move meanwhile.
        """
        page = self._page_of(addr)
        page_end = page + self.target.page_size
        rows = self._rows(page, page_end)
        if all(row.region in self.regions for row in rows):
            return super().cpu_get_physical_page_desc(addr)
        desc = self._describe(rows, page, page_end)
        self._lend(page, desc, rows[0])
        return desc

    def _describe(self, rows: list[FlatRange], page: int, page_end: int) -> int:
        row = rows[0]
        offset = row.offset + page - row.start
        if row.region.kind is Kind.RAM and row.start <= page and page_end <= row.end:
            assert row.region.ram_addr is not None
            ram = row.region.ram_addr + offset
            if not ram & self._byte_mask:
                return ram | (IO_MEM_ROM if row.readonly else 0)
        return self.regions.save(
            tuple(
                SavedPart(
                    max(0, row.start - page),
                    min(row.end, page_end) - page,
                    row.region,
                    row.offset + page - row.start,
                    row.readonly,
                )
                for row in rows
            )
        )

    def cpu_register_phys_memory_client(self, client: CPUPhysMemoryClient) -> None:
        """Add a memory client and tell it, page by page, what is mapped, regions included."""
        self._clients.add(client)
        bits, size = self._page_bits, self.target.page_size
        shown = [(row.start >> bits, (row.end - 1 >> bits) + 1) for row in self.space.view]
        shown += [
            (run.page, run.page + run.pages)
            for run in self._pages.runs(0, self._pages_total)
            if run.assigned
        ]
        done = 0
        for first, end in sorted(shown):
            for page in range(max(first, done), end):
                desc = self.cpu_get_physical_page_desc(page << bits)
                if desc != IO_MEM_UNASSIGNED:
                    client.set_memory(page << bits, size, desc, False)
            done = max(done, end)

    def qemu_ram_alloc(self, name: str, size: int) -> int:
        """Fresh RAM of `size` bytes, rounded up to pages; its ram address."""
        addr = super().qemu_ram_alloc(name, size)
        self.refresh()
        return addr

    def qemu_ram_alloc_from_ptr(self, name: str, size: int, host: HostMemory) -> int:
        """The same over memory the caller owns."""
        addr = super().qemu_ram_alloc_from_ptr(name, size, host)
        self.refresh()
        return addr

    def qemu_ram_free(self, addr: int) -> None:
        """Give back the block at `addr`; what maps it stays, and an access there aborts."""
        super().qemu_ram_free(addr)
        self.refresh()
        self.regions.forget_ram()

    def qemu_ram_free_from_ptr(self, addr: int) -> None:
        """The same for a block over the caller's memory."""
        self.qemu_ram_free(addr)

    # Accesses

    def _walk(self, page: int) -> _Walk:
        """What an access to a page needs, as `PhysMem._walk` says; from the flat view."""
        start = page << self._page_bits
        rows = self._rows(start, start + self.target.page_size)
        entry: _Walk | None = (_NOBODY, _NOBODY, 0, 0)
        if rows:
            whole = rows[0].start <= start and start + self.target.page_size <= rows[0].end
            entry = self._walk_row(rows[0], start) if whole else None
        if entry is None:
            by_byte = self._walk_slots.by_byte
            entry = (by_byte, by_byte, start, 0)
        if len(self._cache) == _CACHED_PAGES:
            self._cache.clear()
        self._cache[page] = entry
        return entry

    def _walk_row(self, row: FlatRange, page: int) -> _Walk | None:
        """The same for a page that one row covers; None when its RAM does not begin on a page."""
        region = row.region
        offset = row.offset + page - row.start
        slot = self._walk_slots.of(region)
        if self.regions.is_lost(region):
            return -1, slot if self.regions.low_bits(region) else -1, offset, offset
        if region.ram_addr is None:
            return slot, slot, offset, 0
        ram = region.ram_addr + offset
        if ram & self._byte_mask:
            return None
        writer = slot
        if region.kind is Kind.RAM:
            writer = _NOBODY if row.readonly else -1
        return -1 if row.readable else slot, writer, offset, ram

    def chart(self) -> Iterator[tuple[int, int, str, str, int]]:
        """What answers where, as `legacy.chart` has it: start, size, kind, owner, offset."""
        for row in self.space.view:
            kind = "i/o"
            if row.region.kind is Kind.RAM:
                kind = "rom" if row.readonly else "ram"
            elif row.region.kind is Kind.ROM_DEVICE:
                kind = "romd"
            yield row.start, row.size, kind, row.region.name, row.offset

    # For the core

    def forget_walks(self) -> None:
        """The map has changed: every page is walked anew."""
        self._cache.clear()

    def forget_region(self, region: MemoryRegion) -> None:
        """A region is gone for good."""
        self._walk_slots.forget(region)
        self.refresh()

    def tell_gone(self, row: FlatRange) -> None:
        """Clients hear that a row of the tree is unregistered."""
        self._clients.set_memory(row.start, row.size, IO_MEM_UNASSIGNED, False)

    def tell_shown(self, row: FlatRange) -> None:
        """Clients hear of a row of the tree."""
        page = row.start & ~self._byte_mask
        desc = self._describe([row], page, page + self.target.page_size)
        self._clients.set_memory(row.start, row.size, desc, row.log_mask != 0)

    def tell_claims(self, gap: AddrRange) -> None:
        """Clients hear of the old registrations in addresses that the tree left."""
        bits = self._page_bits
        for start, end, act in self.claims.within(gap.start, gap.end):
            if act is self._passing:
                continue
            first = start >> bits
            for run in list(self._pages.runs(first, (end - 1 >> bits) + 1 - first)):
                low, high = max(start, run.page << bits), min(end, run.page + run.pages << bits)
                if run.assigned:
                    self._clients.set_memory(low, high - low, run.phys_offset, act.log_dirty)


def _uncovered(pieces: list[Piece], starts: list[int], start: int, end: int) -> Iterator[AddrRange]:
    """The parts of ``start <= a < end`` that no piece has; `starts` are those of the pieces."""
    index = max(0, bisect_right(starts, start) - 1)
    while start < end and index < len(pieces) and starts[index] < end:
        piece = pieces[index]
        if start < piece.start:
            yield AddrRange(start, piece.start)
        start = max(start, piece.end)
        index += 1
    if start < end:
        yield AddrRange(start, end)


def _unclaimed(rows: list[Claimed[_Act]], start: int, end: int) -> Iterator[AddrRange]:
    for row in rows:
        if start < row.start:
            yield AddrRange(start, row.start)
        start = row.end
    if start < end:
        yield AddrRange(start, end)
