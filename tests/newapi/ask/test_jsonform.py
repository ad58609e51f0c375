"""The JSON form: the same map gives the same text, and it says all there is."""

from __future__ import annotations

import json
from random import Random

from memfold.newapi import Interposer, MemoryRegion, world_json
from memfold.newapi.ask.jsonform import FORMAT
from tests.newapi.ask.test_explain import Board
from tests.newapi.trees import RandomWorld


def test_the_same_map_built_twice_gives_the_same_text() -> None:
    for seed in range(50):
        texts = {json.dumps(world_json(RandomWorld(Random(seed)).world)) for _ in range(2)}
        assert len(texts) == 1


def test_a_small_world_in_full() -> None:
    board = Board()
    flash = MemoryRegion.rom(board.world, "flash", 0x2000)
    bank = MemoryRegion.make_alias(board.world, "bank", flash, 0x1000, 0x1000)
    uart = board.io("uart", 0x10)
    board.root.add_subregion(0x3000, bank)
    board.root.add_subregion_overlap(0x1000, uart, 2)
    uart.add_coalescing(4, 8)
    uart.add_interposer(Interposer("log"))
    form = world_json(board.world)
    common: dict[str, object] = {
        "enabled": True,
        "readonly": False,
        "readable": True,
        "log_mask": 0,
        "addr": 0,
    }
    common |= {"coalesced": [], "interposers": [], "alias": None, "children": []}
    common |= {"priority": 0, "overlap": False, "type": "i/o"}
    row: dict[str, object] = {
        "log_mask": 0,
        "readable": True,
        "readonly": False,
        "offset": 0,
        "type": "i/o",
    }
    assert form == {
        "format": FORMAT,
        "spaces": [
            {
                "name": "memory",
                "root": 0,
                "view": [
                    row | {"start": 0x1000, "size": 0x10, "region": 1, "name": "uart"},
                    row
                    | {"start": 0x3000, "size": 0x1000, "region": 3, "name": "flash"}
                    | {"offset": 0x1000, "type": "rom", "readonly": True},
                ],
            }
        ],
        "regions": [
            common
            | {"id": 0, "name": "system", "kind": "container", "size": 0x10000}
            | {"children": [1, 2]},
            common
            | {"id": 1, "name": "uart", "kind": "io", "size": 0x10, "addr": 0x1000}
            | {"priority": 2, "overlap": True, "coalesced": [[4, 8]], "interposers": ["log"]},
            common
            | {"id": 2, "name": "bank", "kind": "alias", "size": 0x1000, "addr": 0x3000}
            | {"type": "rom", "alias": {"target": 3, "offset": 0x1000}},
            common
            | {"id": 3, "name": "flash", "kind": "ram", "size": 0x2000, "type": "rom"}
            | {"readonly": True},
        ],
    }


def test_everything_in_it_survives_json() -> None:
    for seed in range(50):
        form = world_json(RandomWorld(Random(seed)).world)
        assert json.loads(json.dumps(form)) == form
