"""Dispatch: what reaches a callback, how it is split, what refused accesses give."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from memfold.newapi import (
    TODAY,
    V1_0,
    V1_1,
    AccessSizes,
    Endianness,
    MemoryRegion,
    MemoryRegionOps,
    OldMmio,
    PortioEntry,
    Profile,
    dispatch_read,
    dispatch_write,
)
from memfold.newapi.tree.dispatch import guest_read, guest_write
from memfold.newapi.tree.ops import Refused
from tests.newapi.worlds import Device, make_core, make_world


def make(ops: MemoryRegionOps, profile: Profile = TODAY, *, big: bool = False) -> MemoryRegion:
    world, _, _ = make_core(profile, big_endian=big)
    return MemoryRegion.io(world, "device", 0x1000, ops)


def test_an_access_the_device_is_written_for_goes_straight_through() -> None:
    device = Device()
    region = make(MemoryRegionOps(read=device.read, write=device.write))
    assert dispatch_read(region, 4, 2) == 0x6655
    dispatch_write(region, 8, 0x123456789, 4)
    assert device.calls == [("r", 4, 2), ("w", 8, 0x23456789, 4)]


@pytest.mark.parametrize(
    ("impl", "size", "expected"),
    [
        (AccessSizes(), 8, [(0, 4), (4, 4)]),
        (AccessSizes(1, 1), 4, [(0, 1), (1, 1), (2, 1), (3, 1)]),
        (AccessSizes(2, 2), 1, [(0, 2)]),
        (AccessSizes(4, 4), 2, [(0, 4)]),
        (AccessSizes(8, 8), 4, [(0, 8)]),
        (AccessSizes(0, 2), 1, [(0, 1)]),
    ],
)
def test_impl_sizes_split_and_widen(
    impl: AccessSizes, size: int, expected: list[tuple[int, int]]
) -> None:
    """Golden memory rule 10, scenarios access_impl_*."""
    device = Device()
    region = make(MemoryRegionOps(read=device.read, write=device.write, impl=impl))
    value = dispatch_read(region, 0, size)
    assert device.calls == [("r", *call) for call in expected]
    assert value & (1 << 8 * size) - 1 == 0x8877665544332211 & (1 << 8 * size) - 1
    device.calls.clear()
    dispatch_write(region, 0, 0x8877665544332211, size)
    assert [(call[1], call[3]) for call in device.calls] == expected


def test_a_big_endian_device_puts_its_first_part_highest_today_and_lowest_in_2011() -> None:
    ops = MemoryRegionOps(
        read=lambda _, offset, __: offset + 1,
        impl=AccessSizes(1, 1),
        endianness=Endianness.BIG,
    )
    assert dispatch_read(make(ops), 0, 4) == 0x01020304
    assert dispatch_read(make(ops, V1_1), 0, 4) == 0x04030201
    native = MemoryRegionOps(read=ops.read, impl=ops.impl)
    assert dispatch_read(make(native, big=True), 0, 4) == 0x01020304
    assert dispatch_read(make(native), 0, 4) == 0x04030201


def test_a_narrow_access_to_a_big_endian_device_takes_the_high_part() -> None:
    device = Device()
    ops = MemoryRegionOps(
        read=device.read, write=device.write, impl=AccessSizes(4, 4), endianness=Endianness.BIG
    )
    region = make(ops)
    assert dispatch_read(region, 0, 2) == 0x4433
    dispatch_write(region, 0, 0xABCD, 2)
    assert device.calls[-1] == ("w", 0, 0xABCD0000, 4)


@pytest.mark.parametrize(
    ("valid", "offset", "size", "taken"),
    [
        (AccessSizes(), 0, 8, True),
        (AccessSizes(), 2, 4, False),
        (AccessSizes(unaligned=True), 2, 4, True),
        (AccessSizes(2, 4), 0, 1, False),
        (AccessSizes(2, 4), 0, 8, False),
        (AccessSizes(2, 4), 2, 2, True),
        (AccessSizes(4, 0), 0, 1, True),
    ],
)
def test_valid_sizes_refuse_without_a_call(
    valid: AccessSizes, offset: int, size: int, taken: bool
) -> None:
    device = Device()
    region = make(MemoryRegionOps(read=device.read, write=device.write, valid=valid))
    with nullcontext() if taken else pytest.raises(Refused, match="takes no read of"):
        dispatch_read(region, offset, size)
    with nullcontext() if taken else pytest.raises(Refused, match="takes no write of"):
        dispatch_write(region, offset, 1, size)
    assert len(device.calls) == (2 * (size // 4 or 1) if taken else 0)


def test_what_a_refused_read_gives_is_the_profiles() -> None:
    ops = MemoryRegionOps(read=lambda *_: 1, valid=AccessSizes(4, 4))
    for profile, seen in ((V1_0, 0xFFFFFFFF), (V1_1, 0xFFFFFFFF), (TODAY, 0)):
        with pytest.raises(Refused, match=r"^region device takes no read of 1 bytes at 0x0$") as no:
            dispatch_read(make(ops, profile), 0, 1)
        assert no.value.value == seen == guest_read(1, 0, make(ops, profile), 0)


def test_accepts_is_asked_first_and_of_every_access() -> None:
    asked: list[tuple[int, int, bool]] = []

    def accepts(_: MemoryRegion, offset: int, size: int, is_write: bool) -> bool:
        asked.append((offset, size, is_write))
        return offset >= 4

    device = Device()
    region = make(MemoryRegionOps(read=device.read, write=device.write, accepts=accepts))
    assert guest_read(1, 0, region, 0) == guest_read(4, 0, region, 5) == 0
    guest_write(4, 0, region, 4, 9)
    assert asked == [(0, 1, False), (5, 4, False), (4, 4, True)]
    assert device.calls == [("w", 4, 9, 4)]


def test_the_mails_six_callbacks_get_the_region_and_what_is_missing_is_silence() -> None:
    """Promise 6; golden legacy rules 16 and 17."""
    told: list[object] = []

    def readw(region: MemoryRegion, offset: int) -> int:
        told.append((region.name, offset))
        return 0x12345678

    def writel(region: MemoryRegion, offset: int, value: int) -> None:
        told.append((region.name, offset, value))

    region = make(MemoryRegionOps(old_mmio=OldMmio(readw=readw, writel=writel)))
    assert dispatch_read(region, 2, 2) == 0x12345678
    assert dispatch_read(region, 0, 1) == dispatch_read(region, 0, 4) == 0
    dispatch_write(region, 4, 5, 4)
    dispatch_write(region, 4, 5, 2)
    assert told == [("device", 2), ("device", 4, 5)]


def test_set_offset_moves_what_callbacks_hear_and_not_what_is_valid() -> None:
    """Scenario set_offset."""
    device = Device()
    region = make(MemoryRegionOps(read=device.read, valid=AccessSizes(4, 4)))
    region.set_offset(2)
    dispatch_read(region, 4, 4)
    with pytest.raises(Refused):
        dispatch_read(region, 2, 4)
    assert device.calls == [("r", 6, 4)]


def test_an_old_port_list_answers_by_width_a_word_also_byte_by_byte() -> None:
    """Scenario pio_old_portio."""
    region = make(
        MemoryRegionOps(
            old_portio=(
                PortioEntry(0, 8, 1, read=lambda _, offset: 0x10 + offset),
                PortioEntry(4, 4, 4, read=lambda _, __: 0xCAFE),
            )
        )
    )
    assert dispatch_read(region, 1, 1) == 0x11
    assert dispatch_read(region, 1, 2) == 0x1211
    assert dispatch_read(region, 4, 4) == 0xCAFE
    assert dispatch_read(region, 0, 4) == 0xFFFFFFFF
    dispatch_write(region, 0, 1, 1)


def test_a_reservation_takes_nothing() -> None:
    world, _, _, _ = make_world(V1_1)
    region = MemoryRegion.reservation(world, "apic", 0x1000)
    assert guest_read(4, 0, region, 0) == 0xFFFFFFFF


def test_ram_ends_here_too() -> None:
    world, _, _ = make_core(big_endian=True)
    ram = MemoryRegion.ram(world, "ram", 0x2000)
    ram.reset_dirty(0, 0x2000, 0)
    dispatch_write(ram, 0x1000, 0x11223344, 4)
    assert ram.ram_view(0x1000, 4).tobytes() == bytes([0x11, 0x22, 0x33, 0x44])
    assert dispatch_read(ram, 0x1002, 2) == 0x3344
    assert [ram.get_dirty(page, 1, 0) for page in (0, 0x1000)] == [False, True]
