"""A seeded slice of the exhaustive small scope."""

from __future__ import annotations

from tests.shim.small_scope import CHOICES, check_slice


def test_small_trees_agree_on_shim_core_and_tree_walk() -> None:
    assert len(CHOICES) == 60
    assert check_slice(seed=2011, pairs=8) == 8 * (2 * (1 + 3 * 60))
