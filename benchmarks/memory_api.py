"""What a board of 30 devices costs on the core: accesses, rendering, a change of the map.

Run: ``python -m benchmarks.memory_api``. Microseconds each, best of five.
"""

from __future__ import annotations

from collections.abc import Callable
from timeit import repeat

from memfold.host.ram import RamList
from memfold.newapi import (
    AddressSpace,
    Core,
    MemoryRegion,
    MemoryRegionOps,
    OldMmio,
    World,
    flatten,
    render,
)


def main() -> None:
    """Print one line per measurement."""
    world = World(RamList(12))
    root = MemoryRegion.container(world, "system", 1 << 63)
    core = Core(world)
    AddressSpace(world, "memory", root, core)
    root.add_subregion(0, MemoryRegion.ram(world, "ram", 1 << 27))
    ops = MemoryRegionOps(read=lambda *_: 5, write=lambda *_: None)
    devices = [MemoryRegion.io(world, f"device{n}", 0x1000, ops) for n in range(30)]
    for number, device in enumerate(devices):
        root.add_subregion(0x1000_0000 + number * 0x1000, device)
    by_width = OldMmio(readl=lambda *_: 5, writel=lambda *_: None)
    bridged = MemoryRegion.io(world, "bridged", 0x1000, MemoryRegionOps(old_mmio=by_width))
    root.add_subregion(0x2000_0000, bridged)

    def toggle() -> None:
        devices[3].set_enabled(False)
        devices[3].set_enabled(True)

    measured: list[tuple[str, Callable[[], object], int, int]] = [
        ("load of registers, callback included", lambda: core.load(0x1000_3004, 4), 100_000, 1),
        (
            "store to registers, callback included",
            lambda: core.store(0x1000_3004, 1, 4),
            100_000,
            1,
        ),
        ("load through callbacks by width", lambda: core.load(0x2000_0004, 4), 100_000, 1),
        ("load where nothing answers", lambda: core.load(0x3000_0000, 4), 100_000, 1),
        ("load of RAM", lambda: core.load(0x3004, 4), 100_000, 1),
        ("store to RAM, dirty byte included", lambda: core.store(0x3004, 1, 4), 100_000, 1),
        ("block read of registers", lambda: core.read(0x1000_3004, 4), 100_000, 1),
        ("block read of a page of RAM", lambda: core.read(0x3000, 0x1000), 100_000, 1),
        ("rendering 30 devices over RAM", lambda: flatten(render(root)), 2_000, 1),
        ("a change of the map, committed", toggle, 1_000, 2),
    ]
    for name, act, times, each in measured:
        best = min(repeat(act, number=times, repeat=5)) / times / each
        print(f"{name:40} {best * 1e6:8.2f} us")


if __name__ == "__main__":
    main()
