"""The new API on the native core, as traces of 1.1 want it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.replay import Comparison
from memfold.equivalence.subject import NotReplayable, Step
from memfold.errors import MemfoldError
from memfold.harness.subjects.memory_subject import (
    Args,
    MemorySubject,
    UnknownName,
    comparable,
    seen_by_guest,
    space_of,
)
from memfold.harness.subjects.old_calls import RecordingRamList
from memfold.host.ram import RamError
from memfold.host.ranges import AddrRange
from memfold.newapi import (
    PROFILES,
    AddressSpace,
    Core,
    EventFd,
    FlatRange,
    MemoryListener,
    MemoryRegion,
    Order,
    PhysAccess,
    Ports,
    RegionError,
    World,
)

__all__ = ["CoalescingRecorder", "CoreMachine", "access_of", "compared_on_core", "on_core"]

_U64 = (1 << 64) - 1
_SIZES = {"b": 1, "w": 2, "l": 4, "q": 8}


def access_of(function: str) -> tuple[int, Order]:
    """Size and byte order that a name such as ``lduw_le_phys`` or ``stl_phys`` states."""
    parts = function.split("_")
    order = parts[1] if parts[1] in ("le", "be") else ""
    return _SIZES[parts[0][-1]], cast("Order", order)


def on_core(header: Mapping[str, Json]) -> MemorySubject:
    """A fresh world for a trace; texts and page tables of 2012 are not compared."""
    compared = compared_on_core if header["version"] == "v1.1" else seen_by_guest
    texts = frozenset({"mtree", "page_desc"})
    return MemorySubject(CoreMachine(header), Comparison(compared, texts))


def compared_on_core(step: Step, facts: Facts) -> Facts:
    """What is compared of a step on the core: of the old calls, coalescing and RAM alone."""
    compared = comparable(step, facts)
    rows = [
        row
        for row in cast("list[list[Json]]", compared.pop("legacy_calls", []))
        if str(row[0]).startswith(_KEPT_CALLS)
    ]
    return compared | ({"legacy_calls": cast("Json", rows)} if rows else {})


_KEPT_CALLS = ("qemu_ram_", "qemu_register_coalesced", "qemu_unregister_coalesced")


class CoreMachine:
    """One world on the core."""

    deaths: tuple[type[MemfoldError], ...] = (RegionError, RamError)
    address_mask = _U64
    """The bits of an address that a listener is told."""

    def __init__(self, header: Mapping[str, Json]) -> None:
        self._header = header
        self.dirty_by_size = header["version"] != "v1.0"
        self.rows: list[Json] = []
        self.events: list[Json] = []
        ram_list = RecordingRamList(
            int(cast("int", header["page_bits"])),
            self.rows,
            unique_names=header["version"] == "v1.0",
        )
        self.world = World(
            ram_list,
            PROFILES[cast("str", header["version"])],
            big_endian=bool(header["big_endian"]),
        )
        self._core, self._phys = self._make_core()
        self._ports = self._make_ports()
        system = MemoryRegion.container(self.world, "system", (1 << 63) - 1)
        ports = MemoryRegion.container(self.world, "io", 65536)
        self.memory = self._space("memory", system)
        self.io = self._space("io", ports)
        self.memory.register(self._core)
        self.io.register(self._ports)
        self.memory.register(self._make_recorder())
        self._listeners: dict[str, list[tuple[AddressSpace, _Noting]]] = {}
        self._tracking = False
        """Whether all writes are logged, those too that usually dirty nothing."""

    def _make_core(self) -> tuple[Core, PhysAccess]:
        core = Core(self.world)
        return core, PhysAccess(core)

    def _make_ports(self) -> Ports:
        return Ports(self.world.profile)

    def _make_recorder(self) -> CoalescingRecorder:
        return CoalescingRecorder(self.rows, self.address_mask)

    def _space(self, name: str, root: MemoryRegion) -> AddressSpace:
        return AddressSpace(self.world, name, root)

    def ram_addr(self, region: MemoryRegion) -> int:
        """The bare RAM address."""
        assert region.ram_addr is not None
        return region.ram_addr

    def read(self, addr: int, length: int) -> bytes:
        """See `MemoryMachine`."""
        return self._core.read(addr, length)

    def write(self, addr: int, data: bytes) -> None:
        """See `MemoryMachine`."""
        self._core.write(addr, data)

    def write_rom(self, addr: int, data: bytes) -> None:
        """See `MemoryMachine`."""
        self._core.write_rom(addr, data)

    def ld(self, function: str, addr: int) -> int:
        """See `MemoryMachine`."""
        size, order = access_of(function)
        return self._phys.ld(addr, size, order)

    def st(self, function: str, addr: int, value: int) -> None:
        """See `MemoryMachine`."""
        size, order = access_of(function)
        if function.endswith("_notdirty"):
            self._phys.st_notdirty(addr, value, size, tracking=self._tracking)
        else:
            self._phys.st(addr, value, size, order)

    def port_in(self, port: int, size: int) -> int:
        """See `MemoryMachine`."""
        return self._ports.read(port, size)

    def port_out(self, port: int, size: int, value: int) -> None:
        """See `MemoryMachine`."""
        self._ports.write(port, value, size)

    def perform(self, op: str, args: Args, regions: Mapping[str, MemoryRegion]) -> Facts:
        """Listeners, and logging for all."""
        spaces = (self.memory, self.io)
        if op == "page_desc":
            return {}  # There are no page tables here; never compared.
        if op == "listener_register":
            root = args.get("filter")
            heard = spaces if root is None else (space_of(spaces, regions[str(root)]),)
            self._register(args.text("id"), args.num("priority"), heard)
        elif op == "listener_unregister":
            name = args.text("id")
            if name not in self._listeners:
                raise UnknownName(f"no listener {name!r} so far")
            for space, listener in self._listeners.pop(name):
                listener.leaving = True
                space.unregister(listener)
        elif op == "global_log_start":
            self._tracking = True
            self.world.log_global_start()
        elif op == "global_log_stop":
            self._tracking = False
            self.world.log_global_stop()
        elif op == "global_sync":
            space_of(spaces, regions[args.text("mr")]).sync_dirty_bitmap()
        else:
            raise NotReplayable(f"{op} on the core")
        return {}

    def _register(self, name: str, priority: int, heard: Sequence[AddressSpace]) -> None:
        """A listener of 1.1, which heard one space or all: one of ours for each.

        The first of them alone notes what is told once, whatever the number of spaces. When it was
        registered a listener of 1.1 was told rows and nothing else, and nothing when it left.
        """
        pairs = self._listeners[name] = []
        for space in heard:
            first, mask = not pairs, self.address_mask
            listener = _Noting(name, priority, space, self.events, first=first, address_mask=mask)
            space.register(listener)
            listener.joined = True
            pairs.append((space, listener))


class CoalescingRecorder(MemoryListener):
    """Notes coalescing under the names of the old calls, which it was still made with."""

    def __init__(self, rows: list[Json], address_mask: int) -> None:
        super().__init__()
        self._rows = rows
        self._mask = address_mask

    def coalesced_add(self, part: AddrRange) -> None:
        self._rows.append(["qemu_register_coalesced_mmio", part.start & self._mask, part.size])

    def coalesced_del(self, row: AddrRange) -> None:
        self._rows.append(["qemu_unregister_coalesced_mmio", row.start & self._mask, row.size])


class _Noting(MemoryListener):
    """Notes what it is told, in the rows of traces."""

    def __init__(
        self,
        name: str,
        priority: int,
        space: AddressSpace,
        events: list[Json],
        *,
        first: bool,
        address_mask: int,
    ) -> None:
        super().__init__(priority)
        self._name = name
        self._space = space
        self._events = events
        self._first = first
        self.joined = False
        self.leaving = False
        self._mask = address_mask

    def _note(self, event: str, *rest: Json) -> None:
        if not self.leaving:
            self._events.append([self._name, event, *rest])

    def _note_once(self, event: str) -> None:
        if self._first and self.joined:
            self._note(event)

    def _note_row(self, event: str, row: FlatRange) -> None:
        where = row.offset & self._mask, min(row.size, _U64), row.start & self._mask
        self._note(event, row.region.name, *where, int(row.readonly), self._space.root.name)

    def _note_event(self, event: str, fd: EventFd) -> None:
        if self.joined:
            data = (int(fd.match_data), fd.data, fd.fd)
            self._note(event, fd.addr & self._mask, fd.size, *data, self._space.root.name)

    def begin(self) -> None:
        self._note_once("begin")

    def commit(self) -> None:
        self._note_once("commit")

    def region_add(self, row: FlatRange) -> None:
        self._note_row("region_add", row)

    def region_del(self, row: FlatRange) -> None:
        self._note_row("region_del", row)

    def region_nop(self, row: FlatRange) -> None:
        self._note_row("region_nop", row)

    def log_start(self, row: FlatRange) -> None:
        self._note_row("log_start", row)

    def log_stop(self, row: FlatRange) -> None:
        self._note_row("log_stop", row)

    def log_sync(self, row: FlatRange) -> None:
        self._note_row("log_sync", row)

    def log_global_start(self) -> None:
        if self._first or not self.joined:
            self._note("log_global_start")

    def log_global_stop(self) -> None:
        self._note_once("log_global_stop")

    def eventfd_add(self, event: EventFd) -> None:
        self._note_event("eventfd_add", event)

    def eventfd_del(self, event: EventFd) -> None:
        self._note_event("eventfd_del", event)
