"""Changes that fail leave everything as it was; what cannot fail does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from memfold.host.ram import RamList
from memfold.newapi import (
    AddressSpace,
    FlatRange,
    Kind,
    MemoryRegion,
    RegionError,
    World,
    clipped,
    flatten,
    render,
)
from tests.newapi.worlds import (
    SIZE,
    RecordingListener,
    Setup,
    make_region,
    make_world,
    offsets,
    trees,
)


def make_family() -> tuple[Setup, dict[str, MemoryRegion]]:
    """``outer`` holds ``inner`` holds ``device``; ``window`` shows ``outer``; ``other`` is free."""
    setup = make_world()
    world = setup.world
    regions = {
        "outer": MemoryRegion.container(world, "outer", 0x8000),
        "inner": MemoryRegion.container(world, "inner", 0x4000),
        "device": make_region(world, Kind.IO, "device", 0x1000),
        "other": MemoryRegion.container(world, "other", 0x1000),
    }
    regions["window"] = MemoryRegion.make_alias(world, "window", regions["outer"], 0, 0x4000)
    setup.root.add_subregion(0x10000, regions["outer"])
    regions["outer"].add_subregion(0x1000, regions["inner"])
    regions["inner"].add_subregion(0x2000, regions["device"])
    setup.told.calls.clear()
    return setup, regions


FAILURES: list[tuple[str, Callable[[Setup, dict[str, MemoryRegion]], None]]] = [
    (
        "cannot add device to other at 0x10: it is mapped already, as device (0x2000-0x2fff in "
        "inner)",
        lambda _, r: r["other"].add_subregion(0x10, r["device"]),
    ),
    (
        "cannot add other to other at 0x0: it would contain itself",
        lambda _, r: r["other"].add_subregion(0, r["other"]),
    ),
    (
        "cannot add system to inner at 0x0: it would contain itself",
        lambda s, r: r["inner"].add_subregion(0, s.root),
    ),
    (
        "cannot show system: more than 262144 regions, each counted as often as aliases show it, "
        "the last by window",
        lambda _, r: r["outer"].add_subregion(0, r["window"]),
    ),
    (
        "region other: offset -0x1 is not in 0x0..0xffffffffffffffff",
        lambda s, r: s.root.add_subregion(-1, r["other"]),
    ),
    (
        "region other: offset 0x10000000000000000 is not in 0x0..0xffffffffffffffff",
        lambda s, r: s.root.add_subregion(SIZE, r["other"]),
    ),
    (
        "cannot remove device (0x2000-0x2fff in inner) from outer: it is not there",
        lambda _, r: r["outer"].del_subregion(r["device"]),
    ),
    (
        "cannot remove other (0x0-0xfff in nothing) from outer: it is not there",
        lambda _, r: r["outer"].del_subregion(r["other"]),
    ),
    (
        "cannot remove device from inner at 0x1000: it is device (0x2000-0x2fff in inner)",
        lambda _, r: r["inner"].del_subregion(r["device"], 0x1000),
    ),
    (
        "cannot destroy device (0x2000-0x2fff in inner) while it is mapped",
        lambda _, r: r["device"].destroy(),
    ),
    (
        "cannot destroy system: it still contains outer (0x10000-0x17fff in system)",
        lambda s, _: s.root.destroy(),
    ),
    ("commit without begin: no transaction is open", lambda s, _: s.world.transaction_commit()),
    (
        "region device: offset 0x10000000000000000 is not in 0x0..0xffffffffffffffff",
        lambda _, r: r["device"].set_address(SIZE),
    ),
    (
        "region device is no alias: it has no alias offset to set",
        lambda _, r: r["device"].set_alias_offset(0),
    ),
    (
        "region device is no ROM device: nothing to make readable",
        lambda _, r: r["device"].rom_device_set_readable(False),
    ),
    (
        "region device: dirty-log client 8 is not in 0..7",
        lambda _, r: r["device"].set_log(True, 8),
    ),
    ("region device has no RAM of its own", lambda _, r: r["device"].set_dirty(0, 1)),
]


@pytest.mark.parametrize(("message", "act"), FAILURES, ids=[m for m, _ in FAILURES])
def test_a_failed_change_says_why_and_changes_nothing(
    message: str, act: Callable[[Setup, dict[str, MemoryRegion]], None]
) -> None:
    setup, regions = make_family()
    before = (setup.space.view.rows, dict(setup.told.rows), [r.act for r in regions.values()])
    with pytest.raises(RegionError) as caught:
        act(setup, regions)
    assert str(caught.value) == message
    assert setup.told.taken() == []
    assert before == (setup.space.view.rows, setup.told.rows, [r.act for r in regions.values()])
    assert flatten(render(setup.root)).rows == setup.space.view.rows


def test_sizes_outside_0_to_2_64_are_refused() -> None:
    world = World(RamList(12))
    with pytest.raises(RegionError, match=r"size -0x1 is not in 0x0\.\.0x10000000000000000"):
        MemoryRegion.container(world, "a", -1)
    with pytest.raises(RegionError, match="size 0x10000000000000001 is not in"):
        MemoryRegion.container(world, "b", SIZE + 1)


def test_regions_of_two_worlds_never_meet() -> None:
    root, stranger = make_world().root, make_world().root
    with pytest.raises(RegionError, match="belong to different worlds"):
        root.add_subregion(0, stranger)
    with pytest.raises(RegionError, match="belong to different worlds"):
        MemoryRegion.make_alias(root.world, "alias", stranger, 0, 1)


def test_a_destroyed_region_is_gone() -> None:
    world, root, _, _ = make_world()
    region = MemoryRegion.ram(world, "ram", 0x1000)
    region.destroy()
    assert world.ram_list.blocks == []
    with pytest.raises(RegionError, match="region ram is destroyed already"):
        region.destroy()
    with pytest.raises(RegionError, match="region ram is destroyed"):
        root.add_subregion(0, region)


def test_what_a_mapped_alias_shows_cannot_be_destroyed() -> None:
    world, root, _, _ = make_world()
    target = make_region(world, Kind.IO, "target", 0x1000)
    alias = MemoryRegion.make_alias(world, "alias", target, 0, 0x1000)
    root.add_subregion(0x4000, alias)
    with pytest.raises(RegionError, match=r"alias alias \(0x4000-0x4fff in system\) shows it"):
        target.destroy()
    root.del_subregion(alias)
    alias.destroy()
    target.destroy()


def test_an_alias_of_what_is_destroyed_shows_nowhere() -> None:
    world, root, _, space = make_world()
    target = MemoryRegion.ram(world, "target", 0x1000)
    alias = MemoryRegion.make_alias(world, "alias", target, 0, 0x1000)
    outer = MemoryRegion.make_alias(world, "outer", alias, 0, 0x1000)
    target.destroy()
    for region in (alias, outer):
        said = f"^region target is destroyed, and alias {region.name} shows it$"
        with pytest.raises(RegionError, match=said):
            root.add_subregion(0, region)
        with pytest.raises(RegionError, match=said):
            space.set_root(region)
        with pytest.raises(RegionError, match=said):
            AddressSpace(world, "second", region)
    assert (root.children, space.root, world.spaces) == ([], root, [space])


def test_what_an_alias_of_an_alias_or_a_space_shows_cannot_be_destroyed() -> None:
    world, root, _, space = make_world()
    target = make_region(world, Kind.IO, "target", 0x1000)
    alias = MemoryRegion.make_alias(world, "alias", target, 0, 0x1000)
    outer = MemoryRegion.make_alias(world, "outer", alias, 0, 0x1000)
    root.add_subregion(0x4000, outer)
    with pytest.raises(RegionError, match=r"alias outer \(0x4000-0x4fff in system\) shows it"):
        target.destroy()
    root.del_subregion(outer)
    space.set_root(alias)
    with pytest.raises(RegionError, match=r"cannot destroy target: alias alias .* shows it"):
        target.destroy()


def test_a_child_beyond_its_parents_end_is_clipped_and_reported() -> None:
    world, root, _, space = make_world()
    parent = MemoryRegion.container(world, "parent", 0x1000)
    child = make_region(world, Kind.IO, "child", 0x1000)
    root.add_subregion(0x8000, parent)
    parent.add_subregion(0x800, child)
    assert [(row.start, row.size) for row in space.view] == [(0x8800, 0x800)]
    [clip] = clipped(space.root)
    assert str(clip) == "child (0x800-0x17ff in parent) is cut at 0x1000: 0x1000-0x17ff never shows"
    assert (clip.region, clip.lost.start, clip.lost.end) == (child, 0x1000, 0x1800)


class RefusingListener(RecordingListener):
    """Raises at the n-th call that changes anything."""

    def __init__(self) -> None:
        super().__init__()
        self.left = -1

    def _maybe(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise RegionError("the listener has had enough")

    def region_add(self, row: FlatRange) -> None:
        self._maybe()
        super().region_add(row)

    def region_del(self, row: FlatRange) -> None:
        self._maybe()
        super().region_del(row)


@settings(max_examples=150, deadline=None)
@given(trees(), st.integers(1, 6), offsets, st.data())
def test_an_update_that_a_listener_refuses_is_undone(
    setup: Setup, refuse_at: int, offset: int, data: st.DataObject
) -> None:
    listener = RefusingListener()
    setup.space.register(listener)
    rows, tree = list(setup.space.view.rows), snapshot(setup.root)
    children = [child for child in everything(setup.root) if child.parent is not None]
    assume(children)
    moved = data.draw(st.sampled_from(children))
    listener.left = refuse_at
    try:
        with setup.world.transaction():
            moved.set_enabled(not moved.enabled)
            moved.set_address(offset)
    except RegionError:
        assert setup.space.view.rows == rows
        assert snapshot(setup.root) == tree
    assert sorted(listener.rows.values()) == sorted(setup.space.view.rows)
    listener.left = -1
    moved.set_readonly(not moved.readonly)
    assert setup.space.view.rows == flatten(render(setup.root)).rows
    assert sorted(listener.rows.values()) == sorted(setup.space.view.rows)


def everything(region: MemoryRegion) -> list[MemoryRegion]:
    """The region and all below it."""
    return [region, *(one for child in region.children for one in everything(child))]


def snapshot(region: MemoryRegion) -> list[object]:
    """What of a tree a change may touch."""
    return [
        (one.name, one.addr, one.priority, one.enabled, one.act, [c.name for c in one.children])
        for one in everything(region)
    ]
