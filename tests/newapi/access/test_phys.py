"""The functions of 1.0 and 1.1 for single values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Never

from memfold.newapi import (
    TODAY,
    V1_0,
    V1_1,
    DeviceError,
    MemoryRegion,
    MemoryRegionOps,
    PhysAccess,
)
from tests.newapi.worlds import make_core


def test_a_misaligned_ld_of_nothing_differs_by_version() -> None:
    """Golden memory rule 12."""
    for profile, expected in ((V1_0, 0), (V1_1, 0xFFFFFFFF), (TODAY, 0)):
        _, _, core = make_core(profile)
        phys = PhysAccess(core)
        assert (phys.ld(0x1002, 4), phys.ld(0x1004, 4)) == (expected, 0)


def test_a_value_at_the_end_of_ram_goes_on_in_the_block() -> None:
    """Golden legacy rule 19."""
    world, root, core = make_core(V1_1)
    ram = MemoryRegion.ram(world, "ram", 0x2000)
    ram.ram_view()[:] = bytes([1]) * 0x1000 + bytes([2]) * 0x1000
    root.add_subregion(0, MemoryRegion.make_alias(world, "window", ram, 0, 0x1000))
    assert PhysAccess(core).ld(0xFFE, 4) == 0x02020101
    assert core.load(0xFFE, 4) == 0x0101


def test_stores_mark_the_first_page_dirty_and_those_named_so_do_not() -> None:
    """Golden legacy rules 19 and 20."""
    world, root, core = make_core(V1_1)
    root.add_subregion(0, MemoryRegion.ram(world, "ram", 0x2000))
    dirty, phys = world.ram_list.dirty, PhysAccess(core)
    ways: list[tuple[Callable[[], None], list[int]]] = [
        (lambda: phys.st(0xFFE, 1, 4), [0xFD, 0]),
        (lambda: phys.st_notdirty(0xFFE, 1, 4, tracking=True), [0xFD, 0]),
        (lambda: phys.st_notdirty(0xFFE, 1, 4, tracking=False), [0, 0]),
        (lambda: phys.st_notdirty(0xFFC, 1, 8, tracking=True), [0, 0]),
    ]
    for act, marked in ways:
        dirty[:2] = bytes(2)
        act()
        assert list(dirty[:2]) == marked


def test_a_failed_load_has_as_many_bits_as_its_halves() -> None:
    def fail(*_: object) -> Never:
        raise DeviceError("the disk is on fire", value=0x9_8765_4321)

    world, root, core = make_core(V1_1)
    root.add_subregion(0, MemoryRegion.io(world, "disk", 0x1000, MemoryRegionOps(read=fail)))
    phys = PhysAccess(core)
    assert [phys.ld(0, size) for size in (1, 2, 4)] == [0x21, 0x4321, 0x87654321]
    assert phys.ld(0, 8) == 0x87654321_87654321
