"""Children are found by address as if each of them was looked at, and stand as they were added."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from memfold.newapi import Kind
from tests.newapi.worlds import make_region, make_world

PLACES = st.tuples(st.integers(0, 40), st.integers(0, 17), st.integers(-2, 2))
"""Address, size, priority."""


@settings(max_examples=200, deadline=None)
@given(st.lists(PLACES, max_size=12), st.lists(st.integers(0, 11)), st.integers(0, 60))
def test_those_in_a_window_are_found_winners_first(
    places: list[tuple[int, int, int]], left: list[int], low: int
) -> None:
    world, root, _, _ = make_world()
    expected = []
    for number, (addr, size, priority) in enumerate(places):
        child = make_region(world, Kind.IO, f"r{number}", size)
        root.add_subregion_overlap(addr, child, priority)
        expected.append(child)
    for number in left:
        if number < len(places) and expected[number].parent is not None:
            root.del_subregion(expected[number])
    there = [child for child in reversed(expected) if child.parent is not None]
    there.sort(key=lambda child: -child.priority)  # of equals the later one stays first
    assert root.children == there
    high = low + 7
    found = [child for child in root._children.within(low, high) if child.size]
    assert found == [
        each for each in there if each.size and each.addr < high and low < each.addr + each.size
    ]
