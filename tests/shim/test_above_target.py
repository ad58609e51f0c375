"""Rows above the target's addresses, where old code and the tree share the map."""

from __future__ import annotations

from memfold.host.ram import RamList
from memfold.host.ranges import AddrRange
from memfold.legacy import CPUPhysMemoryClient, Target
from memfold.newapi import MemoryRegion, MemoryRegionOps, World
from memfold.shim.folded import Folded
from memfold.shim.shared_physmem import SharedPhysMem
from tests.shim.mixed import PAGE, Kind, Mixed, each_kind


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


@each_kind
def test_nobody_is_told_of_what_lies_above_the_targets_addresses(kind: Kind) -> None:
    """A row that crosses them is told of as far as they go; late clients hear no more than early
    ones."""
    mixed = Mixed(kind)
    space = mixed.old.target.space
    root = MemoryRegion.container(mixed.world, "all", 1 << 64)
    mixed.old.space.set_root(root)
    told: list[tuple[object, ...]] = []

    def client(who: str) -> CPUPhysMemoryClient:
        def tell(*what: object) -> int:
            told.append((who, *what))
            return 0

        def page(start: int, size: int, _: int, __: bool) -> None:
            told.append((who, start, size))

        return CPUPhysMemoryClient(page, tell, lambda _: 0, tell, tell)

    mixed.old.cpu_register_phys_memory_client(client("early"))
    above = MemoryRegion.ram(mixed.world, "above", PAGE)
    above.add_coalescing(0, 16)
    root.add_subregion(space.end + 0x5000, above)
    above.set_log(True, 0)
    above.sync_dirty_bitmap()
    above.set_log(False, 0)
    root.del_subregion(above)
    root.add_subregion(space.end + 0x1000, above)
    across = mixed.region("across", 2 * PAGE)
    across.add_coalescing(0, 2 * PAGE)
    root.add_subregion(space.end - PAGE, across)
    mixed.old.cpu_register_phys_memory_client(client("late"))
    assert told == [
        ("early", space.end - PAGE, PAGE),
        ("late", space.end - PAGE, PAGE),
    ]
    assert [*mixed.old.coalesced] == [AddrRange(space.end - PAGE, space.end)]
    root.del_subregion(across)
    assert told[2:] == [(late, space.end - PAGE, PAGE) for late in ("late", "early")]
    assert not mixed.old.coalesced
