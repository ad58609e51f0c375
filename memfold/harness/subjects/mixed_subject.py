"""Traces of old calls and regions in one world: on the old layer with claims, on the core, and by
the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from typing import cast

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import NotReplayable, Step, Subject, UnknownName
from memfold.harness.rules.arguments import size_of
from memfold.harness.rules.devices import masked
from memfold.harness.rules.told import LISTENERS
from memfold.harness.rules.world import Rules
from memfold.harness.subjects.core_machine import access_of
from memfold.harness.subjects.legacy_subject import LegacySubject, legacy_target
from memfold.harness.subjects.memory_subject import Args, event_of, flat_row, found
from memfold.harness.subjects.mixed_buses import Buses
from memfold.harness.subjects.mixed_carried import carried
from memfold.harness.subjects.mixed_heard import Pages, Rows, event_row
from memfold.harness.subjects.synthetic import SyntheticDevice
from memfold.host.ram import RamList
from memfold.legacy import (
    DeviceEndian,
    IoSlotsExhausted,
    LegacyDeath,
)
from memfold.newapi import (
    AddressSpace,
    Below,
    FlatRange,
    Interposer,
    Kind,
    MemoryRegion,
    PhysAccess,
    RegionError,
    World,
)
from memfold.shim.folded import Folded
from memfold.shim.shared_physmem import SharedPhysMem

__all__ = ["by_rules", "on_folded", "on_shared"]

_NOBODY = (None, None, None)


def by_rules(header: Mapping[str, Json]) -> Subject:
    """The simple model of both layers."""
    return Rules(header)


def on_shared(header: Mapping[str, Json]) -> Subject:
    """The old layer with claims.

    What it cannot map (RAM cut inside a page beside old devices) it is not asked: in a world
    ``alone`` the rules stand in.
    """
    return Rules(header) if header.get("alone") else MixedSubject(SharedPhysMem, header)


def on_folded(header: Mapping[str, Json]) -> Subject:
    """The core, with the facade for old calls.

    In a world of ``heads``, RAM is divided by old devices as the old layer has it: the first part
    of a page is lost. The core shows it, so the rules stand in.
    """
    return Rules(header) if header.get("heads") else MixedSubject(Folded, header)


class MixedSubject(LegacySubject):
    """One fresh world of old calls and regions."""

    def __init__(
        self, kind: type[SharedPhysMem] | type[Folded], header: Mapping[str, Json]
    ) -> None:
        target = legacy_target(header)
        self.world = World(RamList(target.page_bits), big_endian=target.big_endian)
        self.old = kind(target, self.world)
        super().__init__(self.old, target, tuple)
        self.root = MemoryRegion.container(self.world, "system", target.space.size)
        self.space = self.old.show("memory", self.root)
        second = MemoryRegion.container(self.world, "second", target.space.size)
        self.second = AddressSpace(self.world, "second", second)
        self.regions = {"system": self.root, "second": second}
        self.quiet, self.whole = bool(header.get("quiet")), bool(header.get("whole"))
        self.heads, self.slots = bool(header.get("heads")), bool(header.get("slots"))
        self.mapped = False
        """Whether there ever was a region."""
        self.buses = Buses(self.old, self.call)
        self.tight: list[int] = []
        self._of_regions = False
        self._noted: list[Json] = []
        self._saved: dict[Json, int] = {}
        self._interposers: dict[Json, Interposer] = {}
        self._joined: dict[int, Rows] = {}
        self._blocks: list[ExitStack] = []
        for who in LISTENERS:
            self.space.register(Rows(who, self.is_trees, self.told))
        pages = target.page_size, target.space.size
        self.pages = Pages(*pages, lambda: self.whole and self._of_regions)
        for client in self.pages.clients():
            self.old.cpu_register_phys_memory_client(client)

    def perform(self, step: Step) -> Facts:
        """Do one step; after `tight` first without an io slot, so that it is refused if it needs
        one: then all is as it was before."""
        where, self.tight = self.tight, []
        if not where:
            return self._perform(step)
        looked, calls = self._look(where)
        fillers = [*iter(self._filler, -1)]
        try:
            facts = self._perform(step)
        except RegionError:
            facts = {"died": "refused"}
        for io in fillers:
            self.old.cpu_unregister_io_memory(io)
        if "died" in facts:
            self.world.check()
            looked, calls = self._look(where)
            facts = self._perform(step)
        facts["looked"] = looked
        if calls:
            facts["calls"] = calls
        return facts

    def _filler(self) -> int:
        return self.old.cpu_register_io_memory(_NOBODY, _NOBODY, None, DeviceEndian.NATIVE)

    def _look(self, where: list[int]) -> tuple[str, list[Json]]:
        calls: list[Json] = []
        self._calls = calls
        data = b"".join(self.old.cpu_physical_memory_read(addr, 1) for addr in where)
        return data.hex(), calls

    def look_before(self, args: Args) -> None:
        """The next step is tried without an io slot; it is looked at these addresses then."""
        self.tight = cast("list[int]", args.get("addrs"))

    def destroy(self, args: Args) -> None:
        """A region goes for good. Its slots stay taken: whoever had one next would answer where a
        descriptor of it is put back, and on the core nobody does."""
        free = self.old.io_table.free
        self._mr(args).destroy()
        del self.regions[args.text("mr")]
        while self.old.io_table.free > free and not self.slots:
            self._filler()

    def _perform(self, step: Step) -> Facts:
        self._noted, self.pages.told = [], []
        self._of_regions = False
        do = _OPS.get(step.op)
        if do is None:
            facts = super().perform(step)
            facts.pop("phys_offset", None)
            if step.op == "io_register" and self.mapped and not self.slots:
                facts.pop("ret")  # regions have slots too, at one stage
        else:
            self._calls = []
            self._of_regions = True
            facts = self._region_step(do, Args(step.args))
            if "died" in facts:
                return facts
            if self._calls:
                facts["calls"] = self._calls
        for name, noted in (("events", self._noted), ("told", self.pages.told)):
            if noted and not self.quiet:
                facts[name] = noted
        return facts

    def _region_step(self, do: _Do, args: Args) -> Facts:
        try:
            return do(self, args) or {}
        except IoSlotsExhausted:
            return {"died": "io-slots-exhausted"}
        except LegacyDeath:
            return {"died": "SIGABRT"}
        except RegionError:
            if not self.heads:
                raise
            return {"died": "refused"}

    # What is told

    def told(self, row: Json) -> None:
        """A listener is told of something."""
        self._noted.append(row)

    def is_trees(self, row: FlatRange) -> bool:
        """Whether a row is of the tree."""
        return not (isinstance(self.old, Folded) and row.region in self.old.regions)

    # Regions

    def _mr(self, args: Args, name: str = "mr") -> MemoryRegion:
        if args.text(name) not in self.regions:
            raise UnknownName(f"no region {args.text(name)!r} so far")
        return self.regions[args.text(name)]

    def init(self, args: Args) -> None:
        """A new region."""
        name, kind, size = args.text("mr"), args.text("kind"), args.num("size")
        if kind in ("io", "rom_device"):
            device = SyntheticDevice(name, args.num("dev"), self._rows_of_calls)
            ops = device.ops(cast("Mapping[str, Json]", args.get("ops") or {}))
            make = MemoryRegion.io if kind == "io" else MemoryRegion.rom_device
            region = make(self.world, name, size, ops)
        elif kind == "alias":
            target = self._mr(args, "target")
            region = MemoryRegion.make_alias(self.world, name, target, args.num("offset"), size)
        elif kind == "carried":
            region = carried(self.world, args, self.call)
        elif kind in ("container", "ram", "rom", "reservation"):
            region = getattr(MemoryRegion, kind)(self.world, name, size)
        else:
            raise NotReplayable(f"init of kind {kind!r}")
        self.regions[name] = region
        self.mapped = True

    @property
    def _rows_of_calls(self) -> list[Json]:
        return cast("list[Json]", _Calls(self))

    def call(self, row: Json) -> None:
        """A callback notes a call."""
        self._calls.append(row)

    def interpose(self, args: Args) -> None:
        """Put code in the way that notes what passes, and turns its lowest bit over."""
        name = args.text("id")

        def read(below: Below, offset: int, size: int) -> int:
            number = below.read(offset, size)
            self._calls.append([name, "r", size, offset, number])
            return number ^ 1

        def write(below: Below, offset: int, number: int, size: int) -> None:
            self._calls.append([name, "w", size, offset, number])
            below.write(offset, number ^ 1, size)

        ways = read if args.get("reads") else None, write if args.get("writes") else None
        interposer = self._interposers[name] = Interposer(name, *ways)
        self._mr(args).add_interposer(interposer)

    # What is asked, who listens, and changes taken back

    def find(self, args: Args) -> Facts:
        """The first row in some addresses of a space."""
        space = self.space if self._mr(args) is self.space.root else self.second
        return found(space.find(args.num("addr"), args.num("size")))

    def set_root(self, args: Args) -> None:
        """Have a space show another tree."""
        space = self.second if args.text("space") == "second" else self.space
        space.set_root(self._mr(args))

    def client_answers(self, args: Args) -> None:
        """The newer memory client answers this from now on."""
        self.pages.answer = args.num("ret")

    def join(self, args: Args) -> None:
        """One more listens."""
        who = args.num("priority")
        self._joined[who] = Rows(who, self.is_trees, self.told)
        self.space.register(self._joined[who])

    def leave(self, args: Args) -> None:
        """One of them does not any more."""
        if args.num("priority") not in self._joined:
            raise UnknownName(f"no listener {args.num('priority')} so far")
        self.space.unregister(self._joined.pop(args.num("priority")))

    def begin_block(self, _: Args) -> None:
        """Changes that may be taken back begin."""
        self._blocks.append(ExitStack())
        self._blocks[-1].enter_context(self.world.transaction())

    def end_block(self, _: Args) -> None:
        """They are for good, as far as this block is concerned."""
        self._last_block().close()

    def fail_block(self, _: Args) -> None:
        """They are taken back."""
        with suppress(_Failed), self._last_block():
            raise _Failed

    def _last_block(self) -> ExitStack:
        if not self._blocks:
            raise UnknownName("no block has begun")
        return self._blocks.pop()

    # Pages saved and put back

    def save(self, args: Args) -> None:
        """Old code reads a page's descriptor, to put it back later."""
        self._saved[args.get("id")] = self.old.cpu_get_physical_page_desc(args.num("addr"))

    def _phys_offset(self, target: Json) -> int:
        if isinstance(target, dict) and "saved" in target:
            return self._saved[target["saved"]]
        return super()._phys_offset(target)

    def flat(self, _: Args) -> Facts:
        """The rows of the tree, and what a memory client heard last of each page.

        Drawn anew all has to be the same: a crash tells where it is not.
        """
        if self.quiet:
            return {}
        regions = self.regions.values()
        containers = (each for each in regions if each.kind is Kind.CONTAINER or each.children)
        if all(each.enabled for each in containers):
            # What is added to a disabled container counts from the next update on.
            self.world.check()
        parts = sorted({(part.start, part.size) for part in self.old.coalesced})
        facts: Facts = {
            "flat": [flat_row(row) for row in self.space.view if self.is_trees(row)],
            "second": [event_row("", row) for row in self.second.view],
            "coalesced": [[*part] for part in parts],
        }
        if self.whole:
            facts["heard"] = self.pages.heard()
        return facts

    # The native way; on the old layer the functions that were there before

    def ld(self, args: Args) -> Facts:
        """Load a number."""
        addr, name = args.num("addr"), args.text("fn")
        if isinstance(self.old, Folded):
            size, order = access_of(name)
            if order:
                return {"ret": PhysAccess(self.old.core).ld(addr, size, order)}
            return {"ret": self.old.core.load(addr, size)}
        return {"ret": masked(getattr(self.old, name)(addr), size_of(name))}

    def st(self, args: Args) -> None:
        """Store a number."""
        addr, name, number = args.num("addr"), args.text("fn"), args.num("val")
        if isinstance(self.old, Folded):
            size, order = access_of(name)
            if name.endswith("_notdirty"):
                tracking = self.old.cpu_physical_memory_get_dirty_tracking() != 0
                PhysAccess(self.old.core).st_notdirty(addr, number, size, tracking)
            elif order:
                PhysAccess(self.old.core).st(addr, number, size, order)
            else:
                self.old.core.store(addr, number, size)
        else:
            getattr(self.old, name)(addr, number)


class _Failed(Exception):
    """Ends a block."""


class _Calls:
    """Where a region's device notes its calls: with the step that is performed now."""

    def __init__(self, subject: MixedSubject) -> None:
        self._subject = subject

    def append(self, row: Json) -> None:
        self._subject.call(row)


_Do = Callable[[MixedSubject, Args], Facts | None]


def _poke(subject: MixedSubject, args: Args) -> None:
    data = args.data("data")
    subject._mr(args).ram_view(args.num("offset"), len(data))[:] = data


def _peek(subject: MixedSubject, args: Args) -> Facts:
    view = subject._mr(args).ram_view(args.num("offset"), args.num("len"))
    return {"data": view.hex()}


def _dirty(subject: MixedSubject, args: Args) -> Facts:
    bytes_ = args.num("addr"), args.num("size")
    return {"ret": int(subject._mr(args).get_dirty(*bytes_, args.num("client")))}


def _add(subject: MixedSubject, args: Args) -> None:
    parent, child = subject._mr(args, "parent"), subject._mr(args)
    if args.get("priority") is None:
        parent.add_subregion(args.num("offset"), child)
    else:
        parent.add_subregion_overlap(args.num("offset"), child, args.num("priority"))


_OPS: Mapping[str, _Do] = {
    "tight": MixedSubject.look_before,
    "destroy": MixedSubject.destroy,
    "ioport_register": lambda s, a: s.buses.register(a),
    "ioport_unassign": lambda s, a: s.buses.unassign(a),
    "in": lambda s, a: s.buses.read(a),
    "out": lambda s, a: s.buses.write(a),
    "pci_device": lambda s, a: s.buses.add_card(a),
    "pci_bar": lambda s, a: s.buses.add_bar(a, s._io.__getitem__),
    "config_read": lambda s, a: s.buses.read_config(a),
    "config_write": lambda s, a: s.buses.write_config(a),
    "init": MixedSubject.init,
    "flat": MixedSubject.flat,
    "ld": MixedSubject.ld,
    "st": MixedSubject.st,
    "page_save": MixedSubject.save,
    "ram_poke": _poke,
    "add_subregion": _add,
    "add_subregion_overlap": _add,
    "del_subregion": lambda s, a: s._mr(a, "parent").del_subregion(s._mr(a)),
    "set_enabled": lambda s, a: s._mr(a).set_enabled(bool(a.num("enabled"))),
    "set_address": lambda s, a: s._mr(a).set_address(a.num("addr")),
    "set_alias_offset": lambda s, a: s._mr(a).set_alias_offset(a.num("offset")),
    "set_readonly": lambda s, a: s._mr(a).set_readonly(bool(a.num("readonly"))),
    "rom_device_set_readable": lambda s, a: s._mr(a).rom_device_set_readable(
        bool(a.num("readable"))
    ),
    "region_peek": _peek,
    "region_dirty": _dirty,
    "region_set_dirty": lambda s, a: s._mr(a).set_dirty(a.num("addr"), a.num("size")),
    "region_reset_dirty": lambda s, a: s._mr(a).reset_dirty(
        a.num("addr"), a.num("size"), a.num("client")
    ),
    "set_coalescing": lambda s, a: s._mr(a).set_coalescing(),
    "clear_coalescing": lambda s, a: s._mr(a).clear_coalescing(),
    "add_coalescing": lambda s, a: s._mr(a).add_coalescing(a.num("offset"), a.num("size")),
    "add_eventfd": lambda s, a: s._mr(a).add_eventfd(event_of(a)),
    "del_eventfd": lambda s, a: s._mr(a).del_eventfd(event_of(a)),
    "set_log": lambda s, a: s._mr(a).set_log(bool(a.num("log")), a.num("client")),
    "transaction_begin": lambda s, _: s.world.transaction_begin(),
    "transaction_commit": lambda s, _: s.world.transaction_commit(),
    "add_interposer": MixedSubject.interpose,
    "find": MixedSubject.find,
    "set_root": MixedSubject.set_root,
    "sync_dirty_bitmap": lambda s, a: s._mr(a).sync_dirty_bitmap(),
    "global_sync": lambda s, _: s.space.sync_dirty_bitmap(),
    "global_log_start": lambda s, _: s.world.log_global_start(),
    "global_log_stop": lambda s, _: s.world.log_global_stop(),
    "client_answers": MixedSubject.client_answers,
    "listener_register": MixedSubject.join,
    "listener_unregister": MixedSubject.leave,
    "block_begin": MixedSubject.begin_block,
    "block_end": MixedSubject.end_block,
    "block_fail": MixedSubject.fail_block,
    "del_interposer": lambda s, a: s._mr(a).del_interposer(s._interposers[a.text("id")]),
}
