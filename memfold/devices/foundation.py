"""What a machine stands on at each stage of the plan: who serves accesses, who takes devices.

Imports of each generation happen only where the stage has it, so that a machine at `remove` runs
without the old layer, the claims or the folded facade.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from memfold.devices.board import Board, Ram
from memfold.devices.device import DeviceType, Registers
from memfold.devices.stages import Stage
from memfold.equivalence.subject import MapRow
from memfold.host.ram import RamList

if TYPE_CHECKING:
    from memfold.legacy import OldApi, PhysMem, Target
    from memfold.legacy.chart import Stretch
    from memfold.legacy.sysbus import SysBusDevice
    from memfold.newapi import AddressSpace, Core, FlatView, MemoryRegion, World

__all__ = ["Foundation", "Plug", "lay_foundation"]


class Plug(Protocol):
    """A device on the board, whatever its form."""

    def map(self, addr: int) -> None:
        """Answer at `addr` from now on, and nowhere else."""

    def unmap(self) -> None:
        """Answer nowhere."""


@dataclass(frozen=True, slots=True)
class Foundation:
    """One stage's memory: `old` takes old-API calls, the tree of `space` takes regions.

    Either may be absent. The accesses are a guest's: ``read(addr, length)``, ``write(addr, data)``,
    and for numbers in the target's byte order ``load(addr, size)``, ``store(addr, value, size)``.
    """

    read: Callable[[int, int], bytes]
    write: Callable[[int, bytes], None]
    load: Callable[[int, int], int]
    store: Callable[[int, int, int], None]
    map: Callable[[], list[MapRow]]
    old: OldApi | None
    space: AddressSpace | None
    ram_list: RamList

    @property
    def root(self) -> MemoryRegion | None:
        """The root of the tree."""
        return None if self.space is None else self.space.root

    def add_ram(self, ram: Ram) -> None:
        """Put RAM on the board: a region where there is a tree, else by the old calls."""
        if self.space is not None:
            from memfold.newapi import MemoryRegion

            make = MemoryRegion.rom if ram.rom else MemoryRegion.ram
            region = make(self.space.world, ram.name, ram.size)
            self.space.root.add_subregion(ram.base, region)
        elif self.old is not None:
            from memfold.legacy import IO_MEM_RAM, IO_MEM_ROM

            offset = self.old.qemu_ram_alloc(ram.name, ram.size)
            kind = IO_MEM_ROM if ram.rom else IO_MEM_RAM
            self.old.cpu_register_physical_memory(ram.base, ram.size, offset | kind)

    def plug(
        self, device: DeviceType, form: str, registers: Registers, windows: tuple[int, ...]
    ) -> Plug:
        """The device in the given form, not yet mapped; a native one's `windows` are at once."""
        if form == "legacy":
            assert self.old is not None  # a stage that allows legacy forms has an old API
            return OldPlug(device.form("legacy").attach(self.old, registers))
        assert self.space is not None  # a stage that allows regions has a tree
        world, root = self.space.world, self.space.root
        if form == "bridged":
            from memfold.shim.old_mmio import carry

            triples = device.form("legacy")
            region = carry(world, device.name, device.size, triples.READ, triples.WRITE, registers)
        else:
            native = device.form("native")
            region = native.attach(world, registers)
            if windows:
                further = native.windows(world, registers)
                for base, window in zip(windows, further, strict=True):
                    root.add_subregion(base, window)
        return RegionPlug(root, region)


class OldPlug:
    """A device written against the old API, on the old system bus."""

    def __init__(self, dev: SysBusDevice) -> None:
        self._dev = dev

    def map(self, addr: int) -> None:
        """See `Plug.map`."""
        from memfold.legacy.sysbus import sysbus_mmio_map

        sysbus_mmio_map(self._dev, 0, addr)

    def unmap(self) -> None:
        """See `Plug.unmap`: the old API takes a range and leaves a hole."""
        from memfold.legacy.constants import IO_MEM_UNASSIGNED

        (mmio,) = self._dev.mmio
        if mmio.addr is not None:
            self._dev.api.cpu_register_physical_memory(mmio.addr, mmio.size, IO_MEM_UNASSIGNED)
            mmio.addr = None


class RegionPlug:
    """A device that is a region in the tree."""

    def __init__(self, root: MemoryRegion, region: MemoryRegion) -> None:
        self._root = root
        self._region = region

    def map(self, addr: int) -> None:
        """See `Plug.map`."""
        if self._region.parent is None:
            self._root.add_subregion(addr, self._region)
        else:
            self._region.set_address(addr)

    def unmap(self) -> None:
        """See `Plug.unmap`: removal takes the object and brings back what it hid."""
        self._root.del_subregion(self._region)


def lay_foundation(board: Board, stage: Stage) -> Foundation:
    """The memory of `board` at `stage`, empty."""
    ram_list = RamList(board.page_bits)
    if stage.map == "core":
        return _on_core(board, stage, ram_list)
    return _on_physmem(board, stage, ram_list)


def _on_physmem(board: Board, stage: Stage, ram_list: RamList) -> Foundation:
    from memfold.legacy import PhysMem
    from memfold.legacy.chart import chart

    phys: PhysMem
    space: AddressSpace | None = None
    if stage.tree:
        from memfold.shim.shared_physmem import SharedPhysMem

        world, root = _tree(board, ram_list)
        phys = shared = SharedPhysMem(_target(board), world)
        space = shared.show("memory", root)
    else:
        phys = PhysMem(_target(board), ram_list)
    read, write = phys.cpu_physical_memory_read, phys.cpu_physical_memory_write
    order: Literal["big", "little"] = "big" if board.big_endian else "little"

    loads = {1: phys.ldub_phys, 2: phys.lduw_phys, 4: phys.ldl_phys}
    stores = {1: phys.stb_phys, 2: phys.stw_phys, 4: phys.stl_phys}
    masks = {1: 0xFF, 2: 0xFFFF, 4: 0xFFFF_FFFF}

    def load(addr: int, size: int) -> int:
        """``ldl_phys`` and its like do not split what is misaligned; that, and 8 bytes, are cut as
        ``cpu_physical_memory_rw`` does."""
        if size in loads and not addr & size - 1:
            return loads[size](addr) & masks[size]
        return int.from_bytes(read(addr, size), order)

    def store(addr: int, value: int, size: int) -> None:
        if size in stores and not addr & size - 1:
            stores[size](addr, value & masks[size])
        else:
            write(addr, (value & (1 << 8 * size) - 1).to_bytes(size, order))

    return Foundation(
        read,
        write,
        load,
        store,
        lambda: chart_rows(chart(phys)),
        phys,
        space,
        ram_list,
    )


def _on_core(board: Board, stage: Stage, ram_list: RamList) -> Foundation:
    from memfold.newapi import AddressSpace, Core

    world, root = _tree(board, ram_list)
    if stage.old_api == "folded":
        from memfold.shim.folded import Folded

        old = Folded(_target(board), world)
        space = old.show("memory", root)
        return _served(board, old.core, lambda: chart_rows(old.chart()), old, space, ram_list)
    core = Core(world)
    space = AddressSpace(world, "memory", root, core)
    return _served(board, core, lambda: view_rows(space.view), None, space, ram_list)


def _served(
    board: Board,
    core: Core,
    rows: Callable[[], list[MapRow]],
    old: OldApi | None,
    space: AddressSpace,
    ram_list: RamList,
) -> Foundation:
    # As with the old layer, an access across the last address goes on at 0: `target_phys_addr_t`
    # had as many bits as the target's bus until October 2012 made it 64 everywhere.
    core.limit = board.addresses
    return Foundation(core.read, core.write, core.load, core.store, rows, old, space, ram_list)


def _tree(board: Board, ram_list: RamList) -> tuple[World, MemoryRegion]:
    from memfold.newapi import MemoryRegion, World

    world = World(ram_list, big_endian=board.big_endian)
    return world, MemoryRegion.container(world, "system", 1 << 64)


def _target(board: Board) -> Target:
    from memfold.legacy import Target

    return Target(
        board.name,
        board.page_bits,
        board.phys_addr_bits,
        board.phys_addr_space_bits,
        board.big_endian,
    )


def chart_rows(chart: Iterable[Stretch]) -> list[MapRow]:
    """A chart of the old layer's, as a map; RAM is named, devices and regions have a name."""
    return [
        MapRow(s.start, s.size, s.kind, str(getattr(s.owner, "name", s.owner)), s.offset)
        for s in chart
    ]


def view_rows(view: FlatView) -> list[MapRow]:
    """The rows of a flat view, as a map."""
    return [MapRow(r.start, r.size, r.kind, r.region.name, r.offset) for r in view]
