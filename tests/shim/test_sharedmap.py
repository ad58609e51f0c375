"""Old registrations and regions on one map: what must not be lost, before the fold and after."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator

import pytest

from memfold.legacy import IO_MEM_UNASSIGNED, IoSlotsExhausted, LegacyAbort
from memfold.newapi import Endianness, MemoryRegion, MemoryRegionOps, Piece, RegionError
from memfold.newapi.ask.explain import Reason, explain
from memfold.shim.claimmap import Registration
from memfold.shim.folded import Folded
from memfold.shim.oldregions import OldRegions
from memfold.shim.shared_physmem import SharedPhysMem
from tests.shim.mixed import PAGE, Heard, Kind, Mixed, each_kind


class BrokenError(Exception):
    pass


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


def test_a_region_that_finds_no_io_slot_leaves_the_old_device_it_would_hide() -> None:
    mixed = Mixed(SharedPhysMem)
    mixed.old.cpu_register_physical_memory(0x14000, PAGE, mixed.slot("card"))
    while mixed.old.cpu_register_io_memory((None,) * 3, (None,) * 3, None, 0) >= 0:
        pass
    board = mixed.region("board", 0x10000)
    with pytest.raises(RegionError, match="board: the old layer has no io slot left"):
        mixed.root.add_subregion(0x10000, board)
    assert board.parent is None
    assert mixed.asked(0x14004) == ("card", 4)


@each_kind
def test_a_region_of_foreign_byte_order_is_swapped_once_for_old_accesses(kind: Kind) -> None:
    mixed = Mixed(kind)
    written: list[int] = []
    ops = MemoryRegionOps(
        read=lambda _region, _offset, size: 0x11223344 >> 32 - 8 * size,
        write=lambda _region, _offset, value, _size: written.append(value),
        endianness=Endianness.BIG,
    )
    mixed.root.add_subregion(0x1000, MemoryRegion.io(mixed.world, "big", 0x1800, ops))
    for addr in (0x1000, 0x2000):
        assert mixed.old.ldl_phys(addr) == 0x44332211
        assert mixed.old.lduw_phys(addr) == 0x2211
        assert mixed.old.cpu_physical_memory_read(addr, 4) == b"\x11\x22\x33\x44"
        mixed.old.stl_phys(addr, 0x11223344)
        assert written.pop() == 0x44332211


@each_kind
def test_mapping_cycles_hold_memory_flat(kind: Kind) -> None:
    mixed = Mixed(kind)
    cover = mixed.region("cover", 0x3000)

    def cycle(turn: int) -> None:
        card = mixed.slot("card")
        mixed.old.cpu_register_physical_memory(0x3000, 2 * PAGE, card)
        ram = mixed.old.qemu_ram_alloc(f"vram {turn}", PAGE)
        mixed.old.cpu_register_physical_memory(0x5000, PAGE, ram)
        region = mixed.region("card", PAGE)
        mixed.root.add_subregion(0x7000, region)
        mixed.root.add_subregion(0x2000, cover)
        assert mixed.asked(0x7000) == ("card", 0)
        mixed.root.del_subregion(cover)
        mixed.root.del_subregion(region)
        region.destroy()
        mixed.old.qemu_ram_free(ram)
        mixed.old.cpu_register_physical_memory(0x3000, 3 * PAGE, IO_MEM_UNASSIGNED)
        mixed.old.cpu_unregister_io_memory(card)

    # What a world keeps is at its full size after some hundred turns.
    tracemalloc.start()
    for turn in range(400):
        cycle(turn)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    for turn in range(400, 600):
        cycle(turn)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 20_000


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
    worlds = [Mixed(SharedPhysMem), Mixed(Folded)]
    worlds[0].old.cpu_register_physical_memory(0x1000, PAGE, worlds[0].slot("card"))
    assert worlds[1].asked(0x1004) is None
    assert len(worlds[1].old.claims) == 0


@each_kind
def test_an_old_device_in_a_page_of_ram_leaves_the_other_pages_their_bytes(kind: Kind) -> None:
    mixed = Mixed(kind)
    mixed.root.add_subregion(0x10000, MemoryRegion.ram(mixed.world, "ram", 8 * PAGE))
    for page in range(8):
        mixed.old.cpu_physical_memory_write(0x10000 + page * PAGE + 0x300, bytes([page]))
    mixed.old.cpu_register_physical_memory(0x13100, 0x100, mixed.slot("card"))
    assert mixed.asked(0x13104) == ("card", 0x104)
    bytes_at = [mixed.old.ldub_phys(0x10000 + page * PAGE + 0x300) for page in range(8)]
    # The old layer cannot have RAM and a device in one page; the core can.
    assert bytes_at == [0, 1, 2, 0 if kind is SharedPhysMem else 3, 4, 5, 6, 7]


def test_misaligned_ram_shows_nothing_on_the_old_layer() -> None:
    mixed = Mixed(SharedPhysMem)
    ram = MemoryRegion.ram(mixed.world, "ram", 4 * PAGE)
    mixed.root.add_subregion(0x10000, ram)
    ram.set_address(0x20200)
    assert mixed.old.ldl_phys(0x21000) == 0
    ram.set_address(0x30000)
    mixed.old.stl_phys(0x31000, 7)
    assert mixed.old.ldl_phys(0x31000) == 7


@each_kind
def test_ram_freed_twice_is_freed_once(kind: Kind) -> None:
    """As in 2011, when nothing happened where no block starts."""
    mixed = Mixed(kind)
    ram = mixed.old.qemu_ram_alloc("ram", PAGE)
    mixed.old.qemu_ram_free(ram)
    mixed.old.qemu_ram_free_from_ptr(ram)
    assert mixed.world.ram_list.blocks == []


@each_kind
def test_rom_writes_by_old_calls_reach_what_c_took_for_rom(kind: Kind) -> None:
    old = Mixed(kind).old
    ram = old.qemu_ram_alloc("ram", 16 * PAGE)
    freed = old.qemu_ram_alloc("freed", PAGE)
    for low in range(9):
        at = low * PAGE
        old.cpu_register_physical_memory(at, PAGE, ram + at + low)
        old.cpu_physical_memory_write_rom(at, b"\x22")
        assert old.ldub_phys(at) == (0 if low in (2, 4, 6) else 0x22)
    old.cpu_register_physical_memory(0, PAGE, freed | 4)
    old.qemu_ram_free(freed)
    old.cpu_physical_memory_write_rom(0, b"\x22")


def test_a_registration_draws_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Piece] = []
    pieces = OldRegions.pieces

    def noted(old: OldRegions, start: int, end: int, claim: Registration) -> Iterator[Piece]:
        for piece in pieces(old, start, end, claim):
            drawn.append(piece)
            yield piece

    monkeypatch.setattr(OldRegions, "pieces", noted)
    mixed = Mixed(Folded)
    card = mixed.slot("card")
    for page in range(0, 100 * PAGE, 2 * PAGE):
        mixed.old.cpu_register_physical_memory(page, PAGE, card)
        assert [(piece.start, piece.end) for piece in drawn] == [(page, page + PAGE)]
        drawn.clear()
    assert len(mixed.space.view) == 50


def test_a_refused_call_leaves_the_claims_as_they_were() -> None:
    mixed = Mixed(Folded)
    mixed.root.add_subregion(0, mixed.region("board", PAGE))
    saved = mixed.old.cpu_get_physical_page_desc(0)
    mixed.old.cpu_register_physical_memory(0, PAGE, mixed.slot("card"))
    heard = Heard(mixed)

    def fail() -> None:
        raise BrokenError

    def fail_next() -> None:
        heard.then = fail

    heard.then = fail_next
    with pytest.raises(BrokenError):
        mixed.old.cpu_register_physical_memory(0, PAGE, saved)
    mixed.old.cpu_register_physical_memory(4 * PAGE, PAGE, mixed.slot("vga"))
    drawn = mixed.space.view.rows
    mixed.space.refresh()
    assert mixed.space.view.rows == drawn
    assert mixed.asked(0) == ("card", 0)


@each_kind
def test_a_page_put_back_where_nothing_hid_it_still_answers(kind: Kind) -> None:
    """Before the fold it was unregistered, and no row changed that would register it again."""
    mixed = Mixed(kind)
    mixed.root.add_subregion(0x4000, mixed.region("card", 0x3000))
    desc = mixed.old.cpu_get_physical_page_desc(0x5000)
    mixed.old.cpu_register_physical_memory(0x5000, PAGE, desc)
    assert mixed.asked(0x5008) == ("card", 0x1008)


@each_kind
@pytest.mark.parametrize("partly", [False, True])
def test_a_claim_of_a_page_that_a_region_divided_is_told_its_own_offset(
    kind: Kind, partly: bool
) -> None:
    """An assigned page keeps its region offset (rule 1), but it was rows that had assigned it;
    where old calls had divided it, it has none."""
    mixed = Mixed(kind)
    if partly:
        mixed.old.cpu_register_physical_memory(0x4000, 0x100, mixed.slot("uart"))
        mixed.old.cpu_register_physical_memory(0x4000, 0x100, IO_MEM_UNASSIGNED)
    part = mixed.region("part", PAGE if partly else 0x800)
    mixed.root.add_subregion(0x4000, part)
    mixed.root.del_subregion(part)
    mixed.old.cpu_register_physical_memory_offset(0x4000, PAGE, mixed.slot("card"), 0x3000)
    assert mixed.asked(0x4008) == ("card", 0x8 if partly else 0x3008)
