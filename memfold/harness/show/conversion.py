"""A device's conversion, to look at: its forms, and what each calls when a guest does the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from memfold.devices.board import Board, Slot
from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.devices.device import DeviceType
from memfold.devices.stages import FORMS, STAGES
from memfold.equivalence.facts import Json
from memfold.equivalence.subject import Step
from memfold.errors import MemfoldError
from memfold.harness.campaign.stimuli import STIMULI
from memfold.harness.subjects.machine_subject import MachineSubject

__all__ = ["Conversion", "conversion"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """One device in its forms."""

    slot: Slot
    sources: dict[str, str]
    """Form to the text of its file; a bridged device has none of its own."""
    bridge: str
    """The call that makes a region of the legacy form's callbacks."""
    steps: Sequence[Step]
    calls: dict[str, list[list[Json]]]
    """Form to the register accesses at each step."""


def conversion(name: str) -> Conversion:
    """The forms of `name`, a slot or a device type of any board, run side by side.

    Raises `MemfoldError` when no board has it.
    """
    board, slot = _find(name)
    steps = _steps(slot)
    folder = f"memfold.devices.{slot.type}"
    sources = {form: _source(f"{folder}.{form}") for form in ("legacy", "native")}
    calls = {form: _calls(board, slot, form, steps) for form in FORMS}
    device: DeviceType = import_module(folder).DEVICE
    bridge = f"carry(world, {device.name!r}, {device.size:#x}, READ, WRITE, registers)"
    return Conversion(slot, sources, bridge, steps, calls)


def _find(device: str) -> tuple[Board, Slot]:
    for board in BOARDS.values():
        for slot in board.slots:
            if device in (slot.name, slot.type):
                return board, slot
    names = sorted({slot.name for board in BOARDS.values() for slot in board.slots})
    raise MemfoldError(f"unknown device {device!r}; expected one of {', '.join(names)}")


def _steps(slot: Slot) -> list[Step]:
    """Every width at the first register, then what exercises the device's interrupt line."""
    steps = [Step(f"read{width}", {"addr": slot.base}) for width in "bwlq"]
    steps += [Step(f"write{width}", {"addr": slot.base, "val": 0}) for width in "bwl"]
    for op, offset, value in STIMULI.get(slot.type, ()):
        addr: dict[str, Json] = {"addr": slot.base + offset}
        if op == "clock_step":
            steps.append(Step(op, {"ns": value}))
        elif op == "chars_in":
            data = value.to_bytes((value.bit_length() + 7) // 8).hex()
            steps.append(Step(op, {"device": slot.name, "data": data}))
        else:
            steps.append(Step(op, addr if op.startswith("read") else addr | {"val": value}))
    return steps


def _source(module: str) -> str:
    spec = find_spec(module)
    return Path(spec.origin).read_text() if spec and spec.origin else ""


def _calls(board: Board, slot: Slot, form: str, steps: Sequence[Step]) -> list[list[Json]]:
    subject = MachineSubject(Configuration.of(board, STAGES["convert"], {slot.name: form}))
    shown: list[list[Json]] = []
    for step in steps:
        calls = subject.perform(step).get("calls", [])
        assert isinstance(calls, list)  # rows, as the machine subject makes them
        shown.append(calls)
    return shown
