"""Maps that show much, or without end: what costs how much, and where it is refused."""

from __future__ import annotations

from time import perf_counter

import pytest

from memfold.host.ram import RamList
from memfold.newapi import (
    AddressSpace,
    Core,
    Interposer,
    Kind,
    MemoryRegion,
    RegionError,
    World,
    clipped,
    conflicts,
    dead,
    explain,
    mtree,
    render,
    world_json,
)
from tests.newapi.worlds import SIZE, make_region, make_world


def make_mirror(turns: int) -> tuple[World, AddressSpace, MemoryRegion]:
    """A container whose byte 0 an alias of the container repeats at 1, at 2, ..."""
    world = World(RamList(12))
    root = MemoryRegion.container(world, "system", SIZE)
    space = AddressSpace(world, "memory", root, Core(world))
    box = MemoryRegion.container(world, "box", turns)
    device = make_region(world, Kind.IO, "device", 1)
    box.add_subregion(0, device)
    box.add_subregion(1, MemoryRegion.make_alias(world, "mirror", box, 0, turns))
    root.add_subregion(0, box)
    return world, space, device


def test_many_turns_are_shown_and_asked_about_in_a_time_that_grows_with_them() -> None:
    turns = 1 << 14
    began = perf_counter()
    world, space, device = make_mirror(turns)
    assert len(space.view) == turns
    assert perf_counter() - began < 4  # it was 8 s and more
    began = perf_counter()
    explained = explain(space, turns - 1)
    assert (explained.region, explained.offset) == (device, 0)
    assert explained.way is not None
    assert len(explained.way.path) == 2 * turns + 1
    assert dead(world) == []
    assert conflicts(space) == []
    assert clipped(space.root)
    assert "mirror" in mtree(world)
    assert world_json(world)
    assert perf_counter() - began < 8  # it was minutes


@pytest.mark.parametrize("interposed", [False, True])
def test_what_shows_too_much_is_refused_soon_and_what_stays_can_be_changed(
    interposed: bool,
) -> None:
    """Each container has two aliases of the next: 2^n ways to the last."""
    world, root, told, _ = make_world()
    inner = make_region(world, Kind.IO, "device", 1)
    for number in range(40):
        outer = MemoryRegion.container(world, f"c{number}", 0x1000)
        if interposed:
            outer.add_interposer(Interposer("see"))
        for at in (0, 1):
            outer.add_subregion(at, MemoryRegion.make_alias(world, f"a{at}", inner, 0, 0x1000))
        inner = outer
    began = perf_counter()
    with pytest.raises(RegionError, match=r"^cannot show system: more than 262144 ") as caught:
        root.add_subregion(0, inner)
    assert caught.value.region in {"a0", "a1"}
    assert caught.value.where is not None
    assert (inner.parent, told.rows) == (None, {})
    inner.children[0].set_enabled(False)
    inner.set_readonly(True)
    world.check()
    assert perf_counter() - began < 4  # 0.3 s each; a loaded machine may take longer


def test_an_endless_alias_with_an_interposer_is_refused_as_soon() -> None:
    world, root, _, _ = make_world()
    box = MemoryRegion.container(world, "box", SIZE)
    box.add_interposer(Interposer("see", read=lambda below, *access: below.read(*access)))
    box.add_subregion(0, MemoryRegion.make_alias(world, "all", box, 0, SIZE))
    began = perf_counter()
    with pytest.raises(RegionError, match=r"^cannot show system: more than 262144 .* by all$"):
        root.add_subregion(0, box)
    assert perf_counter() - began < 4


def test_conflicts_are_those_that_a_space_shows_however_much_there_would_be() -> None:
    """Eight aliases of all of it: 8^n regions, and in the 4 KiB that are shown only two."""
    world, root, _, space = make_world()
    small = MemoryRegion.container(world, "small", 0x1000)
    wide = MemoryRegion.container(world, "wide", SIZE)
    for number in range(8):
        alias = MemoryRegion.make_alias(world, f"a{number}", wide, 0, SIZE)
        wide.add_subregion(number + 1 << 56, alias)
    one, two = make_region(world, Kind.IO, "one", 16), make_region(world, Kind.IO, "two", 16)
    wide.add_subregion(0, one)
    small.add_subregion(0, wide)
    small.add_subregion(8, two)
    root.add_subregion(0, small)
    (found,) = conflicts(space)
    assert (found.container, found.winner, found.loser) == (small, two, wide)
    assert [str(where) for where in found.ranges] == ["0x8-0xf"]
    with pytest.raises(RegionError, match=r"^cannot show wide: more than 262144"):
        render(wide)
