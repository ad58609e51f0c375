"""I/O ports."""

from __future__ import annotations

import pytest

from memfold.newapi import (
    TODAY,
    V1_0,
    V1_1,
    AccessError,
    AccessSizes,
    AddressSpace,
    Endianness,
    Kind,
    MemoryRegion,
    MemoryRegionOps,
    PortioEntry,
    Ports,
    Profile,
)
from tests.newapi.worlds import Device, make_core


def test_ports_are_little_endian_and_all_ones_where_nobody_answers() -> None:
    world, _, _ = make_core(big_endian=True)
    device = Device()
    region = MemoryRegion(
        world, "port", 2, Kind.IO, MemoryRegionOps(read=device.read, write=device.write)
    )
    for profile, size, expected in (
        (TODAY, 4, 0x2211FFFF),
        (V1_1, 4, 0xFFFFFFFF),
        (V1_1, 2, 0xFFFF),
    ):
        ports = Ports(profile)
        root = MemoryRegion.container(world, "io", 0x10000)
        space = AddressSpace(world, "io", root, ports)
        root.add_subregion(0x102, region)
        assert ports.read(0x100, size) == expected
        assert (ports.read(0x102, 1), ports.read(0x102, 2)) == (0x11, 0x2211)
        device.calls.clear()
        ports.write(0x101, 0xBBAA, 2)
        assert device.calls == [("w", 0, 0xBB, 1)]
        root.del_subregion(region)
        assert ports.read(0x102, 1) == 0xFF
        space.destroy()


@pytest.mark.parametrize("profile", [TODAY, V1_0])
def test_a_port_list_answers_at_every_profile(profile: Profile) -> None:
    """Scenario pio_old_portio."""
    world, _, _ = make_core(profile)
    told: list[tuple[int, int]] = []
    entries = (
        PortioEntry(0, 8, 1, lambda _, offset: 0x10 + offset, lambda _, *told_: told.append(told_)),
        PortioEntry(4, 4, 4, lambda *_: 0xCAFE),
    )
    root = MemoryRegion.container(world, "io", 0x10000)
    ports = Ports(profile)
    AddressSpace(world, "io", root, ports)
    root.add_subregion(0x60, MemoryRegion.io(world, "kbd", 8, MemoryRegionOps(old_portio=entries)))
    assert (ports.read(0x62, 1), ports.read(0x62, 2), ports.read(0x64, 4)) == (0x12, 0x1312, 0xCAFE)
    ports.write(0x62, 0xBBAA, 2)
    assert told == [(2, 0xAA), (3, 0xBB)]


def test_the_old_table_put_a_word_of_the_last_port_together_with_port_0() -> None:
    world, _, _ = make_core(V1_0)
    root = MemoryRegion.container(world, "io", 0x10000)
    ports = Ports(V1_0)
    AddressSpace(world, "io", root, ports)
    ops = MemoryRegionOps(read=lambda *_: 0x11)
    root.add_subregion(0, MemoryRegion.io(world, "first", 1, ops))
    assert (ports.read(0xFFFF, 2), ports.read(0xFFFF, 4)) == (0x11FF, 0xFFFFFFFF)


@pytest.mark.parametrize("profile", [TODAY, V1_0])
@pytest.mark.parametrize(
    ("port", "size", "message"),
    [
        (0x60, 3, "access of 3 bytes at 0x60-0x62: a number has 1, 2, 4 or 8 bytes"),
        (0x60, 0, "access of 0 bytes at 0x60: a number has 1, 2, 4 or 8 bytes"),
        (0x60, 8, "access of 8 bytes at 0x60-0x67: a port has 1, 2 or 4 bytes"),
        (-1, 1, "access of 1 bytes at -0x1: addresses are 0x0-0xffff"),
        (0x10000, 2, "access of 2 bytes at 0x10000-0x10001: addresses are 0x0-0xffff"),
    ],
)
def test_what_is_no_port_is_an_error(profile: Profile, port: int, size: int, message: str) -> None:
    ports = Ports(profile)
    for act in (lambda: ports.read(port, size), lambda: ports.write(port, 1, size)):
        with pytest.raises(AccessError) as raised:
            act()
        assert (str(raised.value), raised.value.addr, raised.value.size) == (message, port, size)


def test_the_old_table_refuses_nothing_and_no_ports_are_swapped() -> None:
    for profile, seen in ((V1_0, 0x4433), (TODAY, 0)):
        world, _, _ = make_core(profile)
        device = Device()
        ops = MemoryRegionOps(
            read=device.read,
            write=device.write,
            valid=AccessSizes(4, 4),
            endianness=Endianness.BIG,
        )
        root = MemoryRegion.container(world, "io", 0x10000)
        ports = Ports(profile)
        AddressSpace(world, "io", root, ports)
        root.add_subregion(0, MemoryRegion.io(world, "device", 8, ops))
        assert ports.read(2, 2) == seen
        ports.write(2, 0xBBAA, 2)
        assert device.calls == ([] if profile is TODAY else [("r", 2, 2), ("w", 2, 0xBBAA, 2)])
