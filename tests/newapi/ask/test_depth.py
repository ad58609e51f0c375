"""Nothing here goes down a tree by calling itself: depth costs time and no stack."""

from __future__ import annotations

from memfold.newapi import (
    Kind,
    MemoryRegion,
    clipped,
    conflicts,
    dead,
    explain,
    mtree,
    mtree_flat,
    world_json,
)
from tests.newapi.worlds import make_region, make_world

DEPTH = 3000


def test_a_tree_of_three_thousand_levels_can_be_shown_asked_about_and_destroyed() -> None:
    world, root, _, space = make_world()
    with world.transaction():
        inner = root
        for number in range(DEPTH):
            outer = inner
            if number % 2:
                inner = MemoryRegion.container(world, f"c{number}", 0x1000)
                outer.add_subregion(1, inner)
            else:
                inner = MemoryRegion.container(world, f"c{number}", 0x1000)
                alias = MemoryRegion.make_alias(world, f"a{number}", inner, 0, 0x1000)
                outer.add_subregion(0, alias)
        device = make_region(world, Kind.IO, "device", 1)
        inner.add_subregion(0, device)
    addr = DEPTH // 2
    assert [(row.start, row.region) for row in space.view] == [(addr, device)]
    assert explain(space, addr).region is device
    assert (dead(world), conflicts(space)) == ([], [])
    assert "device" in mtree(world)
    assert "device" in mtree_flat(world)
    assert "device" in str(world_json(world)["regions"])
    assert clipped(root) == []
    space.destroy()
    inner.del_subregion(device)
    device.destroy()
    assert device.destroyed
