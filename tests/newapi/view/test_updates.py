"""What a told is told, and when: transactions, logging, coalescing, events."""

from __future__ import annotations

import pytest

from memfold.host.ranges import AddrRange
from memfold.newapi import AddressSpace, EventFd, FlatRange, Kind, MemoryRegion, RegionError
from tests.newapi.worlds import RecordingListener, make_region, make_world


def test_deletions_come_before_additions_each_ascending() -> None:
    """Golden memory rule 4 (scenario children_of_io)."""
    world, root, told, _ = make_world()
    low, high = (make_region(world, Kind.IO, name, 0x4000) for name in ("low", "high"))
    root.add_subregion(0x8000, high)
    root.add_subregion(0x1000, low)
    told.calls.clear()
    with world.transaction():
        low.set_address(0x2000)
        high.set_address(0x7000)
    assert told.calls == [
        ("begin",),
        ("del", 0x1000, 0x5000, "low"),
        ("del", 0x8000, 0xC000, "high"),
        ("add", 0x2000, 0x6000, "low"),
        ("add", 0x7000, 0xB000, "high"),
        ("commit",),
    ]


def test_nothing_happens_before_the_outermost_commit() -> None:
    world, root, told, space = make_world()
    told.calls.clear()
    world.transaction_begin()
    world.transaction_begin()
    root.add_subregion(0, make_region(world, Kind.IO, "device", 0x1000))
    world.transaction_commit()
    assert not told.calls
    assert not space.view.rows
    world.transaction_commit()
    assert told.taken() == [("add", 0, 0x1000, "device")]


def test_a_row_that_is_the_same_afterwards_is_left_alone() -> None:
    """Scenario bar_same_place_transaction."""
    world, root, told, _ = make_world()
    device = make_region(world, Kind.IO, "device", 0x1000)
    root.add_subregion(0x1000, device)
    told.calls.clear()
    with world.transaction():
        root.del_subregion(device)
        root.add_subregion(0x1000, device)
    assert told.taken() == []


def test_a_block_that_raises_takes_its_changes_back() -> None:
    world, root, told, space = make_world()
    device = make_region(world, Kind.IO, "device", 0x1000)
    root.add_subregion(0x1000, device)
    told.calls.clear()

    def fail_half_way() -> None:
        with world.transaction():
            root.del_subregion(device)
            with world.transaction():
                root.add_subregion(0x5000, device)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert (device.parent, device.addr) == (root, 0x1000)
    assert told.taken() == []
    assert [row.start for row in space.view] == [0x1000]


class ChainingListener(RecordingListener):
    """Maps a second region when it is told of the first."""

    def __init__(self, root: MemoryRegion, second: MemoryRegion) -> None:
        super().__init__()
        self.root, self.second = root, second

    def region_add(self, row: FlatRange) -> None:
        super().region_add(row)
        if row.region.name == "first":
            self.root.add_subregion(0x8000, self.second)


def test_a_listener_may_change_the_map_and_is_told_afterwards() -> None:
    world, root, _, space = make_world()
    told = ChainingListener(root, make_region(world, Kind.IO, "second", 0x1000))
    space.register(told)
    root.add_subregion(0x1000, make_region(world, Kind.IO, "first", 0x1000))
    assert [row.region.name for row in space.view] == ["first", "second"]
    assert told.rows.keys() == {0x1000, 0x8000}


def test_only_spaces_that_show_the_region_are_rendered_again() -> None:
    world, root, _, space = make_world()
    view = space.view
    unseen = MemoryRegion.container(world, "unseen", 0x1000)
    unseen.add_subregion(0, make_region(world, Kind.IO, "device", 0x1000))
    assert space.view is view
    root.add_subregion(0, unseen)
    assert space.view is not view


def test_logging_follows_the_region_wherever_it_goes() -> None:
    """Promise 5, logging (scenario dirty_log_kept_across_unmap)."""
    world, root, told, space = make_world()
    ram = MemoryRegion.ram(world, "ram", 0x4000)
    ram.set_log(True, 0)
    root.add_subregion(0x10000, ram)
    root.del_subregion(ram)
    root.add_subregion(0x20000, ram)
    assert [row.log_mask for row in space.view] == [1]
    told.calls.clear()
    ram.set_log(True, 3)
    assert told.taken() == []
    ram.set_log(False, 0)
    assert told.taken() == []
    ram.set_log(False, 3)
    assert told.taken() == [("log_stop", 0x20000, "ram")]
    ram.set_log(True, 1)
    assert told.taken() == [("log_start", 0x20000, "ram")]


def test_coalescing_follows_the_region_wherever_it_goes() -> None:
    """Promise 5, coalescing: after the row comes, before events; off before the row goes."""
    world, root, told, _ = make_world()
    device = make_region(world, Kind.IO, "device", 0x1000)
    device.add_coalescing(0x800, 0x1000)
    device.add_eventfd(EventFd(0x10, 4, True, 1, 7))
    assert told.taken() == []
    root.add_subregion(0x4000, device)
    assert told.taken() == [
        ("add", 0x4000, 0x5000, "device"),
        ("coalesce", 0x4800, 0x5000),
        ("eventfd", 0x4010, 7),
    ]
    device.set_address(0x6000)
    assert told.taken() == [
        ("uncoalesce", 0x4000, 0x5000),
        ("del", 0x4000, 0x5000, "device"),
        ("add", 0x6000, 0x7000, "device"),
        ("coalesce", 0x6800, 0x7000),
        ("no eventfd", 0x4010, 7),
        ("eventfd", 0x6010, 7),
    ]
    device.set_coalescing()
    assert told.taken() == [
        ("uncoalesce", 0x6000, 0x7000),
        ("uncoalesce", 0x6000, 0x7000),
        ("coalesce", 0x6000, 0x7000),
    ]
    device.clear_coalescing()
    assert told.taken() == [("uncoalesce", 0x6000, 0x7000)]


def test_events_are_told_once_per_window_and_only_when_they_change() -> None:
    """Scenario eventfd_alias_twice."""
    world, root, told, _ = make_world()
    device = make_region(world, Kind.IO, "device", 0x2000)
    root.add_subregion(0x10000, device)
    device.add_eventfd(EventFd(0x10, 4, True, 1, 5))
    window = MemoryRegion.make_alias(world, "window", device, 0, 0x1000)
    told.calls.clear()
    root.add_subregion(0x20000, window)
    assert told.taken()[-1] == ("eventfd", 0x20010, 5)
    device.add_eventfd(EventFd(0x1010, 4, True, 1, 5))
    assert told.taken() == [("eventfd", 0x11010, 5)]
    device.del_eventfd(EventFd(0x10, 4, True, 1, 5))
    assert told.taken() == [("no eventfd", 0x10010, 5), ("no eventfd", 0x20010, 5)]


def test_data_that_is_not_matched_does_not_tell_events_apart() -> None:
    world, root, told, _ = make_world()
    device = make_region(world, Kind.IO, "device", 0x1000)
    root.add_subregion(0, device)
    device.add_eventfd(EventFd(0, 4, False, 1, 5))
    device.del_eventfd(EventFd(0, 4, False, 2, 5))
    assert device.eventfds == ()
    assert told.taken()[-1] == ("no eventfd", 0, 5)


def test_two_spaces_over_one_tree_are_updated_in_the_order_they_were_made() -> None:
    world, root, told, _ = make_world()
    device = make_region(world, Kind.IO, "device", 0x1000)
    inner = MemoryRegion.container(world, "inner", 0x10000)
    root.add_subregion(0x100000, inner)
    inner_told = RecordingListener()
    AddressSpace(world, "inner alone", inner, inner_told)
    told.calls.clear()
    inner_told.calls = told.calls
    inner.add_subregion(0x1000, device)
    assert told.taken() == [
        ("add", 0x101000, 0x102000, "device"),
        ("add", 0x1000, 0x2000, "device"),
    ]


def test_find_is_cut_to_what_was_asked() -> None:
    """Scenario find_basic, for today's meaning of the address."""
    world, root, _, space = make_world()
    box = MemoryRegion.container(world, "box", 0x10000)
    ram = make_region(world, Kind.ROM_DEVICE, "ram", 0x4000)
    root.add_subregion(0x100000, box)
    box.add_subregion(0x2000, ram)
    found = space.find(0x102800, 0x10)
    assert found is not None
    assert (found.range, found.offset) == (AddrRange(0x102800, 0x102810), 0x800)
    assert space.find(0x100000, 0x2001) == found._replace(start=0x102000, end=0x102001, offset=0)
    assert space.find(0x100000, 0x2000) is None


class RefusingListener(RecordingListener):
    """Takes no row of the region called ``bad``."""

    def region_add(self, row: FlatRange) -> None:
        if row.region.name == "bad":
            raise RegionError("no bad here")
        super().region_add(row)


def test_a_space_whose_listener_refuses_is_no_part_of_the_world() -> None:
    world, root, told, space = make_world()
    root.add_subregion(0x1000, make_region(world, Kind.IO, "good", 0x1000))
    root.add_subregion(0x3000, make_region(world, Kind.IO, "bad", 0x1000))
    refusing = RefusingListener()
    with pytest.raises(RegionError, match="no bad here"):
        AddressSpace(world, "second", root, refusing)
    assert list(world.spaces) == [space]
    assert refusing.rows == {}
    assert refusing.calls[0] == ("begin",)
    assert refusing.calls[-1] == ("commit",)
    root.add_subregion(0x5000, make_region(world, Kind.IO, "after", 0x1000))
    assert told.rows.keys() == {0x1000, 0x3000, 0x5000}


class Stubborn(RefusingListener):
    """Nor lets go of a row of the region called ``stuck`` once it has it."""

    def region_del(self, row: FlatRange) -> None:
        if row.region.name == "stuck":
            raise RegionError("stuck stays")
        super().region_del(row)


def test_an_undoing_that_fails_leaves_all_else_as_it_was() -> None:
    world, root, told, space = make_world()
    good = make_region(world, Kind.IO, "good", 0x1000)
    root.add_subregion(0x1000, good)
    stubborn = Stubborn()
    second = AddressSpace(world, "second", root, stubborn)
    rows = list(space.view)
    world.transaction_begin()
    root.del_subregion(good)
    for addr, name in ((0x3000, "stuck"), (0x5000, "bad")):
        root.add_subregion(addr, make_region(world, Kind.IO, name, 0x1000))
    with pytest.raises(RegionError, match="stuck stays"):
        world.transaction_commit()
    assert list(second.view) == list(space.view) == rows
    assert list(root.children) == [good]
    assert told.rows.keys() == {0x1000}
    assert stubborn.rows.keys() == {0x1000, 0x3000}
    good.set_address(0x8000)
    assert told.rows.keys() == {0x8000}
