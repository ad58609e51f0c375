"""Dead regions: exact against brute force, and the right one blamed."""

from __future__ import annotations

from random import Random

from memfold.newapi import AddressSpace, MemoryListener, MemoryRegion
from memfold.newapi.ask.dead import dead
from memfold.newapi.ask.explain import Reason, explain
from tests.newapi.ask.test_explain import Board
from tests.newapi.trees import SPAN, RandomWorld, reachable, resolve

HIDDEN = (Reason.PRIORITY, Reason.ORDER, Reason.SUBREGION)


def seen(root: MemoryRegion) -> set[str]:
    """The regions that answer somewhere and the aliases they are seen through."""
    found = [resolve(root, addr) for addr in range(SPAN)]
    return {
        region.name
        for way, _ in filter(None, found)
        for region in way
        if region.alias is not None or region is way[-1]
    }


def test_the_report_is_exact_on_random_trees() -> None:
    random = Random(9)
    total = 0
    for _ in range(600):
        tree = RandomWorld(random, 12)
        mapped = {r.name for r in reachable(tree.root) if r.terminates or r.alias is not None}
        reported = {found.region.name for found in dead(tree.world)}
        assert reported == mapped - seen(tree.root)
        total += len(reported)
    assert total > 500


def test_whom_it_blames_is_whom_explain_names_at_each_address() -> None:
    random = Random(5)
    for _ in range(300):
        tree = RandomWorld(random)
        for found in dead(tree.world):
            assert found.faults
            for fault in found.faults:
                if fault.reason not in HIDDEN:
                    continue
                for addr in range(fault.where.start, fault.where.end):
                    losers = explain(tree.space, addr).losers
                    assert (found.region, fault.reason, fault.culprit) in [
                        (spot.region, loser.reason, loser.culprit)
                        for loser in losers
                        for spot in loser.way.path
                    ]


def faults(board: Board) -> dict[str, list[tuple[Reason, str, str]]]:
    return {
        found.region.name: [
            (fault.reason, getattr(fault.culprit, "name", "?"), str(fault.where))
            for fault in found.faults
        ]
        for found in dead(board.world)
    }


def test_ram_behind_two_others_is_dead_by_the_fault_of_both() -> None:
    board = Board()
    ram, left, right = board.io("ram", 0x100), board.io("left", 0x80), board.io("right", 0x100)
    board.root.add_subregion_overlap(0, ram, -1)
    board.root.add_subregion(0, left)
    assert faults(board) == {}
    board.root.add_subregion(0x80, right)
    assert faults(board) == {
        "ram": [(Reason.PRIORITY, "left", "0x0-0x7f"), (Reason.PRIORITY, "right", "0x80-0xff")]
    }


def test_disabled_clipped_and_empty_aliases_are_dead_each_for_its_reason() -> None:
    board = Board()
    bar, off, small = board.container("bar", 0x100), board.io("off", 16), board.io("outside", 16)
    board.root.add_subregion(0, bar)
    bar.add_subregion(0, off)
    bar.add_subregion(0x100, small)
    off.set_enabled(False)
    empty = MemoryRegion.make_alias(board.world, "empty", bar, 0x40, 0x20)
    board.root.add_subregion(0x1000, empty)
    found = faults(board)
    assert (Reason.DISABLED, "off", "0x0-0xf") in found["off"]
    assert (Reason.CLIPPED, "bar", "empty at 0x100") in found["outside"]
    assert found["empty"] == [(Reason.ALIAS, "bar", "0x1000-0x101f")]


def test_what_another_space_or_another_alias_shows_is_not_dead() -> None:
    board = Board()
    ram, cover = board.io("ram", 0x100), board.io("cover", 0x100)
    board.root.add_subregion(0, ram)
    board.root.add_subregion_overlap(0, cover, 1)
    assert list(faults(board)) == ["ram"]
    other = AddressSpace(board.world, "dma", ram, MemoryListener())
    assert faults(board) == {}
    assert other.view.find(0) is not None
