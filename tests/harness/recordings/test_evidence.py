"""Boards compared with what real machines showed: wrong data is told, and so is what nobody saw."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memfold.devices.boards import BOARDS
from memfold.devices.configuration import MIGRATIONS, Configuration
from memfold.devices.stages import STAGES
from memfold.equivalence.campaign.work import Work
from memfold.harness.projects import named
from memfold.harness.recordings.evidence import Evidence


def test_a_wrong_board_contradicts_the_recordings(monkeypatch: pytest.MonkeyPatch) -> None:
    board = BOARDS["versatilepb"]
    evidence = Evidence(board)
    right = Configuration.of(board, STAGES["remove"], {})
    assert list(evidence.wrong(right, [])) == []
    short = replace(board, ram=(replace(board.ram[0], size=board.ram[0].size - 1024),))
    high = replace(
        board,
        slots=tuple(
            replace(slot, base=slot.base + 1024) if slot.name == "pl041" else slot
            for slot in board.slots
        ),
    )
    for wrong in (short, high):
        monkeypatch.setitem(BOARDS, board.name, wrong)
        configuration = Configuration(MIGRATIONS[board.name], STAGES["remove"], right.forms)
        assert list(evidence.wrong(configuration, []))


def test_a_wire_that_a_transcript_contradicts_is_told() -> None:
    board = BOARDS["leon3_generic"]
    swapped = replace(
        board,
        slots=tuple(
            replace(slot, irqs={0: ("irqmp", 4)}) if slot.name == "uart" else slot
            for slot in board.slots
        ),
    )
    project = named(board.name)
    rows = [Configuration.of(board, STAGES["legacy"], {})]
    recorded = Work.of(project, [], rows).recorded
    assert list(Evidence(board).wrong(rows[0], recorded)) == []
    found = [name for name, _ in Evidence(swapped).wrong(rows[0], recorded)]
    assert found == ["uart"] * len(found)
    assert found
    assert Evidence(board).unseen(recorded) == [
        "2 of 4 interrupt wires change in no recording: gptimer:1, irqmp:0"
    ]
