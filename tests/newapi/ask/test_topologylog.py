"""The log of changes: undo gives back the first map, and listeners hear exactly the difference."""

from __future__ import annotations

from random import Random

import pytest

from memfold.host.ranges import AddrRange
from memfold.newapi import (
    EventFd,
    FlatRange,
    Interposer,
    MemoryListener,
    MemoryRegion,
    RegionError,
    TopologyLog,
    diff,
)
from memfold.newapi.ask.jsonform import world_json
from tests.newapi.ask.test_explain import Board
from tests.newapi.trees import RandomWorld

Key = tuple[int, int, MemoryRegion, int, bool, bool]


def key(row: FlatRange) -> Key:
    return (row.start, row.end, row.region, row.offset, row.readable, row.readonly)


class Recorder(MemoryListener):
    """What a listener knows about the map from what it was told alone."""

    def __init__(self) -> None:
        self.rows: dict[Key, bool] = {}
        """Each row, and whether its dirty logging is on."""
        self.coalesced: set[AddrRange] = set()
        self.events: list[EventFd] = []
        self.told = 0

    def region_add(self, row: FlatRange) -> None:
        assert key(row) not in self.rows
        self.rows[key(row)] = row.log_mask != 0
        self.told += 1

    def region_del(self, row: FlatRange) -> None:
        del self.rows[key(row)]
        self.told += 1

    def log_start(self, row: FlatRange) -> None:
        assert self.rows[key(row)] is False
        self.rows[key(row)] = True

    def log_stop(self, row: FlatRange) -> None:
        assert self.rows[key(row)] is True
        self.rows[key(row)] = False

    def coalesced_add(self, part: AddrRange) -> None:
        self.coalesced.add(part)

    def coalesced_del(self, row: AddrRange) -> None:
        self.coalesced = {part for part in self.coalesced if not part.intersects(row)}

    def eventfd_add(self, event: EventFd) -> None:
        self.events.append(event)

    def eventfd_del(self, event: EventFd) -> None:
        self.events.remove(event)


def state(tree: RandomWorld) -> list[object]:
    """Everything about every region, and what is seen."""
    return [
        [
            (r.parent, r.addr, r.priority, r.overlap_declared, r.act, list(r.children))
            for r in tree.regions
        ],
        [
            (r.enabled, r.readonly, r.log_mask, r.alias_offset, list(r.coalesced), r.interposers)
            for r in tree.regions
        ],
        [list(space.view) for space in tree.world.spaces],
        world_json(tree.world),
    ]


def test_undoing_100_random_changes_gives_back_the_map_and_listeners_hear_the_difference() -> None:
    random = Random(36)
    for _ in range(60):
        tree = RandomWorld(random)
        recorder = Recorder()
        tree.space.register(recorder)
        log = TopologyLog(tree.world)
        first, first_rows = state(tree), dict(recorder.rows)
        for _ in range(100):
            tree.change()
            tree.world.check()
        last, kept = tree.space.view, set(map(key, tree.space.view))
        expected = len(kept ^ first_rows.keys())
        recorder.told = 0
        log.undo(len(log))
        assert state(tree) == first
        assert (recorder.rows, recorder.coalesced) == (first_rows, set())
        assert recorder.told == expected
        assert (expected == 0) == (
            [c for c in diff(last, tree.space.view) if c.what != "changed"] == []
        )
        assert len(log) == 0


def test_undo_step_by_step_meets_every_map_on_the_way() -> None:
    tree = RandomWorld(Random(7))
    log = TopologyLog(tree.world)
    seen = [state(tree)]
    for _ in range(100):
        with tree.world.transaction():
            tree.change()
        if len(log) == len(seen):
            seen.append(state(tree))
    assert len(seen) > 50
    while len(log):
        assert state(tree) == seen[len(log)]
        log.undo()
    assert state(tree) == seen[0]


def test_an_entry_is_what_took_effect_together_with_who_asked() -> None:
    board = Board()
    log = TopologyLog(board.world)
    device = board.io("uart", 16)
    board.root.add_subregion_overlap(0x1000, device, 2)
    device.set_address(0x2000)
    with board.world.transaction():
        device.set_enabled(False)
        board.root.del_subregion(device)
    assert [str(entry) for entry in log] == [
        "add_subregion_overlap uart to system at 0x1000 priority 2",
        "del_subregion uart from system; add_subregion_overlap uart to system at 0x2000 priority 2",
        "uart: enabled True -> False; del_subregion uart from system",
    ]
    site = log.entries[0].sites[0]
    first = test_an_entry_is_what_took_effect_together_with_who_asked.__code__.co_firstlineno
    assert (site.path, site.line - first) == (__file__, 4)
    assert log.of_act(device.act) == (log.entries[1].changes[1], log.entries[1].sites[1])


def test_coalescing_events_and_interposers_are_undone_too() -> None:
    board = Board()
    device = board.io("uart", 0x100)
    board.root.add_subregion(0, device)
    recorder = Recorder()
    board.space.register(recorder)
    log = TopologyLog(board.world)
    device.set_coalescing()
    device.add_eventfd(EventFd(8, 4, True, 1, 3))
    device.add_interposer(Interposer("count"))
    assert (recorder.coalesced, len(recorder.events)) == ({AddrRange(0, 0x100)}, 1)
    log.undo(len(log))
    assert (recorder.coalesced, recorder.events, device.interposers) == (set(), [], ())
    assert [row.region for row in board.space.view] == [device]


class Refusing(MemoryListener):
    """A listener that cannot take one region back."""

    def __init__(self, refused: MemoryRegion) -> None:
        self.refused = refused

    def region_add(self, row: FlatRange) -> None:
        if row.region is self.refused:
            raise RegionError("no slot left")


def test_an_undo_that_a_listener_refuses_leaves_map_and_log_as_they_were() -> None:
    board = Board()
    first, second = board.io("first", 16), board.io("second", 16)
    board.root.add_subregion(0, first)
    log = TopologyLog(board.world)
    board.root.del_subregion(first)
    board.root.add_subregion(0, second)
    board.space.register(Refusing(first))
    with pytest.raises(RegionError, match="no slot left"):
        log.undo(2)
    assert [row.region for row in board.space.view] == [second]
    assert (list(board.root.children), first.parent, len(log)) == ([second], None, 2)


def test_what_cannot_be_undone_is_refused_before_anything_is_done() -> None:
    board = Board()
    device, other = board.io("device", 16), board.io("other", 16)
    log = TopologyLog(board.world)
    board.root.add_subregion(0, device)
    with pytest.raises(RegionError, match=r"^cannot undo 2 entries: the log has 1$"):
        log.undo(2)
    with board.world.transaction(), pytest.raises(RegionError, match="inside a transaction"):
        log.undo()
    board.root.del_subregion(device)
    board.root.add_subregion(0, other)
    device.destroy()
    with pytest.raises(RegionError, match="region device is destroyed"):
        log.undo(3)
    assert [row.region for row in board.space.view] == [other]
    log.close()
    with pytest.raises(RegionError, match="the log is closed"):
        log.undo()
    assert not board.world.watchers


def test_changes_taken_back_by_a_failed_block_are_not_in_the_log() -> None:
    board = Board()
    log = TopologyLog(board.world)
    device = board.io("device", 16)

    def fail_half_way() -> None:
        with board.world.transaction():
            board.root.add_subregion(0, device)
            device.add_subregion(0, board.root)

    with pytest.raises(RegionError, match="contain itself"):
        fail_half_way()
    assert (len(log), device.parent) == (0, None)
