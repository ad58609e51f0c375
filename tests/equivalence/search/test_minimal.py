"""The smallest part of a sequence that still shows something."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log2
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memfold.equivalence.search.minimal import Minimal, OutOfTries, minimal


def test_nothing_is_tried_of_nothing() -> None:
    def shows(_: Sequence[int]) -> bool:
        raise AssertionError

    found: Minimal[int] = minimal([], shows)
    assert (found.items, found.tries, found.whole) == ([], 0, True)


def test_what_shows_without_anything_needs_nothing() -> None:
    found = minimal(range(100), lambda _: True)
    assert (found.items, found.tries) == ([], 1)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 6])
def test_needed_items_are_found_in_about_k_log_n_tries(count: int) -> None:
    for seed in range(20):
        size = Random(seed).choice([9_000, 10_000, 4_097])
        needed = sorted(Random(f"{seed}/{count}").sample(range(size), count))
        found: Minimal[int] = minimal(range(size), {*needed}.issubset)
        assert found.items == needed
        assert found.whole
        assert found.tries <= count * (ceil(log2(size)) + 1) + 1 + count


def test_items_needed_side_by_side_do_not_hide_what_can_go_behind_them() -> None:
    needed = {*range(10), 5_000, 8_999}
    found = minimal(range(9_000), lambda some: needed <= {*some})
    assert found.items == sorted(needed)
    assert found.tries < 200


def test_where_most_are_needed_a_small_budget_still_leaves_out_what_can_go_at_once() -> None:
    found = minimal(range(1_000), lambda some: len(some) >= 300, 60)
    assert not found.whole
    assert len(found.items) == 300


def test_of_many_that_are_needed_whole_kinds_of_others_go_at_once() -> None:
    items = [f"{'abc'[n % 3]}{n}" for n in range(300)]
    needed = {item for item in items if item[0] == "a"}
    found = minimal(items, lambda some: needed <= {*some}, 60, kind=lambda item: item[0])
    assert {*found.items} == needed


def test_equal_items_are_told_apart_by_their_place() -> None:
    found = minimal([1, 2, 1, 2, 1], lambda some: list(some).count(1) >= 2)
    assert found.items == [1, 1]


def test_the_budget_is_never_exceeded_and_what_was_shown_last_is_returned() -> None:
    tried: list[list[int]] = []

    def shows(some: Sequence[int]) -> bool:
        tried.append([*some])
        return {3, 700} <= {*some}

    for budget in range(30):
        tried.clear()
        found = minimal(range(1_000), shows, budget)
        assert len(tried) == found.tries <= budget
        assert {3, 700} <= {*found.items}
        assert found.items in tried or found.items == [*range(1_000)]
        assert not found.whole or found.items == [3, 700]
    assert found.whole


def test_who_looks_may_end_the_search() -> None:
    def shows(some: Sequence[int]) -> bool:
        if len(some) < 20:
            raise OutOfTries
        return True

    found = minimal(range(100), lambda some: 70 in some and shows(some))
    assert not found.whole
    assert 70 in found.items
    assert 20 <= len(found.items) < 100


def test_no_single_item_can_be_spared_whatever_it_is_that_shows() -> None:
    for seed in range(2_000):
        size, share = seed % 13, (seed % 8 + 1) / 10
        items = list(range(size))

        def shows(some: Sequence[int], seed: int = seed, share: float = share) -> bool:
            return len(some) == seed % 13 or Random(f"{seed}/{[*some]}").random() < share

        found = minimal(items, shows)
        assert shows(found.items)
        for place in range(len(found.items)):
            assert not shows(found.items[:place] + found.items[place + 1 :])


@given(
    size=st.integers(0, 40),
    clauses=st.lists(st.lists(st.integers(0, 39), max_size=3), max_size=4),
    odd=st.booleans(),
)
def test_nothing_more_can_be_spared_of_what_is_returned(
    size: int, clauses: list[list[int]], odd: bool
) -> None:
    def shows(some: Sequence[int]) -> bool:
        fits = all(any(each in some for each in clause) for clause in clauses if clause)
        return fits and (not odd or len(some) % 2 == size % 2)

    items = list(range(size))
    if not shows(items):
        return
    found = minimal(items, shows)
    assert found.whole
    assert shows(found.items)
    assert sorted(found.items) == found.items
    for place in range(len(found.items)):
        assert not shows(found.items[:place] + found.items[place + 1 :])
