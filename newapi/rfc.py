"""The API under the names of the mail that proposed it, bound to one world.

Source: Avi Kivity, "[RFC] Memory API", qemu-devel, 2011-05-18. The names are the mail's own; what
it left open is settled as the rest of `newapi` has it: an overlap is never refused and the later
registration wins, and an unregistration brings back what was hidden.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.region import Kind, MemoryRegion, MemoryRegionOps, OldMmio

if TYPE_CHECKING:
    from memfold.host.memory import HostMemory
    from memfold.newapi.view.world import World

__all__ = ["Rfc"]


class Rfc:
    """The mail's functions for one world; its first address space is what a CPU sees.

    The client allocates the objects, as in the mail: `allocate` stands for C's declaration of a
    ``MemoryRegion``, and one of the ``memory_region_init*`` functions must be the first to see it.
    """

    def __init__(self, world: World) -> None:
        """Raises `RegionError` when the world has no address space to register regions in."""
        if not world.spaces:
            raise RegionError("this world has no address space to register regions in")
        self._world = world
        self._made = 0

    @staticmethod
    def allocate() -> MemoryRegion:
        """A region not yet initialised."""
        return MemoryRegion.__new__(MemoryRegion)

    def _init(
        self, mr: MemoryRegion, size: int, kind: Kind, ops: MemoryRegionOps | None = None
    ) -> None:
        """The mail's regions have no names; ours are told apart by number."""
        self._made += 1
        MemoryRegion.__init__(mr, self._world, f"{kind.value}{self._made}", size, kind, ops)

    def memory_region_init(self, mr: MemoryRegion, size: int) -> None:
        """An abstract region: an empty container."""
        self._init(mr, size, Kind.CONTAINER)

    def memory_region_init_io(self, mr: MemoryRegion, ops: OldMmio, size: int) -> None:
        """Registers answered by the mail's six callbacks."""
        self._init(mr, size, Kind.IO, MemoryRegionOps(old_mmio=ops))

    def memory_region_init_ram(self, mr: MemoryRegion, size: int) -> None:
        """Fresh RAM."""
        self._init(mr, size, Kind.RAM)
        mr.allocate_ram(None)

    def memory_region_init_ram_ptr(self, mr: MemoryRegion, size: int, ptr: HostMemory) -> None:
        """RAM whose bytes the caller brings."""
        self._init(mr, size, Kind.RAM)
        mr.allocate_ram(ptr)

    def memory_region_destroy(self, mr: MemoryRegion) -> None:
        """See `MemoryRegion.destroy`."""
        mr.destroy()

    def memory_region_set_offset(self, mr: MemoryRegion, offset: int) -> None:
        """See `MemoryRegion.set_offset`."""
        mr.set_offset(offset)

    def memory_region_set_log(self, mr: MemoryRegion, log: bool) -> None:
        """Start or stop dirty logging, for the one client the mail knows."""
        mr.set_log(log, 0)

    def memory_region_clear_coalescing(self, mr: MemoryRegion) -> None:
        """See `MemoryRegion.clear_coalescing`."""
        mr.clear_coalescing()

    def memory_region_add_coalescing(self, mr: MemoryRegion, offset: int, size: int) -> None:
        """See `MemoryRegion.add_coalescing`."""
        mr.add_coalescing(offset, size)

    def memory_region_add_subregion(
        self, mr: MemoryRegion, offset: int, subregion: MemoryRegion
    ) -> None:
        """Put `subregion` at `offset` in `mr`, on top of what is there."""
        mr.add_subregion_overlap(offset, subregion, 0)

    def memory_region_del_subregion(
        self, mr: MemoryRegion, offset: int, subregion: MemoryRegion
    ) -> None:
        """Take `subregion` out of `mr`; a wrong `offset` is a `RegionError`, never a range."""
        mr.del_subregion(subregion, offset)

    def cpu_register_memory_region(self, mr: MemoryRegion, addr: int) -> None:
        """Show `mr` to the CPUs at `addr`, on top of what is there."""
        self._world.spaces[0].root.add_subregion_overlap(addr, mr, 0)

    def cpu_unregister_memory_region(self, mr: MemoryRegion) -> None:
        """Show what `mr` hid again."""
        self._world.spaces[0].root.del_subregion(mr)
