"""Old registrations and regions on one map, before the fold and after it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from legacy import (
    DEVICE_NATIVE_ENDIAN,
    IO_MEM_UNASSIGNED,
    CPUPhysMemoryClient,
    IoSlotsExhausted,
    LegacyAbort,
    Target,
)
from memfold.host.ram import RamList
from newapi import MemoryRegion, MemoryRegionOps, World
from shim.claims import Claims
from shim.folded import Folded

PAGE = 0x1000
TARGET = Target("test", 12, 32, 32, big_endian=False)
KINDS = (Claims, Folded)
Kind = type[Claims] | type[Folded]
each_kind = pytest.mark.parametrize("kind", KINDS)


class Mixed:
    """A world whose every device, of either generation, notes what address it is told."""

    def __init__(self, kind: Kind) -> None:
        self.world = World(RamList(TARGET.page_bits))
        self.old = kind(TARGET, self.world)
        self.root = MemoryRegion.container(self.world, "system", 1 << 32)
        self.space = self.old.show("memory", self.root)
        self.told: list[tuple[str, int]] = []

    def region(self, name: str, size: int) -> MemoryRegion:
        def read(_region: MemoryRegion, offset: int, _size: int) -> int:
            self.told.append((name, offset))
            return 0

        return MemoryRegion.io(self.world, name, size, MemoryRegionOps(read=read))

    def slot(self, name: str) -> int:
        def read(_opaque: Any, addr: int) -> int:
            self.told.append((name, addr))
            return 0

        return self.old.cpu_register_io_memory(
            (read, read, read), (None, None, None), None, DEVICE_NATIVE_ENDIAN
        )

    def asked(self, addr: int) -> tuple[str, int] | None:
        """Who is asked for the 4 bytes at `addr`, and what address it is told."""
        self.told.clear()
        self.old.ldl_phys(addr)
        answer = self.told[0] if self.told else None
        if isinstance(self.old, Folded):
            self.told.clear()
            self.old.core.load(addr, 4)
            assert (self.told[0] if self.told else None) == answer
        return answer


@each_kind
def test_a_region_mapped_and_unmapped_over_an_old_device_leaves_the_device(kind: Kind) -> None:
    mixed = Mixed(kind)
    mixed.old.cpu_register_physical_memory(0xA0000, 0x20000, mixed.slot("vga"))
    shadow = mixed.region("shadow", 0x40000)
    mixed.root.add_subregion(0x90000, shadow)
    assert mixed.asked(0xA1234) == ("shadow", 0x11234)
    mixed.root.del_subregion(shadow)
    assert mixed.asked(0xA1234) == ("vga", 0x1234)
    assert mixed.asked(0x90000) is None


@each_kind
def test_two_rows_swapped_in_one_commit_do_not_wipe_the_device_they_hid(kind: Kind) -> None:
    """The deletion pass comes first, and unregisters all that the vanished row covered."""
    mixed = Mixed(kind)
    mixed.old.cpu_register_physical_memory(0xA0000, 0x20000, mixed.slot("vga"))
    low, high = mixed.region("low", 0x18000), mixed.region("high", 0x8000)
    mixed.root.add_subregion(0x98000, low)
    with mixed.world.transaction():
        mixed.root.del_subregion(low)
        mixed.root.add_subregion(0xA8000, high)
    assert mixed.asked(0xA0010) == ("vga", 0x10)
    assert mixed.asked(0xA8010) == ("high", 0x10)
    assert mixed.asked(0xB0010) == ("vga", 0x10010)
    mixed.root.del_subregion(high)
    assert mixed.asked(0xA8010) == ("vga", 0x8010)


@each_kind
def test_an_old_registration_in_the_middle_of_a_row_survives_the_next_commit(kind: Kind) -> None:
    mixed = Mixed(kind)
    board = mixed.region("board", 0x10000)
    mixed.root.add_subregion(0x10000, board)
    mixed.old.cpu_register_physical_memory(0x14000, 0x2000, mixed.slot("card"))
    mixed.root.add_subregion(0x40000, mixed.region("other", PAGE))
    assert mixed.asked(0x13FFC) == ("board", 0x3FFC)
    assert mixed.asked(0x15004) == ("card", 0x1004)
    assert mixed.asked(0x16000) == ("board", 0x6000)


@each_kind
def test_an_old_unregistration_is_a_hole_until_a_later_act(kind: Kind) -> None:
    mixed = Mixed(kind)
    board = mixed.region("board", 0x10000)
    mixed.root.add_subregion(0x10000, board)
    mixed.old.cpu_register_physical_memory(0x14000, 0x2000, IO_MEM_UNASSIGNED)
    assert mixed.asked(0x14000) is None
    board.set_enabled(False)
    board.set_enabled(True)
    assert mixed.asked(0x14000) == ("board", 0x4000)


@each_kind
def test_an_old_call_inside_a_transaction_takes_effect_at_once_and_stays(kind: Kind) -> None:
    mixed = Mixed(kind)
    board = mixed.region("board", 0x10000)
    mixed.root.add_subregion(0x10000, board)
    with mixed.world.transaction():
        mixed.root.add_subregion_overlap(0x12000, mixed.region("window", 0x1000), 1)
        mixed.old.cpu_register_physical_memory(0x12000, 0x1000, mixed.slot("card"))
        assert mixed.asked(0x12008) == ("card", 8)
    assert mixed.asked(0x12008) == ("card", 8)
    assert mixed.asked(0x11008) == ("board", 0x1008)


@each_kind
def test_a_saved_descriptor_of_a_region_works_when_put_back_after_the_region_moved(
    kind: Kind,
) -> None:
    """What PAM code of 2011 does: save, map RAM over, put back."""
    mixed = Mixed(kind)
    bios = mixed.region("bios", 0x10000)
    mixed.root.add_subregion(0xF0000, bios)
    saved = mixed.old.cpu_get_physical_page_desc(0xF3000)
    ram = mixed.old.qemu_ram_alloc("shadow", PAGE)
    mixed.old.cpu_register_physical_memory(0xF3000, PAGE, ram)
    mixed.old.stl_phys(0xF3000, 0x12345678)
    assert mixed.asked(0xF3004) is None
    bios.set_address(0x100000)
    mixed.old.cpu_register_physical_memory(0xF3000, PAGE, saved)
    assert mixed.asked(0xF3004) == ("bios", 0x3004)
    assert mixed.asked(0x103004) == ("bios", 0x3004)


@each_kind
def test_a_saved_descriptor_put_back_where_its_region_still_is_leaves_no_claim(kind: Kind) -> None:
    mixed = Mixed(kind)
    bios = mixed.region("bios", 0x10000)
    mixed.root.add_subregion(0xF0000, bios)
    saved = mixed.old.cpu_get_physical_page_desc(0xF3000)
    mixed.old.cpu_register_physical_memory(0xF3000, PAGE, mixed.slot("card"))
    assert mixed.asked(0xF3004) == ("card", 4)
    mixed.old.cpu_register_physical_memory(0xF3000, PAGE, saved)
    assert mixed.asked(0xF3004) == ("bios", 0x3004)
    mixed.root.del_subregion(bios)
    assert mixed.asked(0xF3004) is None


@each_kind
def test_a_saved_descriptor_of_an_old_device_works_after_regions_hid_it(kind: Kind) -> None:
    mixed = Mixed(kind)
    mixed.old.cpu_register_physical_memory(0xA0000, 0x20000, mixed.slot("vga"))
    saved = mixed.old.cpu_get_physical_page_desc(0xA3000)
    cover = mixed.region("cover", 0x20000)
    mixed.root.add_subregion(0xA0000, cover)
    mixed.old.cpu_register_physical_memory(0xA3000, PAGE, saved)
    assert mixed.asked(0xA3004) == ("vga", 0x3004)
    assert mixed.asked(0xA4004) == ("cover", 0x4004)


@each_kind
def test_regions_and_old_devices_share_a_page_byte_by_byte(kind: Kind) -> None:
    mixed = Mixed(kind)
    mixed.root.add_subregion(0x80000100, mixed.region("uart", 0x100))
    mixed.old.cpu_register_physical_memory(0x80000200, 0x100, mixed.slot("irqmp"))
    timer = mixed.region("timer", 0x100)
    mixed.root.add_subregion(0x80000280, timer)
    assert mixed.asked(0x80000110) == ("uart", 0x10)
    assert mixed.asked(0x80000210) == ("irqmp", 0x210)
    assert mixed.asked(0x80000290) == ("timer", 0x10)
    mixed.root.del_subregion(timer)
    assert mixed.asked(0x80000290) == ("irqmp", 0x290)
    assert mixed.asked(0x80000310) is None


@each_kind
def test_a_failed_registration_leaves_the_map_as_it_was(kind: Kind) -> None:
    mixed = Mixed(kind)
    mixed.root.add_subregion(0x10000, mixed.region("board", 0x10000))
    before = list(mixed.space.view)
    while mixed.old.cpu_register_io_memory((None,) * 3, (None,) * 3, None, 0) >= 0:
        pass
    for size, error, said in (
        (0, LegacyAbort, "registering 0 bytes at 0x14000"),
        (0x100, IoSlotsExhausted, "0 of 512 io slots are free"),
    ):
        with pytest.raises(error, match=said):
            mixed.old.cpu_register_physical_memory(0x14000, size, 48)
        assert list(mixed.space.view) == before
        assert len(mixed.old.claims) == 0
        assert mixed.asked(0x14000) == ("board", 0x4000)


@each_kind
def test_memory_clients_hear_of_regions_and_of_claims_that_come_back(kind: Kind) -> None:
    mixed = Mixed(kind)
    heard: dict[int, bool] = {}

    def set_memory(start: int, size: int, phys_offset: int, _log: bool) -> None:
        for page in range(start, start + size, PAGE):
            heard[page] = phys_offset != IO_MEM_UNASSIGNED

    mixed.old.cpu_register_phys_memory_client(
        CPUPhysMemoryClient(set_memory, lambda _s, _e: 0, lambda _enable: 0)
    )
    mixed.old.cpu_register_physical_memory(0x2000, PAGE, mixed.slot("card"))
    board = mixed.region("board", 3 * PAGE)
    mixed.root.add_subregion(0x1000, board)
    mixed.old.cpu_register_physical_memory(0x3000, PAGE, IO_MEM_UNASSIGNED)
    assert heard == {0x1000: True, 0x2000: True, 0x3000: False}
    mixed.root.del_subregion(board)
    assert heard == {0x1000: False, 0x2000: True, 0x3000: False}


# Random mixes against an oracle

PAGES = 12
SIZES = {"one": 1, "two": 2, "four": 4, "box": 5, "inner": 2}


@dataclass
class Model:
    """The two rules, page by page, and nothing else."""

    act: int = 0
    at: dict[str, int] = field(default_factory=dict)
    """Where each mapped region lies in its parent: `inner` in `box`, all else at the top."""
    rank: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Priority, then when it was added."""
    age: dict[str, int] = field(default_factory=dict)
    off: set[str] = field(default_factory=set)
    claims: dict[int, tuple[int, str | None, int]] = field(default_factory=dict)
    """Page to: act, device (None: hole), pages in the device."""

    def winner(self, page: int) -> tuple[int, str, int] | None:
        """The tree's: act, name, pages in the region."""
        for name in sorted(self.rank, key=lambda name: self.rank[name], reverse=True):
            if name == "inner" or name not in self.at or name in self.off:
                continue
            inside = page - self.at[name]
            if 0 <= inside < SIZES[name] and name != "box":
                return self.age[name], name, inside
            if name == "box" and 0 <= inside < SIZES["box"] and self.shows_inner():
                deeper = inside - self.at["inner"]
                if 0 <= deeper < SIZES["inner"]:
                    return max(self.age["box"], self.age["inner"]), "inner", deeper
        return None

    def shows_inner(self) -> bool:
        return "inner" in self.at and "inner" not in self.off

    def answer(self, page: int) -> tuple[str, int] | None:
        """Between the tree's winner and the newest claim the later act wins."""
        tree, claim = self.winner(page), self.claims.get(page)
        later = max((x for x in (tree, claim) if x is not None), default=None, key=lambda x: x[0])
        return None if later is None or later[1] is None else (later[1], later[2] * PAGE + 8)


class Both:
    """A world and its model, acted on together."""

    def __init__(self, kind: Kind) -> None:
        self.mixed = Mixed(kind)
        self.model = Model()
        self.regions = {
            name: MemoryRegion.container(self.mixed.world, name, size * PAGE)
            if name == "box"
            else self.mixed.region(name, size * PAGE)
            for name, size in SIZES.items()
        }
        self.slots = {name: self.mixed.slot(name) for name in ("card", "vga")}

    def touch(self, name: str) -> None:
        self.model.act += 1
        self.model.age[name] = self.model.act

    def map(self, name: str, page: int, priority: int) -> None:
        if name in self.model.at:
            self.regions[name].set_address(page * PAGE)
            if page == self.model.at[name]:
                return
            priority = self.model.rank[name][0]
        else:
            parent = self.regions["box"] if name == "inner" else self.mixed.root
            parent.add_subregion_overlap(page * PAGE, self.regions[name], priority)
        self.touch(name)
        self.model.at[name] = page
        self.model.rank[name] = priority, self.model.act

    def unmap(self, name: str) -> None:
        if name in self.model.at:
            parent = self.regions["box"] if name == "inner" else self.mixed.root
            parent.del_subregion(self.regions[name])
            del self.model.at[name]

    def switch(self, name: str) -> None:
        self.regions[name].set_enabled(name in self.model.off)
        if name in self.model.off:
            self.touch(name)
        self.model.off ^= {name}

    def again(self, name: str) -> None:
        """Removed and added at the same place in one transaction: a new act, an equal row."""
        if name in self.model.at:
            with self.mixed.world.transaction():
                page, priority = self.model.at[name], self.model.rank[name][0]
                self.unmap(name)
                self.map(name, page, priority)

    def register(self, device: str | None, page: int, pages: int) -> None:
        desc = IO_MEM_UNASSIGNED if device is None else self.slots[device]
        self.mixed.old.cpu_register_physical_memory(page * PAGE, pages * PAGE, desc)
        self.model.act += 1
        for k in range(pages):
            # An assigned page keeps its region offset (rule 1 of the old layer).
            _, before, kept = self.model.claims.get(page + k, (0, None, 0))
            offset = k if before is None else kept
            self.model.claims[page + k] = self.model.act, device, offset

    def check(self) -> None:
        seen = [self.mixed.asked(page * PAGE + 8) for page in range(PAGES)]
        assert seen == [self.model.answer(page) for page in range(PAGES)]


names = st.sampled_from(sorted(SIZES))
places = st.integers(0, PAGES - 5)
acts = st.one_of(
    st.tuples(st.just("map"), names, places, st.integers(-1, 1)),
    st.tuples(st.sampled_from(["unmap", "switch", "again"]), names),
    st.tuples(
        st.just("register"), st.sampled_from(["card", "vga", None]), places, st.integers(1, 5)
    ),
)


@each_kind
@settings(max_examples=150, deadline=None)
@given(batches=st.lists(st.lists(acts, min_size=1, max_size=3), max_size=12))
def test_random_mixes_follow_the_two_rules(
    kind: Kind, batches: list[list[tuple[Any, ...]]]
) -> None:
    """Each batch is one transaction; between batches every page answers as the rules say."""
    both = Both(kind)
    for batch in batches:
        with both.mixed.world.transaction():
            for name, *args in batch:
                getattr(both, name)(*args)
        both.check()
