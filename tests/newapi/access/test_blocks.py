"""What every way in has in common: what is no access, and what a device does wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Never

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memfold.newapi import (
    V1_1,
    AccessError,
    CallbackError,
    Core,
    DeviceError,
    Interposer,
    MemoryRegion,
    MemoryRegionOps,
    MemTxAttrs,
    OldMmio,
    PhysAccess,
    Profile,
    transact_read,
    transact_write,
)
from memfold.newapi.tree.profile import TODAY
from tests.newapi.worlds import SIZE, make_core

NUMBERS: dict[str, Callable[[Core, int, int], object]] = {
    "load": lambda core, addr, size: core.load(addr, size),
    "store": lambda core, addr, size: core.store(addr, 1, size),
    "ld": lambda core, addr, size: PhysAccess(core).ld(addr, size),
    "st": lambda core, addr, size: PhysAccess(core).st(addr, 1, size),
    "st_notdirty": lambda core, addr, size: PhysAccess(core).st_notdirty(addr, 1, size, True),
}
BLOCKS: dict[str, Callable[[Core, int, int], object]] = {
    "read": lambda core, addr, size: core.read(addr, size),
    "write": lambda core, addr, size: core.write(addr, bytes(size)),
    "write_rom": lambda core, addr, size: core.write_rom(addr, bytes(size)),
    "transact_read": transact_read,
    "transact_write": lambda core, addr, size: transact_write(core, addr, bytes(size)),
}


def mixed_core(profile: Profile = TODAY) -> Core:
    """RAM at the bottom and the top, registers, ROM and nothing between."""
    world, root, core = make_core(profile)
    ops = MemoryRegionOps(read=lambda *_: 1, write=lambda *_: None)
    root.add_subregion(0, MemoryRegion.ram(world, "low", 0x1000))
    root.add_subregion(0x1000, MemoryRegion.io(world, "registers", 0x1000, ops))
    root.add_subregion(0x2000, MemoryRegion.rom(world, "rom", 0x1000))
    root.add_subregion(SIZE - 0x1000, MemoryRegion.ram(world, "high", 0x1000))
    return core


NEAR = [at + delta for at in (0, 0x1000, 0x2000, 0x3000, SIZE) for delta in (-8, -3, -1, 0, 1, 4)]
addresses = st.one_of(st.sampled_from(NEAR), st.integers(-(1 << 65), 1 << 65))


@given(st.sampled_from(sorted(NUMBERS)), addresses, st.integers(-3, 17))
def test_a_number_of_no_size_or_at_no_address_is_an_error_and_no_other(
    way: str, addr: int, size: int
) -> None:
    core = mixed_core()
    core.load(min(max(addr, 0), SIZE - 1), 1)  # where the number would be is where the last one was
    if size in (1, 2, 4, 8) and 0 <= addr < SIZE:
        NUMBERS[way](core, addr, size)
        return
    with pytest.raises(AccessError) as raised:
        NUMBERS[way](core, addr, size)
    assert (raised.value.addr, raised.value.size) == (addr, size)


@given(st.sampled_from(sorted(BLOCKS)), addresses, st.integers(0, 40))
def test_a_block_at_no_address_is_an_error_and_no_other(way: str, addr: int, size: int) -> None:
    if 0 <= addr < SIZE:
        BLOCKS[way](mixed_core(), addr, size)
        return
    with pytest.raises(AccessError) as raised:
        BLOCKS[way](mixed_core(), addr, size)
    assert (raised.value.addr, raised.value.size) == (addr, size)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda core: core.load(0, 3), "access of 3 bytes at 0x0-0x2: a number has 1, 2, 4 or 8"),
        (lambda core: core.load(0, -1), "access of -1 bytes at 0x0: a number has 1, 2, 4 or 8"),
        (
            lambda core: core.store(SIZE, 1, 4),
            "access of 4 bytes at 0x10000000000000000-0x10000000000000003:"
            " addresses are 0x0-0xffffffffffffffff",
        ),
        (lambda core: core.read(-1, 1), "access of 1 bytes at -0x1: addresses are 0x0-0xfffffffff"),
        (lambda core: core.read(4, -2), "access of -2 bytes at 0x4: a block has 0 bytes or more"),
    ],
)
def test_the_error_names_the_range_and_the_limit(
    act: Callable[[Core], object], message: str
) -> None:
    with pytest.raises(AccessError, match=f"^{message}"):
        act(mixed_core())


def every_way(core: Core, addr: int) -> list[Callable[[], object]]:
    """4 bytes read in every way."""
    return [
        lambda: core.load(addr, 4),
        lambda: core.load(addr + 1, 4),
        lambda: core.read(addr, 4),
        lambda: PhysAccess(core).ld(addr, 4),
        lambda: transact_read(core, addr, 4, MemTxAttrs("cpu0")),
    ]


def forms(answer: Callable[[], object]) -> list[MemoryRegionOps]:
    """Ops of every form that answer all reads so."""

    def read(*_: object) -> Any:
        return answer()

    return [
        MemoryRegionOps(read=read),
        MemoryRegionOps(read_with_attrs=read),
        MemoryRegionOps(old_mmio=OldMmio(read, read, read)),
        MemoryRegionOps(read=read, accepts=lambda *_: True),
    ]


no_number = st.one_of(st.none(), st.floats(), st.text(), st.binary(), st.tuples(), st.just([1]))


@given(no_number, st.booleans())
def test_a_callback_that_returns_no_number_is_named(answer: object, interposed: bool) -> None:
    for ops in forms(lambda: answer):
        world, root, core = make_core()
        region = MemoryRegion.io(world, "uart", 0x1000, ops)
        if interposed:
            region.add_interposer(Interposer("spy", read=lambda below, *where: below.read(*where)))
        root.add_subregion(0x1000, region)
        for act in every_way(core, 0x1010):
            with pytest.raises(CallbackError, match=r"^region uart: read of [14] bytes ") as no:
                act()
            assert str(no.value).endswith(f" returned {answer!r}, which is no whole number")
            assert (no.value.region, no.value.offset >> 1) == ("uart", 0x10 >> 1)


@given(st.sampled_from([KeyError, ZeroDivisionError, AttributeError, TypeError, RuntimeError]))
def test_what_a_callback_raises_keeps_its_type_and_is_told_where(kind: type[Exception]) -> None:
    def fail() -> object:
        raise kind("the device's own")

    for ops in forms(fail):
        for interposed in (False, True):
            world, root, core = make_core()
            region = MemoryRegion.io(world, "uart", 0x1000, ops)
            if interposed:
                spy = Interposer("spy", read=lambda below, *where: below.read(*where))
                region.add_interposer(spy)
            root.add_subregion(0x1000, region)
            for act in every_way(core, 0x1010):
                with pytest.raises(kind) as raised:
                    act()
                (note,) = raised.value.__notes__
                assert note in (
                    "read of 4 bytes at 0x10 of region uart",
                    "read of 1 bytes at 0x11 of region uart",
                )


def test_a_write_is_told_the_same_way() -> None:
    def fail(*_: object) -> None:
        raise KeyError(5)

    for ops in (MemoryRegionOps(write=fail), MemoryRegionOps(old_mmio=OldMmio(writel=fail))):
        world, root, core = make_core()
        root.add_subregion(0x1000, MemoryRegion.io(world, "uart", 0x1000, ops))
        with pytest.raises(KeyError) as raised:
            core.store(0x1010, 7, 4)
        assert raised.value.__notes__ == ["write of 4 bytes at 0x10 of region uart"]


@pytest.mark.parametrize("answer", [None, "yes", 2, []])
def test_accepts_that_says_neither_yes_nor_no_is_named(answer: object) -> None:
    def accepts(*_: object) -> Any:
        return answer

    world, root, core = make_core()
    ops = MemoryRegionOps(read=lambda *_: 1, accepts=accepts)
    root.add_subregion(0x1000, MemoryRegion.io(world, "uart", 0x1000, ops))
    for way, act in (
        ("read", lambda: core.load(0x1010, 4)),
        ("write", lambda: core.store(0x1010, 1, 4)),
    ):
        with pytest.raises(CallbackError) as no:
            act()
        wrong = f"was accepted with {answer!r}, neither True nor False"
        assert str(no.value) == f"region uart: {way} of 4 bytes at 0x10 {wrong}"


def test_a_plain_access_that_a_device_fails_shows_the_value_and_goes_on() -> None:
    def fail(*_: object) -> Never:
        raise DeviceError("the disk is on fire", value=0x1EE)

    for order, seen in (("native", 0xEE), ("old", 0xEE)):
        world, root, core = make_core(V1_1)
        ops = MemoryRegionOps(read=fail, write=fail)
        if order == "old":
            ops = MemoryRegionOps(old_mmio=OldMmio(fail, fail, fail, fail, fail, fail))
        root.add_subregion(0x1000, MemoryRegion.io(world, "disk", 0x1000, ops))
        root.add_subregion(0x2000, MemoryRegion.ram(world, "ram", 0x1000))
        assert core.load(0x1000, 1) == seen
        assert core.read(0x1FFC, 8) == bytes.fromhex("ee01000000000000")
        assert PhysAccess(core).ld(0x1000, 4) == 0x1EE
        core.store(0x1000, 1, 4)
        PhysAccess(core).st(0x1000, 1, 4)
        core.write(0x1FFC, b"lostkept")
        assert core.read(0x2000, 4) == b"kept"
