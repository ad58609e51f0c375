"""A region tree made flat: who answers at each address of one address space."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from memfold.host.ranges import AddrRange
from memfold.newapi.tree.region import Kind, MemoryRegion

__all__ = ["FlatRange", "FlatView", "Piece", "flatten", "within"]


class Piece(NamedTuple):
    """Part of a region that is visible at ``start <= address < end``, before merging."""

    start: int
    end: int
    region: MemoryRegion
    offset: int
    """Where in the region `start` lies."""
    readonly: bool
    """Whether the region or anything on the way to it is read-only."""
    act: int
    """The newest act (adding, enabling, moving) of the region or of anything on the way to it."""

    def part(self, start: int, end: int) -> Piece:
        """What of it lies at ``start <= address < end``."""
        if start <= self.start and self.end <= end:
            return self
        first = max(start, self.start)
        return self._replace(
            start=first, end=min(end, self.end), offset=self.offset + first - self.start
        )


class FlatRange(NamedTuple):
    """One row of a flat view: neighbouring pieces of a region, merged as QEMU merges them."""

    start: int
    end: int
    region: MemoryRegion
    offset: int
    log_mask: int
    """Dirty-log clients of the region when the row was rendered, one bit each."""
    readable: bool
    """False only for a ROM device switched away from its array, or RAM whose reads are hooked."""
    readonly: bool

    @property
    def size(self) -> int:
        """Bytes in the row."""
        return self.end - self.start

    @property
    def range(self) -> AddrRange:
        """The addresses of the row."""
        return AddrRange(self.start, self.end)

    @property
    def kind(self) -> str:
        """What answers: ``ram``, ``rom``, ``romd`` or ``i/o``."""
        if self.region.kind is Kind.RAM:
            return "rom" if self.readonly else "ram"
        return "romd" if self.region.kind is Kind.ROM_DEVICE and self.readable else "i/o"

    def part(self, start: int, end: int) -> FlatRange:
        """What of the row lies at ``start <= address < end``, with its own offset."""
        first = max(start, self.start)
        return self._replace(
            start=first, end=min(end, self.end), offset=self.offset + first - self.start
        )

    def same_as(self, other: FlatRange) -> bool:
        """Whether an update may leave this row alone: all but the log mask is equal (rule 4)."""
        return (
            self.start == other.start
            and self.end == other.end
            and self.region is other.region
            and self.offset == other.offset
            and self.readable == other.readable
            and self.readonly == other.readonly
        )


class FlatView:
    """The rows of one address space, ascending and disjoint."""

    __slots__ = ("rows", "starts")

    def __init__(self, rows: list[FlatRange]) -> None:
        self.rows = rows
        self.starts = [row.start for row in rows]

    def __iter__(self) -> Iterator[FlatRange]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def find(self, addr: int) -> FlatRange | None:
        """The row that answers at `addr`; None where nothing does."""
        index = bisect_right(self.starts, addr) - 1
        if index < 0:
            return None
        row = self.rows[index]
        return row if addr < row.end else None

    def find_first(self, wanted: AddrRange) -> FlatRange | None:
        """The lowest row that shares an address with `wanted`; None when none does."""
        index = bisect_right(self.starts, wanted.start) - 1
        if index >= 0 and wanted.start < self.rows[index].end and wanted:
            return self.rows[index]
        index += 1
        if index < len(self.rows) and self.rows[index].start < wanted.end:
            return self.rows[index]
        return None

    def redrawn(
        self, window: AddrRange, pieces: list[Piece]
    ) -> tuple[FlatView, list[FlatRange], list[FlatRange]]:
        """This view with just `pieces` in `window`; the rows that are replaced, and by which."""
        first = bisect_left(self.rows, window.start, key=lambda row: row.end)
        last = bisect_right(self.starts, window.end, first)
        old = self.rows[first:last]
        before = [_piece(r, r.start, window.start) for r in old[:1] if r.start < window.start]
        after = [_piece(r, window.end, r.end) for r in old[-1:] if r.end > window.end]
        new = flatten(before + pieces + after).rows
        return FlatView(self.rows[:first] + new + self.rows[last:]), old, new


def _piece(row: FlatRange, start: int, end: int) -> Piece:
    offset = row.offset + start - row.start
    return Piece(start, end, row.region, offset, row.readonly, 0)


def within(pieces: list[Piece], window: AddrRange) -> list[Piece]:
    """What `pieces`, ascending, show in `window`."""
    first = bisect_right(pieces, window.start, key=lambda piece: piece.end)
    last = bisect_left(pieces, window.end, first, key=lambda piece: piece.start)
    inside = pieces[first:last]
    for edge in {0, len(inside) - 1} if inside else ():
        inside[edge] = inside[edge].part(window.start, window.end)
    return inside


def flatten(pieces: list[Piece]) -> FlatView:
    """Merge touching pieces of one region that continue each other and agree in `readonly`."""
    rows: list[FlatRange] = []
    index, count = 0, len(pieces)
    while index < count:
        start, end, region, offset, readonly, _ = pieces[index]
        index += 1
        while index < count:
            after = pieces[index]
            if (
                after.start != end
                or after.region is not region
                or after.offset != offset + end - start
                or after.readonly != readonly
            ):
                break
            end = after.end
            index += 1
        itself = region._stands_for or region
        readable = region._readable and itself._readable
        rows.append(FlatRange(start, end, region, offset, itself._log_mask, readable, readonly))
    return FlatView(rows)
