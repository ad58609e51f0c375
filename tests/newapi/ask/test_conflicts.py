"""Conflicts reported: exact against brute force, told at the caller's line, never a failure."""

from __future__ import annotations

import sys
import warnings
from random import Random

import pytest

from memfold.host.ranges import AddrRange
from memfold.newapi import MemoryRegion, RegionError
from memfold.newapi.ask.conflicts import Conflict, ConflictWatch, OverlapWarning, conflicts
from memfold.newapi.ask.ways import ways
from tests.newapi.ask.test_explain import Board
from tests.newapi.trees import RandomWorld, resolve

Overlap = tuple[str, str, str, int]


def brute_force(root: MemoryRegion) -> set[Overlap]:
    """(container, winner, loser, offset) by asking every pair of siblings about every offset that
    some way down from the root shows."""
    return {
        (way.region.name, winner.name, loser.name, at)
        for way in ways(root)
        if way.region.alias is None and way.disabled_by is None and way.last.stray is None
        for place, winner in enumerate(way.region.children)
        for loser in way.region.children[place + 1 :]
        for at in range(way.start - way.last.base, way.end - way.last.base)
        if resolve(winner, at - winner.addr) and resolve(loser, at - loser.addr)
    }


def test_the_report_is_exact_on_random_trees() -> None:
    random = Random(13)
    total = 0
    for _ in range(600):
        tree = RandomWorld(random)
        reported = {
            (found.container.name, found.winner.name, found.loser.name, at)
            for found in conflicts(tree.space)
            for where in found.ranges
            for at in range(where.start, where.end)
        }
        assert reported == brute_force(tree.root)
        total += len(reported)
    assert total > 500


def test_a_conflict_says_whether_it_was_declared_and_whether_order_alone_decides() -> None:
    board = Board()
    ram, low, high = board.io("ram", 0x1000), board.io("low", 0x10), board.io("high", 0x10)
    board.root.add_subregion(0, ram)
    board.root.add_subregion_overlap(0x100, low, 1)
    board.root.add_subregion_overlap(0x108, high, 1)
    told = {(c.winner.name, c.loser.name): c for c in conflicts(board.space)}
    assert told.keys() == {("low", "ram"), ("high", "ram"), ("high", "low")}
    assert [told["low", "ram"].declared, told["low", "ram"].tie] == [True, False]
    assert [told["high", "low"].declared, told["high", "low"].tie] == [True, True]
    assert told["high", "low"].accidental
    assert str(told["high", "low"]) == (
        "high hides low in system at 0x108-0x10f "
        f"(declared, equal priority 1, since act {high.act})"
    )


def test_a_conflict_is_as_old_as_the_act_that_made_both_answer() -> None:
    board = Board()
    bus, device, other = board.container("bus", 0x1000), board.io("dev", 16), board.io("other", 16)
    board.root.add_subregion(0, bus)
    board.root.add_subregion(0, other)
    assert conflicts(board.space) == []
    bus.add_subregion(0, device)
    (found,) = conflicts(board.space)
    assert (found.winner, found.loser, found.since) == (other, bus, device.act)


def test_a_container_shown_only_through_an_alias_is_looked_into_and_ranges_are_joined() -> None:
    board = Board()
    bus, twice = board.container("bus", 0x1000), board.container("twice", 0x100)
    left, right, cover = board.io("left", 0x10), board.io("right", 0x10), board.io("cover", 0x100)
    board.root.add_subregion(0x2000, MemoryRegion.make_alias(board.world, "win", bus, 0, 0x1000))
    twice.add_subregion(0, left)
    twice.add_subregion(0x10, right)
    bus.add_subregion(0x40, twice)
    bus.add_subregion_overlap(0, cover, 1)
    (found,) = conflicts(board.space)
    assert (found.container, found.winner, found.loser) == (bus, cover, twice)
    assert found.ranges == (AddrRange(0x40, 0x60),)


def watched(board: Board) -> list[tuple[Conflict, int]]:
    """The warnings of some calls, each with the line it points at in this file."""
    upper, lower, third = board.io("upper", 16), board.io("lower", 16), board.io("third", 16)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        board.root.add_subregion(0, lower)
        with board.world.transaction():
            board.root.add_subregion(8, upper)
            board.root.add_subregion(0x100, third)
        board.root.del_subregion(upper)
        board.root.add_subregion_overlap(4, upper, 1)
        upper.set_address(0x104)
        upper.set_enabled(False)
    for one in caught:
        assert isinstance(one.message, OverlapWarning)
        assert one.filename == __file__
    messages = [one.message for one in caught]
    return [
        (message.conflict, one.lineno)
        for message, one in zip(messages, caught, strict=True)
        if isinstance(message, OverlapWarning)
    ]


def test_an_undeclared_overlap_warns_at_the_line_that_made_it_even_inside_a_transaction() -> None:
    board = Board()
    ConflictWatch(board.world)
    (told,) = watched(board)
    conflict, line = told
    assert (conflict.winner.name, conflict.loser.name) == ("upper", "lower")
    assert line == watched.__code__.co_firstlineno + 7


def test_without_a_watch_nothing_is_told_and_nothing_is_walked() -> None:
    board = Board()
    upper, lower = board.io("upper", 16), board.io("lower", 16)

    def map_both() -> None:
        board.root.add_subregion(0, lower)
        board.root.add_subregion(0, upper)

    assert functions_entered(map_both).isdisjoint(
        {"conflicts", "ways", "call_site", "committed", "noted"}
    )
    watch = ConflictWatch(board.world)
    watch.close()
    assert not board.world.watchers


def functions_entered(act: object) -> set[str]:
    entered: set[str] = set()

    def profile(frame: object, event: str, _arg: object) -> None:
        code = getattr(frame, "f_code", None)
        if event == "call" and code is not None and "newapi" in code.co_filename:
            entered.add(code.co_name)

    assert callable(act)
    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        act()
    finally:
        sys.setprofile(before)
    assert "add_subregion" in entered
    return entered


def test_a_warning_turned_into_an_exception_comes_after_the_map_is_complete() -> None:
    board = Board()
    ConflictWatch(board.world)
    upper, lower = board.io("upper", 16), board.io("lower", 16)
    board.root.add_subregion(0, lower)
    with pytest.raises(OverlapWarning, match=r"^upper hides lower in system at 0x8-0xf "):
        board.root.add_subregion(8, upper)
    assert board.explain(8).region is upper
    assert not board.world.in_transaction
    board.root.del_subregion(upper)
    assert board.explain(8).region is lower


def test_a_watch_does_not_begin_inside_a_transaction() -> None:
    board = Board()
    with board.world.transaction(), pytest.raises(RegionError, match="inside a transaction"):
        ConflictWatch(board.world)
