"""Why an address answers as it does: agreement with dispatch, and each reason once by name."""

from __future__ import annotations

from random import Random

import pytest

from memfold.host.ram import RamList
from memfold.newapi import (
    AddressSpace,
    MemoryListener,
    MemoryRegion,
    MemoryRegionOps,
    RegionError,
    World,
    dead,
)
from memfold.newapi.ask.explain import Explanation, Reason, explain
from tests.newapi.trees import SPAN, RandomWorld, resolve
from tests.often import often

OPS = MemoryRegionOps()


class Board:
    """A root of 64 KiB with one address space."""

    def __init__(self) -> None:
        self.world = World(RamList(12))
        self.root = self.container("system", 0x10000)
        self.space = AddressSpace(self.world, "memory", self.root, MemoryListener())

    def container(self, name: str, size: int) -> MemoryRegion:
        return MemoryRegion.container(self.world, name, size)

    def io(self, name: str, size: int) -> MemoryRegion:
        return MemoryRegion.io(self.world, name, size, OPS)

    def explain(self, addr: int) -> Explanation:
        return explain(self.space, addr)

    def lost(self, addr: int) -> list[tuple[str, Reason, object]]:
        return [
            (str(loser.way), loser.reason, loser.culprit) for loser in self.explain(addr).losers
        ]


@pytest.mark.parametrize("seed", range(4))
def test_explain_agrees_with_dispatch_and_with_the_oracle_on_every_address(seed: int) -> None:
    random = Random(seed)
    for _ in range(often(600)):
        tree = RandomWorld(random)
        for addr in range(SPAN + 1):
            explained = explain(tree.space, addr)
            asked = tree.dispatched(addr)
            if explained.region is None:
                assert asked is None
            else:
                assert asked == (explained.region.name, explained.offset)
            oracle = resolve(tree.root, addr)
            way = explained.way
            assert (way and [spot.region for spot in way.path]) == (oracle and oracle[0])


def test_every_other_way_that_reaches_an_address_is_a_loser_with_a_reason() -> None:
    random = Random(1)
    for _ in range(300):
        tree = RandomWorld(random)
        for addr in range(SPAN):
            explained = explain(tree.space, addr)
            hidden = {
                tuple(spot.region.name for spot in loser.way.path)
                for loser in explained.losers
                if loser.reason in (Reason.PRIORITY, Reason.ORDER, Reason.SUBREGION)
            }
            won = explained.way and tuple(spot.region.name for spot in explained.way.path)
            assert hidden == {way for way in _answers(tree.root, addr) if way != won}


def _answers(region: MemoryRegion, at: int) -> list[tuple[str, ...]]:
    """Every way to something that would answer, the hidden ones too."""
    if not region.enabled or not 0 <= at < region.size:
        return []
    inner = [(child, at - child.addr) for child in region.children]
    if region.alias is not None:
        inner = [(region.alias, at + region.alias_offset)]
    found = [way for child, offset in inner for way in _answers(child, offset)]
    found += [()] if region.terminates else []
    return [(region.name, *way) for way in found]


def test_a_higher_priority_hides() -> None:
    board = Board()
    low, high = board.io("low", 0x1000), board.io("high", 0x1000)
    board.root.add_subregion(0, low)
    board.root.add_subregion_overlap(0x800, high, 1)
    assert board.explain(0x7FF).region is low
    assert board.explain(0x800).region is high
    assert board.lost(0x800) == [("system > low", Reason.PRIORITY, high)]


def test_of_equal_priorities_the_later_hides() -> None:
    board = Board()
    first, second = board.io("first", 0x1000), board.io("second", 0x1000)
    board.root.add_subregion(0, first)
    board.root.add_subregion(0, second)
    assert board.lost(0) == [("system > first", Reason.ORDER, second)]


def test_priority_counts_among_siblings_only() -> None:
    board = Board()
    bus, inside, beside = board.container("bus", 0x1000), board.io("in", 16), board.io("by", 16)
    board.root.add_subregion(0, bus)
    bus.add_subregion_overlap(0, inside, 100)
    board.root.add_subregion_overlap(0, beside, 1)
    assert board.lost(0) == [("system > bus > in", Reason.PRIORITY, beside)]


def test_a_region_is_hidden_by_its_own_subregion() -> None:
    board = Board()
    device, window = board.io("device", 0x1000), board.io("window", 0x10)
    board.root.add_subregion(0, device)
    device.add_subregion(0x20, window)
    assert board.lost(0x20) == [("system > device", Reason.SUBREGION, window)]
    assert board.explain(0x30).region is device


def test_a_disabled_region_and_what_it_contains_name_what_is_disabled() -> None:
    board = Board()
    bar, device = board.container("bar", 0x1000), board.io("device", 0x100)
    board.root.add_subregion(0, bar)
    bar.add_subregion(0, device)
    bar.set_enabled(False)
    assert board.explain(0).region is None
    assert board.lost(0) == [("system > bar > device", Reason.DISABLED, bar)]


def test_of_two_disabled_regions_the_outer_is_named() -> None:
    board = Board()
    bar, device = board.container("bar", 0x1000), board.io("device", 0x100)
    board.root.add_subregion(0, bar)
    bar.add_subregion(0, device)
    device.set_enabled(False)
    assert board.lost(0) == [("system > bar > device", Reason.DISABLED, device)]
    bar.set_enabled(False)
    assert board.lost(0) == [("system > bar > device", Reason.DISABLED, bar)]


def test_what_is_added_to_an_alias_is_never_shown_and_said_to_be_so() -> None:
    board = Board()
    window = MemoryRegion.make_alias(board.world, "window", board.io("ram", 0x100), 0, 0x100)
    stray = board.io("stray", 0x10)
    board.root.add_subregion(0, window)
    window.add_subregion(0x20, stray)
    assert str(board.explain(0x20).way) == "system > window > ram"
    assert board.lost(0x20) == [("system > window > stray", Reason.ALIAS, window)]
    (found,) = dead(board.world)
    assert found.region is stray
    assert [(fault.reason, fault.culprit) for fault in found.faults] == [(Reason.ALIAS, window)]


def test_a_child_past_the_end_of_its_parent_is_clipped_there() -> None:
    board = Board()
    bar, ram = board.container("bar", 0x100), board.io("registers", 0x200)
    board.root.add_subregion(0, bar)
    bar.add_subregion(0, ram)
    assert board.explain(0xFF).region is ram
    assert board.lost(0x100) == [("system > bar > registers", Reason.CLIPPED, bar)]


def test_an_empty_place_in_a_container_is_a_hole() -> None:
    board = Board()
    bus = board.container("bus", 0x1000)
    board.root.add_subregion(0, bus)
    assert board.lost(0x10) == [("system > bus", Reason.HOLE, bus)]


def test_an_alias_beyond_its_target_shows_nothing() -> None:
    board = Board()
    device = board.io("device", 0x100)
    window = MemoryRegion.make_alias(board.world, "window", device, 0x80, 0x1000)
    board.root.add_subregion(0x2000, window)
    explained = board.explain(0x2010)
    assert (explained.region, explained.offset) == (device, 0x90)
    assert str(explained.way) == "system > window > device"
    assert board.lost(0x2080) == [("system > window", Reason.ALIAS, window)]


def test_an_address_outside_the_space_is_refused() -> None:
    with pytest.raises(
        RegionError, match=r"^space memory: address 0x10000000000000000 is not in 0x0\.\.0xf{16}$"
    ):
        Board().explain(1 << 64)
