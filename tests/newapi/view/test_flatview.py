"""The flat view against a tree walk, and the merge rule."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from memfold.host.ranges import AddrRange
from memfold.newapi import FlatView, Kind, MemoryRegion, flatten, render
from memfold.newapi.view.flatview import Stretches
from memfold.newapi.view.shown import drawn, redrawn
from tests.newapi.worlds import SIZE, Hit, Setup, make_region, make_world, resolve, trees


def interesting(setup: Setup) -> set[int]:
    """Both sides of every edge of every row and piece, and the ends of the space."""
    edges = {0, SIZE - 1}
    for piece in render(setup.root):
        edges |= {piece.start - 1, piece.start, piece.end - 1, piece.end}
    edges |= set(range(64))
    return {edge for edge in edges if 0 <= edge < SIZE}


@settings(max_examples=400, deadline=None)
@given(trees())
def test_every_address_is_answered_by_whom_the_tree_walk_finds(setup: Setup) -> None:
    pieces = render(setup.root)
    view = flatten(pieces)
    for addr in interesting(setup):
        hit = resolve(setup.root, addr)
        row = view.find(addr)
        found = [piece for piece in pieces if piece.start <= addr < piece.end]
        if hit is None:
            assert row is None
            assert not found
            continue
        assert row is not None
        assert (row.region.name, row.offset + addr - row.start) == (hit.region, hit.offset)
        assert row.readonly == hit.readonly
        [piece] = found
        offset = piece.offset + addr - piece.start
        assert Hit(piece.region.name, offset, piece.readonly, piece.act) == hit


@settings(max_examples=100, deadline=None)
@given(trees())
def test_rows_are_ascending_disjoint_and_merged(setup: Setup) -> None:
    rows = setup.space.view.rows
    for row in rows:
        assert row.start < row.end
    for row, after in pairwise(rows):
        assert row.end <= after.start
        touching = row.end == after.start and row.region is after.region
        continues = after.offset == row.offset + row.size
        assert not (touching and continues and row.readonly == after.readonly)


WINDOWS = st.lists(
    st.builds(AddrRange.sized, st.integers(0, 64), st.integers(1, 64)), min_size=1, max_size=3
)


@settings(max_examples=200, deadline=None)
@given(trees(), trees(), WINDOWS)
def test_windows_of_a_view_are_redrawn_alone(
    setup: Setup, other: Setup, windows: list[AddrRange]
) -> None:
    """Drawn anew where it was changed, a view is what drawing everything makes."""
    before, after = Stretches(render(setup.root)), Stretches(render(other.root))
    now = setup.space._now
    rendered, changed = drawn(before, windows, after.within)
    old, new, shown = redrawn(now, rendered, changed, None)
    for window in windows:
        assert rendered.within(window) == after.within(window)
    assert shown.view.rows == flatten(rendered.rows).rows
    assert shown.view.starts == [row.start for row in shown.view.rows]
    assert rendered.starts == [piece.start for piece in rendered]
    kept = set(now.view.rows) - set(old)
    assert set(shown.view.rows) == kept | set(new)
    assert redrawn(now, before, windows, None).shown.view.rows == now.view.rows


def test_a_region_that_starts_inside_one_already_there_is_hidden() -> None:
    """QEMU 1.0 and 1.1 left its tail visible (scenario overlap_bug_middle_start)."""
    world, root, _, space = make_world()
    root.add_subregion_overlap(0x1000, make_region(world, Kind.IO, "high", 0x4000), 2)
    root.add_subregion_overlap(0x2000, make_region(world, Kind.IO, "low", 0x1000), 1)
    assert [row.region.name for row in space.view] == ["high"]


def test_neighbours_merge_only_when_they_continue_each_other() -> None:
    world, root, _, space = make_world()
    device = make_region(world, Kind.IO, "device", 0x3000)
    for place, offset in ((0x0000, 0), (0x1000, 0x1000), (0x2000, 0)):
        root.add_subregion(
            place, MemoryRegion.make_alias(world, f"at {place:#x}", device, offset, 0x1000)
        )
    assert [(row.start, row.size, row.offset) for row in space.view] == [
        (0x0000, 0x2000, 0),
        (0x2000, 0x1000, 0),
    ]
    root.children[0].set_readonly(True)
    root.children[1].set_readonly(True)
    assert [(row.start, row.size, row.readonly) for row in space.view] == [
        (0x0000, 0x1000, False),
        (0x1000, 0x1000, True),
        (0x2000, 0x1000, True),
    ]


def test_ages_do_not_keep_pieces_apart() -> None:
    world, root, _, space = make_world()
    device = make_region(world, Kind.IO, "device", 0x2000)
    for part in (0, 0x1000):
        window = MemoryRegion.make_alias(world, f"window {part:#x}", device, part, 0x1000)
        root.add_subregion(part, window)
    assert [piece.act for piece in space.rendered] == [1, 2]
    assert len(space.view) == 1


def test_find_first_takes_the_lowest_row_that_is_touched() -> None:
    world, root, _, space = make_world()
    for place in (0x1000, 0x3000):
        root.add_subregion(place, make_region(world, Kind.IO, f"at {place:#x}", 0x1000))
    view: FlatView = space.view

    def first(start: int, size: int) -> str | None:
        row = view.find_first(AddrRange.sized(start, size))
        return row and row.region.name

    assert first(0, 0x1000) is None
    assert first(0, 0x1001) == "at 0x1000"
    assert first(0x1FFF, 0x4000) == "at 0x1000"
    assert first(0x2000, 0x4000) == "at 0x3000"
    assert first(0x1800, 0) is None
    assert first(0x4000, 0x1000) is None
