"""The page table: cheap whatever its size, exact for each page."""

from __future__ import annotations

import random
import sys
import time
import tracemalloc

from memfold.legacy import IO_MEM_UNASSIGNED, X86_64, PhysMem
from memfold.legacy.pagetable import PageTable
from tests.legacy.devices import Probe

P = 4096
GIB = 1 << 30


def test_sixty_four_gibibytes_of_ram_in_milliseconds_and_little_memory() -> None:
    phys = PhysMem(X86_64)
    ram = phys.qemu_ram_alloc("ram", 64 * GIB)
    tracemalloc.start()
    started = time.perf_counter()
    phys.cpu_register_physical_memory(0, 64 * GIB, ram)
    taken = time.perf_counter() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 0.05
    assert peak < 1 << 20
    for addr in (0, P, 17 * GIB + 5 * P, 64 * GIB - P):
        assert phys.cpu_get_physical_page_desc(addr + 9) == ram + addr
    assert phys.cpu_get_physical_page_desc(64 * GIB) == IO_MEM_UNASSIGNED


def test_runs_that_continue_each_other_are_one() -> None:
    table = PageTable(1 << 20, P)
    pages = list(range(1000))
    random.Random(1).shuffle(pages)
    for page in pages:
        table.assign(page, 1, page * P, page * P, advances=True)
    assert len(table) == 2
    assert table.get(777) == (777 * P, 777 * P)
    for page in pages:
        table.assign(page, 1, IO_MEM_UNASSIGNED, 0, advances=False)
    assert len(table) == 1


def test_a_stretch_overwritten_page_by_page_costs_bytes_not_objects() -> None:
    table = PageTable(1 << 20, P)
    table.assign(0, 1 << 20, 0, 0, advances=True)
    tracemalloc.start()
    for page in range(0, 40_000, 2):
        table.put(page, 48, 0)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(table) == 40_000
    assert kept < 40_000 * 40


def test_registering_and_unregistering_holds_memory_flat() -> None:
    phys = PhysMem(X86_64)
    probe = Probe(phys)
    phys.cpu_register_physical_memory(0, 64 * P, phys.qemu_ram_alloc("ram", 64 * P))

    def cycles(count: int) -> None:
        for k in range(count):
            addr = (k % 97) * P
            phys.cpu_register_physical_memory_offset(addr, 2 * P, probe.io, addr)
            phys.cpu_register_physical_memory(addr, 2 * P, IO_MEM_UNASSIGNED)

    cycles(1_000)
    runs, blocks = len(phys.page_table), sys.getallocatedblocks()
    cycles(100_000)
    assert sys.getallocatedblocks() - blocks < 100
    assert len(phys.page_table) == runs
