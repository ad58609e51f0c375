"""A machine of ours as a subject: performs machine traces, shows what its guest and wires saw."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias, cast

from memfold.devices.board import Board
from memfold.devices.configuration import Configuration
from memfold.devices.looks import Looks
from memfold.devices.machine import Machine
from memfold.devices.traced import DeviceFault
from memfold.equivalence.coverage import Cell
from memfold.equivalence.facts import CRASHED, Facts, Json
from memfold.equivalence.replay import Comparison
from memfold.equivalence.subject import MapRow, NotReplayable, Step, UnknownName
from memfold.errors import MemfoldError
from memfold.harness.subjects.covering import Covering

__all__ = ["MACHINE_OPS", "MachineSubject", "check_device", "goal"]

Action: TypeAlias = Callable[[dict[str, Any]], Facts]
"""What an operation does with its arguments."""

WIDTHS = {"b": 1, "w": 2, "l": 4, "q": 8}

MACHINE_OPS = frozenset(
    {"read", "write", "clock_step", "device_map", "device_unmap", "chars_in", "break_in", "line_in"}
    | {"state", "ranges", "frame"}
    | {f"{way}{width}" for way in ("read", "write") for width in WIDTHS}
)
"""The operations that every machine has."""

LOOKS = ("memory", "registers", "aims", "ranges", "drawn", "pixels")
"""What only a look from outside shows."""

RECORDED = frozenset({"ret", "data", "now", "irq", "fault", *LOOKS, CRASHED})
"""The facts that a transcript of a machine answers for; the real one's has no faults or looks."""

RECORDED_PART = Comparison(
    lambda _step, facts: {k: v for k, v in facts.items() if k in RECORDED and v != []}
)

OWN = frozenset({"calls", "kinds"})
"""The facts that are a form's own."""

KEPT_PART = Comparison(
    lambda _step, facts: {k: v for k, v in facts.items() if v != [] and k not in OWN}
)


def goal(slot: str, output: int) -> tuple[str, str]:
    """What a wired interrupt output of `slot` has to do: a goal of the board's project."""
    return slot, f"interrupt output {output} raised and lowered"


def _silent(effect: Callable[[dict[str, Any]], None]) -> Action:
    """An operation that shows nothing by itself."""

    def action(args: dict[str, Any]) -> Facts:
        effect(args)
        return {}

    return action


def _fault(error: MemfoldError) -> Facts:
    """What a guest can bring about."""
    return {"fault": f"{type(error).__name__}: {error}"}


def check_device(step: Step, board: Board) -> None:
    """Raises `UnknownName` when `step` names a device that `board` has not."""
    if "device" in step.args:
        names = [slot.name for slot in board.slots]
        if (device := step.args["device"]) not in names:
            raise UnknownName(f"unknown device {device!r}", f"one of {', '.join(names)}")


class MachineSubject:
    """One fresh machine of `configuration`, driven by the steps of machine traces."""

    def __init__(
        self, configuration: Configuration, kept: bool = False, watched: bool = True
    ) -> None:
        """`kept`: it performs a recording of our own, which holds all that forms agree on;
        `watched`: what is tried is counted."""
        self.comparison = KEPT_PART if kept else RECORDED_PART
        """What of a recording it answers for: of the real machine's, what its guest and wires saw.
        """
        self.machine = Machine(configuration)
        machine = self.machine
        self.looks = Looks(machine)
        self.covering = Covering(machine)
        self._watched = watched
        self._noted = (
            ("irq", machine.irq_changes),
            ("cpu", machine.cpu_changes),
            ("outputs", machine.output_changes),
            ("calls", machine.calls),
            ("stores", machine.stores),
        )
        self._do = self._actions()

    def perform(self, step: Step) -> Facts:
        """Do one step of a machine trace.

        Raises `NotReplayable` for an operation that this machine has not, `UnknownName` for a
        device, and `DeviceFault` where a device's code is broken (it raised what nobody raises on
        purpose). What a guest can bring about is a fact: ``fault``.
        """
        op, machine = step.op, self.machine
        args: dict[str, Any] = step.args
        action = self._do.get(op)
        if action is None:
            name = machine.configuration.board.name
            raise NotReplayable(f"{op}: {name} has no such thing")
        if "device" in args:
            check_device(step, machine.configuration.board)
        try:
            facts = action(args)
        except DeviceFault as error:
            # How wide its callback was called is the form's own.
            cause = error.__cause__
            if not isinstance(cause, MemfoldError):
                raise
            facts = _fault(cause)
        except MemfoldError as error:
            facts = _fault(error)
        if op == "writel" and machine.calls and not args["addr"] & 3:
            # Every form makes this access by a word, and tells the device so.
            facts["width"] = cast("list[Json]", machine.calls[0])[2]
        for name, rows in self._noted:
            if rows:
                facts[name] = rows[:]
                rows.clear()
        if machine.spoken:
            facts["chars"] = machine.sent()
        return facts

    def _actions(self) -> dict[str, Action]:
        """What each operation does. A trace that was validated holds the types used here."""
        machine = self.machine
        actions: dict[str, Action] = {
            "read": lambda a: {"data": machine.read(a["addr"], a["len"]).hex()},
            "write": _silent(lambda a: machine.write(a["addr"], bytes.fromhex(a["data"]))),
            "clock_step": lambda a: {"now": machine.step_clock(a["ns"])},
            "device_map": self._moving(
                "device_map", lambda a: machine.map_device(a["device"], a["addr"])
            ),
            "device_unmap": self._moving(
                "device_unmap", lambda a: machine.unmap_device(a["device"])
            ),
            "chars_in": _silent(lambda a: machine.feed(a["device"], bytes.fromhex(a["data"]))),
            "break_in": _silent(lambda a: machine.feed_break(a["device"])),
            "line_in": _silent(lambda a: machine.drive(a["device"], a["line"], a["level"])),
            "state": lambda a: self.looks.state(a.get("device")),
            "ranges": lambda _: self.looks.ranges(),
            "frame": lambda a: self.looks.frame(a["device"]),
        }
        for letter, size in WIDTHS.items():
            actions[f"read{letter}"] = self._reader(f"read{letter}", size)
            actions[f"write{letter}"] = self._writer(f"write{letter}", size)
        return actions

    # What is tried is counted before it happens

    def _reader(self, op: str, size: int) -> Action:
        load, watched, tried = self.machine.load, self._watched, self.covering.access

        def action(args: dict[str, Any]) -> Facts:
            addr = args["addr"]
            if watched:
                tried(op, addr)
            return {"ret": load(addr, size)}

        return action

    def _writer(self, op: str, size: int) -> Action:
        store, watched, tried = self.machine.store, self._watched, self.covering.access

        def action(args: dict[str, Any]) -> Facts:
            addr = args["addr"]
            if watched:
                tried(op, addr)
            store(addr, args["val"], size)
            return {}

        return action

    def _moving(self, op: str, move: Callable[[dict[str, Any]], None]) -> Action:
        def action(args: dict[str, Any]) -> Facts:
            if self._watched:
                self.covering.move(op, args["device"])
            move(args)
            return {}

        return action

    def map(self) -> list[MapRow]:
        """The memory map as it is now."""
        return self.machine.map()

    def reached(self) -> set[tuple[str, str]]:
        """The interrupt outputs that were both raised and lowered."""
        return {goal(slot, output) for slot, output in self.machine.lines_exercised()}

    def covered(self) -> Iterable[Cell]:
        """See `Covering.cells`."""
        return self.covering.cells()

    def blamed(self, step: Step, facts: Facts) -> Iterator[str]:
        """The device that answers the address of `step`, and those that drive a differing line."""
        board = self.machine.configuration.board
        if type(addr := step.args.get("addr")) is int and (there := self.machine.device_at(addr)):
            yield there
        for fact, target in (("irq", board.intercept), ("cpu", "cpu")):
            rows = facts.get(fact)
            for row in rows if isinstance(rows, list) else []:
                if isinstance(row, list):
                    yield from _sources(board, target, row[0])


def _sources(board: Board, target: str, line: object) -> Iterator[str]:
    """The slots that drive an input of another, directly or through a controller in between."""
    for slot in board.slots:
        if (target, line) in slot.irqs.values():
            inputs = {
                wire
                for other in board.slots
                for wire in other.irqs.values()
                if wire[0] == slot.name
            }
            for name, n in sorted(inputs):
                yield from _sources(board, name, n)
            yield slot.name
