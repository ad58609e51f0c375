"""The old API on top of the new core: the same calls, for devices not yet converted (stage `fold`).

Stands for the calls of `legacy.PhysMem`, whose new forms are `MemoryRegion.io`, `add_subregion` and
their like. What old calls alone have built is still noted by the old rules, as runs of pages, but
serves no access: it is shown in the core's flat view as pieces of regions (`shim.oldregions`), by
the two rules of `shim.sharedmap`, and the access functions ask that view where they asked the page
table. So a device not yet converted notices nothing. Deleted when no device calls the old API any
more (stage `remove`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Any

from memfold.host.memory import HostMemory
from memfold.host.ranges import AddrRange
from memfold.legacy.chart import Stretch, chart
from memfold.legacy.clients import CPUPhysMemoryClient
from memfold.legacy.constants import (
    IO_MEM_ROM,
    IO_MEM_SHIFT,
    IO_MEM_SUBPAGE,
    IO_MEM_UNASSIGNED,
    ReadFuncs,
    WriteFuncs,
    ram_reader,
)
from memfold.legacy.pagetable import Run
from memfold.legacy.target import Target
from memfold.newapi import FlatRange, Kind, MemoryListener, MemoryRegion, Piece, World
from memfold.shim.claimmap import Registration, cut
from memfold.shim.foldedcore import FoldedCore
from memfold.shim.oldregions import OldRegions, SavedPart
from memfold.shim.sharedmap import SharedMap
from memfold.shim.walkslots import WalkSlots

__all__ = ["Folded"]

_NOBODY = IO_MEM_UNASSIGNED >> IO_MEM_SHIFT
_CACHED_PAGES = 4096
_Walk = tuple[int, int, int, int]


class Folded(SharedMap):
    """The old calls of a world whose map the core holds."""

    def __init__(self, target: Target, world: World) -> None:
        super().__init__(target, world)
        self.regions = OldRegions(target, world, self._io)
        self.core = FoldedCore(self)
        """Serves accesses to the map of both generations."""
        self._subpages: set[int] = set()
        self._walk_slots = WalkSlots(self._io, self.core)

    def _listener(self) -> MemoryListener:
        return self.core

    def refresh(self) -> None:
        """Show the claims anew."""
        if len(self.claims):
            self.space.refresh()

    # What is shown

    def _overlay(self, pieces: list[Piece], window: AddrRange, /) -> list[Piece]:
        if not len(self.claims):
            return pieces
        shown = cut(pieces, self.claims)
        starts = [piece.start for piece in shown]
        old = [
            piece
            for start, end, claim in self.claims.within(window.start, window.end)
            for gap in _uncovered(shown, starts, start, end)
            for piece in self._old_pieces(gap, claim)
        ]
        old += self._blank_pieces(window, shown, starts)
        return sorted(shown + old) if old else shown

    def _old_pieces(self, gap: AddrRange, claim: Registration) -> Iterator[Piece]:
        for start, end, run in self._old_runs(gap):
            yield from self.regions.pieces(start, end, self._made(run, claim))

    def _old_runs(self, gap: AddrRange) -> Iterator[tuple[int, int, Run]]:
        """The runs of what old calls alone have built, cut to `gap`: start, end, run."""
        bits = self._page_bits
        first = gap.start >> bits
        for run in list(self._pages.runs(first, (gap.end - 1 >> bits) + 1 - first)):
            end = run.page + run.pages << bits
            yield max(gap.start, run.page << bits), min(gap.end, end), run

    def _blank_pieces(
        self, window: AddrRange, shown: list[Piece], starts: list[int]
    ) -> Iterator[Piece]:
        """The bytes of sub-pages that nobody ever claimed: regions of any age hide them."""
        for page in [page for page in self._subpages if page in window]:
            page_end = page + self.target.page_size
            (run,) = self._pages.runs(page >> self._page_bits, 1)
            if not run.phys_offset & IO_MEM_SUBPAGE:
                self._subpages.discard(page)
                continue
            blank = Registration(page, run.phys_offset, 0, False, False, 0)
            for part in self.claims.unclaimed(page, page_end):
                for gap in _uncovered(shown, starts, part.start, part.end):
                    yield from self.regions.pieces(gap.start, gap.end, blank)

    def _rows(self, start: int, end: int) -> list[FlatRange]:
        """The rows that share an address with ``start <= a < end``."""
        view = self.space.view
        first = bisect_right(view.starts, start)
        last = bisect_left(view.starts, end, first)
        if first and view.rows[first - 1].end > start:
            first -= 1
        return view.rows[first:last]

    # Old calls

    def _tree_shows(self, start: int, end: int) -> bool:
        return any(row.region not in self.regions for row in self._rows(start, end))

    def _show_claims(self, window: AddrRange, /) -> None:
        self.space.refresh(window)

    def _claim_in_subpage(
        self, start: int, end: int, asked: Registration, made: Registration, /
    ) -> None:
        self.claims.put(start, end, asked)
        self._subpages.add(made.base)

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
        low = self.regions.low_bits(region)
        if self.regions.is_lost(region):
            return ram_reader(low), slot if low else -1, offset, offset
        if region.ram_addr is None:
            return slot, slot, offset, 0
        ram = region.ram_addr + offset
        if ram & self._byte_mask:
            return None
        writer = slot
        if region.kind is Kind.RAM:
            writer = _NOBODY if row.readonly else -1
        return ram_reader(low) if row.readable else slot, writer, offset, ram

    def chart(self) -> Iterator[Stretch]:
        """What answers where, as `legacy.chart` has it; the owner of the tree's is the region."""
        bits = self._page_bits
        for row in self.space.view:
            if row.region not in self.regions:
                yield Stretch(row.start, row.size, _kind(row), row.region, row.offset)
                continue
            first, last = row.start >> bits, row.end - 1 >> bits
            for old in chart(self, first, last + 1 - first):
                shown = AddrRange.sized(old.start, old.size).intersection(row.range)
                if shown:
                    moved = old.offset + shown.start - old.start
                    yield Stretch(shown.start, shown.size, old.kind, old.owner, moved)

    # For the core

    def forget_walks(self) -> None:
        """The map has changed: every page is walked anew."""
        self._cache.clear()

    def forget_region(self, region: MemoryRegion) -> None:
        """A region is gone for good."""
        self._walk_slots.forget(region)
        self.regions.forget(region)
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
        for start, end, claim in self.claims.within(gap.start, gap.end):
            for low, high, run in self._old_runs(AddrRange(start, end)):
                if run.assigned:
                    self._clients.set_memory(low, high - low, run.phys_offset, claim.log_dirty)


def _kind(row: FlatRange) -> str:
    if row.region.kind is Kind.RAM:
        return "rom" if row.readonly else "ram"
    return "romd" if row.region.kind is Kind.ROM_DEVICE and row.readable else "i/o"


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
