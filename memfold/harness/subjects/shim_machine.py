"""The new API on the old layer, as traces of 1.0 want it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.replay import Comparison
from memfold.equivalence.subject import NotReplayable
from memfold.errors import MemfoldError
from memfold.harness.subjects.memory_subject import (
    Args,
    MemorySubject,
    UnknownName,
    comparable,
    seen_by_guest,
)
from memfold.harness.subjects.old_calls import Recorder, RecordingRamList
from memfold.host.ram import RamError
from memfold.legacy import CPUPhysMemoryClient, LegacyDeath, PhysMem, Target
from memfold.newapi import PROFILES, AddressSpace, MemoryRegion, RegionError, World
from memfold.shim.onto_legacy import OntoLegacy, PortsOntoLegacy

__all__ = ["ShimMachine", "on_shim"]

_PORT_LETTER = {1: "b", 2: "w", 4: "l"}


def _target_of(header: Mapping[str, Json]) -> Target:
    """The old layer's target that a memory trace's header states."""
    numbers = cast("Mapping[str, int]", header)
    return Target(
        str(header["target"]),
        numbers["page_bits"],
        numbers["target_phys_addr_t_bits"],
        numbers["phys_addr_bits"],
        big_endian=bool(header["big_endian"]),
    )


def on_shim(header: Mapping[str, Json]) -> MemorySubject:
    """A fresh world for a trace; every fact is compared but the ``mtree`` texts of 2011."""
    if header["version"] == "v1.0":
        comparison = Comparison(comparable, frozenset({"mtree"}))
    else:
        comparison = Comparison(seen_by_guest, frozenset({"mtree", "page_desc"}))
    return MemorySubject(ShimMachine(header), comparison)


class ShimMachine:
    """One world on a `PhysMem`."""

    deaths: tuple[type[MemfoldError], ...] = (RegionError, RamError, LegacyDeath)

    def __init__(self, header: Mapping[str, Json]) -> None:
        self.version = cast("str", header["version"])
        self.dirty_by_size = self.version != "v1.0"
        self.rows: list[Json] = []
        self.events: list[Json] = []
        target = _target_of(header)
        ram_list = RecordingRamList(
            target.page_bits, self.rows, unique_names=self.version == "v1.0"
        )
        self.phys = PhysMem(target, ram_list)
        self.world = World(ram_list, PROFILES[self.version], big_endian=target.big_endian)
        old = Recorder.before(self.phys, self.rows)
        system = MemoryRegion.container(self.world, "system", (1 << 63) - 1)
        ports = MemoryRegion.container(self.world, "io", 65536)
        self._listener, self.memory, self.io = self._spaces(old, system, ports)
        self._clients: dict[str, CPUPhysMemoryClient] = {}
        self._tables = _PageTables(self.phys)

    def _spaces(
        self, old: PhysMem, system: MemoryRegion, ports: MemoryRegion
    ) -> tuple[OntoLegacy, AddressSpace, AddressSpace]:
        """The listener of the memory space, and both spaces."""
        accelerator = old if self.version == "v1.0" else None
        listener = OntoLegacy(old, self.phys.target, accelerator)
        return (
            listener,
            AddressSpace(self.world, "memory", system, listener),
            AddressSpace(self.world, "io", ports, PortsOntoLegacy(old, accelerator)),
        )

    def ram_addr(self, region: MemoryRegion) -> int:
        """A ROM device's has its io slot in it."""
        addr = self._listener.ram_addr(region)
        assert addr is not None
        return addr

    def read(self, addr: int, length: int) -> bytes:
        """See `MemoryMachine`."""
        return self.phys.cpu_physical_memory_read(addr, length)

    def write(self, addr: int, data: bytes) -> None:
        """See `MemoryMachine`."""
        self.phys.cpu_physical_memory_write(addr, data)

    def write_rom(self, addr: int, data: bytes) -> None:
        """See `MemoryMachine`."""
        self.phys.cpu_physical_memory_write_rom(addr, data)

    def ld(self, function: str, addr: int) -> int:
        """See `MemoryMachine`."""
        return cast("Callable[[int], int]", getattr(self.phys, function))(addr)

    def st(self, function: str, addr: int, value: int) -> None:
        """See `MemoryMachine`."""
        cast("Callable[[int, int], None]", getattr(self.phys, function))(addr, value)

    def port_in(self, port: int, size: int) -> int:
        """See `MemoryMachine`."""
        function = f"cpu_in{_PORT_LETTER[size]}"
        return cast("Callable[[int], int]", getattr(self.phys, function))(port)

    def port_out(self, port: int, size: int, value: int) -> None:
        """See `MemoryMachine`."""
        function = f"cpu_out{_PORT_LETTER[size]}"
        cast("Callable[[int, int], None]", getattr(self.phys, function))(port, value)

    def perform(self, op: str, args: Args, _: Mapping[str, MemoryRegion]) -> Facts:
        """Memory clients and page descriptors."""
        if op == "client_register":
            self._client_register(args.text("id"))
        elif op == "client_unregister":
            name = args.text("id")
            if name not in self._clients:
                raise UnknownName(f"no client {name!r} so far")
            self.phys.cpu_unregister_phys_memory_client(self._clients.pop(name))
        elif op == "page_desc":
            return {"ret": self._tables.desc(args.num("addr"))}
        else:
            raise NotReplayable(f"{op} on the shim")
        return {}

    def _client_register(self, name: str) -> None:
        client = CPUPhysMemoryClient(
            set_memory=lambda *row: self._note(name, "set_memory", *row),
            sync_dirty_bitmap=lambda *row: self._status(name, "sync_dirty_bitmap", *row),
            migration_log=lambda *row: self._status(name, "migration_log", *row),
            log_start=lambda *row: self._status(name, "log_start", *row),
            log_stop=lambda *row: self._status(name, "log_stop", *row),
        )
        self._clients[name] = client
        self.phys.cpu_register_phys_memory_client(client)

    def _note(self, name: str, event: str, *row: int) -> None:
        self.events.append([name, event, *(int(item) for item in row)])

    def _status(self, name: str, event: str, *row: int) -> int:
        self._note(name, event, *row)
        return 0


class _PageTables:
    """What the recordings read straight from the C structures of a page, which no call returns.

    A second-level table of 1024 pages came into being when the first page in it was registered,
    and gave each page not registered since a region offset counted from that first one.
    """

    _BITS = 10

    def __init__(self, phys: PhysMem) -> None:
        self._phys = phys
        self._page_bits = phys.target.page_bits
        self._visited: dict[range, None] = {}
        """The pages of each registration, the earliest first."""
        phys.cpu_register_phys_memory_client(
            CPUPhysMemoryClient(self._visit, lambda *_: 0, lambda _: 0)
        )

    def _visit(self, start: int, size: int, _: int, __: bool) -> None:
        page = start >> self._page_bits
        pages = range(page, page + (size + (1 << self._page_bits) - 1 >> self._page_bits))
        self._visited.setdefault(pages)

    def desc(self, addr: int) -> Json:
        """Descriptor and region offset of a page; None where no table exists."""
        page = addr >> self._page_bits
        table = page >> self._BITS << self._BITS
        for pages in self._visited:
            if pages.start < table + (1 << self._BITS) and table < pages.stop:
                first = max(pages.start, table)
                break
        else:
            return None
        offset = self._phys.page_region_offset(addr)
        if not any(page in pages for pages in self._visited):
            offset = first + page - table << self._page_bits
        return {
            "phys_offset": self._phys.cpu_get_physical_page_desc(addr),
            "region_offset": offset,
        }
