"""QEMU 1.0 with its defects, each one to be switched off: for the ledger's conditions alone.

A recorded fact owes itself to a defect when this model, all defects on, shows just that fact,
and no longer shows it with the one defect off. Nothing else may use it.
"""

from __future__ import annotations

from collections.abc import Mapping

from legacy import IORange, PhysMem
from legacy.constants import IO_MEM_ROM, IO_MEM_ROMD
from memfold.equivalence.facts import Json
from memfold.harness.shim_machine import ShimMachine
from memfold.host.ranges import ADDRESS_LIMIT, AddrRange
from newapi import AddressSpace, FlatRange, Kind, MemoryRegion, Piece
from shim.onto_legacy import OntoLegacy, PortsOntoLegacy

__all__ = ["DEFECTS", "HistoricalMachine"]

DEFECTS = frozenset(
    {
        "overlap",
        "readonly-io",
        "romd-offset",
        "pio-split",
        "subpage-address",
        "coalescing-kept",
    }
)


class HistoricalMachine(ShimMachine):
    """The shim as 1.0 had it, with the named defects."""

    def __init__(self, header: Mapping[str, Json], defects: frozenset[str] = DEFECTS) -> None:
        self._defects = defects
        super().__init__(header)

    def _spaces(
        self, old: PhysMem, system: MemoryRegion, ports: MemoryRegion
    ) -> tuple[OntoLegacy, AddressSpace, AddressSpace]:
        space = _OverlapSpace if "overlap" in self._defects else AddressSpace
        sink = _Onto(old, self.phys.target.page_bits, self._defects)
        port_sink = PortsOntoLegacy(old, old)
        if "pio-split" in self._defects:
            port_sink = _OneRangePerRegion(old, old)
        return (
            sink,
            space(self.world, "memory", system, sink),
            space(self.world, "io", ports, port_sink),
        )


class _Onto(OntoLegacy):
    def __init__(self, old: PhysMem, page_bits: int, defects: frozenset[str]) -> None:
        super().__init__(old, page_bits, old)
        self._defects = defects
        self._updating = False

    def begin(self) -> None:
        self._updating = True

    def commit(self) -> None:
        self._updating = False

    def _slot(self, region: MemoryRegion, misalignment: int) -> int:
        """1.0 knew one slot per region, whose callbacks put nothing right."""
        if "subpage-address" in self._defects:
            misalignment = 0
        return super()._slot(region, misalignment)

    def _descriptor(self, row: FlatRange) -> tuple[int, int]:
        """1.0 let a readable ROM device's offset be, and marked read-only whatever was so."""
        region = row.region
        phys_offset, region_offset = super()._descriptor(row)
        if region.kind is Kind.ROM_DEVICE and row.readable and "romd-offset" in self._defects:
            assert region.ram_addr is not None
            slot = phys_offset & self._page_mask & ~IO_MEM_ROMD
            phys_offset = region.ram_addr | slot | IO_MEM_ROMD
        if row.readonly and "readonly-io" in self._defects:
            phys_offset |= IO_MEM_ROM
        return phys_offset, region_offset

    def coalesced_add(self, part: AddrRange) -> None:
        if not (self._updating and "coalescing-kept" in self._defects):
            super().coalesced_add(part)

    def coalesced_del(self, row: AddrRange) -> None:
        if not (self._updating and "coalescing-kept" in self._defects):
            super().coalesced_del(row)


class _OneRangePerRegion(PortsOntoLegacy):
    """Every row of a region counted from the start of the row added last."""

    def __init__(self, old: PhysMem, eventfds: PhysMem) -> None:
        super().__init__(old, eventfds)
        self._bases: dict[MemoryRegion, int] = {}

    def range_add(self, row: FlatRange) -> None:
        self._bases[row.region] = row.start
        super().range_add(row)

    def _offset(self, row: FlatRange, port: int) -> int:
        return port - self._bases[row.region]


class _OverlapSpace(AddressSpace):
    """1.0's and 1.1's gap filling: a region that starts inside a row already there stays seen."""

    __slots__ = ()

    def render(self) -> list[Piece]:
        pieces: list[Piece] = []
        _render(pieces, self.root, -self.root.addr, 0, ADDRESS_LIMIT, False)
        return pieces


def _render(
    pieces: list[Piece], region: MemoryRegion, base: int, low: int, high: int, readonly: bool
) -> None:
    base += region.addr
    low, high = max(low, base), min(high, base + region.size)
    readonly = readonly or region.readonly
    if not region.enabled or low >= high:
        return
    if region.alias is not None:
        base -= region.alias.addr + region.alias_offset
        _render(pieces, region.alias, base, low, high, readonly)
        return
    for child in region.children:
        _render(pieces, child, base, low, high, readonly)
    if not region.terminates:
        return
    index = 0
    while index < len(pieces) and low < high:
        taken = pieces[index]
        if low >= taken.end:
            index += 1
            continue
        if low < taken.start:
            end = min(high, taken.start)
            pieces.insert(index, Piece(low, end, region, low - base, readonly, 0))
            index += 1
            low = end
        if index < len(pieces) and low == pieces[index].start:
            low = min(high, pieces[index].end)
        index += 1
    if low < high:
        pieces.insert(index, Piece(low, high, region, low - base, readonly, 0))
