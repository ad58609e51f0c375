"""What a device may hand over."""

from __future__ import annotations

from typing import Any

import pytest

from memfold.newapi import (
    AccessSizes,
    MemoryRegion,
    MemoryRegionOps,
    MemTxAttrs,
    OldMmio,
    PortioEntry,
    RegionError,
)


def read(region: MemoryRegion, offset: int, size: int) -> int:
    return region.size + offset + size


def read_with_attrs(region: MemoryRegion, offset: int, size: int, attrs: MemTxAttrs) -> int:
    return read(region, offset, size) + len(attrs)


def write(region: MemoryRegion, offset: int, value: int, size: int) -> None:
    """Nothing."""


def write_with_attrs(
    region: MemoryRegion, offset: int, value: int, size: int, attrs: MemTxAttrs
) -> None:
    """Nothing."""


WAYS: dict[str, Any] = {
    "read": read,
    "write": write,
    "read_with_attrs": read_with_attrs,
    "write_with_attrs": write_with_attrs,
    "old_mmio": OldMmio(readb=lambda region, offset: region.size + offset),
    "old_portio": (PortioEntry(0, 1, 1, read=lambda region, offset: region.size + offset),),
}
TOGETHER = (
    {"read", "write"},
    {"read", "write_with_attrs"},
    {"write", "read_with_attrs"},
    {"read_with_attrs", "write_with_attrs"},
)


@pytest.mark.parametrize("first", WAYS)
@pytest.mark.parametrize("second", WAYS)
def test_there_is_one_way_to_read_and_one_to_write(first: str, second: str) -> None:
    given = {name: WAYS[name] for name in (first, second)}
    if first == second or {first, second} in TOGETHER:
        MemoryRegionOps(**given)
        return
    way = (
        "write" if "write" in f"{first} {second}" and "read" not in f"{first} {second}" else "read"
    )
    with pytest.raises(RegionError) as raised:
        MemoryRegionOps(**given)
    names = [name for name in WAYS if name in given]
    names.sort(key=[way, f"{way}_with_attrs", "old_mmio", "old_portio"].index)
    wrong = "only one of them can answer a"
    assert str(raised.value) == f"{names[0]} and {names[1]}: {wrong} {way}"


@pytest.mark.parametrize(
    "name", ["read", "write", "accepts", "read_with_attrs", "write_with_attrs"]
)
def test_a_callback_is_a_function(name: str) -> None:
    with pytest.raises(RegionError, match=f"^{name}=5: a callback is a function or None$"):
        MemoryRegionOps(**{name: 5})  # type: ignore[arg-type]


def test_those_by_width_and_of_port_lists_are_functions_too() -> None:
    with pytest.raises(RegionError, match=r"^writel='x': a callback is a function or None$"):
        OldMmio(writel="x")  # type: ignore[arg-type]
    with pytest.raises(RegionError, match=r"^read=0: a callback is a function or None$"):
        PortioEntry(0, 1, 1, read=0)  # type: ignore[arg-type]


@pytest.mark.parametrize("sizes", [AccessSizes(3, 4), AccessSizes(1, 16), AccessSizes(4, 2)])
def test_sizes_that_make_no_sense_are_refused(sizes: AccessSizes) -> None:
    for name in ("valid", "impl"):
        with pytest.raises(RegionError, match=f"{name} sizes {sizes.min}..{sizes.max}: "):
            MemoryRegionOps(**{name: sizes})  # type: ignore[arg-type]
