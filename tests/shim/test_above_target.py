"""Rows above the target's addresses, where old code and the tree share the map."""

from __future__ import annotations

from memfold.host.ram import RamList
from memfold.legacy import Target
from memfold.newapi import MemoryRegion, MemoryRegionOps, World
from memfold.shim.shared_physmem import SharedPhysMem


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
