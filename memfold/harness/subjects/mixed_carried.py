"""A region of old callbacks, as a mixed world makes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from memfold.equivalence.facts import Json
from memfold.harness.subjects.memory_subject import Args
from memfold.harness.subjects.synthetic import value_read
from memfold.newapi import Endianness, MemoryRegion, World
from memfold.shim.old_mmio import carry

__all__ = ["carried"]


def carried(world: World, args: Args, note: Callable[[Json], None]) -> MemoryRegion:
    """Old callbacks in a region, which `note` their calls; their opaque is its name."""
    name, dev = args.text("mr"), args.num("dev")

    def reader(size: int) -> Callable[[str, int], int]:
        def read(opaque: str, addr: int) -> int:
            value = value_read(dev, addr, size)
            note([opaque, "r", size, addr, value])
            return value

        return read

    def writer(size: int) -> Callable[[str, int, int], None]:
        def write(opaque: str, addr: int, value: int) -> None:
            note([opaque, "w", size, addr, value])

        return write

    there = [cast("list[bool]", args.get(way)) for way in ("read", "write")]
    reads = [reader(size) if has else None for size, has in zip((1, 2, 4), there[0], strict=True)]
    writes = [writer(size) if has else None for size, has in zip((1, 2, 4), there[1], strict=True)]
    order = Endianness(args.text("endian"))
    return carry(world, name, args.num("size"), reads, writes, name, order)
