"""The old API on top of the new core: the same calls, for devices not yet converted (stage `fold`).

Stands for the calls of `legacy.PhysMem`, whose new forms are `MemoryRegion.io`, `add_subregion` and
their like. What old calls alone have built is still kept by the old rules, as runs of pages; but
it serves no access. It is shown in the core's flat view as pieces of regions (`shim.oldregions`),
by the two rules of `shim.claims`, and the access functions ask that view where they asked the page
table: so a device not yet converted notices nothing. Deleted when no device calls the old API any
more (stage `remove`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from legacy.clients import CPUPhysMemoryClient
from legacy.constants import (
    IO_MEM_ROM,
    IO_MEM_SHIFT,
    IO_MEM_SUBPAGE,
    IO_MEM_UNASSIGNED,
    ReadFuncs,
    WriteFuncs,
)
from legacy.physmem import PhysMem
from legacy.target import Target
from memfold.host.memory import HostMemory
from memfold.host.ranges import AddrRange
from newapi import AddressSpace, FlatRange, Kind, MemoryRegion, Piece, World
from newapi.core import Core, Section
from shim.claimmap import Claimed, ClaimMap, cut
from shim.foldedcore import FoldedCore
from shim.oldregions import OldRegions, SavedPart

__all__ = ["Folded"]


class _Act(NamedTuple):
    """One old registration, as a claim on addresses."""

    age: int
    log_dirty: bool


class Folded(PhysMem):
    """The old calls of a world whose map the core holds; `show` shows its tree.

    A trace of old calls alone is answered exactly as `PhysMem` answers it.
    """

    def __init__(self, target: Target, world: World) -> None:
        super().__init__(target, world.ram_list)
        self.claims: ClaimMap[_Act] = ClaimMap()
        """What old calls said last about each address: when."""
        self.world = world
        self.core = FoldedCore(world, self)
        """Serves accesses to the map that both generations share."""
        self.regions = OldRegions(target, world, self._io)
        self._slots: dict[MemoryRegion, int] = {}
        self._passing: _Act | None = None
