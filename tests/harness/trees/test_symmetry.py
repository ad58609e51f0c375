"""Each symmetry is one: what is alike shows the same."""

from __future__ import annotations

from bisect import bisect_right
from random import Random

import pytest

from memfold.harness.trees.scope import scope_of
from memfold.harness.trees.symmetry import (
    SYMMETRIES,
    Symmetry,
    canonical,
    cut,
    merged,
    ordered,
    ranked,
    showing,
)
from memfold.harness.trees.tree import KINDS, NOBODY, PRIORITIES, ROOT, Region, Tree, painted
from memfold.newapi import Kind


def random_tree(random: Random, regions: int, units: int) -> Tree:
    tree = Tree(units)
    for index in range(regions):
        parent = random.randrange(ROOT, index)
        start, end = sorted(random.sample(range(units + 1), 2))
        base = tree.start_of(parent)
        priority, kind = random.choice(PRIORITIES), random.choice(KINDS)
        tree = tree.plus(Region(parent, base + start, base + end, priority, kind))
    return tree


SMALL = list(scope_of(2, 3, reduced=False).trees())
LARGE = [random_tree(Random(number), 4, 8) for number in range(200)]


@pytest.mark.parametrize("symmetry", SYMMETRIES, ids=lambda each: each.__name__)
def test_whoever_answered_answers_as_before_from_the_same_place(symmetry: Symmetry) -> None:
    """In all trees of 2 regions over 3 units, and in many of 4 over 8."""
    for tree in SMALL + LARGE:
        alike, was = symmetry(tree)
        bounds = sorted({at for one in tree.regions for at in one[1:3]} | {0, tree.units})
        shown = painted(alike)
        for unit, who in enumerate(painted(tree)):
            now = bisect_right(bounds, unit) - 1 if symmetry is merged else unit
            answering = NOBODY if shown[now] == NOBODY else was[shown[now]]
            assert answering == who, (tree, alike, unit)
            if who != NOBODY:
                start = tree.regions[who].start
                begins = bounds.index(start) if symmetry is merged else start
                assert alike.regions[shown[now]].start == begins, (tree, alike, unit)


def test_what_stands_for_a_tree_stands_for_itself() -> None:
    for tree in SMALL[::10] + LARGE:
        assert canonical(canonical(tree)) == canonical(tree)


def test_what_lies_beyond_the_parent_is_cut_off_with_all_that_is_in_it() -> None:
    regions = Region(ROOT, 2, 5), Region(0, 3, 6), Region(0, 4, 6), Region(2, 4, 6)
    assert cut(Tree(4, regions)) == (Tree(4, (Region(ROOT, 2, 4), Region(0, 3, 4))), (0, 1))


def test_containers_with_nothing_to_show_are_left_out_one_after_another() -> None:
    container = Kind.CONTAINER
    regions = Region(ROOT, 0, 4, 0, container), Region(ROOT, 0, 2), Region(0, 1, 2, 0, container)
    assert showing(Tree(4, regions)) == (Tree(4, (Region(ROOT, 0, 2),)), (1,))


def test_a_priority_that_all_have_is_zero_and_one_that_ranks_them_stays() -> None:
    chain = Region(ROOT, 0, 2, 1), Region(ROOT, 3, 4, 1), Region(ROOT, 1, 3, 1)
    assert [each.priority for each in ranked(Tree(4, chain)).tree.regions] == [0, 0, 0]
    mixed = (*chain, Region(ROOT, 2, 3, 0))
    assert [each.priority for each in ranked(Tree(4, mixed)).tree.regions] == [1, 0, 1, 0]


def test_units_between_which_nothing_begins_or_ends_are_one() -> None:
    assert merged(Tree(9, (Region(ROOT, 3, 7),))).tree == Tree(3, (Region(ROOT, 1, 2),))


def test_siblings_that_overlap_keep_their_order_and_others_have_one() -> None:
    left, right, across = Region(ROOT, 0, 1), Region(ROOT, 1, 2), Region(ROOT, 0, 2)
    assert ordered(Tree(2, (right, left))) == (Tree(2, (left, right)), (1, 0))
    assert ordered(Tree(2, (across, left))).tree.regions == (across, left)
    assert ordered(Tree(2, (left, across))).tree.regions == (left, across)
