"""Swapping bytes."""

from __future__ import annotations

import pytest

from memfold.host.byteorder import byte_swap


@pytest.mark.parametrize(
    ("value", "size", "swapped"),
    [
        (0x12, 1, 0x12),
        (0x1234, 2, 0x3412),
        (0x12345678, 4, 0x78563412),
        (0x0123456789ABCDEF, 8, 0xEFCDAB8967452301),
        (0xAABBCCDD, 2, 0xDDCC),
        (-2, 4, 0xFEFFFFFF),
    ],
)
def test_the_low_bytes_are_reversed_and_the_rest_is_dropped(
    value: int, size: int, swapped: int
) -> None:
    assert byte_swap(value, size) == swapped
