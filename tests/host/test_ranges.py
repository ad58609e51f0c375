"""`AddrRange`: what is left of a range without others, byte by byte."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from memfold.host.ranges import AddrRange

small_ranges = st.builds(AddrRange.sized, st.integers(0, 20), st.integers(0, 9))


@given(small_ranges, st.lists(small_ranges))
def test_minus_leaves_just_the_bytes_that_nobody_took(
    whole: AddrRange, taken: list[AddrRange]
) -> None:
    left = list(whole.minus(sorted(taken)))
    assert all(left)
    assert all(one.end < other.start for one, other in pairwise(left))
    wanted = {a for a in range(whole.start, whole.end) if not any(a in part for part in taken)}
    assert {a for part in left for a in range(part.start, part.end)} == wanted
