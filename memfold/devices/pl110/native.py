"""PL110 on the memory API; its frame buffer is part of a RAM region, which knows its changes."""

from __future__ import annotations

from memfold.devices.pl110.registers import Pl110
from memfold.newapi import AddressSpace, MemoryRegion, MemoryRegionOps, World

__all__ = ["RegionFrameBuffer", "attach"]

DIRTY_MEMORY_VGA = 0


def attach(world: World, device: Pl110) -> MemoryRegion:
    """The window as a region, still to be mapped."""
    ops = MemoryRegionOps(
        read=lambda _region, offset, size: device.read(offset, size),
        write=lambda _region, offset, value, size: device.write(offset, size, value),
    )
    return MemoryRegion.io(world, "pl110", 0x1000, ops)


class RegionFrameBuffer:
    """See `FrameBuffer`: found in `space`, wherever in the tree the RAM comes from."""

    def __init__(self, space: AddressSpace) -> None:
        self._space = space
        self._region: MemoryRegion | None = None
        self._start = self._size = 0

    def begin(self, base: int, size: int) -> bool:
        """See `FrameBuffer.begin`."""
        row = self._space.find(base, size)
        found = row is not None and row.start == base and row.size == size
        region = row.region if row is not None and found and row.region.is_ram() else None
        if region is not self._region:
            if self._region is not None:
                self._region.set_log(False, DIRTY_MEMORY_VGA)
            if region is not None:
                region.set_log(True, DIRTY_MEMORY_VGA)
            self._region = region
        if row is None or region is None:
            return False
        self._start, self._size = row.offset, size
        region.sync_dirty_bitmap()
        return True

    def changed(self, offset: int, size: int) -> bool:
        """See `FrameBuffer.changed`."""
        return self._ram().get_dirty(self._start + offset, size, DIRTY_MEMORY_VGA)

    def read(self, offset: int, size: int) -> bytes:
        """See `FrameBuffer.read`."""
        return bytes(self._ram().ram_view(self._start + offset, size))

    def end(self) -> None:
        """See `FrameBuffer.end`."""
        self._ram().reset_dirty(self._start, self._size, DIRTY_MEMORY_VGA)

    def _ram(self) -> MemoryRegion:
        assert self._region is not None  # `begin` was asked first and said True
        return self._region
