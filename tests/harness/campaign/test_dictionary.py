"""What a device's model speaks of is written to it in each state."""

from __future__ import annotations

from random import Random

from memfold.devices.boards import BOARDS
from memfold.harness.campaign.dictionary import BYTE, junked, values
from memfold.harness.campaign.guide import Guide
from memfold.harness.campaign.walk import Walk

FLASH = "memfold.devices.pflash_cfi01"


def test_the_commands_in_a_models_source_are_its_values() -> None:
    found = values(FLASH, Random(1), BYTE)
    assert {0x00, 0x01, 0x20, 0x98, 0xD0, 0xE8, 0xF0, 0xFF} <= {*found}
    assert 0x8918 not in found
    assert 0x8918 in values(FLASH, Random(1))


def test_junk_is_above_the_byte() -> None:
    rng = Random(1)
    assert {junked(0xC8, rng) for _ in range(50)} == {0x1C8, 0x100C8, 0xC800C8}


def test_every_value_is_written_where_one_is_awaited_and_the_flash_hears_on() -> None:
    board = BOARDS["versatilepb"]
    guide = Guide(Walk(board, Random(1)))
    flash = board.slot("flash")
    for state in ("query mode", "buffer program", "erase"):
        written = set()
        for step in guide.crossed(flash, state):
            guide.perform(step)
            written.add(step.args.get("val"))
        assert {value for value in values(FLASH, Random(1), BYTE) if value <= BYTE} <= written
    for step in guide.in_state(flash, "status mode"):
        guide.perform(step)
    assert not {cell for _, cell in guide.untried(flash) if cell.startswith("status mode: ")}
