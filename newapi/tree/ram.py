"""The RAM of a region, by region offset: its bytes, and which of its pages are dirty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.host.ram import WRITTEN
from memfold.host.ranges import AddrRange
from memfold.newapi.tree.errors import RegionError

if TYPE_CHECKING:
    from memfold.newapi.tree.region import MemoryRegion

__all__ = [
    "get_dirty",
    "ram_range",
    "ram_view",
    "reset_dirty",
    "set_dirty",
    "sync_dirty_bitmap",
    "write",
]


def ram_range(region: MemoryRegion, offset: int, size: int) -> AddrRange:
    """`size` bytes of the region's RAM from `offset`, as RAM addresses.

    Raises `RegionError` when the region has no RAM of its own or the bytes are not in it.
    """
    if region.ram_addr is None:
        raise RegionError(f"region {region.name} has no RAM of its own")
    wanted = AddrRange.sized(offset, size)
    if not AddrRange(0, region.size).covers(wanted):
        raise RegionError(f"region {region.name}: {wanted} is not in 0x0-{region.size - 1:#x}")
    return wanted.shift(region.ram_addr)


def ram_view(region: MemoryRegion, offset: int = 0, size: int | None = None) -> memoryview:
    """The host's bytes behind a RAM region, a ROM device or an alias of one; dirties nothing."""
    target, start = region, offset
    while target.alias is not None:
        start += target.alias_offset
        target = target.alias
    wanted = ram_range(target, start, region.size - offset if size is None else size)
    block = region.world.ram_list.lookup(wanted.start)
    return block.view[wanted.start - block.offset : wanted.end - block.offset]


def write(region: MemoryRegion, offset: int, data: bytes) -> None:
    """Write a RAM region as a guest does, its pages dirty after it; read-only RAM as well."""
    ram_view(region, offset, len(data))[:] = data
    dirty = region.world.ram_list.dirty
    for page in range(*_pages(region, ram_range(region, offset, len(data))).indices(len(dirty))):
        dirty[page] |= WRITTEN


def _pages(region: MemoryRegion, wanted: AddrRange) -> slice:
    """The dirty bytes of these RAM addresses, of partly covered pages too."""
    bits = region.world.ram_list.page_bits
    return slice(wanted.start >> bits, (wanted.end + (1 << bits) - 1) >> bits)


def get_dirty(region: MemoryRegion, offset: int, size: int, client: int) -> bool:
    """Whether any page with one of these bytes was written since `client` last reset it."""
    pages = _pages(region, ram_range(region, offset, size))
    mask = 1 << client
    return any(byte & mask for byte in region.world.ram_list.dirty[pages])


def set_dirty(region: MemoryRegion, offset: int, size: int) -> None:
    """Count the pages with these bytes as written, for every client."""
    pages = _pages(region, ram_range(region, offset, size))
    region.world.ram_list.dirty[pages] = b"\xff" * (pages.stop - pages.start)


def reset_dirty(region: MemoryRegion, offset: int, size: int, client: int) -> None:
    """Count the pages with these bytes as not written, for `client` alone."""
    wanted = ram_range(region, offset, size)
    pages = _pages(region, wanted)
    dirty = region.world.ram_list.dirty
    keep = 0xFF & ~(1 << client)
    dirty[pages] = bytes(byte & keep for byte in dirty[pages])
    for space in region.world.spaces:
        space.sink.log_reset(wanted, 1 << client)


def sync_dirty_bitmap(region: MemoryRegion) -> None:
    """Tell every sink that shows the region that its dirty bytes are about to be read."""
    for space in region.world.spaces:
        for row in space.rows_of(region):
            space.sink.log_sync(row)
