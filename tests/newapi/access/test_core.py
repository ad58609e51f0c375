"""Accesses served by the core."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings

from memfold.newapi import (
    AccessSizes,
    Core,
    Endianness,
    MemoryRegion,
    MemoryRegionOps,
    OldMmio,
    RegionError,
)
from tests.newapi.worlds import SIZE, Device, Setup, make_core, resolve, trees


@settings(max_examples=100, deadline=None)
@given(trees())
def test_who_is_called_is_whom_the_tree_walk_finds(setup: Setup) -> None:
    called: list[tuple[str, int]] = []

    def read(region: MemoryRegion, offset: int, _: int) -> int:
        called.append((region.name, offset))
        return 0

    core = Core(setup.world)
    for region in {row.region for row in setup.space.view}:
        region._ops = MemoryRegionOps(read=read)
        region._readable = False
    setup.space.register(core)
    for addr in [*range(40), SIZE - 9, SIZE - 8, SIZE - 1, SIZE >> 1]:
        called.clear()
        core.load(addr, 1)
        hit = resolve(setup.root, addr)
        assert called == ([] if hit is None else [(hit.region, hit.offset)])


@pytest.mark.parametrize("big", [False, True])
def test_ram_is_bytes_and_numbers_in_the_targets_order(big: bool) -> None:
    world, root, core = make_core(big_endian=big)
    root.add_subregion(0x1000, MemoryRegion.ram(world, "ram", 0x3000))
    core.write(0x1FFE, bytes(range(1, 9)))
    assert core.read(0x1FFE, 8) == bytes(range(1, 9))
    assert core.load(0x2000, 4) == (0x03040506 if big else 0x06050403)
    core.store(0x3FFC, 0xAABBCCDD, 4)
    assert core.read(0x3FFC, 8) == (0xAABBCCDD).to_bytes(4, core.byte_order) + bytes(4)


def test_writes_dirty_the_pages_they_touch_but_not_for_translated_code() -> None:
    """Golden legacy rule 20."""
    world, root, core = make_core()
    ram = MemoryRegion.ram(world, "ram", 0x4000)
    root.add_subregion(0, ram)
    dirty = world.ram_list.dirty
    assert bytes(dirty[:4]) == b"\xff\xff\xff\xff"
    dirty[:4] = bytes(4)
    core.write(0x1FFF, b"ab")
    core.read(0, 0x4000)
    core.write_rom(0x3000, b"c")
    assert bytes(dirty[:4]) == bytes([0, 0xFD, 0xFD, 0])


def test_read_only_ram_keeps_its_bytes_and_a_loader_still_writes_them() -> None:
    world, root, core = make_core()
    root.add_subregion(0, MemoryRegion.rom(world, "rom", 0x1000))
    core.write_rom(0x10, b"boot")
    core.write(0x10, b"evil")
    core.store(0x10, 0, 4)
    assert core.read(0x10, 4) == b"boot"


def test_a_rom_device_switches_between_array_and_registers() -> None:
    """Scenarios romd_switch, romd_alias_offset, romd_readonly."""
    device = Device()
    world, root, core = make_core()
    flash = MemoryRegion.rom_device(
        world, "flash", 0x4000, MemoryRegionOps(read=device.read, write=device.write)
    )
    window = MemoryRegion.make_alias(world, "window", flash, 0x2000, 0x1000)
    root.add_subregion(0x8000, window)
    flash.ram_view(0x2010, 4)[:] = b"data"
    assert core.read(0x8010, 4) == b"data"
    core.store(0x8010, 0x70, 1)
    assert device.calls == [("w", 0x2010, 0x70, 1)]
    flash.rom_device_set_readable(False)
    assert core.load(0x8010, 2) == 0x2211
    assert device.calls[-1] == ("r", 0x2010, 2)
    flash.rom_device_set_readable(True)
    assert core.read(0x8010, 4) == b"data"


def test_a_foreign_device_is_swapped_on_the_way_and_not_again() -> None:
    world, root, core = make_core()
    device = Device()
    ops = MemoryRegionOps(read=device.read, write=device.write, endianness=Endianness.BIG)
    root.add_subregion(0, MemoryRegion.io(world, "big", 0x1000, ops))
    assert core.load(0, 4) == 0x11223344
    assert core.read(0, 4) == bytes([0x44, 0x33, 0x22, 0x11])
    core.store(4, 0x11223344, 4)
    assert device.calls[-1] == ("w", 4, 0x44332211, 4)


def test_a_native_device_is_never_swapped() -> None:
    world, root, core = make_core(big_endian=True)
    device = Device()
    ops = MemoryRegionOps(read=device.read, write=device.write)
    root.add_subregion(0, MemoryRegion.io(world, "native", 0x1000, ops))
    assert core.load(0, 4) == 0x44332211
    assert core.read(0, 4) == bytes([0x44, 0x33, 0x22, 0x11])
    core.store(0, 1, 4)
    assert device.calls[-1] == ("w", 0, 1, 4)


@pytest.mark.parametrize(
    ("valid", "impl", "addr", "length", "expected"),
    [
        (AccessSizes(), AccessSizes(), 0x1000, 8, [(0, 4), (4, 4)]),
        (AccessSizes(1, 8), AccessSizes(1, 8), 0x1000, 8, [(0, 8)]),
        (AccessSizes(1, 2), AccessSizes(), 0x1001, 4, [(1, 1), (2, 2), (4, 1)]),
        (AccessSizes(1, 4, True), AccessSizes(1, 4, True), 0x1001, 4, [(1, 4)]),
        (AccessSizes(), AccessSizes(), 0x1FFE, 4, [(0xFFE, 2)]),
    ],
)
def test_today_a_block_is_split_by_alignment_and_by_what_the_device_takes(
    valid: AccessSizes,
    impl: AccessSizes,
    addr: int,
    length: int,
    expected: list[tuple[int, int]],
) -> None:
    world, root, core = make_core()
    device = Device()
    ops = MemoryRegionOps(read=device.read, write=device.write, valid=valid, impl=impl)
    root.add_subregion(0x1000, MemoryRegion.io(world, "device", 0x1000, ops))
    core.read(addr, length)
    assert device.calls == [("r", *call) for call in expected]
    device.calls.clear()
    core.write(addr, bytes(length))
    assert [(call[1], call[3]) for call in device.calls] == expected


def test_load_and_store_are_what_block_accesses_are() -> None:
    world, root, core = make_core()
    device = Device()
    root.add_subregion(
        0x1000,
        MemoryRegion.io(
            world,
            "odd",
            0x1003,
            MemoryRegionOps(read=device.read, write=device.write, valid=AccessSizes(1, 2)),
        ),
    )
    root.add_subregion(0x3000, MemoryRegion.ram(world, "ram", 0x1000))
    root.add_subregion(0x2801, MemoryRegion.rom(world, "rom", 0x1000))
    random.seed(1)
    for _ in range(2000):
        addr, size = random.randrange(0xF00, 0x4100), random.choice((1, 2, 4, 8))
        value = random.getrandbits(64)
        shown = core.load(addr, size).to_bytes(size, "little"), device.calls[:]
        device.calls.clear()
        assert shown == (core.read(addr, size), device.calls)
        device.calls.clear()
        core.store(addr, value, size)
        written = device.calls[:]
        device.calls.clear()
        core.write(addr, (value & (1 << 8 * size) - 1).to_bytes(size, "little"))
        assert written == device.calls
        device.calls.clear()


def test_nothing_reads_as_zero_and_takes_every_write() -> None:
    _, _, core = make_core()
    assert core.load(0x123, 4) == 0
    core.store(0x123, 1, 4)
    assert core.read(SIZE - 2, 4) == bytes(4)


def test_a_callback_may_change_the_map_under_its_own_access() -> None:
    world, root, core = make_core()
    calls: list[int] = []

    def read(region: MemoryRegion, offset: int, _: int) -> int:
        calls.append(offset)
        if offset == 4 and region.parent is not None:
            root.del_subregion(region)
            region.destroy()
        return 0x01010101

    root.add_subregion(0, MemoryRegion.io(world, "shy", 0x1000, MemoryRegionOps(read=read)))
    assert core.read(0, 16) == b"\x01" * 8 + bytes(8)
    assert calls == [0, 4]
    assert core.load(0, 4) == 0


def test_a_callback_that_raises_leaves_the_map_as_it_was() -> None:
    world, root, core = make_core()

    def read(*_: object) -> int:
        raise RegionError("the device is broken")

    ram = MemoryRegion.ram(world, "ram", 0x1000)
    root.add_subregion(0, MemoryRegion.io(world, "bad", 0x1000, MemoryRegionOps(read=read)))
    root.add_subregion(0x1000, ram)
    with pytest.raises(RegionError, match="the device is broken"):
        core.read(0xFFC, 8)
    core.store(0x1000, 7, 4)
    assert core.load(0x1000, 4) == 7
    root.children[1].set_address(0x4000)
    assert core.load(0x1000, 4) == 7


def test_numbers_wider_than_the_access_are_cut_for_callbacks_by_width_too() -> None:
    world, root, core = make_core()
    told: list[int] = []
    ops = MemoryRegionOps(
        old_mmio=OldMmio(
            readb=lambda *_: 0x12345678, writeb=lambda _, __, value: told.append(value)
        )
    )
    root.add_subregion(0, MemoryRegion.io(world, "wide", 0x1000, ops))
    core.store(0, 0x12345, 1)
    assert (core.load(0, 1), core.read(0, 1), told) == (0x78, b"\x78", [0x45])


def test_rows_told_outside_of_an_update_answer_from_their_commit_on() -> None:
    world, root, _ = make_core()
    root.add_subregion(0x1000, MemoryRegion.ram(world, "ram", 0x1000))
    (space,) = world.spaces
    late = Core(world)
    late.begin()
    for row in space.view:
        late.region_add(row)
    late.commit()
    late.store(0x1000, 7, 4)
    assert late.load(0x1000, 4) == 7
