"""Accesses that say how they went, and who asks."""

from __future__ import annotations

from typing import Never

from memfold.newapi import (
    V1_1,
    AccessSizes,
    AddressSpace,
    Below,
    Core,
    DeviceError,
    Interposer,
    MemoryRegion,
    MemoryRegionOps,
    MemTxAttrs,
    MemTxResult,
    transact_read,
    transact_write,
)
from tests.newapi.worlds import Device, make_core

OK, ERROR, DECODE_ERROR = MemTxResult.OK, MemTxResult.ERROR, MemTxResult.DECODE_ERROR


def test_a_decode_error_is_told_from_a_device_error() -> None:
    world, root, core = make_core(V1_1)
    device = Device()

    def fail(*_: object) -> Never:
        raise DeviceError("the disk is on fire", value=0xEE)

    picky = MemoryRegionOps(read=device.read, write=device.write, valid=AccessSizes(4, 4))
    broken = MemoryRegionOps(read=fail, write=fail)
    root.add_subregion(0x1000, MemoryRegion.io(world, "picky", 0x1000, picky))
    root.add_subregion(0x2000, MemoryRegion.io(world, "broken", 0x1000, broken))
    root.add_subregion(0x3000, MemoryRegion.rom(world, "rom", 0x1000))
    assert transact_read(core, 0x1000, 4) == (bytes.fromhex("11223344"), OK)
    assert transact_read(core, 0x1001, 1) == (b"\xff", DECODE_ERROR)
    assert transact_read(core, 0x0FFF, 1) == (b"\0", DECODE_ERROR)
    assert transact_read(core, 0x2000, 1) == (b"\xee", ERROR)
    assert transact_read(core, 0x2FFC, 8) == (bytes.fromhex("ee00000000000000"), ERROR)
    assert transact_read(core, 0x3000, 4) == (bytes(4), OK)
    assert transact_read(core, 0x3FFE, 4) == (bytes(4), DECODE_ERROR)
    assert transact_write(core, 0x1000, bytes(4)) == OK
    assert transact_write(core, 0x1001, bytes(1)) == DECODE_ERROR
    assert transact_write(core, 0x1FFC, bytes(8)) == ERROR
    assert transact_write(core, 0x3000, b"rom") == OK
    assert transact_write(core, 0x5000, b"lost") == DECODE_ERROR
    assert transact_read(core, 0x3000, 3) == (bytes(3), OK)


def test_a_block_joins_how_its_parts_went() -> None:
    def fail(*_: object) -> Never:
        raise DeviceError("the disk is on fire")

    world, root, core = make_core()
    broken = MemoryRegionOps(read=fail, write=fail)
    root.add_subregion(0x1000, MemoryRegion.io(world, "broken", 0x1000, broken))
    for start in (0xFFC, 0x1FFC):  # failed after unmapped, and before
        assert transact_read(core, start, 8)[1] == ERROR | DECODE_ERROR
        assert transact_write(core, start, bytes(8)) == ERROR | DECODE_ERROR


def test_a_callback_that_minds_learns_who_asks() -> None:
    """Promise 10."""
    world, root, core = make_core()
    asked: list[tuple[object, ...]] = []

    def read(_: MemoryRegion, offset: int, size: int, attrs: MemTxAttrs) -> int:
        asked.append(("r", offset, size, attrs.requester))
        return 0x11

    def write(_: MemoryRegion, offset: int, value: int, size: int, attrs: MemTxAttrs) -> None:
        asked.append(("w", offset, value, size, attrs.requester))

    ops = MemoryRegionOps(read_with_attrs=read, write_with_attrs=write)
    root.add_subregion(0, MemoryRegion.io(world, "nosy", 0x1000, ops))
    transact_read(core, 0, 4, MemTxAttrs("cpu1"))
    transact_write(core, 4, b"\1\0\0\0", MemTxAttrs(7))
    assert core.load(8, 1) == 0x11
    core.store(9, 5, 1)
    assert asked == [
        ("r", 0, 4, "cpu1"),
        ("w", 4, 1, 4, 7),
        ("r", 8, 1, None),
        ("w", 9, 5, 1, None),
    ]


def answering(value: int) -> MemoryRegionOps:
    """Registers that all read as `value`."""
    return MemoryRegionOps(read=lambda *_: value)


def test_each_cpu_has_its_own_root_over_one_tree() -> None:
    """Promise 10: a guest moves one CPU's APIC, the other's stays."""
    world, system, shared = make_core()
    system.add_subregion(0, MemoryRegion.ram(world, "ram", 0x1000))
    cores, apics = [], []
    for number in range(2):
        root = MemoryRegion.container(world, f"cpu{number}", system.size)
        apic = MemoryRegion.io(world, f"apic{number}", 0x1000, answering(0xA0 + number))
        view = MemoryRegion.make_alias(world, f"memory{number}", system, 0, system.size)
        root.add_subregion(0, view)
        root.add_subregion_overlap(0xFEE00000, apic, 1)
        core = Core(world)
        AddressSpace(world, f"cpu{number}", root, core)
        cores.append(core)
        apics.append(apic)
    assert [core.load(0xFEE00000, 4) for core in cores] == [0xA0, 0xA1]
    apics[1].set_address(0xFED00000)
    assert [core.load(0xFEE00000, 4) for core in cores] == [0xA0, 0]
    assert [core.load(0xFED00000, 4) for core in cores] == [0, 0xA1]
    cores[0].store(0x10, 0x1234, 4)
    assert cores[1].load(0x10, 4) == shared.load(0x10, 4) == 0x1234


def test_who_asks_and_what_is_refused_pass_interposers() -> None:
    """Promises 9 and 10 together."""
    world, root, core = make_core()
    asked: list[tuple[object, ...]] = []
    passed: list[tuple[object, ...]] = []

    def read(_: MemoryRegion, offset: int, size: int, attrs: MemTxAttrs) -> int:
        asked.append(("r", offset, size, attrs.requester))
        return 0x11

    def write(_: MemoryRegion, offset: int, value: int, size: int, attrs: MemTxAttrs) -> None:
        asked.append(("w", offset, value, size, attrs.requester))

    def read_through(below: Below, offset: int, size: int) -> int:
        passed.append(("r", offset, below.attrs.requester))
        return below.read(offset, size)

    def write_through(below: Below, offset: int, value: int, size: int) -> None:
        passed.append(("w", offset, below.attrs.requester))
        below.write(offset, value, size)

    ops = MemoryRegionOps(
        read_with_attrs=read,
        write_with_attrs=write,
        accepts=lambda region, offset, *_: region is nosy and offset < 0x10,
    )
    nosy = MemoryRegion.io(world, "nosy", 0x1000, ops)
    root.add_subregion(0, nosy)
    nosy.add_interposer(Interposer("inner", read_through, write_through))
    root.add_interposer(Interposer("outer", read_through))
    root.add_subregion(0x1000, MemoryRegion.reservation(world, "reserved", 0x1000))
    assert transact_read(core, 0, 4, MemTxAttrs("cpu1")) == (b"\x11\0\0\0", OK)
    assert transact_write(core, 4, b"\1\0\0\0", MemTxAttrs(7)) == OK
    assert asked == [("r", 0, 4, "cpu1"), ("w", 4, 1, 4, 7)]
    assert passed == [("r", 0, "cpu1"), ("r", 0, "cpu1"), ("w", 4, 7)]
    asked.clear()
    passed.clear()
    for refused in (0x10, 0x1000):
        assert transact_read(core, refused, 4)[1] == DECODE_ERROR
        assert transact_write(core, refused, bytes(4)) == DECODE_ERROR
    assert asked == passed == []
