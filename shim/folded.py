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
from collections.abc import Iterator, Sequence
from typing import Any

from memfold.host.memory import HostMemory
from memfold.host.ranges import AddrRange
from memfold.legacy.chart import Stretch, chart
from memfold.legacy.clients import CPUPhysMemoryClient
from memfold.legacy.constants import (
    IO_MEM_ROM,
    IO_MEM_SHIFT,
    IO_MEM_UNASSIGNED,
    ReadFuncs,
    WriteFuncs,
)
from memfold.legacy.pagetable import Run
from memfold.legacy.registration import Walk
from memfold.legacy.target import Target
from memfold.newapi import Core, FlatRange, Kind, MemoryListener, MemoryRegion, Piece, World
from memfold.shim.claimmap import Gaps, Registration, cut
from memfold.shim.oldregions import OldRegions, SavedPart
from memfold.shim.sharedmap import SharedMap, Visited
from memfold.shim.walkslots import WalkSlots

__all__ = ["Folded"]

_NOBODYS = Registration(0, IO_MEM_UNASSIGNED, 0, False, False, 0)
"""Stands for what no call ever claimed of a sub-page: older than every region."""


class Folded(SharedMap):
    """The old calls of a world whose map the core holds."""

    def __init__(self, target: Target, world: World) -> None:
        super().__init__(target, world)
        self.regions = OldRegions(target, world, self.io_table)
        self.core: Core = _FoldedCore(self)
        """Serves accesses to the map of both generations."""
        self._walk_slots = WalkSlots(self.io_table, self.core, self.regions, target.space)

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
        taken = [AddrRange(piece.start, piece.end) for piece in shown]
        gaps = window.intersection(self.target.space).minus(taken)
        old = [piece for gap in gaps for piece in self._old_pieces(gap)]
        return sorted(shown + old) if old else shown

    def _old_pieces(self, gap: AddrRange) -> Iterator[Piece]:
        """What old calls have built in a gap that the tree leaves."""
        blank = self.claims.unclaimed(gap.start, gap.end)
        for start, end, claim in (
            *self.claims.within(gap.start, gap.end),
            *((part.start, part.end, _NOBODYS) for part in blank),
        ):
            for part, run in self._old_runs(AddrRange(start, end)):
                yield from self.regions.pieces(part.start, part.end, self._made(run, claim))

    def _old_runs(self, gap: AddrRange) -> Iterator[tuple[AddrRange, Run]]:
        """The runs of what old calls alone have built, each with what of `gap` lies in it."""
        bits = self.page_bits
        first = gap.start >> bits
        for run in list(self.page_table.runs(first, (gap.last >> bits) + 1 - first)):
            if run.assigned:
                yield AddrRange.sized(run.page << bits, run.pages << bits).intersection(gap), run

    def _rows(self, part: AddrRange) -> list[FlatRange]:
        """The rows that share an address with `part`."""
        view = self.space.view
        first = max(0, bisect_right(view.starts, part.start) - 1)
        first += first < len(view) and view.rows[first].end <= part.start
        return view.rows[first : bisect_left(view.starts, part.end, first)]

    def _page(self, addr: int) -> AddrRange:
        """The page of an address."""
        return AddrRange.sized(self._page_of(addr), self.target.page_size)

    # Old calls

    def _tree_shows(self, start: int, end: int) -> bool:
        return any(row.region not in self.regions for row in self._rows(AddrRange(start, end)))

    def _show_claims(self, window: AddrRange, /) -> None:
        self.space.refresh(window)

    def _leave_to_old_calls(self, _stretches: Sequence[Visited], /) -> None:
        """No row is in the page table."""

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
        page = self._page(addr)
        rows = self._rows(page)
        if all(row.region in self.regions for row in rows):
            return super().cpu_get_physical_page_desc(addr)
        desc = self.describe(page, rows)
        self._lend(page.start, desc, rows[0])
        return desc

    def describe(self, page: AddrRange, rows: list[FlatRange]) -> int:
        """A descriptor for a page that shows `rows`: one of 2011 if it is all RAM of one region."""
        row = rows[0]
        if row.region.kind is Kind.RAM and row.range.covers(page):
            assert row.region.ram_addr is not None
            ram = row.region.ram_addr + row.offset + page.start - row.start
            if not ram & self.byte_mask:
                return ram | (IO_MEM_ROM if row.readonly else 0)
        return self.regions.save(
            tuple(
                SavedPart(
                    max(0, row.start - page.start),
                    min(row.end, page.end) - page.start,
                    row.region,
                    row.offset + page.start - row.start,
                    row.readonly,
                )
                for row in rows
            )
        )

    def cpu_register_phys_memory_client(self, client: CPUPhysMemoryClient) -> None:
        """Add a memory client and tell it, page by page, what is mapped, regions included."""
        self.clients.add(client)
        bits, size = self.page_bits, self.target.page_size
        rows = (self.told(row) for row in self.space.view)
        shown = [(row.start >> bits, (row.end - 1 >> bits) + 1) for row in rows if row.range]
        shown += [
            (run.page, run.page + run.pages)
            for run in self.page_table.runs(0, self.target.pages)
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
        return self._shown(super().qemu_ram_alloc(name, size))

    def qemu_ram_alloc_from_ptr(self, name: str, size: int, host: HostMemory) -> int:
        """The same over memory the caller owns."""
        return self._shown(super().qemu_ram_alloc_from_ptr(name, size, host))

    def _shown(self, addr: int) -> int:
        """New RAM may be what an old descriptor means; freed again when a listener minds."""
        try:
            self.refresh()
        except BaseException:
            super().qemu_ram_free(addr)
            raise
        return addr

    def qemu_ram_free(self, addr: int) -> None:
        """Give back the block at `addr`; what maps it stays, and an access there aborts."""
        with self.regions.without(addr):
            self.refresh()
            super().qemu_ram_free(addr)
        self.regions.forget_ram()

    # Accesses

    def walk(self, page: int) -> Walk:
        """What an access to page number `page` needs, from the flat view."""
        where = self._page(page << self.page_bits)
        return self._walk_slots.walk(where, self._rows(where))

    def chart(self) -> Iterator[Stretch]:
        """What answers where, as `legacy.chart` has it; the owner of the tree's is the region."""
        bits = self.page_bits
        for row in self.space.view:
            if row.region not in self.regions:
                yield Stretch(row.start, row.size, row.kind, row.region, row.offset)
                continue
            first, last = row.start >> bits, row.end - 1 >> bits
            for old in chart(self, first, last + 1 - first):
                shown = old.range.intersection(row.range)
                if shown:
                    moved = old.offset + shown.start - old.start
                    yield Stretch(shown.start, shown.size, old.kind, old.owner, moved)

    # For the core

    def forget_region(self, region: MemoryRegion) -> None:
        """A region is gone for good."""
        self._walk_slots.forget(region)
        self.regions.forget(region)
        self.refresh()

    def told(self, row: FlatRange) -> FlatRange:
        """The part of the row in the target's address space, of which alone clients hear."""
        return row.part(0, self.target.space.end)

    def tell_shown(self, row: FlatRange) -> None:
        """Clients hear of a row of the tree."""
        page = AddrRange.sized(row.start & ~self.byte_mask, self.target.page_size)
        desc = self.describe(page, [row])
        self.clients.set_memory(row.start, row.size, desc, row.log_mask != 0)

    def tell_claims(self, gap: AddrRange) -> None:
        """Clients hear of the old registrations in addresses that the tree left."""
        for row in self.claims.within(gap.start, gap.end):
            for part, run in self._old_runs(row.range):
                self.clients.set_memory(part.start, part.size, run.phys_offset, row.claim.log_dirty)


class _FoldedCore(Core):
    """Serves the map of both generations, and tells `Folded` how the tree's part of it changes."""

    def __init__(self, folded: Folded) -> None:
        super().__init__(folded.world)
        self._folded = folded
        self._gaps = Gaps()

    def region_del(self, row: FlatRange) -> None:
        """Forget the row; a row of the tree is told to clients, its dirty state asked for first."""
        part = self._folded.told(row)
        if row.region not in self._folded.regions and part.range:
            if row.log_mask:
                self._folded.cpu_physical_sync_dirty_bitmap(part.start, part.end)
            self._folded.clients.set_memory(part.start, part.size, IO_MEM_UNASSIGNED, False)
            self._gaps.open(part.range)
        super().region_del(row)

    def region_add(self, row: FlatRange) -> None:
        """Serve the row; a row of the tree is told to clients."""
        part = self._folded.told(row)
        if row.region not in self._folded.regions and part.range:
            self._folded.tell_shown(part)
            self._gaps.close(part.range)
        super().region_add(row)

    def commit(self) -> None:
        """Serve what was added; clients are told of old registrations that came back."""
        super().commit()
        self._folded.forget_walks()
        with self._gaps.taken() as gaps:
            for gap in gaps:
                self._folded.tell_claims(gap)

    def log_start(self, row: FlatRange) -> None:
        """Ask memory clients to log the row's writes."""
        if part := self._folded.told(row).range:
            self._folded.cpu_physical_log_start(part.start, part.size)

    def log_stop(self, row: FlatRange) -> None:
        """Ask memory clients to stop logging."""
        if part := self._folded.told(row).range:
            self._folded.cpu_physical_log_stop(part.start, part.size)

    def log_sync(self, row: FlatRange) -> None:
        """Have memory clients bring the dirty bytes up to date."""
        if part := self._folded.told(row).range:
            self._folded.cpu_physical_sync_dirty_bitmap(part.start, part.end)

    def coalesced_add(self, part: AddrRange) -> None:
        """Let an accelerator batch writes to `part`."""
        if part := part.intersection(self._folded.target.space):
            self._folded.qemu_register_coalesced_mmio(part.start, part.size)

    def coalesced_del(self, row: AddrRange) -> None:
        """Batch nothing in `row` any more."""
        if part := row.intersection(self._folded.target.space):
            self._folded.qemu_unregister_coalesced_mmio(part.start, part.size)

    def region_init(self, region: MemoryRegion) -> None:
        """New RAM may be what an old descriptor of a bad ram address means."""
        if region.ram_addr is not None:
            self._folded.refresh()

    def region_destroy(self, region: MemoryRegion) -> None:
        """Its RAM is gone, and no old access ends in it any more."""
        self._folded.forget_region(region)
