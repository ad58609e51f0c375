"""The generator is led by what was not tried, and gets there."""

from __future__ import annotations

from random import Random

import pytest

from memfold.devices.board import Board
from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.devices.stages import STAGES
from memfold.equivalence.compare import observe
from memfold.equivalence.coverage import Coverage, Reached, bits, summed
from memfold.equivalence.subject import Step
from memfold.harness.campaign.generate import generate
from memfold.harness.campaign.guide import Guide
from memfold.harness.campaign.walk import Walk
from memfold.harness.campaign.ways import WAYS
from memfold.harness.projects import named
from memfold.harness.subjects.machine_subject import MachineSubject

ENOUGH = {"versatilepb": 18_000, "leon3_generic": 3000}
STATES = [
    (board.name, slot.name, state)
    for board in BOARDS.values()
    for slot in board.slots
    for state in Walk(board, Random(1)).types[slot.name].states
]


def covered(board: Board, steps: list[Step]) -> Coverage:
    subject = MachineSubject(Configuration.of(board, STAGES["remove"], {}))
    for _ in observe(subject, steps):
        pass
    project = named(board.name)
    cells = project.declared()
    return summed(
        cells, [Reached("remove", {}, bits(cells, set(subject.covered())))], project.floors
    )


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_the_default_steps_reach_the_floor(board: Board) -> None:
    found = covered(board, generate(board, 4, ENOUGH[board.name]))
    assert found.below == {}, found.missed


@pytest.mark.parametrize("lost", ["writeq", "device_unmap", "chars_in"])
def test_steps_without_an_operation_are_below_the_floor(lost: str) -> None:
    board = BOARDS["leon3_generic"]
    steps = [step for step in generate(board, 4, 2000) if step.op != lost]
    assert covered(board, steps).below


def test_too_few_steps_are_below_the_floor() -> None:
    board = BOARDS["versatilepb"]
    assert {"registers", "moves", "all"} <= covered(board, generate(board, 4, 2000)).below.keys()


@pytest.mark.parametrize(("name", "slot", "state"), STATES)
def test_there_is_a_way_into_every_state(name: str, slot: str, state: str) -> None:
    board = BOARDS[name]
    guide = Guide(Walk(board, Random(1)))
    its = board.slot(slot)
    for step in guide.in_state(its, state):
        guide.perform(step)
    left = {cell for _, cell in guide.untried(its) if cell.startswith(f"{state}: ")}
    assert left == set()


def test_there_are_ways_only_into_states_that_there_are() -> None:
    declared = {
        slot.type: {*Walk(board, Random(1)).types[slot.name].states}
        for board in BOARDS.values()
        for slot in board.slots
    }
    assert {device: {*ways} for device, ways in WAYS.items()} == {
        device: states for device, states in declared.items() if states
    }


def test_where_the_guide_breaks_the_steps_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(MachineSubject, "perform", broken)
    assert len(generate(BOARDS["leon3_generic"], 1, 200)) >= 200
