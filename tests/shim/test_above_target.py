"""Rows above the target's addresses, where old code and the tree share the map."""

from __future__ import annotations

from memfold.host.ram import RamList
from memfold.legacy import Target
from memfold.newapi import MemoryRegion, MemoryRegionOps, World
from memfold.shim.folded import Folded
from memfold.shim.shared_physmem import SharedPhysMem
from tests.shim.mixed import PAGE, Mixed


def test_a_row_above_the_targets_addresses_hides_no_old_registration() -> None:
    world = World(RamList(12))
    old = SharedPhysMem(Target("test", 12, 32, 32, big_endian=False), world)
    root = MemoryRegion.container(world, "system", 1 << 64)
    old.show("memory", root)
    slot = old.cpu_register_io_memory((lambda *_: 9,) * 3, (None,) * 3, None, 0)
    old.cpu_register_physical_memory(0, 0x1000, slot)
    device = MemoryRegion.io(world, "d", 0x1000, MemoryRegionOps(read=lambda *_: 7))
    root.add_subregion(1 << 32, device)
    assert old.ldl_phys(0) == 9
    root.del_subregion(device)
    assert old.ldl_phys(0) == 9


def test_the_second_half_of_8_bytes_that_begin_below_the_last_address_is_at_0() -> None:
    world = Mixed(Folded)
    world.old.cpu_register_physical_memory(0, PAGE, world.slot("low"))
    for name, at in (("first", 0xFFFF_F000), ("second", 0xFFFF_F800)):
        world.root.add_subregion(at, world.region(name, 0x800))
    world.old.ldq_phys(0xFFFF_FFFC)
    assert world.told == [("second", 0x7FC), ("low", 0)]
