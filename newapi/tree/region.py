"""`MemoryRegion`: a named piece of memory, mapped by adding it to a container."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from memfold.host.ranges import ADDRESS_LIMIT, AddrRange
from memfold.newapi.tree import coalescing, dispatch, rules
from memfold.newapi.tree import ram as own_ram
from memfold.newapi.tree.change import Placement, Setting, place_of
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.ops import MemoryRegionOps
from memfold.newapi.view.sink import EventFd

if TYPE_CHECKING:
    from memfold.host.memory import HostMemory
    from memfold.newapi.tree.interpose import Interposer
    from memfold.newapi.view.flatview import FlatRange
    from memfold.newapi.view.world import World

__all__ = ["Kind", "MemoryRegion"]


class Kind(Enum):
    """What answers an access that reaches the region itself."""

    CONTAINER = "container"
    IO = "io"
    RAM = "ram"
    ALIAS = "alias"
    ROM_DEVICE = "rom_device"
    RESERVATION = "reservation"


_OWN_RAM = (Kind.RAM, Kind.ROM_DEVICE)


class MemoryRegion:
    """A named piece of memory: registers, RAM, a window on another region, or a container.

    The client allocates it and gives it its world; use the class methods, one per kind. Names
    are for people and traces and need not be unique, except for RAM (the RAM list minds). Every
    change takes effect at once, or at the outermost `World.transaction_commit`.
    """

    __slots__ = (
        "act",
        "addr",
        "alias",
        "alias_offset",
        "aliases",
        "callback_offset",
        "children",
        "coalesced",
        "destroyed",
        "direct",
        "enabled",
        "eventfds",
        "interposers",
        "kind",
        "log_mask",
        "name",
        "ops",
        "overlap_declared",
        "parent",
        "priority",
        "ram_addr",
        "readable",
        "readonly",
        "size",
        "subject",
        "terminates",
        "world",
    )

    def __init__(
        self,
        world: World,
        name: str,
        size: int,
        kind: Kind = Kind.CONTAINER,
        ops: MemoryRegionOps | None = None,
    ) -> None:
        """A region of `size` bytes (0..2^64); an abstract container unless `kind` says else."""
        if not 0 <= size <= ADDRESS_LIMIT:
            raise RegionError(f"region {name}: size {size:#x} is not in 0x0..{ADDRESS_LIMIT:#x}")
        self.world = world
        self.name = name
        self.size = size
        self.kind = kind
        self.ops = ops or dispatch.NO_OPS
        self.direct = self.ops.direct_sizes() if ops is not None else frozenset()
        self.terminates = kind not in (Kind.CONTAINER, Kind.ALIAS)
        self.addr = 0
        self.priority = 0
        self.overlap_declared = False
        self.parent: MemoryRegion | None = None
        self.children: list[MemoryRegion] = []
        """Highest priority first; among equals the later addition first."""
        self.alias: MemoryRegion | None = None
        self.alias_offset = 0
        self.aliases: list[MemoryRegion] = []
        self.enabled = True
        self.readonly = False
        self.readable = True
        self.log_mask = 0
        self.ram_addr: int | None = None
        self.callback_offset = 0
        self.coalesced: list[AddrRange] = []
        self.eventfds: list[EventFd] = []
        self.interposers: tuple[Interposer, ...] = ()
        """What accesses through this region pass first, the outermost first."""
        self.subject: MemoryRegion | None = None
        """The region this one stands for in flat views, below interposers."""
        self.act = 0
        self.destroyed = False

    # Kinds

    @classmethod
    def container(cls, world: World, name: str, size: int) -> MemoryRegion:
        """An abstract region: empty until regions are added to it."""
        return cls(world, name, size)

    @classmethod
    def io(cls, world: World, name: str, size: int, ops: MemoryRegionOps) -> MemoryRegion:
        """Device registers, answered by `ops`."""
        return cls(world, name, size, Kind.IO, ops)

    @classmethod
    def ram(
        cls, world: World, name: str, size: int, memory: HostMemory | None = None
    ) -> MemoryRegion:
        """RAM of the world's RAM list; `memory`: the caller's bytes instead of fresh ones."""
        region = cls(world, name, size, Kind.RAM)
        region.allocate_ram(memory)
        return region

    @classmethod
    def rom(cls, world: World, name: str, size: int) -> MemoryRegion:
        """RAM that a guest cannot write."""
        region = cls.ram(world, name, size)
        region.readonly = True
        return region

    @classmethod
    def rom_device(cls, world: World, name: str, size: int, ops: MemoryRegionOps) -> MemoryRegion:
        """Reads see an array (RAM), writes reach `ops`; see `rom_device_set_readable`."""
        region = cls(world, name, size, Kind.ROM_DEVICE, ops)
        region.allocate_ram(None)
        return region

    @classmethod
    def make_alias(
        cls, world: World, name: str, target: MemoryRegion, offset: int, size: int
    ) -> MemoryRegion:
        """A window of `size` bytes on `target`, from `offset` in it."""
        region = cls(world, name, size, Kind.ALIAS)
        rules.check_same_world(region, target)
        rules.check_offset(region, offset)
        region.alias = target
        region.alias_offset = offset
        target.aliases.append(region)
        return region

    @classmethod
    def reservation(cls, world: World, name: str, size: int) -> MemoryRegion:
        """A place that somebody else answers (say, an in-kernel device): here nothing is valid."""
        return cls(world, name, size, Kind.RESERVATION, dispatch.REFUSING_OPS)

    def allocate_ram(self, memory: HostMemory | None) -> None:
        """Give a new RAM region or ROM device its bytes, once; the class methods do so."""
        ram_list = self.world.ram_list
        if memory is None:
            self.ram_addr = ram_list.alloc(self.name, self.size)
        else:
            self.ram_addr = ram_list.alloc_from_memory(self.name, self.size, memory)
        try:
            self.world.region_init(self)
        except BaseException:
            ram_list.free(self.ram_addr)
            raise

    def destroy(self) -> None:
        """Give everything back. Raises `RegionError` while it is mapped, used or not empty."""
        rules.check_destroyable(self)
        self.destroyed = True
        if self.alias is not None:
            self.alias.aliases.remove(self)
        if self.ram_addr is not None:
            self.world.ram_list.free(self.ram_addr)
        self.world.region_destroy(self)

    # The tree

    def add_subregion(self, offset: int, child: MemoryRegion) -> None:
        """Map `child` at `offset`, priority 0, not expected to overlap a sibling.

        Nothing fails because of an overlap or because `child` is larger than this region: it is
        clipped. Raises `RegionError` when `child` is mapped already, would contain itself, is
        destroyed, or when `offset` is not in 0..2^64-1.
        """
        self._add(offset, child, 0, overlap_declared=False)

    def add_subregion_overlap(self, offset: int, child: MemoryRegion, priority: int) -> None:
        """Map `child` at `offset`; among siblings the higher `priority` (signed) hides the lower,
        and of equals the later one. Raises as `add_subregion` does."""
        self._add(offset, child, priority, overlap_declared=True)

    def _add(
        self, offset: int, child: MemoryRegion, priority: int, *, overlap_declared: bool
    ) -> None:
        rules.check_can_add(self, offset, child)
        before = place_of(child)
        child.addr, child.priority = offset, priority
        child.overlap_declared = overlap_declared
        child.parent = self
        child.act = self.world.next_act()
        rules.insert_child(self, child)
        self.world.changed(self, Placement(child, before, place_of(child)))

    def del_subregion(self, child: MemoryRegion, offset: int | None = None) -> None:
        """Unmap `child`; what it hid comes back.

        `offset`, where given, must be where `child` is (the mail's three-argument form). Raises
        `RegionError` when `child` is not mapped in this region, or not there.
        """
        rules.check_can_delete(self, child, offset)
        before = place_of(child)
        del self.children[before.position]
        child.parent = None
        self.world.changed(self, Placement(child, before, place_of(child)))

    def set_address(self, offset: int) -> None:
        """Move the region to `offset` in its parent: it is removed and added again, the latest
        among siblings of its priority. Unmapped: only the address is noted."""
        rules.check_offset(self, offset)
        parent = self.parent
        if offset == self.addr:
            return
        if parent is None:
            self._note("addr", offset)
            return
        with self.world.transaction():
            parent.del_subregion(self)
            parent._add(offset, self, self.priority, overlap_declared=self.overlap_declared)

    def set_enabled(self, enabled: bool) -> None:
        """Show the region (an act, like adding it) or hide it and all it contains."""
        if enabled != self.enabled:
            if enabled:
                self._set("act", self.world.next_act(), notify=False)
            self._set("enabled", enabled, always=True)

    def set_alias_offset(self, offset: int) -> None:
        """Slide an alias to show its target from `offset` on."""
        if self.alias is None:
            raise RegionError(f"region {self.name} is no alias: it has no alias offset to set")
        rules.check_offset(self, offset)
        if self.parent is None and not self.is_root():
            self._note("alias_offset", offset)
        elif offset != self.alias_offset:
            self._set("act", self.world.next_act(), notify=False)
            self._set("alias_offset", offset)

    # Attributes

    def set_readonly(self, readonly: bool) -> None:
        """Drop guest writes to RAM here and below."""
        if readonly != self.readonly:
            self._set("readonly", readonly)

    def rom_device_set_readable(self, readable: bool) -> None:
        """Whether reads of a ROM device see its array or reach its callbacks."""
        if self.kind is not Kind.ROM_DEVICE:
            raise RegionError(f"region {self.name} is no ROM device: nothing to make readable")
        if readable != self.readable:
            self._set("readable", readable)

    def set_offset(self, offset: int) -> None:
        """Add `offset` to every address that `read` and `write` callbacks get (1.0 only)."""
        self._note("callback_offset", offset)

    def set_log(self, log: bool, client: int) -> None:
        """Start or stop dirty logging for `client` (0..7); it holds wherever the region is."""
        if not 0 <= client <= 7:
            raise RegionError(f"region {self.name}: dirty-log client {client} is not in 0..7")
        mask = self.log_mask & ~(1 << client) | log << client
        self._set("log_mask", mask)

    def add_eventfd(self, event: EventFd) -> None:
        """Signal `event.fd` for writes at `event.addr` in this region, wherever it is mapped."""
        place = sum(1 for known in self.eventfds if known.key() <= event.key())
        self._set("eventfds", [*self.eventfds[:place], event, *self.eventfds[place:]])

    def del_eventfd(self, event: EventFd) -> None:
        """Take an event back; raises `RegionError` when there is no such event."""
        keys = [known.key() for known in self.eventfds]
        if event.key() not in keys:
            where = AddrRange.sized(event.addr, event.size)
            raise RegionError(f"region {self.name} has no event {event.fd} at {where}")
        place = keys.index(event.key())
        self._set("eventfds", self.eventfds[:place] + self.eventfds[place + 1 :])

    def add_interposer(self, interposer: Interposer) -> None:
        """Pass every access that comes through this region to `interposer`, before any other.

        No act: who answers where stays as it is. Raises `RegionError` when it is there already.
        """
        if interposer in self.interposers:
            raise RegionError(f"region {self.name}: interposer {interposer.name} is there already")
        self._set("interposers", (interposer, *self.interposers))

    def del_interposer(self, interposer: Interposer) -> None:
        """Take `interposer` out; raises `RegionError` when it is not there."""
        if interposer not in self.interposers:
            raise RegionError(f"region {self.name}: interposer {interposer.name} is not there")
        self._set("interposers", tuple(one for one in self.interposers if one is not interposer))

    def _set(self, field: str, value: object, *, always: bool = False, notify: bool = True) -> None:
        change = Setting(self, field, getattr(self, field), value)
        change.apply()
        self.world.changed(self, change, always=always, notify=notify)

    def _note(self, field: str, value: object) -> None:
        """Set what no address space shows."""
        change = Setting(self, field, getattr(self, field), value)
        change.apply()
        self.world.note(change)

    # Defined by topic in modules of their own

    dispatch_read = dispatch.dispatch_read
    dispatch_write = dispatch.dispatch_write
    port_read = dispatch.port_read
    port_write = dispatch.port_write
    set_coalescing = coalescing.set_coalescing
    add_coalescing = coalescing.add_coalescing
    clear_coalescing = coalescing.clear_coalescing
    ram_view = own_ram.ram_view
    get_dirty = own_ram.get_dirty
    set_dirty = own_ram.set_dirty
    reset_dirty = own_ram.reset_dirty
    sync_dirty_bitmap = own_ram.sync_dirty_bitmap

    # Questions

    def is_root(self) -> bool:
        """Whether an address space shows the tree from here."""
        return any(space.root is self for space in self.world.spaces)

    def find(self, offset: int, size: int) -> FlatRange | None:
        """The first row, clipped, of the `size` bytes at `offset` where the region is mapped.

        None where nothing answers, or when no address space shows the tree it is in.
        """
        outermost = self
        while outermost.parent is not None:
            offset += outermost.addr
            outermost = outermost.parent
        for space in self.world.spaces:
            if space.root is outermost:
                return space.find(offset, size)
        return None

    def is_ram(self) -> bool:
        """Whether it is RAM or ROM itself (a ROM device and an alias are not)."""
        return self.kind is Kind.RAM

    def is_rom(self) -> bool:
        """Whether it is RAM that a guest cannot write."""
        return self.kind is Kind.RAM and self.readonly

    def is_logging(self) -> bool:
        """Whether any client logs its dirty bytes."""
        return self.log_mask != 0

    def __repr__(self) -> str:
        return f"<{self.kind.value} {self.name} {self.size:#x}>"
