"""What one device of a board is told in a run: the run's events as rows that a bench performs.

So the question what a run would notice of a slip in a model is answered without the machine.
"""

from __future__ import annotations

from typing import Any

from memfold.devices import machine as built
from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.devices.stages import STAGES
from memfold.devices.traced import Traced
from memfold.harness.campaign.corpus import kind_of
from memfold.harness.campaign.generate import generate
from memfold.harness.campaign.stimuli import Row
from memfold.harness.subjects.machine_subject import MachineSubject

__all__ = ["projected"]

LETTERS = {1: "b", 2: "w", 4: "l"}
MOST_PIXELS = 1 << 12


class Noted(Traced):
    """Registers whose accesses are noted as rows."""

    __slots__ = ("_noting",)

    def __init__(self, name: str, slot: str, inner: Any, calls: Any, stores: Any) -> None:
        super().__init__(name, slot, inner, calls, stores)
        self._noting = slot

    def read(self, offset: int, size: int) -> int:
        """See `Traced.read`."""
        note(self._noting, (f"read{LETTERS[size]}", offset, 0))
        busy.append(self._noting)
        try:
            return super().read(offset, size)
        finally:
            busy.pop()

    def write(self, offset: int, size: int, value: int) -> None:
        """See `Traced.write`."""
        note(self._noting, (f"write{LETTERS[size]}", offset, value))
        busy.append(self._noting)
        try:
            super().write(offset, size, value)
        finally:
            busy.pop()


busy: list[str] = []
"""The slots that are being accessed, the innermost last."""
log: dict[str, list[Row]] = {}
"""What each slot was told so far."""
times: dict[str, int] = {}
clock: list[Any] = []


def note(slot: str, row: Row) -> None:
    """Note a row, and the time that passed before it; not what a DMA controller does to itself."""
    if slot in busy:
        return
    rows = log.setdefault(slot, [])
    if clock and (passed := clock[0].now - times.get(slot, 0)):
        rows.append(("clock_step", 0, passed))
        times[slot] = clock[0].now
    rows.append(row)


def projected(name: str, seed: int, count: int) -> dict[str, tuple[Row, ...]]:
    """By kind of device: what the first of that kind is told in a run."""
    board = BOARDS[name]
    log.clear()
    times.clear()
    clock.clear()
    busy.clear()
    built.__dict__["Traced"] = Noted
    try:
        subject = MachineSubject(Configuration.of(board, STAGES["remove"], {}))
    finally:
        built.__dict__["Traced"] = Traced
    clock.append(subject.machine.clock)
    for slot, lines in subject.machine._inputs.items():
        for n, line in enumerate(lines if slot != "cpu" else ()):
            line._handler = _handler(slot, n, line._handler)
    for step in generate(board, seed, count):
        device = str(step.args.get("device", ""))
        if step.op == "chars_in":
            data = bytes.fromhex(str(step.args["data"]))
            note(device, (step.op, len(data), int.from_bytes(data)))
        elif step.op == "break_in" or (step.op == "frame" and _small(subject, device)):
            note(device, (step.op, 0, 0))
        elif step.op == "state":
            for slot in [device] if device else [each.name for each in board.slots]:
                note(slot, ("state", 0, 0))
        elif step.op in ("readb", "readw", "readl"):
            _array(subject, int(str(step.args["addr"])), step.op)
        subject.perform(step)
    first = {kind_of(slot): slot.name for slot in reversed(board.slots)}
    return {kind: tuple(log.get(slot, ())) for kind, slot in first.items()}


def _array(subject: MachineSubject, addr: int, op: str) -> None:
    """A flash in array mode is read without being told."""
    slot = subject.machine.device_at(addr)
    if slot is not None and getattr(subject.machine.registers[slot], "readable", False):
        note(slot, (op, addr - subject.machine._at[slot], 0))


def _small(subject: MachineSubject, device: str) -> bool:
    its: Any = subject.machine.registers[device]
    return bool(its.columns * its.rows <= MOST_PIXELS)


def _handler(slot: str, n: int, handler: Any) -> Any:
    def told(line: int, level: int) -> None:
        note(slot, ("line", n, level))
        handler(line, level)

    return told
