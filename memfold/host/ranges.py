"""One frozen range of addresses, used by every floor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["ADDRESS_LIMIT", "AddrRange"]

ADDRESS_LIMIT = 1 << 64
"""One past the last address: every address space is 0..2^64 (sizes reach 2^64 itself)."""


@dataclass(frozen=True, slots=True, order=True)
class AddrRange:
    """Addresses ``start <= a < end``: half-open inside, inclusive hex in print.

    Any integers are allowed: a region clipped by an alias may start below zero before it is
    intersected with its window. An ``end`` not above ``start`` is an empty range.
    """

    start: int
    end: int

    @classmethod
    def sized(cls, start: int, size: int) -> AddrRange:
        """The range of `size` bytes from `start`."""
        return cls(start, start + size)

    @property
    def size(self) -> int:
        """Bytes in the range, 0 when it is empty."""
        return max(0, self.end - self.start)

    @property
    def last(self) -> int:
        """The last address inside; meaningless for an empty range."""
        return self.end - 1

    def __bool__(self) -> bool:
        return self.end > self.start

    def __contains__(self, addr: int) -> bool:
        return self.start <= addr < self.end

    def shift(self, delta: int) -> AddrRange:
        """The same range moved by `delta` bytes."""
        return AddrRange(self.start + delta, self.end + delta)

    def intersects(self, other: AddrRange) -> bool:
        """Whether at least one address is in both."""
        return max(self.start, other.start) < min(self.end, other.end)

    def intersection(self, other: AddrRange) -> AddrRange:
        """The addresses in both; empty (falsy) when there are none."""
        return AddrRange(max(self.start, other.start), min(self.end, other.end))

    def minus(self, taken: Iterable[AddrRange]) -> Iterator[AddrRange]:
        """What is left of the range without `taken`, whose starts ascend; ascending."""
        start = self.start
        for part in taken:
            if part.start >= self.end:
                break
            if part:
                if start < part.start:
                    yield AddrRange(start, part.start)
                start = max(start, part.end)
        if start < self.end:
            yield AddrRange(start, self.end)

    def covers(self, other: AddrRange) -> bool:
        """Whether every address of `other` is in this range."""
        return not other or (self.start <= other.start and other.end <= self.end)

    def __str__(self) -> str:
        if not self:
            return f"empty at {self.start:#x}"
        return f"{self.start:#x}-{self.last:#x}"
