"""Memory clients are global: they hear of old registrations and of regions alike."""

from __future__ import annotations

from memfold.legacy import IO_MEM_UNASSIGNED
from memfold.newapi import MemoryRegion
from memfold.shim.folded import Folded
from tests.shim.mixed import PAGE, Heard, Kind, Mixed, each_kind


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


def test_an_old_call_in_a_transaction_shows_what_was_touched_in_it_so_far() -> None:
    mixed = Mixed(Folded)
    ram = MemoryRegion.ram(mixed.world, "ram", PAGE)
    mixed.root.add_subregion(0x2000, ram)
    with mixed.world.transaction():
        ram.set_log(True, 0)
        assert [row.log_mask for row in mixed.old.space.view] == [0]
        mixed.old.cpu_register_physical_memory(0x5000, PAGE, mixed.slot("card"))
        assert [row.log_mask for row in mixed.old.space.rows_of(ram)] == [1]
