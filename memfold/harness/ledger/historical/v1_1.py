"""QEMU 1.1 with its defects, each one to be switched off: for the ledger's conditions alone.

Like `historical` beside it; nothing else may use it. Pages that hold a part of a row went
through a table of one section per byte, which is where most of the defects were.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from memfold.equivalence.facts import Json
from memfold.harness.ledger.historical.access import PagedAccess
from memfold.harness.ledger.historical.limits import (
    HistoricalDeath,
    address_bits,
    check_64_bits,
    check_port_word,
)
from memfold.harness.ledger.historical.pages import PageMap
from memfold.harness.ledger.historical.v1_0 import OverlapSpace
from memfold.harness.subjects.core_machine import CoalescingRecorder, CoreMachine
from memfold.host.ram import BadRamAddress
from memfold.host.ranges import AddrRange
from memfold.newapi import AddressSpace, Core, FlatRange, MemoryRegion, PhysAccess, Ports, World
from memfold.newapi.access.phys import Order

__all__ = ["CORE_DEFECTS", "HistoricalCore"]

CORE_DEFECTS = (
    "address-width",
    "whole-space",
    "root-address",
    "portio-word",
    "overlap",
    "set-root",
    "coalescing-kept",
    "page-levels",
    "first-page-dirty",
    "subpage-edge",
    "subpage-width",
)
"""In the order in which a fact is asked whether it is owed to them."""


class _PagedCore(Core):
    """Serves accesses through the page map; rebuilt from all rows at each commit, as 1.1 did."""

    def __init__(self, world: World, header: Mapping[str, Json], defects: frozenset[str]) -> None:
        super().__init__(world)
        self._world = world
        self._first_root: MemoryRegion | None = None
        self._defects = defects
        page_bits, space_bits = _number(header, "page_bits"), _number(header, "phys_addr_bits")
        levels = (space_bits - page_bits - 1) // 10 + 1
        exact = "subpage-edge" not in defects
        self._map = PageMap(
            page_bits,
            levels if "page-levels" in defects else None,
            address_bits(header, defects),
            exact_parts=exact,
        )
        self.paged = PagedAccess(world, self._map, defects)

    def read(self, addr: int, length: int) -> bytes:
        return self.paged.read(addr, length)

    def write(self, addr: int, data: bytes) -> None:
        self.paged.write(addr, data)

    def write_rom(self, addr: int, data: bytes) -> None:
        self.paged.write_rom(addr, data)

    def commit(self) -> None:
        space = next(space for space in self._world.spaces if space.name == "memory")
        if "whole-space" in self._defects:
            check_64_bits(space)
        self._first_root = self._first_root or space.root
        seen = "set-root" not in self._defects or space.root is self._first_root
        self._map.rebuild(space.view.rows if seen else ())


class _PagedPhys(PhysAccess):
    def __init__(self, core: _PagedCore) -> None:
        super().__init__(core)
        self._paged = core.paged

    def ld(self, addr: int, size: int, order: Order = "") -> int:
        return self._paged.ld(addr, size, order == self._foreign)

    def st(self, addr: int, value: int, size: int, order: Order = "") -> None:
        self._paged.st(addr, value, size, order == self._foreign)

    def st_notdirty(self, addr: int, value: int, size: int, tracking: bool) -> None:
        self._paged.st_notdirty(addr, value, size, tracking)


def _number(header: Mapping[str, Json], name: str) -> int:
    return int(cast("int", header[name]))


class _OldPorts(Ports):
    """The old port table let no two owners have one port."""

    def region_add(self, row: FlatRange) -> None:
        for other in self._by_start.values():
            if AddrRange(other.start, other.end).intersects(row.range):
                raise HistoricalDeath(f"ports {row.range} are {other.region.name}'s")
        super().region_add(row)


class _CoalescingOnRequest(CoalescingRecorder):
    """1.1 told of coalescing only when asked for it."""

    def __init__(self, rows: list[Json], address_mask: int) -> None:
        super().__init__(rows, address_mask)
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
        self.address_mask = (1 << address_bits(header, defects)) - 1
        super().__init__(header)

    def _make_core(self) -> tuple[Core, PhysAccess]:
        if "subpage-width" not in self._defects:
            return super()._make_core()
        core = _PagedCore(self.world, self._header, self._defects)
        return core, _PagedPhys(core)

    def port_in(self, port: int, size: int) -> int:
        self._check_port(port, size, is_write=False)
        return super().port_in(port, size)

    def port_out(self, port: int, size: int, value: int) -> None:
        self._check_port(port, size, is_write=True)
        super().port_out(port, size, value)

    def _check_port(self, port: int, size: int, is_write: bool) -> None:
        row = self.io.view.find(port)
        if size == 2 and row is not None and "portio-word" in self._defects:
            check_port_word(row.region, port - row.start + row.offset, is_write)

    def _make_ports(self) -> Ports:
        return (
            _OldPorts(self.world.profile) if "overlap" in self._defects else super()._make_ports()
        )

    def _make_recorder(self) -> CoalescingRecorder:
        if "coalescing-kept" in self._defects:
            return _CoalescingOnRequest(self.rows, self.address_mask)
        return super()._make_recorder()

    def _space(self, name: str, root: MemoryRegion) -> AddressSpace:
        if "overlap" not in self._defects:
            return super()._space(name, root)
        shifts = "root-address" in self._defects
        mask = self.address_mask
        return OverlapSpace(self.world, name, root, address_mask=mask, root_shifts=shifts)
