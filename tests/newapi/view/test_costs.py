"""A change costs what it touches, whatever else is on the map: counted in lines of Python."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from memfold.host.ram import RamList
from memfold.newapi import AddressSpace, Core, Kind, MemoryRegion, World
from tests.newapi.worlds import make_region

PAGE = 0x1000


def lines(act: Callable[[], object]) -> int:
    """How many lines of Python `act` performs, each turn of a loop counted."""
    count = 0

    def trace(_frame: FrameType, event: str, _: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    gc.disable()  # who listens to it takes lines, too
    sys.settrace(trace)  # type: ignore[arg-type]  # it returns itself
    try:
        act()
    finally:
        sys.settrace(before)
        gc.enable()
    return count


def world_of(count: int) -> tuple[World, MemoryRegion, Core]:
    """Devices of a page each in every second page, `count` of them and one more."""
    world = World(RamList(12))
    root, core = MemoryRegion.container(world, "system", 1 << 64), Core(world)
    with world.transaction():
        for number in range(count + 1):
            device = make_region(world, Kind.IO, f"device {number}", PAGE)
            root.add_subregion(number * 2 * PAGE, device)
    AddressSpace(world, "memory", root, core)
    return world, root, core


def moved(count: int) -> Callable[[], object]:
    _, root, _ = world_of(count)
    device = root.children[count // 2]
    return lambda: device.set_address(device.addr + PAGE)


def added(count: int) -> Callable[[], object]:
    world, root, _ = world_of(count)
    device = make_region(world, Kind.IO, "new", PAGE)
    return lambda: root.add_subregion(PAGE, device)


def removed(count: int) -> Callable[[], object]:
    _, root, _ = world_of(count)
    return lambda: root.del_subregion(root.children[count // 2])


def disabled(count: int) -> Callable[[], object]:
    _, root, _ = world_of(count)
    return lambda: root.children[count // 2].set_enabled(False)


def switched(count: int) -> Callable[[], object]:
    world, root, _ = world_of(count)
    flash = make_region(world, Kind.ROM_DEVICE, "flash", PAGE)
    root.add_subregion(PAGE, flash)
    return lambda: flash.rom_device_set_readable(False)


def slid(count: int) -> Callable[[], object]:
    world, root, _ = world_of(count)
    window = MemoryRegion.make_alias(world, "window", root.children[0], 0, 0x10)
    root.add_subregion(PAGE, window)
    return lambda: window.set_alias_offset(0x10)


def behind_an_alias(count: int) -> Callable[[], object]:
    world, root, _ = world_of(count)
    everything = MemoryRegion.make_alias(world, "everything", root, 0, 1 << 40)
    other = MemoryRegion.container(world, "other", 1 << 64)
    other.add_subregion(0, everything)
    AddressSpace(world, "second", other, Core(world))
    device = root.children[count // 2]
    return lambda: device.set_address(device.addr + PAGE)


@pytest.mark.parametrize(
    "change", [moved, added, removed, disabled, switched, slid, behind_an_alias]
)
def test_a_change_among_many_takes_the_steps_of_one_among_few(
    change: Callable[[int], Callable[[], object]],
) -> None:
    few, many = (lines(change(count)) for count in (10, 1000))
    assert few == many


@pytest.mark.parametrize("count", [10, 1000])
def test_an_access_takes_the_same_steps_among_any_number(count: int) -> None:
    _, _, core = world_of(count)
    core.load(2 * PAGE * (count // 2), 4)  # what was found last is found without a search
    assert lines(lambda: core.load(0, 4)) <= 30
