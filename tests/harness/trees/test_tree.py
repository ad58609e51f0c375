"""Who answers in a tree, painted."""

from __future__ import annotations

from memfold.harness.trees.tree import NOBODY, ROOT, Region, Tree, painted, told
from memfold.newapi import Kind


def test_the_higher_priority_hides_the_lower_whenever_it_is_added() -> None:
    low, high = Region(ROOT, 0, 3, 0), Region(ROOT, 1, 2, 1)
    assert painted(Tree(3, (low, high))) == [0, 1, 0]
    assert painted(Tree(3, (high, low))) == [1, 0, 1]


def test_of_equals_the_later_hides_the_earlier() -> None:
    assert painted(Tree(3, (Region(ROOT, 0, 2), Region(ROOT, 1, 3)))) == [0, 1, 1]


def test_what_a_region_contains_hides_it_and_is_clipped_by_it() -> None:
    regions = Region(ROOT, 1, 3), Region(0, 2, 9)
    assert painted(Tree(4, regions)) == [NOBODY, 0, 1, NOBODY]


def test_a_container_shows_what_is_below_it_and_ranks_what_is_in_it() -> None:
    regions = (
        Region(ROOT, 0, 3),
        Region(ROOT, 0, 2, 1, Kind.CONTAINER),
        Region(1, 1, 2, 0),
        Region(ROOT, 0, 3, 0),
    )
    assert painted(Tree(3, regions)) == [3, 2, 3]


def test_a_tree_is_told_by_numbers_from_one_and_offsets_in_the_parent() -> None:
    tree = Tree(4, (Region(ROOT, 1, 3, 1, Kind.CONTAINER), Region(0, 2, 5, 0, Kind.RAM)))
    assert told(tree) == {
        "units": 4,
        "regions": [
            {
                "region": 1,
                "parent": "root",
                "offset": 1,
                "size": 2,
                "priority": 1,
                "kind": "container",
            },
            {"region": 2, "parent": 1, "offset": 1, "size": 3, "priority": 0, "kind": "ram"},
        ],
    }
