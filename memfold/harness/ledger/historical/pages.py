"""The page map of QEMU 1.1 with its defects: for the ledger alone.

A tree of tables of 1024 entries says which row a page belongs to; a page that rows share has a
table of one row per byte. The map was made anew from all rows at each update.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.harness.ledger.historical.limits import HistoricalDeath
from memfold.newapi import FlatRange

if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["Mapped", "PageMap"]

_BITS = 10
_ENTRIES = 1 << _BITS
_NIL = ~0x7FFF
"""Entries of a table: a section's number, or the complement of a table's."""
_UNASSIGNED = 0


class Mapped:
    """What a page, or a byte of one, belongs to; without a region, nothing."""

    def __init__(self, start: int, size: int, offset: int, row: FlatRange | None) -> None:
        self.start, self.size, self.offset = start, size, offset
        self.region = row.region if row else None
        self.readonly = row is not None and row.readonly
        self.bytes: list[Mapped] | None = None
        """Of a page that rows share: whom each byte belongs to."""
        self.dead = False
        self.ram_in_page = False
        """RAM that has a part of a page."""

    def part(self, skip: int, size: int, mask: int) -> Mapped:
        """`size` bytes of it, after the first `skip`."""
        part = Mapped(self.start + skip & mask, size, self.offset + skip & mask, None)
        part.region, part.readonly = self.region, self.readonly
        return part


class PageMap:
    """Whom each page belongs to.

    `levels` tables deep: an address is looked up by that many digits and the page's own bits, what
    stands above them is not looked at, and a row is mapped up to their end. Where a row takes a
    whole table's pages, its number stands instead of the table, and a later row inside of them
    takes that for a table's. None: every address has a page of its own.
    """

    def __init__(
        self, page_bits: int, levels: int | None, address_bits: int, exact_parts: bool
    ) -> None:
        self.bits, self.page = page_bits, 1 << page_bits
        self._levels = levels if levels is not None else -(-(65 - page_bits) // _BITS)
        self._wraps = levels is not None
        self._exact = exact_parts
        self.mask = (1 << address_bits) - 1
        self._root = _NIL
        self._tables: list[list[int]] = []
        self._used = 0
        self._sections: list[Mapped] = []
        self._count = 0
        self.rebuild(())

    def rebuild(self, rows: Iterable[FlatRange]) -> None:
        """Forget everything and map `rows`, in their order."""
        if self._root != _NIL:
            self._forget(~self._root, [])
        self._root, self._used, self._count = _NIL, 0, 0
        for _ in range(4):
            self._add(Mapped(0, 1 << 64, 0, None))
        for row in rows:
            self._register(
                Mapped(row.start & self.mask, row.size, row.offset & self.mask, row), row.start
            )

    def _forget(self, number: int, above: list[int]) -> None:
        """A table that is inside itself had no end; nor can a shared page go twice."""
        if number in above:
            raise HistoricalDeath("the page map contains itself")
        table = self._tables[number]
        for entry in set(table) - {_NIL}:
            if entry < 0:
                while entry in table:
                    self._forget(~entry, [*above, number])
                    table[table.index(entry)] = _NIL
            elif self._sections[entry].bytes is not None:
                if self._sections[entry].dead or table.count(entry) > 1:
                    raise HistoricalDeath("a shared page is freed twice")
                self._sections[entry].dead = True

    def _add(self, section: Mapped) -> int:
        self._sections[self._count : self._count + 1] = [section]
        self._count += 1
        return self._count - 1

    def find(self, addr: int) -> Mapped:
        """What the page of `addr` belongs to."""
        index, entry = addr >> self.bits, self._root
        for level in reversed(range(self._levels)):
            if entry >= 0:
                break
            if entry == _NIL:
                entry = _UNASSIGNED
                break
            entry = self._tables[~entry][index >> level * _BITS & _ENTRIES - 1]
        number = entry if entry >= 0 else ~entry
        if number >= len(self._sections):
            raise HistoricalDeath(f"page {addr:#x} belongs to no section")
        return self._sections[number]

    def _register(self, row: Mapped, start: int) -> None:
        """Map one row: its first partial page, its whole pages, its last partial page."""
        size, done, page = row.size, 0, self.page
        if start & (page - 1) or size < page:
            done = min(-start & (page - 1), size)
            self._share(row.part(0, done, self.mask))
        whole = size - done & -page
        if whole:
            part = row.part(done, whole, self.mask)
            number = self._add(part)
            self._set(part.start >> self.bits, whole >> self.bits & self.mask, number)
        done += whole
        if done < size:
            self._share(row.part(done, size - done, self.mask))

    def _share(self, row: Mapped) -> None:
        base = row.start & -self.page
        found = self.find(base)
        if found.bytes is None:
            if found.region is not None:
                raise HistoricalDeath(f"page {base:#x} is taken by a whole row")
            found = Mapped(base, self.page, 0, None)
            found.bytes = [self._sections[_UNASSIGNED]] * self.page
            self._set(base >> self.bits, 1, self._add(found))
        self._add(row)
        first = row.start - base
        last = first + row.size - self._exact
        if first >= self.page or last >= self.page or last < first:
            return
        assert row.region is not None
        assert found.bytes is not None
        if row.region.is_ram():
            row.ram_in_page = True
            self._add(row)
        found.bytes[first : last + 1] = [row] * (last + 1 - first)

    def _set(self, index: int, count: int, number: int) -> None:
        room = self._used + 3 * self._levels
        while len(self._tables) < max(room, 16):
            self._tables.append([~0] * _ENTRIES)
        if self._root == _NIL:
            self._root = self._new_table(self._levels - 1)
        self._set_level(self._root, index, count, number, self._levels - 1)

    def _new_table(self, level: int) -> int:
        self._tables[self._used][:] = [_UNASSIGNED if level == 0 else _NIL] * _ENTRIES
        self._used += 1
        return ~(self._used - 1)

    def _set_level(
        self, entry: int, index: int, count: int, number: int, level: int
    ) -> tuple[int, int]:
        """Set pages below one entry; the first page, and how many, still to be set."""
        at = entry if entry >= 0 else ~entry
        if level < 0 or at >= len(self._tables):
            raise HistoricalDeath(f"there is no table {at}")
        table = self._tables[at]
        step = 1 << level * _BITS
        slot = index >> level * _BITS & _ENTRIES - 1
        while count and slot < _ENTRIES:
            if index & (step - 1) == 0 and count >= step:
                table[slot] = number
                index, count = index + step, count - step
            else:
                if table[slot] == _NIL:
                    table[slot] = self._new_table(level - 1)
                index, count = self._set_level(table[slot], index, count, number, level - 1)
            slot += 1
        return index, count
