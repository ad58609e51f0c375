"""After any change of any region, every view is what a fresh rendering shows, and every listener
has been told just that."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import nullcontext
from random import Random

import pytest

from memfold.newapi import (
    AddressSpace,
    EventFd,
    Interposer,
    Kind,
    MemoryRegion,
    RegionError,
    flatten,
    render,
)
from tests.newapi.trees import SPAN, RandomWorld
from tests.newapi.worlds import RecordingListener, make_region, make_world

Act = Callable[[Random, RandomWorld, MemoryRegion], object]

WATCH = Interposer("watch", read=lambda below, *access: below.read(*access))
EVENT = EventFd(1, 4, True, 7, 3)


def leave(_: Random, __: RandomWorld, region: MemoryRegion) -> None:
    if region.parent is not None:
        region.parent.del_subregion(region)


def toggle_interposer(_: Random, __: RandomWorld, region: MemoryRegion) -> None:
    there = WATCH in region.interposers
    (region.del_interposer if there else region.add_interposer)(WATCH)


def toggle_event(_: Random, __: RandomWorld, region: MemoryRegion) -> None:
    (region.del_eventfd if EVENT in region.eventfds else region.add_eventfd)(EVENT)


def slide(random: Random, _: RandomWorld, region: MemoryRegion) -> None:
    if region.alias is not None:
        region.set_alias_offset(random.randrange(8))


def switch(_: Random, __: RandomWorld, region: MemoryRegion) -> None:
    if region.kind is Kind.ROM_DEVICE:
        region.rom_device_set_readable(not region.readable)


ACTS: dict[str, Act] = {
    "add_subregion": lambda _, tree, region: tree.place(region),
    "add_subregion_overlap": lambda _, tree, region: tree.place(region),
    "del_subregion": leave,
    "set_address": lambda random, _, region: region.set_address(random.randrange(SPAN)),
    "set_enabled": lambda _, __, region: region.set_enabled(not region.enabled),
    "set_alias_offset": slide,
    "set_readonly": lambda _, __, region: region.set_readonly(not region.readonly),
    "rom_device_set_readable": switch,
    "set_offset": lambda random, _, region: region.set_offset(random.randrange(4)),
    "set_log": lambda random, _, region: region.set_log(random.random() < 0.5, 1),
    "set_coalescing": lambda _, __, region: region.set_coalescing(),
    "add_coalescing": lambda random, _, region: region.add_coalescing(random.randrange(4), 4),
    "clear_coalescing": lambda _, __, region: region.clear_coalescing(),
    "add_eventfd": toggle_event,
    "del_eventfd": toggle_event,
    "add_interposer": toggle_interposer,
    "del_interposer": toggle_interposer,
}
NO_CHANGE_OF_THE_MAP = {"set_dirty"}


def test_no_setter_is_left_out() -> None:
    names = {name for name, _ in inspect.getmembers(MemoryRegion, inspect.isfunction)}
    starts = ("set_", "add_", "del_", "clear_", "rom_device_")
    setters = {name for name in names if name.startswith(starts)}
    # A constructor of that name is a class method, and no function here.
    assert setters == ACTS.keys() | NO_CHANGE_OF_THE_MAP


def test_after_any_setter_on_any_region_every_view_is_what_a_fresh_render_shows() -> None:
    random = Random(20110518)
    for _ in range(100):
        tree = RandomWorld(random)
        roots = [tree.root, random.choice(tree.regions)]
        spaces, told = [tree.space], [RecordingListener(), RecordingListener()]
        spaces.append(AddressSpace(tree.world, "second", roots[1], told[1]))
        tree.space.register(told[0])
        for _ in range(40):
            together = random.choice((1, 1, 2, 5))
            with tree.world.transaction() if together > 1 else nullcontext():
                for _ in range(together):
                    name = random.choice([*ACTS])
                    region = random.choice(tree.regions)
                    if region not in roots or not name.startswith("add_subregion"):
                        with tree.allowed():
                            ACTS[name](random, tree, region)
            tree.world.check()
            for space, listener in zip(spaces, told, strict=True):
                assert space.view.rows == flatten(space.render()).rows, name
                assert [*listener.rows.values()] or not space.view.rows
                assert sorted(listener.rows) == space.view.starts, name
                for row in space.view:
                    assert listener.rows[row.start].same_as(row), name


def test_an_unmapped_alias_that_another_alias_shows_slides_at_once() -> None:
    world, root, _, space = make_world()
    device = make_region(world, Kind.IO, "device", 0x1000)
    inner = MemoryRegion.make_alias(world, "inner", device, 0, 0x100)
    root.add_subregion(0, MemoryRegion.make_alias(world, "outer", inner, 0, 0x100))
    inner.set_alias_offset(0x200)
    assert [(row.start, row.offset) for row in space.view] == [(0, 0x200)]


# An alias that shows what contains it


def test_a_mirror_of_its_own_container_ends_where_a_window_leaves_nothing() -> None:
    """4 bytes, shown again at 4, at 8, at 12: the last turn is cut by the container."""
    world, root, _, space = make_world()
    box = MemoryRegion.container(world, "box", 14)
    box.add_subregion(0, make_region(world, Kind.IO, "device", 4))
    box.add_subregion(4, MemoryRegion.make_alias(world, "mirror", box, 0, 10))
    root.add_subregion(0x100, box)
    assert [(row.start - 0x100, row.size, row.offset) for row in space.view] == [
        (0, 4, 0),
        (4, 4, 0),
        (8, 4, 0),
        (12, 2, 0),
    ]


def test_what_never_ends_is_refused_and_the_map_stays() -> None:
    world, root, told, space = make_world()
    box = MemoryRegion.container(world, "box", 0x1000)
    root.add_subregion(0, box)
    box.add_subregion(0x800, make_region(world, Kind.IO, "device", 0x10))
    endless = MemoryRegion.make_alias(world, "endless", box, 0x10, 0x100)
    rows, act = list(space.view), box.act
    told.calls.clear()
    everything = MemoryRegion.make_alias(world, "all", root, 0, 1 << 64)
    refusals: list[Callable[[], object]] = [
        lambda: box.add_subregion(0x10, endless),
        lambda: root.add_subregion(0, everything),
    ]
    for refused in refusals:
        with pytest.raises(
            RegionError, match=r"^cannot show system: more than 262144 .* by (endless|all)$"
        ):
            refused()
        assert (list(space.view), box.act, told.taken()) == (rows, act, [])
        assert not world.in_transaction
    box.add_subregion(0x20, endless)  # shifted by 16 bytes each turn: it ends
    with pytest.raises(RegionError, match="more than 262144"):
        endless.set_alias_offset(0x20)
    assert endless.alias_offset == 0x10


def test_more_than_the_limit_of_regions_is_refused_with_the_limit_named() -> None:
    world, root, _, space = make_world()
    shown = make_region(world, Kind.CONTAINER, "c0", 1)
    for number in range(1, 20):
        twice = make_region(world, Kind.CONTAINER, f"c{number}", 1)
        for name in ("a", "b"):
            twice.add_subregion(0, MemoryRegion.make_alias(world, name, shown, 0, 1))
        shown = twice
    with pytest.raises(
        RegionError, match=r"^cannot show system: more than 262144 regions, each counted"
    ):
        root.add_subregion(0, shown)
    assert (list(root.children), list(space.view)) == ([], [])
    assert render(root) == []
