"""QEMU 1.1 with its defects, each one to be switched off: for the ledger's conditions alone.

Like `historical` beside it; nothing else may use it. Pages that hold a part of a row went
through a table of one section per byte, which is where most of the defects were.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import cast

from memfold.equivalence.facts import Json
from memfold.errors import MemfoldError
from memfold.harness.ledger.historical import OverlapSpace
from memfold.harness.subjects.core_machine import CoalescingRecorder, CoreMachine
from memfold.host.ram import BadRamAddress
from memfold.host.ranges import AddrRange
from memfold.newapi import AddressSpace, Core, FlatRange, MemoryRegion, PhysAccess, Ports, World
from memfold.newapi.access.blocks import Section
from memfold.newapi.tree.ops import UNSPECIFIED, MemTxAttrs, MemTxResult

__all__ = ["CORE_DEFECTS", "HistoricalCore"]

CORE_DEFECTS = (
    "overlap",
    "set-root",
    "coalescing-kept",
    "subpage-edge",
    "subpage-width",
)
"""In the order in which a fact is asked whether it is owed to them."""


class HistoricalDeath(MemfoldError):
    """1.1 stopped here: an assertion, or ports registered twice."""


class _SubPage:
    """A page of which each byte has its section."""

    def __init__(self, base: int, size: int) -> None:
        self.base = base
        self.sections: list[Section | None] = [None] * size


class _Paged:
    """1.1's page map: whole pages of rows, and sub-pages."""

    def __init__(self, page_bits: int, defects: frozenset[str]) -> None:
        self.bits = page_bits
        self.page = 1 << page_bits
        self._defects = defects
        self._whole: list[Section] = []
        self._subs: dict[int, _SubPage] = {}

    def register(self, section: Section) -> None:
        """Map one row: its first partial page, its whole pages, its last partial page."""
        start, end, page = section.start, section.end, self.page
        if start & (page - 1) or end - start < page:
            head = min((start + page - 1 & -page) - start, end - start)
            self._sub(section, start, start + head)
            start += head
        whole = end - start & -page
        if whole:
            self._whole.append(_cut(section, start, start + whole))
            for number in [n for n in self._subs if start <= n << self.bits < start + whole]:
                del self._subs[number]
            start += whole
        if start < end:
            self._sub(section, start, end)

    def _sub(self, section: Section, start: int, end: int) -> None:
        number = start >> self.bits
        sub = self._subs.get(number)
        if sub is None:
            if self.whole(start) is not None:
                raise HistoricalDeath(f"page {start:#x} is taken by a whole row")
            sub = self._subs[number] = _SubPage(start & -self.page, self.page)
        first, last = start - sub.base, end - sub.base
        if "subpage-edge" not in self._defects:
            last -= 1
        if first < self.page and last < self.page:
            for index in range(first, last + 1):
                sub.sections[index] = section

    def sub(self, addr: int) -> _SubPage | None:
        """The sub-page that the page of `addr` is, if it is one."""
        return self._subs.get(addr >> self.bits)

    def whole(self, addr: int) -> Section | None:
        """The row that the whole page of `addr` belongs to."""
        return next((one for one in reversed(self._whole) if one.start <= addr < one.end), None)


def _cut(section: Section, start: int, end: int) -> Section:
    part = copy(section)
    part.start, part.end = start, end
    return part


class _PagedCore(Core):
    """Serves accesses through the page map; rebuilt from all rows at each commit, as 1.1 did."""

    def __init__(self, world: World, page_bits: int, defects: frozenset[str]) -> None:
        super().__init__(world)
        self._bits = page_bits
        self._world = world
        self._first_root: MemoryRegion | None = None
        self.defects = defects
        self.ram = world.ram_list
        self._map = _Paged(page_bits, defects)

    def commit(self) -> None:
        super().commit()
        self._map = _Paged(self._bits, self.defects)
        if self.shows_root():
            for section in self._sections:
                self._map.register(section)

    def shows_root(self) -> bool:
        """1.1's core listened to the first root alone."""
        root = next((s.root for s in self._world.spaces if s.name == "memory"), None)
        self._first_root = self._first_root or root
        return "set-root" not in self.defects or root is self._first_root

    def section(self, addr: int) -> Section | None:
        sub = self._map.sub(addr)
        return _SubSection(self, sub, self._bits) if sub else self._map.whole(addr)

    def reach(self, addr: int, length: int) -> tuple[Section | None, int]:
        return self.section(addr), min(length, self._map.page - addr % self._map.page)


class _SubSection(Section):
    """A sub-page as accesses saw it: registers of its own, which pass on by the first byte."""

    __slots__ = ("_core", "_page")

    def __init__(self, core: _PagedCore, page: _SubPage, bits: int) -> None:
        self._core, self._page = core, page
        self.start, self.end = page.base, page.base + (1 << bits)
        self.offset_delta = -page.base
        self.order = core.byte_order
        self.memory = None
        self.readable = self.writable = False
        self.registers = True
        self.unit, self.aligned = 4, True
        self.whole = frozenset()

    def ask(self, addr: int, size: int, _: MemTxAttrs = UNSPECIFIED, /) -> tuple[int, MemTxResult]:
        return self._read(addr, size), MemTxResult.OK

    def _read(self, addr: int, size: int) -> int:
        section = self._page.sections[addr - self._page.base & len(self._page.sections) - 1]
        if addr & (size - 1):
            return self._core.profile.invalid_read
        if section is None:
            return 0
        if section.readable or section.region.is_ram():
            return int.from_bytes(self._ram(section, addr, size), self._core.byte_order)
        return section.ask(addr, size)[0]

    def tell(self, addr: int, value: int, size: int, _: MemTxAttrs = UNSPECIFIED, /) -> MemTxResult:
        section = self._page.sections[addr - self._page.base & len(self._page.sections) - 1]
        if section is None or addr & (size - 1):
            pass
        elif section.region.is_ram():
            data = (value & (1 << 8 * size) - 1).to_bytes(size, self._core.byte_order)
            self._ram(section, addr, size)[:] = data
        else:
            section.tell(addr, value, size)
        return MemTxResult.OK

    def _ram(self, section: Section, addr: int, size: int) -> memoryview:
        if "subpage-edge" in self._core.defects:
            return self._core.ram.view(addr + section.offset_delta, size)
        assert section.memory is not None
        at = addr + section.memory_delta
        return section.memory[at : at + size]


class _OldPorts(Ports):
    """The old port table let no two owners have one port."""

    def region_add(self, row: FlatRange) -> None:
        for other in self._by_start.values():
            if AddrRange(other.start, other.end).intersects(row.range):
                raise HistoricalDeath(f"ports {row.range} are {other.region.name}'s")
        super().region_add(row)


class _CoalescingOnRequest(CoalescingRecorder):
    """1.1 told of coalescing only when asked for it."""

    def __init__(self, rows: list[Json]) -> None:
        super().__init__(rows)
        self._updating = False

    def begin(self) -> None:
        self._updating = True

    def commit(self) -> None:
        self._updating = False

    def coalesced_add(self, part: AddrRange) -> None:
        if not self._updating:
            super().coalesced_add(part)

    def coalesced_del(self, row: AddrRange) -> None:
        if not self._updating:
            super().coalesced_del(row)


class HistoricalCore(CoreMachine):
    """The core as 1.1 had it, with the named defects."""

    deaths = (*CoreMachine.deaths, HistoricalDeath, BadRamAddress)

    def __init__(
        self, header: Mapping[str, Json], defects: frozenset[str] = frozenset(CORE_DEFECTS)
    ) -> None:
        self._defects = defects
        super().__init__(header)

    def _make_core(self) -> tuple[Core, PhysAccess]:
        if "subpage-width" not in self._defects:
            return super()._make_core()
        bits = int(cast("int", self._header["page_bits"]))
        core: Core = _PagedCore(self.world, bits, self._defects)
        return core, PhysAccess(core)

    def _make_ports(self) -> Ports:
        return (
            _OldPorts(self.world.profile) if "overlap" in self._defects else super()._make_ports()
        )

    def _make_recorder(self) -> CoalescingRecorder:
        if "coalescing-kept" in self._defects:
            return _CoalescingOnRequest(self.rows)
        return super()._make_recorder()

    def _space(self, name: str, root: MemoryRegion) -> AddressSpace:
        space = OverlapSpace if "overlap" in self._defects else AddressSpace
        return space(self.world, name, root)
