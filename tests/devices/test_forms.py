"""The forms of a device are the same device: what a guest sees never depends on the form."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memfold.errors import MemfoldError
from tests.devices.bench import LEON3, VERSATILEPB, Bench, Place

PLACES = {place.folder: place for place in (*VERSATILEPB, *LEON3)}
"""One place per kind of device."""

VALUES = st.one_of(
    st.sampled_from([0, 1, 0x80, 0xFF, 0x5555_5555, 0xFFFF_FFFF]),
    st.integers(0, 31).map(lambda bit: 1 << bit),
    st.integers(0, 0xFFFF_FFFF),
)
Access = tuple[str, int, int, int]


def accesses(place: Place) -> st.SearchStrategy[list[Access]]:
    """Reads, writes and clock steps; small offsets more often, where the registers are."""
    last = {0x80000100: 0x13, 0x80000200: 0xFF, 0x80000300: 0x2F}.get(place.base, 0xFFF)
    offsets = st.one_of(st.integers(0, min(0x5F, last)), st.integers(0, last))
    return st.lists(
        st.one_of(
            st.tuples(st.sampled_from("rw"), st.sampled_from([1, 2, 4]), offsets, VALUES),
            st.tuples(st.just("t"), st.just(0), st.just(0), st.integers(0, 10**7)),
        ),
        max_size=40,
    )


def observe(bench: Bench, access: Access) -> object:
    op, size, offset, value = access
    addr = bench.place.base + (offset & -size)
    result: object = None
    try:
        if op == "t":
            bench.clock.step(value)
        elif op == "r":
            result = bench.load(addr, size)
        else:
            bench.store(addr, size, value & ((1 << 8 * size) - 1))
    except MemfoldError as fault:
        result = str(fault)
    levels = [line.level for line in bench.lines]
    return result, bench.take_irqs(), levels, bytes(bench.chardev.sent)


@pytest.mark.parametrize("folder", PLACES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_legacy_and_bridged_show_what_native_shows(folder: str, data: st.DataObject) -> None:
    place = PLACES[folder]
    script = data.draw(accesses(place))
    legacy, bridged, native = (Bench(place, form) for form in ("legacy", "bridged", "native"))
    for access in script:
        seen = observe(native, access)
        assert observe(legacy, access) == seen
        assert observe(bridged, access) == seen
