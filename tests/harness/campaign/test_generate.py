"""The generated steps: reproducible, of every kind, exercising every wire."""

from __future__ import annotations

from random import Random

import pytest

from memfold.devices.board import Board
from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.devices.stages import STAGES
from memfold.equivalence.compare import observe
from memfold.harness.campaign.chapters import Chapters
from memfold.harness.campaign.generate import generate
from memfold.harness.campaign.guide import Guide
from memfold.harness.campaign.stimuli import STIMULI
from memfold.harness.campaign.walk import Walk
from memfold.harness.subjects.machine_subject import MachineSubject

boards = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)


@boards
def test_the_same_seed_gives_the_same_steps_and_another_seed_others(board: Board) -> None:
    assert generate(board, 1, 500) == generate(board, 1, 500)
    assert generate(board, 1, 500) != generate(board, 2, 500)


@boards
def test_there_are_as_many_steps_as_asked_for_and_every_kind(board: Board) -> None:
    steps = generate(board, 3, 5000)
    assert len(steps) >= 5000
    widths = {f"{way}{width}" for way in ("read", "write") for width in "bwlq"}
    assert {step.op for step in steps} >= widths | {"clock_step", "device_map", "device_unmap"}


@boards
def test_the_steps_leave_every_device_where_it_was(board: Board) -> None:
    subject = MachineSubject(Configuration.of(board, STAGES["remove"], {}))
    for step in generate(board, 4, 5000):
        subject.perform(step)
    for slot in board.slots:
        assert subject.machine.device_at(slot.base) == slot.name


def test_what_is_refused_is_a_fact_and_changes_nothing() -> None:
    board = BOARDS["versatilepb"]
    subject = MachineSubject(Configuration.of(board, STAGES["remove"], {}))
    walk = Walk(board, Random(1))
    refused = [
        subject.perform(step)["fault"]
        for step in Chapters(walk, Guide(walk)).refused(board.slot("pl031"))
        if step.op in ("device_map", "chars_in")
    ]
    assert [str(each).split(" at ")[0] for each in refused[:-1]] == [
        "MachineError: pl031 does not fit"
    ] * (len(refused) - 1)
    assert refused[-1] == "MachineError: pl031 has no serial port: 1 characters have no taker"
    assert subject.machine.device_at(board.slot("pl031").base) == "pl031"


@boards
@pytest.mark.parametrize("seed", [1, 2])
def test_every_wired_interrupt_line_is_raised_and_lowered(board: Board, seed: int) -> None:
    subject = MachineSubject(Configuration.of(board, STAGES["remove"], {}))
    for _ in observe(subject, generate(board, seed, 1)):
        pass
    assert subject.machine.lines_exercised() == board.wires
    assert len(board.wires) >= 4


def test_every_device_type_that_drives_a_line_has_a_stimulus() -> None:
    types = {slot.type for board in BOARDS.values() for slot in board.slots if slot.irqs}
    assert types <= STIMULI.keys()


@boards
def test_two_devices_on_one_place_are_the_same_at_every_stage(board: Board) -> None:
    walk = Walk(board, Random(5))
    chapters = Chapters(walk, Guide(walk))
    steps = [step for pair in chapters.pairs() for step in chapters.overlaid(*pair)]
    assert {"device_map", "device_unmap", "ranges"} <= {step.op for step in steps}
    shown = [
        [
            {name: fact for name, fact in facts.items() if name in ("ret", "ranges")}
            for facts in observe(MachineSubject(Configuration.of(board, stage, {})), steps)
        ]
        for stage in STAGES.values()
    ]
    assert all(each == shown[0] for each in shown)
    assert len(shown[0]) == len(steps)
