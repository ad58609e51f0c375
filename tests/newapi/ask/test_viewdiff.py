"""Differences of two views: exact for each address, and said in as few pieces as rows allow."""

from __future__ import annotations

from random import Random

from memfold.newapi import FlatView, diff
from memfold.newapi.ask.jsonform import changes_json
from tests.newapi.ask.test_explain import Board
from tests.newapi.trees import SPAN, RandomWorld


def answers(view: FlatView) -> list[tuple[object, ...] | None]:
    rows = [view.find(addr) for addr in range(3 * SPAN)]
    return [
        row
        and (row.region, addr - row.start + row.offset, row.log_mask, row.readable, row.readonly)
        for addr, row in enumerate(rows)
    ]


def test_the_difference_is_exactly_the_addresses_that_answer_differently() -> None:
    random = Random(4)
    for _ in range(300):
        tree = RandomWorld(random)
        before = tree.space.view
        for _ in range(random.randrange(4)):
            tree.change()
        after = tree.space.view
        changed = {
            addr for one in diff(before, after) for addr in range(one.range.start, one.range.end)
        }
        pairs = zip(answers(before), answers(after), strict=True)
        assert changed == {addr for addr, (old, new) in enumerate(pairs) if old != new}


def test_each_kind_of_change_has_its_name_and_its_json() -> None:
    board = Board()
    ram, cover, card = board.io("ram", 0x100), board.io("cover", 0x10), board.io("card", 0x10)
    board.root.add_subregion(0, ram)
    board.root.add_subregion(0x1000, card)
    before = board.space.view
    with board.world.transaction():
        board.root.add_subregion_overlap(0x20, cover, 1)
        board.root.del_subregion(card)
        board.root.add_subregion(0x2000, card)
        ram.set_log(True, 3)
    found = diff(before, board.space.view)
    assert [str(one) for one in found] == [
        "0x0-0x1f changed: ram @0x0 -> ram @0x0",
        "0x20-0x2f replaced: ram @0x20 -> cover @0x0",
        "0x30-0xff changed: ram @0x30 -> ram @0x30",
        "0x1000-0x100f removed: card @0x0 -> nothing",
        "0x2000-0x200f added: nothing -> card @0x0",
    ]
    first = changes_json(found)[0]
    assert isinstance(first, dict)
    assert (first["start"], first["size"], first["what"]) == (0, 0x20, "changed")
    assert diff(before, before) == []
