"""Old registrations and regions on one map, before the fold and after it."""

from __future__ import annotations

from collections.abc import Callable
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
from newapi.explain import Reason, explain
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
def test_covering_a_shared_page_again_and_again_uses_up_no_io_slots(kind: Kind) -> None:
    mixed = Mixed(kind)
    mixed.old.cpu_register_physical_memory(0x80000200, 0x100, mixed.slot("irqmp"))
    mixed.root.add_subregion(0x80000100, mixed.region("uart", 0x100))
    cover = mixed.region("cover", 0x3000)
    for _ in range(1000):
        mixed.root.add_subregion(0x7FFFF000, cover)
        assert mixed.asked(0x80000210) == ("cover", 0x1210)
        mixed.root.del_subregion(cover)
    assert mixed.asked(0x80000110) == ("uart", 0x10)
    assert mixed.asked(0x80000210) == ("irqmp", 0x210)
    assert mixed.asked(0x80000010) is None


@each_kind
def test_a_row_over_what_small_regions_left_is_told_its_own_offsets(kind: Kind) -> None:
    mixed = Mixed(kind)
    small = mixed.region("small", 0x100)
    mixed.root.add_subregion(0x3100, small)
    mixed.root.del_subregion(small)
    mixed.root.add_subregion(0x2000, mixed.region("board", 0x4000))
    assert mixed.asked(0x3104) == ("board", 0x1104)


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


class Heard:
    """A memory client that keeps the descriptor it heard last of each page."""

    def __init__(self, mixed: Mixed) -> None:
        self.pages: dict[int, int] = {}
        self.then: Callable[[], None] | None = None
        mixed.old.cpu_register_phys_memory_client(
            CPUPhysMemoryClient(self.set_memory, lambda _s, _e: 0, lambda _enable: 0)
        )

    def set_memory(self, start: int, size: int, phys_offset: int, _log_dirty: bool) -> None:
        for page in range(start, start + size, PAGE):
            self.pages[page] = phys_offset
        if self.then is not None:
            then, self.then = self.then, None
            then()


@each_kind
def test_memory_clients_hear_of_regions_and_of_claims_that_come_back(kind: Kind) -> None:
    mixed = Mixed(kind)
    heard = Heard(mixed)
    card = mixed.slot("card")
    mixed.old.cpu_register_physical_memory(0x2000, PAGE, card)
    board = mixed.region("board", 3 * PAGE)
    mixed.root.add_subregion(0x1000, board)
    mixed.old.cpu_register_physical_memory(0x3000, PAGE, IO_MEM_UNASSIGNED)
    assert heard.pages[0x1000] == heard.pages[0x2000] != IO_MEM_UNASSIGNED
    assert heard.pages[0x2000] != card
    assert heard.pages[0x3000] == IO_MEM_UNASSIGNED
    with mixed.world.transaction():
        mixed.root.del_subregion(board)
        mixed.root.add_subregion(0x2000, board)
    assert heard.pages[0x1000] == IO_MEM_UNASSIGNED
    assert heard.pages[0x2000] not in (card, IO_MEM_UNASSIGNED)
    mixed.root.del_subregion(board)
    assert heard.pages == {
        0x1000: IO_MEM_UNASSIGNED,
        0x2000: card,
        0x3000: IO_MEM_UNASSIGNED,
        0x4000: IO_MEM_UNASSIGNED,
    }


@each_kind
def test_a_client_that_comes_late_is_told_what_is_visible_page_by_page(kind: Kind) -> None:
    mixed = Mixed(kind)
    card = mixed.slot("card")
    mixed.old.cpu_register_physical_memory(0x1000, 3 * PAGE, card)
    mixed.root.add_subregion(0x2000, mixed.region("board", 0x800))
    mixed.root.add_subregion(0x3000, MemoryRegion.ram(mixed.world, "ram", 2 * PAGE))
    pages = Heard(mixed).pages
    assert sorted(pages) == [0x1000, 0x2000, 0x3000, 0x4000]
    assert pages[0x1000] == card
    assert pages[0x2000] not in (card, IO_MEM_UNASSIGNED)
    assert (pages[0x3000], pages[0x4000]) == (0, PAGE)


@each_kind
def test_an_old_call_from_a_client_during_an_update_is_followed_up(kind: Kind) -> None:
    mixed = Mixed(kind)
    heard, card = Heard(mixed), mixed.slot("card")
    board = mixed.region("board", 4 * PAGE)
    heard.then = lambda: mixed.old.cpu_register_physical_memory(0x2000, PAGE, card)
    mixed.root.add_subregion(0x1000, board)
    assert mixed.asked(0x2004) == ("card", 4)
    assert mixed.asked(0x1004) == ("board", 4)
    assert mixed.asked(0x3004) == ("board", 0x2004)


@each_kind
def test_a_page_of_parts_is_saved_and_put_back_whole(kind: Kind) -> None:
    mixed = Mixed(kind)
    low, high = mixed.region("low", 0x800), mixed.region("high", 0x1000)
    mixed.root.add_subregion(0x3000, low)
    mixed.root.add_subregion(0x3900, high)
    saved = mixed.old.cpu_get_physical_page_desc(0x3000)
    mixed.old.cpu_register_physical_memory(0x3000, PAGE, mixed.slot("card"))
    assert mixed.asked(0x3010) == ("card", 0x10)
    mixed.old.cpu_register_physical_memory(0x3000, PAGE, saved)
    assert mixed.asked(0x3010) == ("low", 0x10)
    assert mixed.asked(0x3910) == ("high", 0x10)
    assert mixed.asked(0x3880) is None
    assert mixed.asked(0x4010) == ("high", 0x710)


@each_kind
def test_a_claim_of_a_whole_page_comes_back_with_its_own_offset(kind: Kind) -> None:
    mixed = Mixed(kind)
    mixed.old.cpu_register_physical_memory(0x1000, 4 * PAGE, mixed.slot("card"))
    halves = [mixed.region(name, 0x800) for name in ("low", "high")]
    for at, half in zip((0x3000, 0x3800), halves, strict=True):
        mixed.root.add_subregion(at, half)
    assert mixed.asked(0x3804) == ("high", 4)
    for half in halves:
        mixed.root.del_subregion(half)
    assert mixed.asked(0x3804) == ("card", 0x2804)


@each_kind
def test_a_region_unmapped_while_covered_is_gone_from_the_shared_page(kind: Kind) -> None:
    mixed = Mixed(kind)
    mixed.old.cpu_register_physical_memory(0x3200, 0x100, mixed.slot("card"))
    uart, cover = mixed.region("uart", 0x100), mixed.region("cover", 0x1000)
    mixed.root.add_subregion(0x3100, uart)
    mixed.root.add_subregion(0x3000, cover)
    mixed.root.del_subregion(uart)
    mixed.root.del_subregion(cover)
    assert mixed.asked(0x3110) is None
    assert mixed.asked(0x3210) == ("card", 0x210)


@each_kind
def test_ram_of_both_generations_is_the_same_ram(kind: Kind) -> None:
    mixed = Mixed(kind)
    ram = MemoryRegion.ram(mixed.world, "ram", 4 * PAGE)
    mixed.root.add_subregion(0x10000, ram)
    assert ram.ram_addr is not None
    mixed.old.cpu_register_physical_memory(0x40000, 2 * PAGE, ram.ram_addr + PAGE)
    ram.reset_dirty(0, 4 * PAGE, 0)
    mixed.old.cpu_physical_memory_write(0x40FFE, b"abcd")
    assert mixed.old.cpu_physical_memory_read(0x11FFE, 4) == b"abcd"
    assert [ram.get_dirty(k * PAGE, PAGE, 0) for k in range(4)] == [False, True, True, False]
    window = mixed.region("window", PAGE)
    mixed.root.add_subregion(0x41000, window)
    assert mixed.asked(0x41004) == ("window", 4)
    mixed.root.del_subregion(window)
    assert mixed.old.cpu_physical_memory_read(0x40FFE, 4) == b"abcd"


@each_kind
def test_old_registrations_of_freed_ram_abort_when_accessed(kind: Kind) -> None:
    mixed = Mixed(kind)
    ram = MemoryRegion.ram(mixed.world, "ram", PAGE)
    assert ram.ram_addr is not None
    mixed.old.cpu_register_physical_memory(0x40000, PAGE, ram.ram_addr)
    ram.destroy()
    with pytest.raises(LegacyAbort, match="in no RAM block"):
        mixed.old.ldl_phys(0x40000)
    MemoryRegion.ram(mixed.world, "other", PAGE)
    assert mixed.old.ldl_phys(0x40000) == 0


@each_kind
def test_claims_are_explained_beside_regions(kind: Kind) -> None:
    mixed = Mixed(kind)
    board = mixed.region("board", 4 * PAGE)
    mixed.root.add_subregion(0x1000, board)
    mixed.old.cpu_register_physical_memory(0x2000, PAGE, mixed.slot("card"))
    told = explain(mixed.space, 0x2010)
    assert told.claim is not None
    assert [loser.reason for loser in told.losers] == [Reason.CLAIM]
    assert explain(mixed.space, 0x1010).claim is None


def test_two_worlds_do_not_know_each_other() -> None:
    worlds = [Mixed(Claims), Mixed(Folded)]
    worlds[0].old.cpu_register_physical_memory(0x1000, PAGE, worlds[0].slot("card"))
    assert worlds[1].asked(0x1004) is None
    assert len(worlds[1].old.claims) == 0


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
