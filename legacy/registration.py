"""Registering io slots and physical memory: how one registration overwrites another."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeAlias

from memfold.host.ram import RamList
from memfold.legacy.clients import CPUPhysMemoryClient
from memfold.legacy.constants import (
    IO_MEM_SHIFT,
    IO_MEM_SUBPAGE,
    ReadFuncs,
    WriteFuncs,
    ram_reader,
    reads_ram,
)
from memfold.legacy.dirty import DirtyRam
from memfold.legacy.errors import IoSlotsExhausted, LegacyAbort
from memfold.legacy.iotable import IoTable
from memfold.legacy.pagetable import PageTable, Run
from memfold.legacy.subpage import SubPage
from memfold.legacy.target import Target
from memfold.legacy.visits import Visit, visits

__all__ = ["PhysMap", "Walk"]

_U64 = (1 << 64) - 1
_CACHED_PAGES = 4096

Walk: TypeAlias = tuple[int, int, int, int]
"""What an access to a page needs: the slot to read through, the slot to write through (negative
where RAM answers directly), the region offset, the ram address."""


class PhysMap(DirtyRam):
    """The page table and the io table, and the calls that change them.

    Worlds built on this one (`shim.sharedmap`) use what is written out here and in `DirtyRam`
    without an underscore: the two tables, `clients`, the masks, and `walk`, which they may replace.
    """

    def __init__(self, target: Target, ram: RamList) -> None:
        super().__init__(target, ram)
        self.page_bits = target.page_bits
        self.byte_mask = target.page_size - 1
        """The bits of an address inside its page."""
        self.addr_mask = (1 << target.phys_addr_bits) - 1
        """The bits that an address has."""
        self._page_mask = target.pages - 1
        self.io_table = IoTable(target)
        self.page_table = PageTable(target.pages, target.page_size)
        self._walks: dict[int, Walk] = {}
        self.watch: Callable[[int, int, int], AbstractContextManager[None]] | None = None
        """Given start, size and phys_offset of each registration, to be entered before it changes
        the page table and left after; None when nobody asks."""

    def cpu_register_io_memory(
        self, mem_read: ReadFuncs, mem_write: WriteFuncs, opaque: Any, endian: int
    ) -> int:
        """Put callbacks in the lowest free io slot; its descriptor, or -1 when none is free."""
        return self.io_table.register(mem_read, mem_write, opaque, endian)

    def cpu_unregister_io_memory(self, io: int) -> None:
        """Free a slot. Pages that refer to it stay, read 0, and go to whoever gets it next."""
        self.io_table.unregister(io)

    def cpu_register_physical_memory(self, start: int, size: int, phys_offset: int) -> None:
        """Map `size` bytes at `start` to a descriptor; `IO_MEM_UNASSIGNED` unmaps them."""
        self.cpu_register_physical_memory_log(start, size, phys_offset, 0, False)

    def cpu_register_physical_memory_offset(
        self, start: int, size: int, phys_offset: int, region_offset: int
    ) -> None:
        """The same, with `region_offset` (whole pages) added to what callbacks are told."""
        self.cpu_register_physical_memory_log(start, size, phys_offset, region_offset, False)

    def cpu_register_physical_memory_log(
        self, start: int, size: int, phys_offset: int, region_offset: int, log_dirty: bool
    ) -> None:
        """The same, telling memory clients that writes are to be logged.

        Raises `LegacyAbort` for size 0 (register-size-zero-aborts) or for part of a page that calls
        itself a sub-page and is none, and `IoSlotsExhausted` when there are fewer free slots than
        sub-pages to make; no client is told then and nothing changes.
        """
        start &= self.addr_mask
        size &= _U64
        phys_offset &= _U64
        if size == 0:
            raise LegacyAbort(f"registering 0 bytes at {start:#x}", start, 0)
        visited = list(visits(self.target, start, size))
        self._check_subpages(start, size, visited, phys_offset)
        self.clients.set_memory(start, size, phys_offset, log_dirty)
        self.forget_walks()
        with self.watch(start, size, phys_offset) if self.watch else nullcontext():
            self._overwrite(visited, phys_offset, region_offset & ~self.byte_mask & _U64)

    def _check_subpages(
        self, start: int, size: int, visited: list[Visit], phys_offset: int
    ) -> None:
        needed = 0
        for visit in visited:
            if not visit.whole:
                for old in self.page_table.runs(visit.page, visit.pages):
                    if old.phys_offset & IO_MEM_SUBPAGE:
                        self._subpage_in(old.page, old.phys_offset)
                    elif old.assigned or not reads_ram(phys_offset & self.byte_mask):
                        needed += old.pages
        if needed and needed > self.io_table.free:
            raise IoSlotsExhausted(
                f"registering {size:#x} bytes at {start:#x} makes {needed} sub-pages,"
                f" but {self.io_table.free} of {self.target.io_mem_nb_entries} io slots are free",
                start,
                needed,
                self.io_table.free,
            )

    def _overwrite(self, visited: list[Visit], phys_offset: int, region_offset: int) -> None:
        advances = reads_ram(phys_offset & self.byte_mask)
        bits = self.page_bits
        for visit in visited:
            # Where a page is only partly covered, RAM still takes it whole if it was unassigned,
            # and the ram address does not go up over a page that was not.
            parts = (
                [Run(visit.page, visit.pages, 0, 0, False)]
                if visit.whole
                else [*self.page_table.runs(visit.page, visit.pages)]
            )
            for part in parts:
                region = region_offset + ((part.page - visit.page) << bits) & _U64
                if visit.whole or (advances and not part.assigned):
                    self.page_table.assign(part.page, part.pages, phys_offset, region, advances)
                    phys_offset = phys_offset + (part.pages << bits) * advances & _U64
                else:
                    for k in range(part.pages):
                        page_region = region + (k << bits) & _U64
                        self._subpage(part.page + k).register(
                            visit.first, visit.last, phys_offset, page_region
                        )
            region_offset = region_offset + (visit.pages << bits) & _U64

    def _subpage(self, page: int) -> SubPage:
        """The sub-page that a page is, made of what the page was if it is none yet."""
        phys_offset, region_offset = self.page_table.get(page)
        if phys_offset & IO_MEM_SUBPAGE:
            sub, io = self._subpage_in(page, phys_offset), phys_offset
        else:
            sub = SubPage(self.target, self.io_table)
            io = sub.place() | IO_MEM_SUBPAGE
            sub.register(0, self.byte_mask, phys_offset, region_offset)
        self.page_table.put(page, io, 0)
        return sub

    def _subpage_in(self, page: int, phys_offset: int) -> SubPage:
        sub = self.io_table.opaque[(phys_offset & self.byte_mask) >> IO_MEM_SHIFT]
        if not isinstance(sub, SubPage):
            raise LegacyAbort(f"descriptor {phys_offset:#x} of page {page:#x} is no sub-page")
        return sub

    def _walk_anew(self, page: int) -> Walk:
        """`walk` to a page, kept until the map changes."""
        if len(self._walks) == _CACHED_PAGES:
            self._walks.clear()
        entry = self._walks[page] = self.walk(page)
        return entry

    def forget_walks(self) -> None:
        """The map has changed: every page is walked anew."""
        self._walks.clear()

    def walk(self, page: int) -> Walk:
        """What an access to page number `page` needs."""
        phys_offset, region_offset = self.page_table.get(page)
        low = phys_offset & self.byte_mask
        slot = low >> IO_MEM_SHIFT
        reader = ram_reader(low) if reads_ram(low) else slot
        return reader, slot if low else -1, region_offset, phys_offset - low

    def cpu_get_physical_page_desc(self, addr: int) -> int:
        """The raw descriptor of the page that holds `addr`."""
        return self.page_table.get(addr >> self.page_bits & self._page_mask)[0]

    def page_region_offset(self, addr: int) -> int:
        """The region offset that the page of `addr` has, for traces; no call of 2011 told it."""
        return self.page_table.get(addr >> self.page_bits & self._page_mask)[1]

    def cpu_register_phys_memory_client(self, client: CPUPhysMemoryClient) -> None:
        """Add a memory client and tell it, page by page, what is mapped (client-replay)."""
        self.clients.add(client)
        page_size = self.target.page_size
        for run in self.page_table.runs(0, self.target.pages):
            if run.assigned:
                for k in range(run.pages):
                    addr = (run.page + k) * page_size
                    phys_offset = run.phys_offset + k * page_size * run.advances & _U64
                    client.set_memory(addr, page_size, phys_offset, False)

    def cpu_unregister_phys_memory_client(self, client: CPUPhysMemoryClient) -> None:
        """Remove a memory client."""
        self.clients.remove(client)

    def cpu_physical_log_start(self, start: int, size: int) -> int:
        """Ask clients to log writes to a range; the first negative answer, else 0."""
        return self.clients.log_start(start & self.addr_mask, size)

    def cpu_physical_log_stop(self, start: int, size: int) -> int:
        """Ask clients to stop logging writes to a range; the first negative answer, else 0."""
        return self.clients.log_stop(start & self.addr_mask, size)
