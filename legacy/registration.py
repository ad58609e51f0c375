"""Registering io slots and physical memory: how one registration overwrites another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from memfold.host.ram import RamList
from memfold.legacy.clients import CPUPhysMemoryClient
from memfold.legacy.constants import (
    IO_MEM_SHIFT,
    IO_MEM_SUBPAGE,
    IO_MEM_UNASSIGNED,
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

if TYPE_CHECKING:
    from memfold.legacy.audit import Audit

__all__ = ["PhysMap"]

_U64 = (1 << 64) - 1
_CACHED_PAGES = 4096


class _Visit(NamedTuple):
    """`pages` pages from number `page`, each covered from byte `first` to byte `last`."""

    page: int
    pages: int
    first: int
    last: int


class PhysMap(DirtyRam):
    """The page table and the io table, and the calls that change them."""

    def __init__(self, target: Target, ram: RamList) -> None:
        super().__init__(target, ram)
        self._addr_mask = (1 << target.phys_addr_bits) - 1
        self._page_bits = target.page_bits
        self._byte_mask = target.page_size - 1
        self._pages_total = 1 << (target.phys_addr_space_bits - target.page_bits)
        self._page_mask = self._pages_total - 1
        self._io = IoTable(target)
        self._pages = PageTable(self._pages_total, target.page_size)
        self._audit: Audit | None = None
        self._cache: dict[int, tuple[int, int, int, int]] = {}

    def cpu_register_io_memory(
        self, mem_read: ReadFuncs, mem_write: WriteFuncs, opaque: Any, endian: int
    ) -> int:
        """Put callbacks in the lowest free io slot; its descriptor, or -1 when none is free."""
        return self._io.register(mem_read, mem_write, opaque, endian)

    def cpu_unregister_io_memory(self, io: int) -> None:
        """Free a slot. Pages that refer to it stay, read 0, and go to whoever gets it next."""
        self._io.unregister(io)

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

        Raises `LegacyAbort` for size 0, before any client is told (register-size-zero-aborts), and
        `IoSlotsExhausted`, likewise, when there are fewer free slots than sub-pages to make.
        """
        start &= self._addr_mask
        size &= _U64
        phys_offset &= _U64
        if size == 0:
            raise LegacyAbort(f"registering 0 bytes at {start:#x}")
        visits = list(self._visits(start, size))
        self._check_slots(start, size, visits, phys_offset)
        self._clients.set_memory(start, size, phys_offset, log_dirty)
        self._cache.clear()
        region_offset &= ~self._byte_mask & _U64
        if self._audit is None:
            self._overwrite(visits, phys_offset, region_offset)
        else:
            with self._audit.watching(start, size, phys_offset):
                self._overwrite(visits, phys_offset, region_offset)

    def _visits(self, start: int, size: int) -> Iterator[_Visit]:
        """The pages a registration visits, ceil(size / P) of them counted from the start page.

        Only the first and the last can be covered in part. But the C code asked "is this the first
        page" by comparing addresses, so that after wrapping over the top of the address space
        every page begins where an unaligned start does; and "is this the last" in 64 bits, so that
        no page after a wrap at 32 bits is.
        """
        bits, byte_mask = self._page_bits, self._byte_mask
        span = ((size + byte_mask) & ~byte_mask & self._addr_mask) or self._addr_mask + 1
        total = span >> bits
        wrap = (self._addr_mask + 1 - (start & ~byte_mask)) >> bits
        partial_cuts = {1, wrap} if start & byte_mask else set()
        if size & byte_mask:
            partial_cuts.add(total - 1)
        cuts = sorted({0, total} | {cut for cut in partial_cuts if 0 < cut < total})
        for k, end in pairwise(cuts):
            addr = (start + (k << bits)) & self._addr_mask
            first = 0 if addr > start else start & byte_mask
            partial = (start + size - addr) & _U64 <= byte_mask
            last = (start + size - 1) & byte_mask if partial else byte_mask
            while k < end:
                page = ((start >> bits) + k) & self._page_mask
                count = min(end - k, self._pages_total - page)
                yield _Visit(page, count, first, last)
                k += count

    def _whole(self, visit: _Visit) -> bool:
        return visit.first == 0 and visit.last == self._byte_mask

    def _advances(self, phys_offset: int) -> bool:
        """Whether a descriptor's ram address goes up with each page it is given to."""
        return reads_ram(phys_offset & self._byte_mask)

    def _check_slots(self, start: int, size: int, visits: list[_Visit], phys_offset: int) -> None:
        needed = 0
        for visit in visits:
            if not self._whole(visit):
                for old in self._pages.runs(visit.page, visit.pages):
                    if old.assigned:
                        needed += 0 if old.phys_offset & IO_MEM_SUBPAGE else old.pages
                    elif not self._advances(phys_offset):
                        needed += old.pages
        if needed and needed > self._io.free:
            raise IoSlotsExhausted(
                f"registering {size:#x} bytes at {start:#x} makes {needed} sub-pages,"
                f" but {self._io.free} of {self.target.io_mem_nb_entries} io slots are free"
            )

    def _overwrite(self, visits: list[_Visit], phys_offset: int, region_offset: int) -> None:
        advances = self._advances(phys_offset)
        bits = self._page_bits
        for visit in visits:
            # Where a page is only partly covered, RAM still takes it whole if it was unassigned,
            # and the ram address does not go up over a page that was not.
            whole = self._whole(visit)
            parts = (
                [Run(visit.page, visit.pages, 0, 0, False)]
                if whole
                else [*self._pages.runs(visit.page, visit.pages)]
            )
            for part in parts:
                region = region_offset + ((part.page - visit.page) << bits) & _U64
                if whole or (advances and not part.assigned):
                    self._pages.assign(part.page, part.pages, phys_offset, region, advances)
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
        phys_offset, region_offset = self._pages.get(page)
        if phys_offset != IO_MEM_UNASSIGNED and phys_offset & IO_MEM_SUBPAGE:
            sub = self._io.opaque[(phys_offset & self._byte_mask) >> IO_MEM_SHIFT]
            if not isinstance(sub, SubPage):
                raise LegacyAbort(f"descriptor {phys_offset:#x} of page {page:#x} is no sub-page")
            io = phys_offset
        else:
            sub = SubPage(self.target, self._io)
            io = sub.place() | IO_MEM_SUBPAGE
            sub.register(0, self._byte_mask, phys_offset, region_offset)
        self._pages.put(page, io, 0)
        return sub

    def _walk(self, page: int) -> tuple[int, int, int, int]:
        """What an access to a page needs: slot to read through, slot to write through (negative
        where RAM answers directly), region offset, ram address. Cached until the map changes.
        """
        phys_offset, region_offset = self._pages.get(page)
        low = phys_offset & self._byte_mask
        slot = low >> IO_MEM_SHIFT
        entry = (
            ram_reader(low) if reads_ram(low) else slot,
            slot if low else -1,
            region_offset,
            phys_offset - low,
        )
        if len(self._cache) == _CACHED_PAGES:
            self._cache.clear()
        self._cache[page] = entry
        return entry

    def cpu_get_physical_page_desc(self, addr: int) -> int:
        """The raw descriptor of the page that holds `addr`."""
        return self._pages.get(addr >> self._page_bits & self._page_mask)[0]

    def page_region_offset(self, addr: int) -> int:
        """The region offset that the page of `addr` has, for traces; no call of 2011 told it."""
        return self._pages.get(addr >> self._page_bits & self._page_mask)[1]

    def cpu_register_phys_memory_client(self, client: CPUPhysMemoryClient) -> None:
        """Add a memory client and tell it, page by page, what is mapped (client-replay)."""
        self._clients.add(client)
        page_size = self.target.page_size
        for run in self._pages.runs(0, self._pages_total):
            if run.assigned:
                for k in range(run.pages):
                    addr = (run.page + k) * page_size
                    phys_offset = run.phys_offset + k * page_size * run.advances & _U64
                    client.set_memory(addr, page_size, phys_offset, False)

    def cpu_unregister_phys_memory_client(self, client: CPUPhysMemoryClient) -> None:
        """Remove a memory client."""
        self._clients.remove(client)

    def cpu_physical_log_start(self, start: int, size: int) -> int:
        """Ask clients to log writes to a range; the first negative answer, else 0."""
        return self._clients.log_start(start & self._addr_mask, size)

    def cpu_physical_log_stop(self, start: int, size: int) -> int:
        """Ask clients to stop logging writes to a range; the first negative answer, else 0."""
        return self._clients.log_stop(start & self._addr_mask, size)
