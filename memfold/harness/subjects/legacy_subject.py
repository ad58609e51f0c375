"""The old API as a subject: performs "legacy" traces on anything that has the old calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar, cast

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import BadStep, MapRow, NotReplayable, Step, UnknownName
from memfold.legacy import (
    IO_MEM_ROM,
    IO_MEM_ROMD,
    IO_MEM_UNASSIGNED,
    CPUPhysMemoryClient,
    DeviceEndian,
    IoSlotsExhausted,
    LegacyDeath,
    MapClient,
    MappedMemory,
    OldApi,
    PhysMem,
    ReadFunc,
    Target,
    UnboundedRecursion,
    WriteFunc,
)
from memfold.legacy.chart import chart

__all__ = ["LegacySubject", "legacy_target", "on_legacy"]

T = TypeVar("T")
Id = int | str
Args = Mapping[str, Json]
_ENDIANS = {endian.name.lower(): endian for endian in DeviceEndian}
_U32, _U64 = 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF


def legacy_target(header: Mapping[str, Json]) -> Target:
    """The target that the header of a "legacy" trace describes.

    Raises `BadStep` for a header that lacks a number, `BadStep` or `TargetError` for one whose
    numbers do not fit together.
    """
    numbers = [header.get(key) for key in ("page_bits", "phys_addr_bits", "phys_addr_space_bits")]
    if not all(type(number) is int for number in numbers):
        raise BadStep("a number is missing", "page_bits, phys_addr_bits, phys_addr_space_bits")
    page_bits, addr_bits, space_bits = cast("list[int]", numbers)
    target = Target(
        str(header.get("target")), page_bits, addr_bits, space_bits, bool(header.get("big_endian"))
    )
    slots = header.get("io_mem_nb_entries", target.io_mem_nb_entries)
    if slots != target.io_mem_nb_entries:
        fitting = f"{target.io_mem_nb_entries}, which {page_bits} page bits make"
        raise BadStep(f"io_mem_nb_entries {slots}", fitting)
    return target


def on_legacy(header: Mapping[str, Json]) -> LegacySubject:
    """A fresh old world for a trace, which answers for every fact recorded."""
    target = legacy_target(header)
    phys = PhysMem(target)
    return LegacySubject(phys, target, lambda: chart(phys))


class LegacySubject:
    """Performs "legacy" traces on `api`, whose RAM comes in pages of `target`."""

    def __init__(
        self,
        api: OldApi,
        target: Target,
        chart: Callable[[], Iterable[tuple[int, int, str, object, int]]],
    ) -> None:
        self._api = api
        self._target = target
        self._chart = chart
        self._calls: list[Json] = []
        self._events: list[Json] = []
        self._ram: dict[Id, int] = {}
        self._io: dict[Id, int] = {}
        self._mapped: dict[Id, MappedMemory | None] = {}
        self._map_clients: dict[Id, MapClient] = {}
        self._clients: dict[Id, CPUPhysMemoryClient] = {}

    def perform(self, step: Step) -> Facts:
        """Do one step; see `Subject.perform`."""
        self._calls, self._events = [], []
        do = _OPS.get(step.op)
        if do is None:
            raise NotReplayable(f"{step.op}: the old API has no such call")
        try:
            facts = do(self, step.args)
        except UnboundedRecursion:
            return {"died": "unbounded-recursion"}
        except IoSlotsExhausted:
            return {"died": "io-slots-exhausted"}
        except LegacyDeath:
            return {"died": "SIGABRT"}
        if self._calls:
            facts["calls"] = self._calls
        if self._events:
            facts["events"] = self._events
        return facts

    def map(self) -> list[MapRow]:
        """The map as it is now, ascending: devices by number, RAM by the name of its block."""
        return [MapRow(*row[:3], str(row[3]), row[4]) for row in self._chart()]

    def _ram_alloc(self, args: Args) -> Facts:
        addr = self._api.qemu_ram_alloc(f"ram{args['id']}", _int(args, "size"))
        size = -(-_int(args, "size") // self._target.page_size) * self._target.page_size
        self._api.qemu_get_ram_ptr(addr)[:size] = _filling(size, _int(args, "fill"))
        self._ram[_id(args)] = addr
        return {"ret": addr}

    def _ram_free(self, args: Args) -> Facts:
        self._api.qemu_ram_free(_known(self._ram, _id(args)))
        return {}

    def _io_register(self, args: Args) -> Facts:
        dev, raw = _int(args, "id"), bool(args.get("raw"))
        readers = [self._reader(dev, size, raw) for size in (1, 2, 4)]
        writers = [self._writer(dev, size) for size in (1, 2, 4)]
        io = self._api.cpu_register_io_memory(
            _present(readers, args["read"]),
            _present(writers, args["write"]),
            dev,
            _ENDIANS[cast("str", args["endian"])],
        )
        self._io[dev] = io
        return {"ret": io}

    def _reader(self, dev: int, size: int, raw: bool) -> ReadFunc:
        mask = _U32 if raw else (1 << 8 * size) - 1

        def read(_opaque: object, addr: int) -> int:
            value = (dev * 0x01000193 ^ addr * 0x9E3779B1 ^ size * 0x85EBCA6B) & mask
            self._calls.append([dev, "r", size, addr, value])
            return value

        return read

    def _writer(self, dev: int, size: int) -> WriteFunc:
        def write(_opaque: object, addr: int, value: int) -> None:
            self._calls.append([dev, "w", size, addr, value])

        return write

    def _io_unregister(self, args: Args) -> Facts:
        self._api.cpu_unregister_io_memory(_known(self._io, _id(args)))
        return {}

    def _phys_register(self, args: Args) -> Facts:
        phys_offset = self._phys_offset(args["target"])
        self._api.cpu_register_physical_memory_log(
            _int(args, "start"),
            _int(args, "size"),
            phys_offset,
            _int(args, "region_offset"),
            bool(args["log_dirty"]),
        )
        return {"phys_offset": phys_offset}

    def _phys_offset(self, target: Json) -> int:
        match target:
            case "unassigned":
                return IO_MEM_UNASSIGNED
            case {"ram": int() | str() as ram, "off": int(off), "flag": "ram"}:
                return _known(self._ram, ram) + off
            case {"ram": int() | str() as ram, "off": int(off), "flag": "rom"}:
                return _known(self._ram, ram) + off | IO_MEM_ROM
            case {"ram": int() | str() as ram, "off": int(off), "flag": "romd", "io": int(io)}:
                return (_known(self._ram, ram) + off | _known(self._io, io) | IO_MEM_ROMD) & _U64
            case {"io": int(io)}:
                return _known(self._io, io) & _U64
        raise BadStep(f"target {target!r}", "'unassigned', an io or ram, off and flag")

    def _read(self, args: Args) -> Facts:
        return {
            "data": self._api.cpu_physical_memory_read(_int(args, "addr"), _int(args, "len")).hex()
        }

    def _write(self, args: Args) -> Facts:
        self._api.cpu_physical_memory_write(_int(args, "addr"), _hex(args))
        return {}

    def _write_rom(self, args: Args) -> Facts:
        self._api.cpu_physical_memory_write_rom(_int(args, "addr"), _hex(args))
        return {}

    def _map(self, args: Args) -> Facts:
        is_write = bool(args["is_write"])
        memory = self._api.cpu_physical_memory_map(_int(args, "addr"), _int(args, "len"), is_write)
        self._mapped[_id(args)] = memory
        if memory is None:
            return {"ret": {"kind": "null", "len": 0}}
        ret: dict[str, Json] = {"kind": "bounce", "len": memory.length}
        if memory.ram_addr is not None:
            ret |= {"kind": "ram", "ram_addr": memory.ram_addr}
        return {"ret": ret} if is_write else {"ret": ret, "data": memory.view.hex()}

    def _map_write(self, args: Args) -> Facts:
        data, off = _hex(args), _int(args, "off")
        view = self._memory(args).view
        if off + len(data) > len(view):
            wrong = f"{len(data):#x} bytes at {off:#x} of the mapping"
            raise BadStep(wrong, f"no more than its {len(view):#x} bytes")
        view[off : off + len(data)] = data
        return {}

    def _unmap(self, args: Args) -> Facts:
        self._api.cpu_physical_memory_unmap(
            self._memory(args), bool(args["is_write"]), _int(args, "access_len")
        )
        return {}

    def _memory(self, args: Args) -> MappedMemory:
        memory = _known(self._mapped, _id(args))
        if memory is None:
            raise BadStep(f"mapping {args['id']} gave no memory", "one that did")
        return memory

    def _map_client_register(self, args: Args) -> Facts:
        ident = _id(args)

        def called(_opaque: object) -> None:
            self._events.append([ident, "map_client"])

        self._map_clients[ident] = self._api.cpu_register_map_client(ident, called)
        return {}

    def _map_client_unregister(self, args: Args) -> Facts:
        self._api.cpu_unregister_map_client(_known(self._map_clients, _id(args)))
        return {}

    def _client_register(self, args: Args) -> Facts:
        ident, probe = _id(args), bool(args.get("probe"))
        rets = cast("dict[str, int]", args.get("rets", {}))

        def set_memory(start: int, size: int, phys_offset: int, log_dirty: bool) -> None:
            row: list[Json] = [ident, "set_memory", start, size, phys_offset, log_dirty]
            if probe:
                row.append(self._api.cpu_get_physical_page_desc(start))
            self._events.append(row)

        def told(name: str, ret: str) -> Callable[[int, int], int]:
            def tell(start: int, size: int) -> int:
                self._events.append([ident, name, start, size])
                return rets.get(ret, 0)

            return tell

        def migration_log(enable: int) -> int:
            self._events.append([ident, "migration_log", enable])
            return rets.get("migration", 0)

        log = bool(args["log"])
        client = CPUPhysMemoryClient(
            set_memory,
            told("sync_dirty_bitmap", "sync"),
            migration_log,
            told("log_start", "log_start") if log else None,
            told("log_stop", "log_stop") if log else None,
        )
        self._clients[ident] = client
        self._api.cpu_register_phys_memory_client(client)
        return {}

    def _client_unregister(self, args: Args) -> Facts:
        self._api.cpu_unregister_phys_memory_client(_known(self._clients, _id(args)))
        return {}

    def _dirty_dump(self, args: Args) -> Facts:
        size, first = self._target.page_size, _int(args, "ram_addr")
        flags = self._api.cpu_physical_memory_get_dirty_flags
        return {"data": bytes(flags(first + k * size) for k in range(_int(args, "pages"))).hex()}

    def _ram_peek(self, args: Args) -> Facts:
        host = self._api.qemu_get_ram_ptr(_int(args, "ram_addr"))
        return {"data": host[: _int(args, "len")].hex()}


def _int(args: Args, name: str) -> int:
    # A trace that was validated holds integers here.
    return cast("int", args[name])


def _id(args: Args) -> Id:
    return cast("Id", args["id"])


def _hex(args: Args) -> bytes:
    return bytes.fromhex(cast("str", args["hex"]))


def _known(table: Mapping[Id, T], ident: Id) -> T:
    if ident not in table:
        raise UnknownName(f"id {ident!r} is not known")
    return table[ident]


def _present(funcs: Sequence[T], there: Json) -> tuple[T | None, T | None, T | None]:
    """The callbacks for 1, 2 and 4 bytes, None where the recording had a null pointer."""
    byte, word, long = (
        func if is_there else None
        for func, is_there in zip(funcs, cast("list[bool]", there), strict=True)
    )
    return byte, word, long


def _filling(size: int, fill: int) -> bytes:
    """What the recorder put in fresh RAM."""
    return bytes((i * 0x9E3779B1 + fill * 0x85EBCA6B & _U32) >> 24 for i in range(size))


_Do = Callable[[LegacySubject, Args], Facts]


def _call(name: str, *args: str) -> _Do:
    """An operation that is one call with these arguments, and nothing to show."""

    def do(subject: LegacySubject, given: Args) -> Facts:
        getattr(subject._api, name)(*(given[arg] for arg in args))
        return {}

    return do


def _value(name: str, *args: str) -> _Do:
    """An operation that is one call with these arguments, which returns a number."""

    def do(subject: LegacySubject, given: Args) -> Facts:
        return {"ret": int(getattr(subject._api, name)(*(given[arg] for arg in args)))}

    return do


_OPS: Mapping[str, _Do] = {
    "ram_alloc": LegacySubject._ram_alloc,
    "ram_free": LegacySubject._ram_free,
    "io_register": LegacySubject._io_register,
    "io_unregister": LegacySubject._io_unregister,
    "phys_register": LegacySubject._phys_register,
    "page_desc": _value("cpu_get_physical_page_desc", "addr"),
    "read": LegacySubject._read,
    "write": LegacySubject._write,
    "write_rom": LegacySubject._write_rom,
    **{name: _value(name, "addr") for name in ("ldub_phys", "lduw_phys", "ldl_phys", "ldq_phys")},
    **{
        name: _call(name, "addr", "value")
        for name in (
            "stb_phys",
            "stw_phys",
            "stl_phys",
            "stq_phys",
            "stl_phys_notdirty",
            "stq_phys_notdirty",
        )
    },
    "map": LegacySubject._map,
    "map_write": LegacySubject._map_write,
    "unmap": LegacySubject._unmap,
    "map_client_register": LegacySubject._map_client_register,
    "map_client_unregister": LegacySubject._map_client_unregister,
    "get_dirty": _value("cpu_physical_memory_get_dirty", "ram_addr", "flags"),
    "get_dirty_flags": _value("cpu_physical_memory_get_dirty_flags", "ram_addr"),
    "is_dirty": _value("cpu_physical_memory_is_dirty", "ram_addr"),
    "set_dirty": _call("cpu_physical_memory_set_dirty", "ram_addr"),
    "set_dirty_flags": _value("cpu_physical_memory_set_dirty_flags", "ram_addr", "flags"),
    "reset_dirty": _call("cpu_physical_memory_reset_dirty", "start", "end", "flags"),
    "dirty_dump": LegacySubject._dirty_dump,
    "ram_peek": LegacySubject._ram_peek,
    "set_dirty_tracking": _value("cpu_physical_memory_set_dirty_tracking", "enable"),
    "get_dirty_tracking": _value("cpu_physical_memory_get_dirty_tracking"),
    "sync_dirty_bitmap": _value("cpu_physical_sync_dirty_bitmap", "start", "end"),
    "log_start": _value("cpu_physical_log_start", "start", "size"),
    "log_stop": _value("cpu_physical_log_stop", "start", "size"),
    "client_register": LegacySubject._client_register,
    "client_unregister": LegacySubject._client_unregister,
}
