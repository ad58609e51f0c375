"""The worlds that faults are put in: the core alone, the shim, the shared map, the folded map."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias
from unittest.mock import patch

from memfold.legacy import X86_64, LegacyAbort, PhysMem
from memfold.legacy.clients import CPUPhysMemoryClient
from memfold.legacy.constants import DEVICE_NATIVE_ENDIAN
from memfold.newapi import (
    AddressSpace,
    Core,
    Interposer,
    MemoryRegion,
    MemoryRegionOps,
    Ports,
    World,
)
from memfold.newapi.tree.profile import V1_1
from memfold.shim.folded import Folded
from memfold.shim.onto_legacy import OntoLegacy, PortsOntoLegacy
from memfold.shim.shared_physmem import SharedPhysMem
from tests.faults.fuse import FragileCore, FragileRam, FragileTable, Fuse, Heard, Watch

__all__ = ["KINDS", "PAGE", "Bench", "State"]

PAGE = 0x1000
PAGES = 12
KINDS = ("core", "shim", "shared", "folded")
_SINKS = (
    "cpu_physical_log_start",
    "cpu_physical_log_stop",
    "cpu_physical_sync_dirty_bitmap",
    "qemu_register_coalesced_mmio",
    "qemu_unregister_coalesced_mmio",
    "kvm_set_ioeventfd_mmio_long",
    "register_ioport_read",
    "register_ioport_write",
    "isa_unassign_ioport",
)
"""Old calls that listeners make, and which may fail, before they do anything."""


State: TypeAlias = list[tuple[str, object]]
"""What can be seen of a world, part by part."""


class Bench:
    """One world, all of whose neighbours are fragile, and names for what is in it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.fuse = fuse = Fuse()
        self.world = world = World(FragileRam(fuse), V1_1)
        self.root = MemoryRegion.container(world, "system", 1 << 32)
        self.regions: dict[str, MemoryRegion] = {"system": self.root}
        self.spaces: dict[str, AddressSpace] = {}
        self.heard: dict[str, Heard] = {}
        self.slots: dict[str, int] = {}
        self.saved: dict[int, int] = {}
        self.blocks: dict[str, int] = {}
        self.old: Any = None
        self.core: Core | None = None
        self.ports_served: Ports | None = None
        for size, name in ((4 * PAGE, "bus"), (2 * PAGE, "card")):
            self.regions[name] = MemoryRegion.container(world, name, size)
        for name, size in (("uart", PAGE), ("rtc", 0x300), ("dma", 3 * PAGE)):
            self.regions[name] = self.io(name, size)
        self.regions["ram"] = MemoryRegion.ram(world, "ram", 3 * PAGE)
        self.regions["ram"].ram_view()[:] = bytes(range(256)) * 48
        self.regions["flash"] = MemoryRegion.rom_device(
            world, "flash", PAGE, MemoryRegionOps(read=partial(self._read, 0x70), write=self._write)
        )
        # The old layer cannot undo what it does with parts of pages: see `operations`.
        into = 0x800 if kind in ("core", "folded") else PAGE
        for target in ("bus", "ram"):
            alias = MemoryRegion.make_alias(
                world, f"see {target}", self.regions[target], into, 2 * PAGE
            )
            self.regions[alias.name] = alias
        self.interposers = [
            Interposer("or", read=self._or),
            Interposer("see", write=self._pass),
        ]
        with patch("memfold.legacy.registration.IoTable", partial(FragileTable, fuse)):
            self._make_spaces(kind)
        self.watch = Watch(fuse)
        world.add_watcher(self.watch)

    def io(self, name: str, size: int) -> MemoryRegion:
        """Registers that read as a number made of the name and the offset."""
        ops = MemoryRegionOps(read=partial(self._read, sum(name.encode())), write=self._write)
        return MemoryRegion.io(self.world, name, size, ops)

    def _read(self, number: int, _: MemoryRegion, offset: int, __: int) -> int:
        self.fuse.hit("device.read")
        return number + offset & 0xFF

    def _write(self, *_: object) -> None:
        self.fuse.hit("device.write")

    def _or(self, below: Any, offset: int, size: int) -> int:
        self.fuse.hit("interposer.read")
        return int(below.read(offset, size)) | 0x80

    def _pass(self, below: Any, offset: int, value: int, size: int) -> None:
        self.fuse.hit("interposer.write")
        below.write(offset, value, size)

    # Spaces

    def _make_spaces(self, kind: str) -> None:
        world, fuse = self.world, self.fuse
        first = self.listener("first", -1)
        last = self.listener("last", 1)
        if kind == "core":
            self.core = FragileCore(world, fuse)
            self.spaces["memory"] = AddressSpace(world, "memory", self.root, first, self.core)
        elif kind == "shim":
            self.old = PhysMem(X86_64, world.ram_list)
            onto = OntoLegacy(self.old, X86_64, self.old)
            self.spaces["memory"] = AddressSpace(world, "memory", self.root, first, onto)
        else:
            self.old = (SharedPhysMem if kind == "shared" else Folded)(X86_64, world)
            self.spaces["memory"] = self.old.show("memory", self.root)
            self.spaces["memory"].register(first)
            if kind == "folded":
                self.core = self.old.core
        self.spaces["memory"].register(last)
        ports = MemoryRegion.container(world, "ports", 0x40)
        self.regions["ports"] = ports
        by_port: Any = FragilePorts(fuse)
        if kind == "shim":
            by_port = PortsOntoLegacy(self.old, self.old)
        else:
            self.ports_served = by_port
        self.spaces["io"] = AddressSpace(world, "io", ports, by_port, self.listener("io", 0))
        self.regions["latch"] = self.io("latch", 4)
        if self.old is not None:
            for name in _SINKS:
                setattr(self.old, name, partial(self._sink, name, getattr(self.old, name)))
            told: Any = partial(self._sink, "client", lambda *_: 0)
            client = CPUPhysMemoryClient(told, told, told, told, told)
            self.old.cpu_register_phys_memory_client(client)

    def _sink(self, name: str, call: Callable[..., Any], *args: object) -> Any:
        self.fuse.hit(name)
        return call(*args)

    def listener(self, name: str, priority: int = 0) -> Heard:
        """A new one, not registered yet."""
        self.heard[name] = Heard(self.fuse, name, priority)
        return self.heard[name]

    def slot(self, name: str) -> int:
        """An io slot of the old layer that reads as a number made of the name."""
        number = sum(name.encode()) & 0xFF

        def read(_: object, __: int) -> int:
            self.fuse.hit("old read")
            return number

        call = self.old.cpu_register_io_memory
        return int(call((read,) * 3, (None,) * 3, name, DEVICE_NATIVE_ENDIAN))

    # What can be seen

    def state(self, *, listeners: bool = True) -> State:
        """All that a failed operation must leave as it was; acts count by their order."""
        regions = self.regions
        shared = self.kind in ("shared", "folded")
        claims = self.old.claims.within(0, 1 << 64) if shared else []
        acts = {r.act for r in regions.values()} | {c.claim.act for c in claims}
        rank = {act: number for number, act in enumerate(sorted(acts))}
        seen: State = [(name, self._region(region, rank)) for name, region in regions.items()]
        seen += [
            (f"space {space.name}", (space.root.name, _rows(space))) for space in self.world.spaces
        ]
        seen.append(("blocks", sorted(block.name for block in self.world.ram_list.blocks)))
        told = [(c.start, c.end, rank[c.claim.act], c.claim.is_hole) for c in claims]
        seen.append(("claims", told))
        seen.append(("logged", self.world.global_log))
        if listeners:
            serving = [(name, one) for name, one in self.heard.items() if one.space is not None]
            seen += [(f"listener {name}", one.known()) for name, one in serving]
            registered = [[*map(_name, space.listeners)] for space in self.spaces.values()]
            seen.append(("registered", registered))
            seen.append(("accesses", self._accesses()))
            seen.append(("coalesced", sorted(self.old.coalesced) if self.old is not None else []))
            if self.kind == "shim":
                seen.append(("events", sorted(self.old.ioeventfds)))
        return seen

    @staticmethod
    def _region(region: MemoryRegion, rank: dict[int, int]) -> object:
        parent = None if region.parent is None else region.parent.name
        place = (parent, region.addr, region.priority, rank[region.act])
        switches = (region.enabled, region.readonly, region.readable, region.log_mask)
        return (
            *place,
            *switches,
            region.alias_offset,
            region.coalesced,
            region.eventfds,
            [one.name for one in region.interposers],
            [one.name for one in region.children],
            region.destroyed,
        )

    def _accesses(self) -> list[object]:
        """What a guest sees at some bytes of every page, and at the ports."""
        found: list[object] = []
        for addr in (page * PAGE + at for page in range(PAGES) for at in (0, 0x200, 0x801, 0xFFC)):
            if self.core is not None:
                found.append(self.core.load(addr, 1))
            if self.old is not None:
                try:
                    found.append(self.old.ldub_phys(addr))
                except LegacyAbort:  # RAM that is freed
                    found.append("abort")
        for port in range(0, 16, 3):
            served = self.ports_served
            found.append(self.old.cpu_inb(port) if served is None else served.read(port, 1))
        return found


class FragilePorts(Ports):
    """Ports that fail before they have done anything."""

    def __init__(self, fuse: Fuse) -> None:
        super().__init__(V1_1)
        self.fuse = fuse

    def commit(self) -> None:
        self.fuse.hit("ports.commit")
        super().commit()


def _rows(space: AddressSpace | Any) -> list[tuple[object, ...]]:
    return [
        (r.start, r.end, r.region.name, r.offset, r.log_mask, r.readable, r.readonly)
        for r in space.view
    ]


def _name(listener: object) -> str:
    return listener.name if isinstance(listener, Heard) else type(listener).__name__
