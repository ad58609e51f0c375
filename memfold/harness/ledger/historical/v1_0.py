"""QEMU 1.0 with its defects, each one to be switched off: for the ledger's conditions alone.

A recorded fact owes itself to a defect when this model, all defects on, shows just that fact,
and no longer shows it with the one defect off. Nothing else may use it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Literal, cast

from memfold.equivalence.facts import Json
from memfold.harness.ledger.historical.limits import HistoricalDeath, address_bits, check_port_word
from memfold.harness.subjects.shim_machine import ShimMachine
from memfold.host.ram import BadRamAddress
from memfold.host.ranges import ADDRESS_LIMIT, AddrRange
from memfold.legacy import PhysMem, Target
from memfold.legacy.constants import IO_MEM_ROM, IO_MEM_ROMD, IO_MEM_SHIFT
from memfold.newapi import (
    AddressSpace,
    EventFd,
    FlatRange,
    Kind,
    MemoryListener,
    MemoryRegion,
    Piece,
    World,
)
from memfold.newapi.tree.ops import MASKS
from memfold.newapi.view.space import EVERYWHERE
from memfold.shim.onto_legacy import OntoLegacy, PortsOntoLegacy

__all__ = [
    "DEFECTS",
    "HistoricalMachine",
    "OverlapSpace",
]

DEFECTS = (
    "address-width",
    "whole-space",
    "beyond-target",
    "root-address",
    "portio-word",
    "overlap",
    "readonly-io",
    "romd-offset",
    "romd-dirty",
    "pio-split",
    "ram-strip",
    "ram-split",
    "coalescing-kept",
    "subpage-address",
    "client-replay",
)
"""In the order in which a fact is asked whether it is owed to them."""


class HistoricalMachine(ShimMachine):
    """The shim as 1.0 had it, with the named defects."""

    deaths = (*ShimMachine.deaths, HistoricalDeath)

    def __init__(
        self, header: Mapping[str, Json], defects: frozenset[str] = frozenset(DEFECTS)
    ) -> None:
        self._defects = defects
        self._mask = (1 << address_bits(header, defects)) - 1
        super().__init__(header)

    def _spaces(
        self, old: PhysMem, system: MemoryRegion, ports: MemoryRegion
    ) -> tuple[OntoLegacy, AddressSpace, AddressSpace]:
        space: Callable[..., AddressSpace] = AddressSpace
        if "overlap" in self._defects:
            space = partial(
                OverlapSpace,
                address_mask=self._mask,
                root_shifts="root-address" in self._defects,
            )
        listener = _Onto(old, self.phys.target, self._defects, self._mask)
        port_listener = PortsOntoLegacy(old, old)
        if "pio-split" in self._defects:
            port_listener = _OneRangePerRegion(old, self.phys.target)
        self._port_listener = port_listener
        if "ram-strip" in self._defects:
            _look_for_strips(self.phys)
        return (
            listener,
            space(self.world, "memory", system, listener),
            space(self.world, "io", ports, port_listener),
        )

    def port_in(self, port: int, size: int) -> int:
        self._check_port(port, size, is_write=False)
        return super().port_in(port, size)

    def port_out(self, port: int, size: int, value: int) -> None:
        self._check_port(port, size, is_write=True)
        super().port_out(port, size, value)

    def _check_port(self, port: int, size: int, is_write: bool) -> None:
        row = self.io.view.find(port)
        if size == 2 and row is not None and "portio-word" in self._defects:
            check_port_word(row.region, self._port_listener._offset(row, port), is_write)

    def _client_register(self, name: str) -> None:
        """A later old layer told a new client runs of RAM, not pages."""
        super()._client_register(name)
        if "client-replay" in self._defects:
            self.events[:] = _merged(cast("list[list[int]]", self.events))


def _merged(pages: list[list[int]]) -> list[Json]:
    runs: list[list[int]] = []
    for page in pages:
        if runs:
            start, size, phys_offset = runs[-1][2:5]
            if page[2] == start + size and page[4] == phys_offset + size:
                runs[-1][3] += page[3]
                continue
        runs.append([*page])
    return cast("list[Json]", runs)


def _look_for_strips(phys: PhysMem) -> None:
    """1.0 looked for RAM in a part of a page at a RAM address: that in the page."""

    order: Literal["little", "big"] = "big" if phys.target.big_endian else "little"

    def at(addr: int, size: int) -> memoryview:
        try:
            return phys.ram.view(addr, size)
        except BadRamAddress as bad:
            raise HistoricalDeath(str(bad)) from None

    def reader(size: int) -> Callable[[object, int], int]:
        return lambda _, addr: int.from_bytes(at(addr, size), order)

    def writer(size: int) -> Callable[[object, int, int], None]:
        def write(_: object, addr: int, value: int) -> None:
            data = value & MASKS[size]
            at(addr, size)[:] = data.to_bytes(size, order)

        return write

    slot, table = 4, phys.io_table
    table.ram_strip = slot << IO_MEM_SHIFT
    table.read[slot] = reader(1), reader(2), reader(4)
    table.write[slot] = writer(1), writer(2), writer(4)


class _Onto(OntoLegacy):
    def __init__(
        self, old: PhysMem, target: Target, defects: frozenset[str], address_mask: int
    ) -> None:
        super().__init__(old, target, old)
        self._defects = defects
        self._mask = address_mask
        self._updating = False

    def begin(self) -> None:
        self._updating = True

    def commit(self) -> None:
        self._updating = False

    def _slot(self, region: MemoryRegion, misalignment: int, readonly: bool = False) -> int:
        """1.0 knew one slot per region, whose callbacks put nothing right."""
        if "subpage-address" in self._defects:
            misalignment = 0
        return super()._slot(region, misalignment, readonly)

    def _add_ram(self, row: FlatRange) -> None:
        """1.0 registered RAM in one go, wherever it was cut."""
        if "ram-split" in self._defects:
            self._map(row, *self._descriptor(row))
        else:
            super()._add_ram(row)

    def log_reset(self, ram: AddrRange, mask: int) -> None:
        """1.0 counted a ROM device's RAM from its descriptor, slot and all."""
        if "romd-dirty" in self._defects:
            for region in self._slots:
                start = region.ram_addr
                if start is not None and start <= ram.start < start + region.size:
                    ram = ram.shift((self.ram_addr(region) or start) - start)
                    break
        super().log_reset(ram, mask)

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

    def _told_row(self, row: FlatRange) -> FlatRange:
        """1.0 told of all, and left it to the old layer to cut addresses."""
        too_wide = row.size >= ADDRESS_LIMIT or (row.end >= ADDRESS_LIMIT and row.log_mask)
        if too_wide and "whole-space" in self._defects:
            raise HistoricalDeath(f"{row.range} is not told in 64 bits")
        if "beyond-target" not in self._defects:
            return super()._told_row(row)
        start = row.start & self._mask
        return row._replace(start=start, end=start + row.size, offset=row.offset & self._mask)

    def _told_range(self, part: AddrRange) -> AddrRange:
        if "beyond-target" not in self._defects:
            return super()._told_range(part)
        return AddrRange.sized(part.start & self._mask, part.size)

    def _set_eventfd(self, event: EventFd, *, assign: bool) -> None:
        if event.addr < 0 and "whole-space" in self._defects:
            raise HistoricalDeath(f"event {event.fd} lies before address 0")
        super()._set_eventfd(event, assign=assign)

    def coalesced_add(self, part: AddrRange) -> None:
        if not (self._updating and "coalescing-kept" in self._defects):
            super().coalesced_add(part)

    def coalesced_del(self, row: AddrRange) -> None:
        if not (self._updating and "coalescing-kept" in self._defects):
            super().coalesced_del(row)


class _OneRangePerRegion(PortsOntoLegacy):
    """Every row of a region counted from the start of the row added last."""

    def __init__(self, old: PhysMem, target: Target) -> None:
        super().__init__(old, old)
        self._address_mask = (1 << target.phys_addr_bits) - 1
        self._bases: dict[MemoryRegion, int] = {}

    def region_add(self, row: FlatRange) -> None:
        """Remember where."""
        self._bases[row.region] = row.start
        super().region_add(row)

    def _offset(self, row: FlatRange, port: int) -> int:
        return port - self._bases[row.region] & self._address_mask


class OverlapSpace(AddressSpace):
    """1.0's and 1.1's gap filling: a region that starts inside a row already there stays seen."""

    __slots__ = ("_mask", "_root_shifts")

    def __init__(
        self,
        world: World,
        name: str,
        root: MemoryRegion,
        *listeners: MemoryListener,
        address_mask: int,
        root_shifts: bool,
    ) -> None:
        self._mask = address_mask
        self._root_shifts = root_shifts
        """A root that lies somewhere in another tree is shown from there on, not from 0."""
        super().__init__(world, name, root, *listeners)

    def mark(self, window: AddrRange) -> None:  # noqa: ARG002  # wherever it is
        """Rows may overlap here: everything is always drawn again."""
        super().mark(EVERYWHERE)

    def render(self, window: AddrRange = EVERYWHERE) -> list[Piece]:
        """Offsets in a region had the width of the target's addresses."""
        assert window == EVERYWHERE
        pieces: list[Piece] = []
        base = 0 if self._root_shifts else -self.root.addr
        try:
            _render(pieces, self.root, base, 0, ADDRESS_LIMIT, False)
        except RecursionError:
            raise HistoricalDeath(f"the tree under {self.root.name} never ends") from None
        return [piece._replace(offset=piece.offset & self._mask) for piece in pieces]

    def find(self, addr: int, size: int) -> FlatRange | None:
        """By halves among rows that may overlap, then back while the one before touches too."""
        wanted = AddrRange.sized(addr, size)
        rows = self.view.rows
        low, high = 0, len(rows)
        while low < high:
            index = (low + high) // 2
            if wanted.intersects(rows[index].range):
                while index and wanted.intersects(rows[index - 1].range):
                    index -= 1
                return rows[index].part(wanted.start, wanted.end)
            if wanted.end <= rows[index].start:
                high = index
            else:
                low = index + 1
        return None


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
