"""Out of io slots: whatever call needs the one too many, the map is afterwards as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from memfold.host.ram import RamList
from memfold.legacy import DEVICE_NATIVE_ENDIAN, IO_MEM_UNASSIGNED, IoSlotsExhausted, Target
from memfold.newapi import MemoryRegion, MemoryRegionOps, RegionError, World
from memfold.shim.shared_physmem import SharedPhysMem
from tests.shim.mixed import Kind, each_kind

TINY = Target("tiny", 7, 32, 32, big_endian=False)
PAGE, UNIT, SLOTS, FIXED = 128, 32, 16, 6
Act = tuple[str, int, int]


class Tight:
    """A world with `free` io slots left beside the one of an old device."""

    def __init__(self, kind: Kind, free: int) -> None:
        self.world = World(RamList(TINY.page_bits))
        self.old = kind(TINY, self.world)
        self.root = MemoryRegion.container(self.world, "system", 1 << 32)
        self.space = self.old.show("memory", self.root)
        self.told: list[tuple[str, int]] = []
        for _ in range(SLOTS - FIXED - free):
            self.card = self.old.cpu_register_io_memory(
                (self.read_old,) * 3, (None,) * 3, None, DEVICE_NATIVE_ENDIAN
            )

    def read_old(self, _opaque: Any, addr: int) -> int:
        self.told.append(("card", addr))
        return 0

    def read(self, region: MemoryRegion, offset: int, _size: int) -> int:
        self.told.append((region.name, offset))
        return 0

    def do(self, act: str, unit: int, units: int) -> None:
        addr, size = unit * UNIT, units * UNIT
        if act in ("map", "unmap"):
            # Beyond one page the old layer has odd rules for unaligned registrations.
            size = min(size, PAGE - addr % PAGE) if addr % PAGE else size
            desc = self.card if act == "map" else IO_MEM_UNASSIGNED
            self.old.cpu_register_physical_memory(addr, size, desc)
        elif act == "add":
            region = MemoryRegion.io(self.world, "region", size, MemoryRegionOps(read=self.read))
            self.root.add_subregion_overlap(addr, region, unit % 3)
        elif self.root.children:
            self.root.del_subregion(self.root.children[unit % len(self.root.children)])

    def state(self) -> tuple[list[tuple[tuple[str, int], ...]], object, object]:
        answers: list[tuple[tuple[str, int], ...]] = []
        for addr in range(0, 6 * PAGE, UNIT):
            self.told.clear()
            self.old.ldub_phys(addr)
            answers.append(tuple(self.told))
        return answers, self.space.view.rows, list(self.root.children)


acts = st.tuples(
    st.sampled_from(["map", "map", "unmap", "add", "add", "del"]),
    st.integers(0, 11),
    st.integers(1, 8),
)


@each_kind
@settings(max_examples=150, deadline=None)
@given(free=st.integers(0, 4), steps=st.lists(acts, max_size=16))
@example(free=1, steps=[("map", 0, 8), ("add", 2, 8)])
@example(free=2, steps=[("add", 7, 4)])
@example(free=2, steps=[("map", 8, 8), ("add", 2, 8)])
def test_a_call_refused_for_want_of_io_slots_changes_nothing(
    kind: Kind, free: int, steps: list[Act]
) -> None:
    tight = Tight(kind, free)
    for step in steps:
        before = tight.state()
        try:
            tight.do(*step)
        except (IoSlotsExhausted, RegionError):
            assert tight.state() == before, step


def test_an_old_device_comes_back_in_one_piece_after_a_refusal_cut_its_claim() -> None:
    tight = Tight(SharedPhysMem, 1)
    tight.do("map", 0, 8)
    tight.do("add", 4, 4)
    with pytest.raises(IoSlotsExhausted):
        tight.do("map", 4, 2)
    tight.do("del", 0, 0)
    answers, *_ = tight.state()
    assert answers[:8] == [(("card", at * UNIT),) for at in range(8)]
