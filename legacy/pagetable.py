"""The page table: what the C code kept as one PhysPageDesc per page, kept here as runs of pages.

A run is a stretch of pages whose descriptors follow one from another. It costs 25 bytes in four
columns, whether it is 64 GiB of RAM or one page with a sub-page in it; only a stretch that is
overwritten page by page comes near to a run per page, and even then no page is an object.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from memfold.host.ranges import ADDRESS_LIMIT
from memfold.legacy.constants import IO_MEM_UNASSIGNED

__all__ = ["PageTable", "Run"]

_WRAP = ADDRESS_LIMIT - 1
"""Descriptors and region offsets are 64 bits wide in the C code and wrap there."""


class Run(NamedTuple):
    """`pages` pages from number `page`; the two values are those of the first of them."""

    page: int
    pages: int
    phys_offset: int
    region_offset: int
    advances: bool
    """Whether `phys_offset` grows by a page per page, as it does where reads come from RAM."""

    @property
    def assigned(self) -> bool:
        """Whether anything answers here."""
        return self.phys_offset != IO_MEM_UNASSIGNED


class _Columns:
    """Runs in a row, ascending; a run pushed that merely continues the last one melts into it."""

    __slots__ = ("advances", "page_size", "phys", "region", "start")

    def __init__(self, page_size: int) -> None:
        self.page_size = page_size
        self.start = array("Q")
        self.phys = array("Q")
        self.region = array("Q")
        self.advances = bytearray()

    def push(self, start: int, phys: int, region: int, advances: int) -> None:
        if self.start:
            delta = (start - self.start[-1]) * self.page_size
            last = self.phys[-1]
            if (
                advances == self.advances[-1]
                and phys == (last + delta * advances & _WRAP)
                and region == (self.region[-1] + delta & _WRAP)
            ):
                return
        self.start.append(start)
        self.phys.append(phys)
        self.region.append(region)
        self.advances.append(advances)

    def replace(self, lo: int, hi: int, new: _Columns) -> None:
        self.start[lo:hi] = new.start
        self.phys[lo:hi] = new.phys
        self.region[lo:hi] = new.region
        self.advances[lo:hi] = new.advances


class PageTable:
    """Descriptor and region offset of each of `pages` pages; at first all are unassigned.

    A page's region offset is what is added to an offset inside that page to make the address a
    callback gets; along a run it grows by a page per page.
    """

    __slots__ = ("_columns", "_page_size", "_pages")

    def __init__(self, pages: int, page_size: int) -> None:
        self._pages = pages
        self._page_size = page_size
        self._columns = _Columns(page_size)
        self._columns.push(0, IO_MEM_UNASSIGNED, 0, 0)

    def get(self, page: int) -> tuple[int, int]:
        """Descriptor and region offset of one page."""
        return self._at(bisect_right(self._columns.start, page) - 1, page)

    def _at(self, i: int, page: int) -> tuple[int, int]:
        columns = self._columns
        delta = (page - columns.start[i]) * self._page_size
        phys = columns.phys[i] + delta * columns.advances[i]
        return phys & _WRAP, columns.region[i] + delta & _WRAP

    def _end(self, i: int) -> int:
        start = self._columns.start
        return start[i + 1] if i + 1 < len(start) else self._pages

    def runs(self, page: int, count: int) -> Iterator[Run]:
        """The runs among `count` pages from `page`, cut to them, ascending.

        The table may change meanwhile: each run is what is there when it is reached.
        """
        end = page + count
        while page < end:
            i = bisect_right(self._columns.start, page) - 1
            stop = min(self._end(i), end)
            advances = bool(self._columns.advances[i])
            yield Run(page, stop - page, *self._at(i, page), advances)
            page = stop

    def put(self, page: int, phys_offset: int, region_offset: int) -> None:
        """Set one page to just these two values."""
        new = _Columns(self._page_size)
        new.push(page, phys_offset, region_offset, 0)
        self._splice(page, page + 1, new)

    def restore(self, runs: Iterable[Run]) -> None:
        """Make pages be again what `runs` said of them."""
        for run in runs:
            old = _Columns(self._page_size)
            old.push(run.page, run.phys_offset, run.region_offset, run.advances)
            self._splice(run.page, run.page + run.pages, old)

    def assign(
        self, page: int, count: int, phys_offset: int, region_offset: int, advances: bool
    ) -> None:
        """Overwrite whole pages, with the old layer's rule for region offsets.

        A page that was assigned keeps its old region offset and the new one is ignored; only an
        unassigned page takes it (full-overwrite-device-with-device-keeps-region-offset).
        """
        new = _Columns(self._page_size)
        for old in self.runs(page, count):
            delta = (old.page - page) * self._page_size
            region = old.region_offset if old.assigned else region_offset + delta & _WRAP
            new.push(old.page, phys_offset + delta * advances & _WRAP, region, advances)
        self._splice(page, page + count, new)

    def _splice(self, page: int, end: int, middle: _Columns) -> None:
        """Put `middle` in place of the pages to before `end`, and melt it into its neighbours."""
        columns = self._columns
        first = bisect_right(columns.start, page) - 1
        after = bisect_left(columns.start, end)
        lo = first - 1 if columns.start[first] == page and first else first
        new = _Columns(self._page_size)
        if columns.start[lo] < page:
            new.push(columns.start[lo], columns.phys[lo], columns.region[lo], columns.advances[lo])
        for row in zip(middle.start, middle.phys, middle.region, middle.advances, strict=True):
            new.push(*row)
        if end < self._end(after - 1):
            new.push(end, *self._at(after - 1, end), columns.advances[after - 1])
        elif after < len(columns.start):
            new.push(end, columns.phys[after], columns.region[after], columns.advances[after])
            after += 1
        columns.replace(lo, after, new)

    def __len__(self) -> int:
        """How many runs the table is made of."""
        return len(self._columns.start)
