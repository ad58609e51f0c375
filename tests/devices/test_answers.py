"""What devices declare of their registers is complete, and what is called quiet is."""

from __future__ import annotations

from random import Random

import pytest

from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.devices.device import Answers
from memfold.devices.looks import Looks
from memfold.devices.machine import Machine
from memfold.devices.stages import STAGES
from memfold.equivalence.compare import observe
from memfold.harness.campaign.generate import generate
from memfold.harness.subjects.machine_subject import MachineSubject

SLOTS = [(board.name, slot.name) for board in BOARDS.values() for slot in board.slots]
FAR = 0x2000


def used(board: str, steps: int = 1500) -> Machine:
    """A machine after some use."""
    subject = MachineSubject(Configuration.of(BOARDS[board], STAGES["remove"], {}))
    for _ in observe(subject, generate(BOARDS[board], 9, steps)):
        pass
    return subject.machine


def declared(answers: Answers) -> set[int]:
    stretches = (*answers.quiet, *answers.loud, *answers.fixed, *answers.views)
    return {offset + n for each in stretches for offset in each for n in range(each.step)}


@pytest.mark.parametrize(("board", "slot"), SLOTS)
def test_whatever_is_not_declared_always_reads_the_same(board: str, slot: str) -> None:
    machine = used(board)
    device, registers = machine.types[slot], machine.registers[slot]
    known = declared(device.answers)
    if device.array is not None:
        pytest.skip("its whole window is an array")
    at_sizes = {
        size: {registers.read(at, size) for at in range(min(device.size, FAR)) if at not in known}
        for size in (1, 4)
    }
    assert all(values <= {0, (1 << 8 * n) - 1, 0xFFFFFFFF} for n, values in at_sizes.items())
    assert all(len(values) <= 1 for values in at_sizes.values())


@pytest.mark.parametrize("board", BOARDS)
def test_a_look_changes_nothing(board: str) -> None:
    machine = used(board)
    looks = Looks(machine)
    first = looks.state()
    for _ in range(3):
        looks.ranges()
        assert looks.state() == first
    assert machine.irq_changes == used(board).irq_changes
    rng = Random(1)
    for slot in rng.sample([each.name for each in BOARDS[board].slots], 3):
        rows = first["registers"]
        assert isinstance(rows, list)
        of_it = [row for row in rows if isinstance(row, list) and row[0] == slot]
        assert looks.state(slot)["registers"] == of_it


@pytest.mark.parametrize(("board", "slot"), SLOTS)
def test_every_device_declares_something(board: str, slot: str) -> None:
    machine = Machine(Configuration.of(BOARDS[board], STAGES["remove"], {}))
    assert declared(machine.types[slot].answers)
