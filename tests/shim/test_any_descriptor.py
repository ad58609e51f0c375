"""Any 64-bit descriptor, any size: the three old worlds answer alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from memfold.host.ram import RamList
from memfold.legacy import DEVICE_NATIVE_ENDIAN, CPUPhysMemoryClient, LegacyDeath, PhysMem, Target
from memfold.legacy.chart import Stretch, chart
from memfold.newapi import MemoryRegion, World
from memfold.shim.folded import Folded
from memfold.shim.shared_physmem import SharedPhysMem

TINY = Target("tiny", 7, 32, 12, big_endian=False)
"""32 pages and 16 io slots, of which 10 are a device's to have."""
PAGE, SPACE, U64 = 128, 1 << 12, (1 << 64) - 1


def plain() -> PhysMem:
    return PhysMem(TINY)


def shared() -> PhysMem:
    world = World(RamList(TINY.page_bits))
    old = SharedPhysMem(TINY, world)
    old.show("memory", MemoryRegion.container(world, "system", 1 << 64))
    return old


def folded() -> PhysMem:
    world = World(RamList(TINY.page_bits))
    old = Folded(TINY, world)
    old.show("memory", MemoryRegion.container(world, "system", 1 << 64))
    return old


class Old:
    """An old world with two devices and two blocks of RAM, which notes all that can be seen."""

    def __init__(self, make: Callable[[], PhysMem]) -> None:
        self.old = make()
        self.calls: list[tuple[Any, ...]] = []
        for name in ("uart", "card"):
            self.old.cpu_register_io_memory(
                (self.read,) * 3, (self.write,) * 3, name, DEVICE_NATIVE_ENDIAN
            )
        for size in (3 * PAGE, PAGE):
            ram = self.old.qemu_ram_alloc(f"ram {size}", size)
            self.old.qemu_get_ram_ptr(ram)[:size] = bytes(at * 7 % 251 for at in range(size))
        self.old.cpu_register_phys_memory_client(
            CPUPhysMemoryClient(
                lambda *told: self.calls.append(told), lambda *_: 0, lambda _enable: 0
            )
        )

    def read(self, opaque: Any, addr: int) -> int:
        self.calls.append((opaque, addr))
        return addr * 0x01010101 & 0xFFFFFFFF

    def write(self, opaque: Any, addr: int, value: int) -> None:
        self.calls.append((opaque, addr, value))

    def do(self, call: Callable[..., Any], *args: Any) -> object:
        self.calls.clear()
        try:
            return call(*args), tuple(self.calls)
        except LegacyDeath as death:
            return type(death), str(death), tuple(self.calls)

    def register(self, *args: Any) -> object:
        return self.do(self.old.cpu_register_physical_memory_log, *args)

    def state(self) -> list[object]:
        old = self.old
        seen: list[object] = []
        for addr in range(0, SPACE, PAGE // 2):
            seen.append(self.do(old.ldl_phys, addr))
            seen.append(self.do(old.cpu_physical_memory_write, addr + 3, b"abcd"))
            seen.append(self.do(old.cpu_physical_memory_write_rom, addr + 7, b"xy"))
            seen.append(old.cpu_get_physical_page_desc(addr))
        return [*seen, bytes(old.ram.dirty), self.chart()]

    def chart(self) -> list[Stretch]:
        """As one stretch what is one to look at: the core's rows cut what the table has whole."""
        rows: list[Stretch] = []
        for row in self.old.chart() if isinstance(self.old, Folded) else chart(self.old):
            last = rows[-1] if rows else None
            if (
                last is not None
                and last.range.end == row.start
                and (last.kind, last.owner) == (row.kind, row.owner)
                and last.offset + last.size & U64 == row.offset
            ):
                row = row._replace(start=last.start, size=last.size + row.size, offset=last.offset)
                rows.pop()
            rows.append(row)
        return rows


low_bits = st.sampled_from([0, 1, 2, 3, 4, 8, 9, 10, 16, 17, 18, 20, 48, 49, 50, 56, 57, 120, 127])
descriptors = st.one_of(
    st.integers(0, U64),
    st.builds(lambda page, low: page * PAGE + low, st.integers(-3, 6), low_bits),
).map(lambda desc: desc & U64)
sizes = st.one_of(st.integers(1, 5 * PAGE), st.integers(1, SPACE))
calls = st.tuples(
    st.integers(0, SPACE + PAGE), sizes, descriptors, st.integers(0, U64), st.booleans()
)


@settings(max_examples=100, deadline=None)
@given(st.lists(calls, min_size=1, max_size=5))
@example([(0, SPACE, U64, 0, False)])
@example([(0, PAGE, 10, 0, False)])
@example([(0, 1, 0x102, 0, False)])
@example([(0, 1, 0, 0, False), (0, 768, U64 - 125, 0, False), (641, 1, 0, 0, False)])
@example([(PAGE, 129, 0, U64 - 127, False), (0, 384, 511, 0, False), (257, 1, 0, 0, False)])
@example([(0, 1, 0, 0, False), (PAGE, 1, 2, 0, False), (0, PAGE + 1, 1, 0, False)])
def test_any_descriptor_answers_as_it_did_in_2011(steps: list[tuple[Any, ...]]) -> None:
    worlds = [Old(make) for make in (plain, shared, folded)]
    for step in steps:
        first, *others = [world.register(*step) for world in worlds]
        assert others == [first, first], step
        first_state, *states = [world.state() for world in worlds]
        assert states == [first_state, first_state], step


@pytest.mark.parametrize("make", [plain, shared, folded])
def test_what_a_full_io_table_gives_can_be_registered(make: Callable[[], PhysMem]) -> None:
    """Each page after the first goes on from ram address 0, where a descriptor wraps to."""
    old = make()
    while (io := old.cpu_register_io_memory((None,) * 3, (None,) * 3, None, 0)) >= 0:
        pass
    ram = old.qemu_ram_alloc("ram", PAGE)
    old.qemu_get_ram_ptr(ram)[0] = 7
    old.cpu_register_physical_memory(0, 2 * PAGE, io)
    with pytest.raises(LegacyDeath, match="in no RAM block"):
        old.ldub_phys(0)
    assert old.ldub_phys(PAGE) == 7
