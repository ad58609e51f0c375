"""Coalesced writes: a region says which of its writes may wait; the spaces' sinks are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.host.ranges import ADDRESS_LIMIT, AddrRange
from memfold.newapi.tree.change import Coalescing
from memfold.newapi.tree.errors import RegionError

if TYPE_CHECKING:
    from memfold.newapi.tree.region import MemoryRegion

__all__ = ["add_coalescing", "clear_coalescing", "set_coalescing"]


def set_coalescing(region: MemoryRegion) -> None:
    """Coalesce writes to the whole region, and nothing else of what was asked before."""
    clear_coalescing(region)
    add_coalescing(region, 0, region.size)


def add_coalescing(region: MemoryRegion, offset: int, size: int) -> None:
    """Coalesce writes to `size` bytes from `offset` too, wherever the region is or goes."""
    if offset < 0 or size < 0 or offset + size > ADDRESS_LIMIT:
        raise RegionError(f"region {region.name}: no range of {size:#x} bytes at {offset:#x}")
    _change(region, (*region.coalesced, AddrRange.sized(offset, size)))


def clear_coalescing(region: MemoryRegion) -> None:
    """Coalesce no write to the region any more."""
    _change(region, ())


def _change(region: MemoryRegion, ranges: tuple[AddrRange, ...]) -> None:
    change = Coalescing(region, tuple(region.coalesced), ranges)
    change.apply()
    region.world.note(change)
