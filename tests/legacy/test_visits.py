"""Which pages a registration visits: rule 2 of the recordings, and what wrapping does to it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from memfold.legacy import Target
from memfold.legacy.visits import Visit, visits

TINY = Target("tiny", 7, 32, 12, big_endian=False)
PAGE, PAGES = 128, 32


def test_pages_are_counted_from_the_start_page_and_the_tail_beyond_is_lost() -> None:
    assert list(visits(TINY, 0x40, 2 * PAGE)) == [
        Visit(0, 1, 0x40, 127, False),
        Visit(1, 1, 0, 127, True),
    ]


def test_a_small_range_across_a_page_end_visits_one_page_and_covers_none_of_it() -> None:
    (visit,) = visits(TINY, 0x78, 0x10)
    assert visit.last < visit.first
    assert (visit.page, visit.pages) == (0, 1)


def test_beyond_the_last_page_the_first_follows() -> None:
    assert list(visits(TINY, 31 * PAGE, 2 * PAGE)) == [
        Visit(31, 1, 0, 127, True),
        Visit(0, 1, 0, 127, True),
    ]


@given(st.integers(0, (1 << 32) - 1), st.integers(1, 3 * PAGES * PAGE))
def test_as_many_pages_as_the_size_makes_are_visited(start: int, size: int) -> None:
    seen = list(visits(TINY, start, size))
    assert sum(visit.pages for visit in seen) == -(-size // PAGE)
    assert all(v.page >= 0 and v.pages > 0 and v.page + v.pages <= PAGES for v in seen)
    assert all(v.whole == ((v.first, v.last) == (0, PAGE - 1)) for v in seen)
