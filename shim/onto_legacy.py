"""The new API on top of the old one: each change of a flat view as old-API calls.

Stands between `newapi`'s updates and the old calls `cpu_register_io_memory`,
`cpu_register_physical_memory_log`, `cpu_physical_log_start/stop`, `qemu_register_coalesced_mmio`,
`register_ioport_read/write` and `isa_unassign_ioport`, as QEMU 1.0 did (golden memory rules 4-9).
Deleted when the core serves the map itself (stage `fold`).
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Protocol, TypeAlias

from memfold.host.ranges import AddrRange
from memfold.legacy.api import OldApi, OldPorts
from memfold.legacy.constants import (
    IO_MEM_ROM,
    IO_MEM_ROMD,
    IO_MEM_UNASSIGNED,
    DeviceEndian,
    ReadFuncs,
    WriteFuncs,
)
from memfold.legacy.errors import IoSlotsExhausted
from memfold.legacy.target import Target
from memfold.newapi import (
    Endianness,
    EventFd,
    FlatRange,
    Kind,
    MemoryListener,
    MemoryRegion,
    RegionError,
)
from memfold.newapi.tree.dispatch import guest_read, guest_write
from memfold.newapi.tree.ops import UNCHECKED, UNSPECIFIED

__all__ = ["IoEventFds", "OntoLegacy", "PortsOntoLegacy"]

_ENDIAN = {
    Endianness.NATIVE: DeviceEndian.NATIVE,
    Endianness.BIG: DeviceEndian.BIG,
    Endianness.LITTLE: DeviceEndian.LITTLE,
}


class IoEventFds(Protocol):
    """The accelerator's calls for events, which 1.0 made for 4-byte memory and 2-byte ports."""

    def kvm_set_ioeventfd_mmio_long(self, fd: int, addr: int, val: int, assign: bool) -> None:
        """Signal `fd` when `val` is written to the 4 bytes at `addr`, or no longer.

        Both are 32 bits wide, also where an address is wider.
        """

    def kvm_set_ioeventfd_pio_word(self, fd: int, addr: int, val: int, assign: bool) -> None:
        """Signal `fd` when `val` is written to the 2 ports at `addr`, or no longer.

        Both are 16 bits wide.
        """


def _ram_read(size: int, shift: int, region: MemoryRegion, addr: int) -> int:
    """Read RAM through a slot; an access keeps its width also where the RAM ends, as of zeros."""
    room = max(0, min(size, region.size - addr - shift))
    data = bytes(region.ram_view(addr + shift, room)) if room else b""
    data = data.ljust(size, b"\0")
    return int.from_bytes(data, region.world.byte_order)


def _ram_write(size: int, shift: int, region: MemoryRegion, addr: int, value: int) -> None:
    """Write RAM through a slot, as far as it goes."""
    if addr + shift + size <= region.size:
        guest_write(size, shift, region, addr, value)
        return
    value &= (1 << 8 * size) - 1
    for at, byte in enumerate(value.to_bytes(size, region.world.byte_order)):
        if addr + shift + at < region.size:
            guest_write(1, shift, region, addr + at, byte)


def _readers(region: MemoryRegion, shift: int) -> ReadFuncs:
    read = _ram_read if region.is_ram() else guest_read
    one, two, four = (partial(read, size, shift) for size in (1, 2, 4))
    return one, two, four


def _writers(region: MemoryRegion, shift: int) -> WriteFuncs:
    write = _ram_write if region.is_ram() else guest_write
    one, two, four = (partial(write, size, shift) for size in (1, 2, 4))
    return one, two, four


_NO_WRITERS: WriteFuncs = (None, None, None)

_SlotKey: TypeAlias = tuple[int, bool]
"""Misalignment, and whether writes are dropped."""


class OntoLegacy(MemoryListener):
    """Turns the memory space's rows into old registrations.

    A region of registers holds its io slot from its first mapping, a ROM device from its making,
    until it is destroyed. The old layer tells a callback an address relative to whole pages, so
    each further misalignment that a region is mapped with takes a slot of its own, whose
    callbacks put the address right. RAM cut inside a page, which the old layer cannot map there,
    is served through a slot up to the page's end. Raises `RegionError` when no slot is free.

    The old layer takes an address modulo the target's address space: of a row that lies above
    it nothing is told, of one that ends above it the part below.
    """

    def __init__(self, old: OldApi, target: Target, eventfds: IoEventFds | None = None) -> None:
        super().__init__()
        self._old = old
        self._page_mask = target.page_size - 1
        self._space = target.space
        self._register = old.cpu_register_physical_memory_log
        self._eventfds = eventfds
        self._slots: dict[MemoryRegion, dict[_SlotKey, int]] = {}

    def region_init(self, region: MemoryRegion) -> None:
        """A ROM device takes its slot at once (golden rule 5)."""
        if region.kind is Kind.ROM_DEVICE:
            self._slot(region, 0)

    def region_destroy(self, region: MemoryRegion) -> None:
        """Give the region's slots back, the oldest first."""
        for slot in self._slots.pop(region, {}).values():
            self._old.cpu_unregister_io_memory(slot)

    def unregistered(self) -> None:
        """Give all slots back."""
        for region in [*self._slots]:
            self.region_destroy(region)

    def ram_addr(self, region: MemoryRegion) -> int | None:
        """What 1.0 kept as the region's ``ram_addr``: a ROM device's has its slot in it."""
        if region.ram_addr is None or region.kind is not Kind.ROM_DEVICE:
            return region.ram_addr
        return region.ram_addr | self._slot(region, 0) | IO_MEM_ROMD

    def _slot(self, region: MemoryRegion, misalignment: int, readonly: bool = False) -> int:
        slots = self._slots.setdefault(region, {})
        key = (misalignment, readonly)
        if key not in slots:
            slot = self._old.cpu_register_io_memory(
                _readers(region, misalignment),
                _NO_WRITERS if readonly else _writers(region, misalignment),
                region,
                _ENDIAN[region.ops.endianness],
            )
            if slot < 0:
                wrong = f"region {region.name}: the old layer has no io slot left"
                raise RegionError(wrong, region.name)
            slots[key] = slot
        return slots[key]

    def _misalignment(self, row: FlatRange) -> int:
        """What the region should hear minus what the old layer will say."""
        return (row.offset & self._page_mask) - (row.start & self._page_mask)

    def _descriptor(self, row: FlatRange) -> tuple[int, int]:
        """The old layer's phys_offset and region_offset for a row (golden rule 5)."""
        region, offset = row.region, row.offset
        if region.kind is Kind.RAM:
            assert region.ram_addr is not None
            return region.ram_addr + offset | (IO_MEM_ROM if row.readonly else 0), 0
        slot = self._slot(region, self._misalignment(row))
        if region.kind is Kind.ROM_DEVICE and row.readable:
            assert region.ram_addr is not None
            return region.ram_addr + (offset & ~self._page_mask) | slot | IO_MEM_ROMD, offset
        return slot, offset

    def region_add(self, row: FlatRange) -> None:
        """Register the row; when a part of it is refused, none."""
        row = self._told_row(row)
        if not row.range:
            return
        if row.region.kind is Kind.RAM:
            self._add_ram(row)
        else:
            self._map(row, *self._descriptor(row))

    def _add_ram(self, row: FlatRange) -> None:
        """RAM goes to the old layer as such, but for the first or last page when it was cut there.

        A page of which only the region's own end is missing the old layer maps whole.
        """
        mask = self._page_mask
        first = min(row.start + mask & ~mask, row.end)
        last = max(first, row.end & ~mask)
        if row.offset + row.size == row.region.size:
            last = row.end
        parts = [
            (part, self._descriptor(part) if as_ram else self._through_slot(part))
            for part, as_ram in (
                (row.part(row.start, first), False),
                (row.part(first, last), self._misalignment(row) == 0),
                (row.part(last, row.end), False),
            )
            if part.size
        ]
        with ExitStack() as undo:
            for part, descriptor in parts:
                self._map(part, *descriptor)
                undo.callback(self._register, part.start, part.size, IO_MEM_UNASSIGNED, 0, False)
            undo.pop_all()

    def _through_slot(self, row: FlatRange) -> tuple[int, int]:
        return self._slot(row.region, self._misalignment(row), row.readonly), row.offset

    def _map(self, row: FlatRange, phys_offset: int, region_offset: int) -> None:
        try:
            self._register(row.start, row.size, phys_offset, region_offset, row.log_mask != 0)
        except IoSlotsExhausted as error:
            wrong = (
                f"region {row.region.name}: {error}; here a part of a page keeps its slot for "
                "good: map whole pages, or let the core serve the map (stage fold)"
            )
            raise IoSlotsExhausted(wrong, error.addr, error.needed, error.free) from error

    def _told_row(self, row: FlatRange) -> FlatRange:
        """The part of the row in the target's address space, whose range may be empty."""
        return row.part(0, self._space.end)

    def _told_range(self, part: AddrRange) -> AddrRange:
        return part.intersection(self._space)

    def region_del(self, row: FlatRange) -> None:
        """Unregister the row, its dirty state fetched first while that is possible (rule 6)."""
        row = self._told_row(row)
        if not row.range:
            return
        if row.log_mask:
            self._old.cpu_physical_sync_dirty_bitmap(row.start, row.end)
        self._register(row.start, row.size, IO_MEM_UNASSIGNED, 0, False)

    def log_start(self, row: FlatRange) -> None:
        """Ask memory clients to log the row's writes."""
        if part := self._told_row(row).range:
            self._old.cpu_physical_log_start(part.start, part.size)

    def log_stop(self, row: FlatRange) -> None:
        """Ask memory clients to stop logging."""
        if part := self._told_row(row).range:
            self._old.cpu_physical_log_stop(part.start, part.size)

    def log_sync(self, row: FlatRange) -> None:
        """Have memory clients bring the dirty bytes up to date."""
        if part := self._told_row(row).range:
            self._old.cpu_physical_sync_dirty_bitmap(part.start, part.end)

    def log_reset(self, ram: AddrRange, mask: int) -> None:
        """Pass a cleaning of dirty bytes on."""
        self._old.cpu_physical_memory_reset_dirty(ram.start, ram.end, mask)

    def coalesced_add(self, part: AddrRange) -> None:
        """Let an accelerator batch writes to `part`."""
        if part := self._told_range(part):
            self._old.qemu_register_coalesced_mmio(part.start, part.size)

    def coalesced_del(self, row: AddrRange) -> None:
        """Batch nothing in `row` any more."""
        if row := self._told_range(row):
            self._old.qemu_unregister_coalesced_mmio(row.start, row.size)

    def eventfd_add(self, event: EventFd) -> None:
        """Set a 4-byte event; raises `RegionError` for one the accelerator cannot do."""
        if self._eventfds is not None and (event.size != 4 or not event.match_data):
            where = AddrRange.sized(event.addr, event.size)
            raise RegionError(f"event {event.fd} at {where}: memory events match 4 bytes of data")
        self._set_eventfd(event, assign=True)

    def eventfd_del(self, event: EventFd) -> None:
        """Take an event back."""
        self._set_eventfd(event, assign=False)

    def _set_eventfd(self, event: EventFd, *, assign: bool) -> None:
        if self._eventfds is not None:
            addr, data = event.addr & 0xFFFFFFFF, event.data & 0xFFFFFFFF
            self._eventfds.kvm_set_ioeventfd_mmio_long(event.fd, addr, data, assign)


class PortsOntoLegacy(MemoryListener):
    """Turns the I/O space's rows into port registrations."""

    def __init__(self, old: OldPorts, eventfds: IoEventFds | None = None) -> None:
        super().__init__()
        self._old = old
        self._eventfds = eventfds

    def region_add(self, row: FlatRange) -> None:
        """Register every port of the row for every width, whatever its alignment; all or none.

        One old call serves every `size`-th port, so wider accesses take one call per residue.
        """
        with ExitStack() as undo:
            undo.callback(self.region_del, row)
            self._register(row)
            undo.pop_all()

    def _register(self, row: FlatRange) -> None:
        region = row.region
        attrs = UNCHECKED if region.world.profile.old_ports else UNSPECIFIED
        for size in (1, 2, 4):

            def read(_: object, port: int, size: int = size) -> int:
                return guest_read(size, 0, region, self._offset(row, port), attrs)

            def write(_: object, port: int, value: int, size: int = size) -> None:
                guest_write(size, 0, region, self._offset(row, port), value, attrs)

            for start in range(row.start, min(row.start + size, row.end)):
                length = row.end - start
                self._old.register_ioport_read(start, length, size, read, region)
                self._old.register_ioport_write(start, length, size, write, region)

    def _offset(self, row: FlatRange, port: int) -> int:
        """What the region is told for a port of one of its rows."""
        return port - row.start + row.offset

    def region_del(self, row: FlatRange) -> None:
        """Take every callback off the row's ports."""
        self._old.isa_unassign_ioport(row.start, row.size)

    def eventfd_add(self, event: EventFd) -> None:
        """Set a 2-byte event; raises `RegionError` for one the accelerator cannot do."""
        if self._eventfds is not None and (event.size != 2 or not event.match_data):
            where = AddrRange.sized(event.addr, event.size)
            raise RegionError(f"event {event.fd} at {where}: port events match 2 bytes of data")
        self._set_eventfd(event, assign=True)

    def eventfd_del(self, event: EventFd) -> None:
        """Take an event back."""
        self._set_eventfd(event, assign=False)

    def _set_eventfd(self, event: EventFd, *, assign: bool) -> None:
        if self._eventfds is not None:
            addr, data = event.addr & 0xFFFF, event.data & 0xFFFF
            self._eventfds.kvm_set_ioeventfd_pio_word(event.fd, addr, data, assign)
