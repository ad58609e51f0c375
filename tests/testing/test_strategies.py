"""What hypothesis makes of a shape is of that shape, and shrinks to the simplest that fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from memfold.equivalence.facts import Json
from memfold.equivalence.shapes import BOOL, HEX, INT, STR, UINT, Shape, choice, integer, items
from memfold.testing.strategies import values

SMALL = integer(-1000, 1_000_000, "small")
ALL = [UINT, INT, BOOL, STR, HEX, SMALL, integer(-9, -3, "negative"), choice("a", 1), items(INT, 1)]


@pytest.mark.parametrize("shape", ALL, ids=lambda shape: shape.expected)
def test_values_are_of_the_shape(shape: Shape) -> None:
    @settings(max_examples=50, database=None)
    @given(values(shape))
    def admitted(value: Json) -> None:
        assert shape.admits(value)

    admitted()


@pytest.mark.parametrize(
    ("shape", "fails", "simplest"),
    [
        (SMALL, lambda value: value > 1000, 1001),
        (SMALL, lambda value: value < -7, -8),
        (SMALL, lambda value: value == 1_000_000, 1_000_000),
        (UINT, lambda value: value >= 1 << 40, 1 << 40),
        (UINT, lambda value: value == 1 << 64, 1 << 64),
        (INT, lambda _: True, 0),
        (BOOL, lambda _: True, False),
        (STR, lambda value: len(value) > 1, "aa"),
        (HEX, lambda value: len(value) > 1, "00"),
        (choice("x", "y", "z"), lambda value: value != "x", "y"),
        (items(UINT), lambda value: any(each > 99 for each in value), [100]),
    ],
)
def test_what_fails_shrinks(shape: Shape, fails: Callable[[Json], bool], simplest: Json) -> None:
    found: st.SearchStrategy[Json] = values(shape)
    assert find(found, fails, settings=settings(max_examples=2000, database=None)) == simplest
