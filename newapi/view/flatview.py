"""A region tree made flat: who answers at each address of one address space."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, Protocol, Self, TypeVar

from memfold.host.ranges import AddrRange
from memfold.newapi.tree.region import Kind, MemoryRegion

__all__ = ["FlatRange", "FlatView", "Piece", "Stretches", "flatten"]


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


class Stretch(Protocol):
    """Addresses ``start <= address < end`` that have something in common."""

    @property
    def start(self) -> int:
        """The first address."""

    @property
    def end(self) -> int:
        """One past the last address."""

    def part(self, start: int, end: int) -> Self:
        """What of it lies at ``start <= address < end``."""


S = TypeVar("S", bound=Stretch)


class Stretches(Generic[S]):
    """Stretches of addresses, ascending and disjoint; a change of some makes new ones."""

    __slots__ = ("rows", "starts")

    def __init__(self, rows: list[S], starts: list[int] | None = None) -> None:
        """`starts`: where they start, if that is known."""
        self.rows = rows
        self.starts = [row.start for row in rows] if starts is None else starts

    def __iter__(self) -> Iterator[S]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def whole(self, windows: Iterable[AddrRange]) -> list[AddrRange]:
        """`windows` grown to all of what they touch, ascending, and joined where they meet."""
        rows, starts = self.rows, self.starts
        grown: list[tuple[int, int]] = []
        for window in windows:
            low, high = window.start, window.end
            first = bisect_left(starts, low)
            if first and rows[first - 1].end >= low:
                low = rows[first - 1].start
            last = bisect_right(starts, high)
            if last:
                high = max(high, rows[last - 1].end)
            grown.append((low, high))
        joined: list[AddrRange] = []
        for low, high in sorted(grown):
            if joined and low <= joined[-1].end:
                low, high = joined[-1].start, max(high, joined.pop().end)
            joined.append(AddrRange(low, high))
        return joined

    def inside(self, window: AddrRange) -> slice:
        """Which of them lie in `window`, none of them in part."""
        first = bisect_left(self.starts, window.start)
        return slice(first, bisect_left(self.starts, window.end, first))

    def within(self, window: AddrRange) -> list[S]:
        """What they have in `window`, cut to it."""
        first = bisect_right(self.starts, window.start)
        if first and self.rows[first - 1].end > window.start:
            first -= 1
        found = self.rows[first : bisect_left(self.starts, window.end, first)]
        for edge in {0, len(found) - 1} if found else ():
            found[edge] = found[edge].part(window.start, window.end)
        return found

    def replaced(self, parts: Sequence[tuple[slice, list[S]]]) -> Self:
        """These with each slice, ascending, replaced."""
        rows, starts = self.rows.copy(), self.starts.copy()
        for where, new in reversed(parts):
            rows[where] = new
            starts[where] = [row.start for row in new]
        return type(self)(rows, starts)


class FlatView(Stretches[FlatRange]):
    """The rows of one address space, ascending and disjoint."""

    __slots__ = ()

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
