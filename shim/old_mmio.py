"""Old callback triples, untouched, in a region: how a device is bridged before it is converted.

Old call: ``cpu_register_io_memory(READ, WRITE, opaque, endian)``, then registering the slot. New
call: ``MemoryRegion.io`` with real ops. Deleted when no device is bridged any more, before stage
remove.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from memfold.newapi import Endianness, MemoryRegion, MemoryRegionOps, OldMmio, World

__all__ = ["carry"]

Opaque = TypeVar("Opaque")


def carry(
    world: World,
    name: str,
    size: int,
    read: Sequence[Callable[[Opaque, int], int] | None],
    write: Sequence[Callable[[Opaque, int, int], None] | None],
    opaque: Opaque,
    endianness: Endianness = Endianness.NATIVE,
) -> MemoryRegion:
    """A region of `size` bytes answered by `read` and `write`, for 1, 2 and 4 bytes each.

    The callbacks get `opaque` as before; a missing one reads 0 and ignores writes, as before.
    """

    def reader(n: int) -> Callable[[MemoryRegion, int], int] | None:
        callback = read[n]
        return None if callback is None else lambda _region, offset: callback(opaque, offset)

    def writer(n: int) -> Callable[[MemoryRegion, int, int], None] | None:
        callback = write[n]
        if callback is None:
            return None
        return lambda _region, offset, value: callback(opaque, offset, value)

    old = OldMmio(reader(0), reader(1), reader(2), writer(0), writer(1), writer(2))
    return MemoryRegion.io(world, name, size, MemoryRegionOps(old_mmio=old, endianness=endianness))
