"""Which pages the ledger takes for sub-pages of the old layer."""

from __future__ import annotations

from memfold.harness.ledger.memory import cut_since_whole
from memfold.host.ranges import AddrRange
from memfold.newapi import FlatRange, Kind
from tests.newapi.worlds import make_region, make_world


def test_a_page_is_a_sub_page_until_a_row_that_had_it_whole_leaves() -> None:
    world, root, _, space = make_world()
    part = make_region(world, Kind.IO, "part", 0x10)
    whole = make_region(world, Kind.IO, "whole", 0x3000)
    views: list[tuple[FlatRange, ...]] = []
    told = []
    for region, add in ((whole, True), (whole, False), (part, True), (part, False)) * 2:
        if add:
            root.add_subregion(0x1000, region)
        else:
            root.del_subregion(region)
        views.append(tuple(space.view))
        told.append(cut_since_whole(AddrRange(0x1000, 0x2000), views))
    assert told == [False, False, True, True, True, False, True, True]
