"""Performs api "memory" traces: the new API on the shim (as 1.0) or on the core (as 1.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, cast

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.replay import EVERYTHING, Comparison
from memfold.equivalence.subject import MapRow, NotReplayable, Step, UnknownName
from memfold.errors import MemfoldError
from memfold.harness.subjects.synthetic import SyntheticDevice
from memfold.host.memory import HostMemory
from memfold.newapi import AddressSpace, EventFd, FlatRange, MemoryRegion, RegionError, World

__all__ = [
    "Args",
    "MemoryMachine",
    "MemorySubject",
    "UnknownName",
    "comparable",
    "event_of",
    "found",
    "seen_by_guest",
    "space_of",
]

_U64 = (1 << 64) - 1
_U32 = (1 << 32) - 1


def comparable(_: Step, facts: Facts) -> Facts:
    """What is compared of a step: a death recorded and an error that stands for one are one."""
    if not facts.keys().isdisjoint(("fatal", "abort", "error")):
        return {"died": True}
    return {name: value for name, value in facts.items() if value != []}


def seen_by_guest(step: Step, facts: Facts) -> Facts:
    """What is compared of a step on another version's backend: what it tells a guest, or a host
    that looks at RAM."""
    compared = comparable(step, facts)
    if step.op not in ("read", "ld", "in", "ram_peek", "get_dirty"):
        return {name: value for name, value in compared.items() if name == "died"}
    return {name: value for name, value in compared.items() if name in ("data", "ret", "died")}


class Args:
    """The arguments of a step, each of the shape that the vocabulary has checked."""

    def __init__(self, values: Mapping[str, Json]) -> None:
        self._values = values

    def num(self, name: str) -> int:
        """An integer, or a truth value as one."""
        return int(cast("int", self._values[name]))

    def text(self, name: str) -> str:
        """A string."""
        return cast("str", self._values[name])

    def data(self, name: str) -> bytes:
        """Bytes given in hex."""
        return bytes.fromhex(self.text(name))

    def get(self, name: str) -> Json:
        """Whatever is there, or None."""
        return self._values.get(name)


class MemoryMachine(Protocol):
    """What lies below the new API: one world on some backend, and the ways in."""

    world: World
    memory: AddressSpace
    io: AddressSpace
    rows: list[Json]
    """Old-layer calls noted since last emptied."""
    events: list[Json]
    """Client or listener events noted since last emptied."""
    dirty_by_size: bool
    """Whether ``get_dirty`` and ``set_dirty`` of this version touch more than the first page."""
    deaths: tuple[type[MemfoldError], ...]
    """What stands for a death of the recorded process; any other error is a fault of ours."""

    def ram_addr(self, region: MemoryRegion) -> int:
        """What this version keeps as the region's RAM address."""

    def read(self, addr: int, length: int) -> bytes:
        """``cpu_physical_memory_read``."""

    def write(self, addr: int, data: bytes) -> None:
        """``cpu_physical_memory_write``."""

    def write_rom(self, addr: int, data: bytes) -> None:
        """``cpu_physical_memory_write_rom``."""

    def ld(self, function: str, addr: int) -> int:
        """The named ``ld*_phys``."""

    def st(self, function: str, addr: int, value: int) -> None:
        """The named ``st*_phys``."""

    def port_in(self, port: int, size: int) -> int:
        """``cpu_inb`` and its like."""

    def port_out(self, port: int, size: int, value: int) -> None:
        """``cpu_outb`` and its like."""

    def perform(self, op: str, args: Args, regions: Mapping[str, MemoryRegion]) -> Facts:
        """An operation of this version alone; raises `NotReplayable` for any other."""


class MemorySubject:
    """One fresh world of regions, named as the trace names them.

    An error that stands for a death is observed as the fact ``error``.
    """

    def __init__(self, machine: MemoryMachine, comparison: Comparison = EVERYTHING) -> None:
        """`comparison` says what of a recording the machine answers for."""
        self.machine = machine
        self.comparison = comparison
        self.regions = {"system": machine.memory.root, "io": machine.io.root}
        self._calls: list[Json] = []
        self._ops: dict[str, Callable[[Args], Facts]] = {
            "init": self._init,
            "add_subregion": self._add_subregion,
            "add_subregion_overlap": self._add_subregion_overlap,
            "del_subregion": self._del_subregion,
            "set_root": self._set_root,
            "get_dirty": self._get_dirty,
            "flat": self._flat,
            "ram_poke": self._ram_poke,
            "ram_peek": self._ram_peek,
            "size": lambda args: {"ret": min(self._mr(args).size, _U64)},
            "mtree": lambda _: {},
            "find": self._find,
            "predicates": self._predicates,
            "read": lambda a: {"data": machine.read(a.num("addr"), a.num("len")).hex()},
            "ld": lambda a: {"ret": machine.ld(a.text("fn"), a.num("addr"))},
            "in": lambda a: {"ret": machine.port_in(a.num("port"), a.num("size"))},
        }
        self._silent: dict[str, Callable[[Args], None]] = {
            "destroy": lambda a: self._mr(a).destroy(),
            "transaction_begin": lambda _: machine.world.transaction_begin(),
            "transaction_commit": lambda _: machine.world.transaction_commit(),
            "set_enabled": lambda a: self._mr(a).set_enabled(bool(a.num("enabled"))),
            "set_address": lambda a: self._mr(a).set_address(a.num("addr")),
            "set_alias_offset": lambda a: self._mr(a).set_alias_offset(a.num("offset")),
            "set_offset": lambda a: self._mr(a).set_offset(a.num("offset")),
            "set_readonly": lambda a: self._mr(a).set_readonly(bool(a.num("readonly"))),
            "rom_device_set_readable": lambda a: self._mr(a).rom_device_set_readable(
                bool(a.num("readable"))
            ),
            "set_log": lambda a: self._mr(a).set_log(bool(a.num("log")), a.num("client")),
            "set_dirty": lambda a: self._mr(a).set_dirty(a.num("addr"), self._dirty_size(a)),
            "reset_dirty": lambda a: self._mr(a).reset_dirty(
                a.num("addr"), a.num("size"), a.num("client")
            ),
            "sync_dirty_bitmap": lambda a: self._mr(a).sync_dirty_bitmap(),
            "set_coalescing": lambda a: self._mr(a).set_coalescing(),
            "clear_coalescing": lambda a: self._mr(a).clear_coalescing(),
            "add_coalescing": lambda a: self._mr(a).add_coalescing(a.num("offset"), a.num("size")),
            "add_eventfd": lambda a: self._mr(a).add_eventfd(event_of(a)),
            "del_eventfd": lambda a: self._mr(a).del_eventfd(event_of(a)),
            "write": lambda a: machine.write(a.num("addr"), a.data("data")),
            "write_rom": lambda a: machine.write_rom(a.num("addr"), a.data("data")),
            "st": lambda a: machine.st(a.text("fn"), a.num("addr"), a.num("val")),
            "out": lambda a: machine.port_out(a.num("port"), a.num("size"), a.num("val")),
        }

    def perform(self, step: Step) -> Facts:
        """Do `step`; see `memfold.equivalence.subject.Subject`."""
        machine = self.machine
        for noted in (self._calls, machine.rows, machine.events):
            noted.clear()
        self._check_names(step)
        args = Args(step.args)
        facts: Facts = {}
        try:
            if step.op in self._ops:
                facts = self._ops[step.op](args)
            elif step.op in self._silent:
                self._silent[step.op](args)
            else:
                facts = machine.perform(step.op, args, self.regions)
        except machine.deaths as error:
            return {"error": str(error)}
        for name, noted in (
            ("calls", self._calls),
            ("legacy_calls", machine.rows),
            ("events", machine.events),
        ):
            if noted:
                facts[name] = list(noted)
        return facts

    def _check_names(self, step: Step) -> None:
        for key in ("parent", "target", "filter", *(() if step.op == "init" else ("mr",))):
            name = step.args.get(key)
            if isinstance(name, str) and name not in self.regions:
                raise UnknownName(f"no region {name!r} so far")

    def map(self) -> list[MapRow]:
        """The memory space, ascending."""
        return [
            MapRow(row.start, row.size, row.region.kind.value, row.region.name, row.offset)
            for row in self.machine.memory.view
        ]

    def _mr(self, args: Args, name: str = "mr") -> MemoryRegion:
        return self.regions[args.text(name)]

    def _init(self, args: Args) -> Facts:
        world, name, kind = self.machine.world, args.text("mr"), args.text("kind")
        size = args.num("size")
        size = 1 << 64 if size == _U64 else size
        ops = {}
        if kind in ("io", "rom_device"):
            device = SyntheticDevice(name, args.num("dev"), self._calls)
            ops = {"ops": device.ops(cast("Mapping[str, Json]", args.get("ops") or {}))}
        if kind == "container":
            region = MemoryRegion.container(world, name, size)
        elif kind == "io":
            region = MemoryRegion.io(world, name, size, **ops)
        elif kind == "rom_device":
            region = MemoryRegion.rom_device(world, name, size, **ops)
        elif kind == "ram":
            region = MemoryRegion.ram(world, name, size)
        elif kind == "ram_ptr":
            page = 1 << world.ram_list.page_bits
            memory = HostMemory(max(size + page - 1 & -page, page))
            region = MemoryRegion.ram(world, name, size, memory)
        elif kind == "alias":
            target = self.regions[args.text("target")]
            region = MemoryRegion.make_alias(world, name, target, args.num("offset"), size)
        elif kind == "reservation":
            region = MemoryRegion.reservation(world, name, size)
        else:
            raise NotReplayable(f"init of kind {kind!r}")
        self.regions[name] = region
        if region.ram_addr is None:
            return {}
        return {"ret": {"ram_addr": self.machine.ram_addr(region)}}

    def _add_subregion(self, args: Args) -> Facts:
        self._mr(args, "parent").add_subregion(args.num("offset"), self._mr(args))
        return {}

    def _add_subregion_overlap(self, args: Args) -> Facts:
        """Priorities were unsigned in both versions, so that -1 is the highest (golden rule 1)."""
        self._mr(args, "parent").add_subregion_overlap(
            args.num("offset"), self._mr(args), args.num("priority") & _U32
        )
        return {}

    def _del_subregion(self, args: Args) -> Facts:
        self._mr(args, "parent").del_subregion(self._mr(args))
        return {}

    def _set_root(self, args: Args) -> Facts:
        self.machine.memory.set_root(self._mr(args))
        return {}

    def _get_dirty(self, args: Args) -> Facts:
        addr, size = args.num("addr"), self._dirty_size(args)
        return {"ret": int(self._mr(args).get_dirty(addr, size, args.num("client")))}

    def _dirty_size(self, args: Args) -> int:
        return args.num("size") if self.machine.dirty_by_size else 1

    def _flat(self, args: Args) -> Facts:
        space = self.machine.io if args.get("space") == "io" else self.machine.memory
        return {"flat": [flat_row(row) for row in space.view]}

    def _ram_poke(self, args: Args) -> Facts:
        data = args.data("data")
        self._mr(args).ram_view(args.num("offset"), len(data))[:] = data
        return {}

    def _ram_peek(self, args: Args) -> Facts:
        return {"data": self._mr(args).ram_view(args.num("offset"), args.num("len")).hex()}

    def _find(self, args: Args) -> Facts:
        """Nothing, asked for inside a row, was found there, but not at the row's first byte."""
        region = self._mr(args)
        while region.parent is not None:
            region = region.parent
        space = space_of((self.machine.memory, self.machine.io), region)
        addr, size = args.num("addr"), args.num("size")
        row = space.find(addr, size)
        if not size and (around := space.view.find(addr)) and around.start < addr:
            row = around.part(addr, addr)
        return found(row)

    def _predicates(self, args: Args) -> Facts:
        region = self._mr(args)
        return {
            "ret": {
                "is_ram": int(region.is_ram()),
                "is_rom": int(region.is_rom()),
                "is_logging": int(region.is_logging()),
            }
        }


def space_of(spaces: Iterable[AddressSpace], root: MemoryRegion) -> AddressSpace:
    """The address space that shows the tree from `root`; raises `RegionError` for none."""
    for space in spaces:
        if space.root is root:
            return space
    raise RegionError(f"no address space shows the tree of {root.name}")


def found(row: FlatRange | None) -> Facts:
    """What a space was asked for, as traces have it."""
    if row is None:
        return {"ret": None}
    return {
        "ret": {
            "mr": row.region.name,
            "offset_within_region": row.offset & _U64,
            "size": row.size,
            "offset_within_address_space": row.start,
            "readonly": int(row.readonly),
        }
    }


def flat_row(row: FlatRange) -> Json:
    """A flat view's row as traces have it."""
    return [
        row.start,
        min(row.size, _U64),
        row.region.name,
        row.offset & _U64,
        row.log_mask,
        int(row.readable),
        int(row.readonly),
    ]


def event_of(args: Args) -> EventFd:
    """The event that a step is about."""
    return EventFd(
        args.num("addr"),
        args.num("size"),
        bool(args.num("match_data")),
        args.num("data"),
        args.num("fd"),
    )
