"""What old registrations cost while the map grows, at each stage that has them.

Run: ``python -m benchmarks.registrations [COUNT]``, up to 500, as parts of pages take io slots.
The kinds take turns in each round; the ratio to the pure old layer is the median over the rounds.
"""

from __future__ import annotations

import sys
import time
from statistics import median

from memfold.host.ram import RamList
from memfold.legacy import DEVICE_NATIVE_ENDIAN, X86_64, PhysMem
from memfold.newapi import MemoryRegion, World
from memfold.shim.folded import Folded
from memfold.shim.shared_physmem import SharedPhysMem

ROUNDS = 5
KINDS = (PhysMem, SharedPhysMem, Folded)
SIZES = {"a page each": 0x1000, "part of a page each": 0x40}


def make(kind: type[PhysMem | SharedPhysMem | Folded]) -> PhysMem:
    """An empty map."""
    if not issubclass(kind, SharedPhysMem | Folded):
        return PhysMem(X86_64)
    world = World(RamList(X86_64.page_bits))
    old = kind(X86_64, world)
    old.show("memory", MemoryRegion.container(world, "system", 1 << 64))
    return old


def seconds(kind: type[PhysMem | SharedPhysMem | Folded], count: int, size: int) -> float:
    """Time to register `count` ranges of `size` bytes, none of them adjacent."""
    old = make(kind)
    io = old.cpu_register_io_memory((None,) * 3, (None,) * 3, None, DEVICE_NATIVE_ENDIAN)
    started = time.perf_counter()
    for at in range(count):
        old.cpu_register_physical_memory(at * 0x2000, size, io)
    return time.perf_counter() - started


def main() -> None:
    """Print a row a kind and size."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    for what, size in SIZES.items():
        taken: dict[str, list[float]] = {kind.__name__: [] for kind in KINDS}
        for _ in range(ROUNDS):
            for kind in KINDS:
                taken[kind.__name__].append(seconds(kind, count, size))
        print(f"{count} registrations, {what}, {ROUNDS} rounds")
        for name, times in taken.items():
            ratio = median(t / base for t, base in zip(times, taken["PhysMem"], strict=True))
            print(f"{name:10} {ratio:5.2f} x PhysMem   {median(times) / count * 1e6:6.1f} us each")


if __name__ == "__main__":
    main()
