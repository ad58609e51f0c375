"""Which trees there are, made and counted."""

from __future__ import annotations

from collections import Counter

import pytest

from memfold.harness.trees.scope import scope_of
from memfold.harness.trees.symmetry import canonical
from memfold.harness.trees.tree import Tree
from tests.often import often

# With MEMFOLD_VARIANTS=1300000 all 1.3 million trees of 3 regions over 4 units are among them.
SCOPES = [
    (regions, units)
    for regions, units in ((0, 1), (1, 1), (1, 4), (2, 2), (2, 3), (3, 1), (3, 2), (3, 3), (3, 4))
    if scope_of(regions, units, reduced=False).count() <= often(3_000)
]


@pytest.mark.parametrize(("regions", "units"), SCOPES)
def test_the_reduced_trees_are_just_those_that_stand_for_all(regions: int, units: int) -> None:
    full, reduced = (scope_of(regions, units, reduced=each) for each in (False, True))
    alike = Counter(map(canonical, full.trees()))
    made = list(reduced.trees())
    assert len(set(made)) == len(made) == reduced.count()
    assert set(made) == set(alike)
    assert alike.total() == full.count()


@pytest.mark.parametrize(("regions", "units"), SCOPES)
def test_every_tree_is_made_once(regions: int, units: int) -> None:
    trees = Counter(scope_of(regions, units, reduced=False).trees())
    assert trees.total() == len(trees) == scope_of(regions, units, reduced=False).count()


@pytest.mark.parametrize("reduced", [False, True])
def test_parts_share_no_tree_and_miss_none(reduced: bool) -> None:
    scope = scope_of(2, 3, reduced=reduced)
    parts: Counter[Tree] = Counter()
    for part in range(7):
        parts.update(scope.trees(part, 7))
    assert parts == Counter(scope.trees())


def test_reduced_trees_over_many_units_are_those_over_two_a_region_and_one() -> None:
    made = [list(scope_of(2, units, reduced=True).trees()) for units in (4, 5, 6, 16)]
    assert len(made[0]) < len(made[1])
    assert made[1] == made[2] == made[3]


def test_how_many_there_are() -> None:
    assert scope_of(3, 4, reduced=False).count() == 1 + 60 + 60 * 120 + 60 * 120 * 180
    assert scope_of(3, 8, reduced=False).count() == 1 + 216 + 216 * 432 + 216 * 432 * 648
    assert scope_of(3, 8, reduced=True).count() == 90_969
