"""What accesses and registrations of the old layer cost, and what 64 GiB of RAM cost it.

Run: ``python -m benchmarks.old_layer``. Each figure is the best of five rounds.
"""

from __future__ import annotations

import time
import timeit
import tracemalloc
from collections.abc import Callable

from memfold.legacy import (
    DEVICE_BIG_ENDIAN,
    DEVICE_NATIVE_ENDIAN,
    IO_MEM_UNASSIGNED,
    X86_64,
    PhysMem,
)

ROUNDS, CALLS = 5, 100_000
GIB64 = 64 << 30


def show(what: str, call: Callable[[], object], calls: int = CALLS) -> None:
    """Print the time of one call."""
    best = min(timeit.repeat(call, number=calls, repeat=ROUNDS)) / calls
    print(f"{what:40} {best * 1e6:7.2f} us")


def read(_opaque: object, addr: int) -> int:
    """The trivial callback."""
    return addr


def write(_opaque: object, _addr: int, _value: int) -> None:
    """The trivial callback."""


def main() -> None:
    """Print a row an operation."""
    phys = PhysMem(X86_64)
    phys.cpu_register_physical_memory(0, 1 << 20, phys.qemu_ram_alloc("ram", 1 << 20))
    io, foreign = (
        phys.cpu_register_io_memory((read,) * 3, (write,) * 3, None, endian)
        for endian in (DEVICE_NATIVE_ENDIAN, DEVICE_BIG_ENDIAN)
    )
    phys.cpu_register_physical_memory(0x200000, 0x1000, io)
    phys.cpu_register_physical_memory(0x300000, 0x100, io)
    phys.cpu_register_physical_memory(0x400000, 0x1000, foreign)
    show("ldl_phys, device", lambda: phys.ldl_phys(0x200010))
    show("ldl_phys, device of foreign byte order", lambda: phys.ldl_phys(0x400010))
    show("ldl_phys, device in a sub-page", lambda: phys.ldl_phys(0x300010))
    show("stl_phys, device", lambda: phys.stl_phys(0x200010, 1))
    show("ldub_phys, device", lambda: phys.ldub_phys(0x200010))
    show("ldl_phys, RAM", lambda: phys.ldl_phys(0x1000))
    show("stl_phys, RAM", lambda: phys.stl_phys(0x1000, 1))
    show("read of 4 bytes, device", lambda: phys.cpu_physical_memory_read(0x200010, 4))
    show("read of a page, RAM", lambda: phys.cpu_physical_memory_read(0x1000, 4096))

    def map_and_unmap() -> None:
        phys.cpu_register_physical_memory(0x500000, 0x1000, io)
        phys.cpu_register_physical_memory(0x500000, 0x1000, IO_MEM_UNASSIGNED)

    show("map and unmap a device", map_and_unmap, CALLS // 10)

    big = PhysMem(X86_64)
    ram = big.qemu_ram_alloc("ram", GIB64)
    tracemalloc.start()
    started = time.perf_counter()
    big.cpu_register_physical_memory(0, GIB64, ram)
    taken = time.perf_counter() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"register 64 GiB of RAM: {taken * 1e3:.2f} ms, {peak} bytes")


if __name__ == "__main__":
    main()
