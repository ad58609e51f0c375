"""The ordered interval map of claims, against one entry per address."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from memfold.host.ram import RamList
from memfold.host.ranges import AddrRange
from memfold.newapi import MemoryRegion, Piece, World
from memfold.shim.claimmap import ClaimMap, Gaps, Registration, cut

SPAN = 24
ranges = st.tuples(st.integers(0, SPAN - 1), st.integers(1, SPAN)).map(
    lambda pair: (pair[0], min(SPAN, pair[0] + pair[1]))
)
puts = st.lists(st.tuples(ranges, st.booleans()), max_size=12)


def claim(act: int) -> Registration:
    return Registration(0, 48, 0, False, False, act)


def flat(claims: ClaimMap) -> dict[int, int]:
    return {addr: row.claim.act for row in claims for addr in range(row.start, row.end)}


@given(puts, ranges)
def test_the_newest_claim_has_an_address(
    steps: list[tuple[tuple[int, int], bool]], window: tuple[int, int]
) -> None:
    claims, expected = ClaimMap(), dict[int, int]()
    for act, ((start, end), given_up) in enumerate(steps, 1):
        claims.put(start, end, None if given_up else claim(act))
        for addr in range(start, end):
            expected.pop(addr, None)
            if not given_up:
                expected[addr] = act
    assert flat(claims) == expected
    rows = list(claims)
    assert all(a.end <= b.start for a, b in pairwise(rows))
    assert all(row.start < row.end for row in rows)
    for addr in range(SPAN):
        here = claims.at(addr)
        assert (here and here.act) == expected.get(addr)
    start, end = window
    inside = {a: r.claim.act for r in claims.within(start, end) for a in range(r.start, r.end)}
    assert inside == {a: act for a, act in expected.items() if start <= a < end}
    free = {a for part in claims.unclaimed(start, end) for a in range(part.start, part.end)}
    assert free == {a for a in range(start, end) if a not in expected}


@given(puts, ranges)
def test_restore_undoes_a_put(
    steps: list[tuple[tuple[int, int], bool]], last: tuple[int, int]
) -> None:
    claims = ClaimMap()
    for act, ((start, end), given_up) in enumerate(steps, 1):
        claims.put(start, end, None if given_up else claim(act))
    before = list(claims)
    claims.restore(*last, claims.put(*last, claim(99)))
    assert list(claims) == before


@given(puts, st.lists(st.tuples(ranges, st.integers(0, 12)), max_size=4))
def test_a_piece_keeps_what_no_newer_claim_has(
    steps: list[tuple[tuple[int, int], bool]], rows: list[tuple[tuple[int, int], int]]
) -> None:
    region = MemoryRegion.container(World(RamList(12)), "region", SPAN)
    pieces: list[Piece] = []
    for (start, end), act in sorted(rows):
        start = max(start, pieces[-1].end if pieces else 0)
        if start < end:
            pieces.append(Piece(start, end, region, start + 100, False, act))
    claims = ClaimMap()
    for act, ((start, end), given_up) in enumerate(steps, 1):
        claims.put(start, end, None if given_up else claim(act))
    taken = flat(claims)
    left = {a: p.offset + a - p.start for p in cut(pieces, claims) for a in range(p.start, p.end)}
    assert left == {
        addr: addr + 100
        for piece in pieces
        for addr in range(piece.start, piece.end)
        if taken.get(addr, -1) <= piece.act
    }


@given(st.lists(st.tuples(ranges, st.booleans()), max_size=8))
def test_gaps_are_what_was_left_and_not_taken(steps: list[tuple[tuple[int, int], bool]]) -> None:
    gaps, expected = Gaps(), set[int]()
    for (start, end), closed in steps:
        if closed:
            gaps.close(AddrRange(start, end))
            expected -= set(range(start, end))
        else:
            gaps.open(AddrRange(start, end))
            expected |= set(range(start, end))
    with suppress(KeyError), gaps.taken():
        raise KeyError
    with gaps.taken() as taken:
        assert {a for gap in taken for a in range(gap.start, gap.end)} == expected
    with gaps.taken() as taken:
        assert taken == []


def test_an_update_of_many_rows_closes_gaps_in_one_go() -> None:
    """One by one, these took 10 s; together, some milliseconds."""
    gaps, count = Gaps(), 3000
    for row in range(count):
        gaps.open(AddrRange(row * 10, row * 10 + 10))
    began = perf_counter()
    for row in range(count):
        gaps.close(AddrRange(row * 10, row * 10 + 5))
    with gaps.taken() as taken:
        assert taken == [AddrRange(row * 10 + 5, row * 10 + 10) for row in range(count)]
    assert perf_counter() - began < 1
