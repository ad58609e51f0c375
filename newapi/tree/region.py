"""`MemoryRegion`: a named piece of memory, mapped by adding it to a container."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, Protocol, Self

from memfold.host.memory import HostMemory, HostMemoryError
from memfold.host.ranges import ADDRESS_LIMIT, AddrRange
from memfold.newapi.tree import rules
from memfold.newapi.tree.backing import Backed
from memfold.newapi.tree.change import Setting
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.interposer import Interposer
from memfold.newapi.tree.node import Node, NodeWorld
from memfold.newapi.tree.ops import ByWidth, EventFd, Ops, PortEntry
from memfold.newapi.tree.profile import Profile
from memfold.newapi.tree.readonly import read_only

__all__ = [
    "Kind",
    "MemoryRegion",
    "MemoryRegionOps",
    "OldMmio",
    "PortioEntry",
    "RegionWorld",
]


class Kind(Enum):
    """What answers an access that reaches the region itself."""

    CONTAINER = "container"
    IO = "io"
    RAM = "ram"
    ALIAS = "alias"
    ROM_DEVICE = "rom_device"
    RESERVATION = "reservation"


@dataclass(frozen=True, slots=True)
class OldMmio(ByWidth["MemoryRegion"]):
    """`ByWidth` for a `MemoryRegion`: six callbacks, as the mail of 2011-05-18 proposed them."""


@dataclass(frozen=True, slots=True)
class PortioEntry(PortEntry["MemoryRegion"]):
    """`PortEntry` for a `MemoryRegion`: one line of an old port list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRegionOps(Ops["MemoryRegion"]):
    """`Ops` for a `MemoryRegion`: how device registers are read and written."""


NO_OPS = MemoryRegionOps()
"""What a region without callbacks has: reads 0, writes go nowhere."""
REFUSING_OPS = MemoryRegionOps(accepts=lambda *_: False)
"""What a reservation has: every access is invalid."""


class RegionWorld(NodeWorld, Protocol):
    """What a region asks of its world."""

    @property
    def profile(self) -> Profile:
        """What accesses that reach no device see."""

    @property
    def big_endian(self) -> bool:
        """The byte order of the target."""

    @property
    def byte_order(self) -> Literal["little", "big"]:
        """The same, as `int.from_bytes` has it."""

    @property
    def in_transaction(self) -> bool:
        """Whether changes may still be taken back."""

    def root_of(self, region: Node) -> str | None:
        """The name of an address space that shows the tree from `region`, if one does."""

    def region_init(self, region: MemoryRegion) -> None:
        """Tell every listener of a new region with RAM."""

    def region_destroy(self, region: MemoryRegion) -> None:
        """Tell every listener that `region` is gone."""


@read_only
class MemoryRegion(Backed):
    """A named piece of memory: registers, RAM, a window on another region, or a container.

    The client allocates it and gives it its world; use the class methods, one per kind. What it is
    can be read and, but for the name, not assigned: every change is a call, noted by the world, and
    takes effect at once, or at the outermost `World.transaction_commit`.
    """

    __slots__ = (
        "_callback_offset",
        "_coalesced",
        "_eventfds",
        "_interposers",
        "_kind",
        "_ops",
        "_readable",
        "_readonly",
        "_stands_for",
        "_terminates",
    )

    _world: RegionWorld
    _eventfds: tuple[EventFd, ...]
    _coalesced: tuple[AddrRange, ...]
    _interposers: tuple[Interposer, ...]

    def __init__(
        self,
        world: RegionWorld,
        name: str,
        size: int,
        kind: Kind = Kind.CONTAINER,
        ops: MemoryRegionOps | None = None,
        *,
        ram_addr: int | None = None,
        stands_for: MemoryRegion | None = None,
        readable: bool = True,
    ) -> None:
        """A region of `size` bytes (0..2^64); an abstract container unless `kind` says else.

        `ram_addr`: bytes of the world's RAM list that belong to somebody else. `stands_for`: the
        region that this one takes the place of in flat views. `readable`: see `rom_device`.
        """
        super().__init__(name, size)
        self._world = world
        self._kind = kind
        if not isinstance(ops, MemoryRegionOps | None):
            raise RegionError(f"region {name}: {ops!r} are no MemoryRegionOps", name)
        self._ops = ops or NO_OPS
        self._terminates = kind is not Kind.CONTAINER and kind is not Kind.ALIAS
        self._ram_addr = ram_addr
        self._log_mask = 0
        self._readonly = False
        self._readable = readable
        self._callback_offset = 0
        self._coalesced = ()
        self._eventfds = ()
        self._interposers = ()
        self._stands_for = stands_for

    # Kinds

    @classmethod
    def container(cls, world: RegionWorld, name: str, size: int) -> Self:
        """An abstract region: empty until regions are added to it."""
        return cls(world, name, size)

    @classmethod
    def io(cls, world: RegionWorld, name: str, size: int, ops: MemoryRegionOps) -> Self:
        """Device registers, answered by `ops`."""
        return cls(world, name, size, Kind.IO, ops)

    @classmethod
    def ram(
        cls, world: RegionWorld, name: str, size: int, memory: HostMemory | None = None
    ) -> Self:
        """RAM of the world's RAM list; `memory`: the caller's bytes instead of fresh ones."""
        region = cls(world, name, size, Kind.RAM)
        region.allocate_ram(memory)
        return region

    @classmethod
    def rom(cls, world: RegionWorld, name: str, size: int) -> Self:
        """RAM that a guest cannot write."""
        region = cls.ram(world, name, size)
        region._readonly = True
        return region

    @classmethod
    def rom_device(cls, world: RegionWorld, name: str, size: int, ops: MemoryRegionOps) -> Self:
        """Reads see an array (RAM), writes reach `ops`; see `rom_device_set_readable`."""
        region = cls(world, name, size, Kind.ROM_DEVICE, ops)
        region.allocate_ram(None)
        return region

    @classmethod
    def make_alias(
        cls, world: RegionWorld, name: str, target: Self, offset: int, size: int
    ) -> Self:
        """A window of `size` bytes on `target`, from `offset` in it."""
        region = cls(world, name, size, Kind.ALIAS)
        region.check_same_world(target)
        rules.check_offset(region, offset)
        region._alias, region._alias_offset = target, offset
        target._aliases.append(region)
        return region

    @classmethod
    def reservation(cls, world: RegionWorld, name: str, size: int) -> Self:
        """A place that somebody else answers (say, an in-kernel device): here nothing is valid."""
        return cls(world, name, size, Kind.RESERVATION, REFUSING_OPS)

    def allocate_ram(self, memory: HostMemory | None) -> None:
        """Give a new RAM region or ROM device its bytes, once; the class methods do so."""
        ram_list = self._world.ram_list
        try:
            if memory is None:
                self._ram_addr = ram_list.alloc(self.name, self._size)
            else:
                self._ram_addr = ram_list.alloc_from_memory(self.name, self._size, memory)
        except HostMemoryError as error:
            raise RegionError(f"region {self.name}: {error}", self.name) from error
        self._world.region_init(self)

    def destroy(self: Self) -> None:
        """Give everything back. Raises `RegionError` while it is mapped, used or not empty, and
        inside a transaction, which could not take it back.

        What a listener raises that is told of it comes in the end: the region is gone all the same.
        """
        rules.check_destroyable(self)
        if self._world.in_transaction:
            wrong = f"cannot destroy {self.name} inside a transaction, which may be taken back"
            raise RegionError(wrong, self.name)
        space = self._world.root_of(self)
        if space is not None:
            raise RegionError(f"cannot destroy {self.name}: it is the root of {space}", self.name)
        for alias in rules.all_aliases(self):
            if alias.parent is not None or self._world.root_of(alias) is not None:
                raise RegionError(f"cannot destroy {self.name}: alias {alias} shows it", self.name)
        self._destroyed = True
        if self._alias is not None:
            self._alias._aliases.remove(self)
        if self._ram_addr is not None:
            self._world.ram_list.free(self._ram_addr)
        self._world.region_destroy(self)

    # What it is

    @property
    def world(self) -> RegionWorld:
        """The world it was made for; it never meets another's regions."""
        return self._world

    @property
    def kind(self) -> Kind:
        """What answers an access that reaches the region itself."""
        return self._kind

    @property
    def ops(self) -> MemoryRegionOps:
        """Its callbacks, and the sizes they take."""
        return self._ops

    @property
    def terminates(self) -> bool:
        """Whether it answers by itself; a container or an alias does not."""
        return self._terminates

    @property
    def readonly(self) -> bool:
        """Whether guest writes to RAM here and below are dropped."""
        return self._readonly

    @property
    def readable(self) -> bool:
        """False for a ROM device whose reads reach its callbacks."""
        return self._readable

    @property
    def callback_offset(self) -> int:
        """What is added to every address that callbacks get (1.0 only)."""
        return self._callback_offset

    @property
    def coalesced(self) -> tuple[AddrRange, ...]:
        """Offsets whose writes may wait and be told together."""
        return self._coalesced

    @property
    def eventfds(self) -> tuple[EventFd, ...]:
        """Events to signal, by offset, in order."""
        return self._eventfds

    @property
    def interposers(self) -> tuple[Interposer, ...]:
        """What accesses through this region pass first, the outermost first."""
        return self._interposers

    @property
    def itself(self) -> MemoryRegion:
        """The region that this one stands for in flat views, below interposers; else itself."""
        return self._stands_for or self

    def is_ram(self) -> bool:
        """Whether it is RAM or ROM itself (a ROM device and an alias are not)."""
        return self._kind is Kind.RAM

    def is_rom(self) -> bool:
        """Whether it is RAM that a guest cannot write."""
        return self._kind is Kind.RAM and self._readonly

    # Attributes

    def set_readonly(self, readonly: bool) -> None:
        """Drop guest writes to RAM here and below."""
        if readonly != self._readonly:
            self._set("readonly", readonly)

    def rom_device_set_readable(self, readable: bool) -> None:
        """Whether reads of a ROM device see its array or reach its callbacks."""
        if self._kind is not Kind.ROM_DEVICE:
            wrong = f"region {self.name} is no ROM device: nothing to make readable"
            raise RegionError(wrong, self.name)
        if readable != self._readable:
            self._set("readable", readable)

    def set_offset(self, offset: int) -> None:
        """Add `offset` to every address that `read` and `write` callbacks get (1.0 only)."""
        if type(offset) is not int:
            raise RegionError(f"region {self.name}: offset {offset!r} is no integer", self.name)
        if offset != self._callback_offset:
            self._note("callback_offset", offset)

    def set_coalescing(self) -> None:
        """Coalesce writes to the whole region, and nothing else of what was asked before."""
        with self._world.transaction():
            self.clear_coalescing()
            self.add_coalescing(0, self._size)

    def add_coalescing(self, offset: int, size: int) -> None:
        """Coalesce writes to `size` bytes from `offset` too, wherever the region is or goes."""
        rules.check_offset(self, offset)
        where = AddrRange.sized(offset, size)
        if type(size) is not int or not 0 <= size <= ADDRESS_LIMIT - offset:
            limit = f"0x0..{ADDRESS_LIMIT - offset:#x}"
            wrong = f"region {self.name}: {size!r} bytes at {offset:#x} are not in {limit}"
            raise RegionError(wrong, self.name, where)
        self._coalesce((*self._coalesced, where))

    def clear_coalescing(self) -> None:
        """Coalesce no write to the region any more."""
        self._coalesce(())

    def _coalesce(self, ranges: tuple[AddrRange, ...]) -> None:
        change = Setting(self, "coalesced", self._coalesced, ranges)
        change.apply()
        self._world.coalescing_changed(self, change)

    def add_eventfd(self, event: EventFd) -> None:
        """Signal `event.fd` for writes at `event.addr` in this region, wherever it is mapped."""
        place = sum(1 for known in self._eventfds if known.key() <= event.key())
        self._set("eventfds", (*self._eventfds[:place], event, *self._eventfds[place:]))

    def del_eventfd(self, event: EventFd) -> None:
        """Take an event back; raises `RegionError` when there is no such event."""
        keys = [known.key() for known in self._eventfds]
        if event.key() not in keys:
            where = AddrRange.sized(event.addr, event.size)
            wrong = f"region {self.name} has no event {event.fd} at {where}"
            raise RegionError(wrong, self.name, where)
        place = keys.index(event.key())
        self._set("eventfds", self._eventfds[:place] + self._eventfds[place + 1 :])

    def add_interposer(self, interposer: Interposer) -> None:
        """Pass every access that comes through this region to `interposer`, before any other.

        No act: who answers where stays as it is. Raises `RegionError` when it is there already.
        """
        if interposer in self._interposers:
            wrong = f"region {self.name}: interposer {interposer.name} is there already"
            raise RegionError(wrong, self.name)
        self._set("interposers", (interposer, *self._interposers))

    def del_interposer(self, interposer: Interposer) -> None:
        """Take `interposer` out; raises `RegionError` when it is not there."""
        if interposer not in self._interposers:
            wrong = f"region {self.name}: interposer {interposer.name} is not there"
            raise RegionError(wrong, self.name)
        left = tuple(one for one in self._interposers if one is not interposer)
        self._set("interposers", left)

    def __repr__(self) -> str:
        return f"<{self._kind.value} {self.name} {self._size:#x}>"
