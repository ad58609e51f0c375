"""Turning a user's own run into a trace file that every other command takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from memfold.devices.board import Board
from memfold.devices.configuration import Configuration
from memfold.equivalence.facts import Json
from memfold.equivalence.shapes import BOOL, Shape
from memfold.equivalence.subject import (
    Crashed,
    NotReplayable,
    Step,
    UnknownName,
    fault_of,
)
from memfold.equivalence.trace import TraceError, parse_step
from memfold.harness.recordings.vocabulary import VOCABULARIES
from memfold.harness.subjects.machine_subject import MachineSubject, check_device

__all__ = ["header", "read_steps", "trace_lines"]

MACHINE = VOCABULARIES["machine"]


def header(configuration: Configuration) -> dict[str, Json]:
    """The first line of a trace recorded on `configuration`."""
    return {
        "format": "phys-trace/1",
        "machine": configuration.board.name,
        "source": f"memfold {configuration}",
    }


def read_steps(path: str, lines: Iterable[str], board: Board) -> Iterator[Step]:
    """The steps in `lines`: words (``writel 0x101f1000 0x41``) or trace lines, facts ignored.

    Empty lines, ``#`` comments and the header of a trace of `board` are passed over. Raises
    `TraceError` naming the line, also for a device that the board has not.
    """
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text.startswith("{"):
            text = text.partition("#")[0]
            if not text.strip():
                continue
            text = json.dumps(_from_words(path, number, text))
        elif (recorded_on := _board_of_header(text)) is not None:
            if recorded_on != board.name:
                raise TraceError(path, number, f"recorded on {recorded_on}", board.name)
            continue
        step = parse_step(path, number, text, MACHINE)
        if step.op in MACHINE.leading:
            continue
        try:
            check_device(step, board)
        except UnknownName as error:
            wrong = f"{step.op}: {error.wrong}"
            raise TraceError(path, number, wrong, error.expected) from error
        yield Step(step.op, step.args, {}, number)


def _board_of_header(text: str) -> str | None:
    """The board that a trace's header names; None for any other line."""
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError):
        return None  # the reader of steps says what is wrong
    return str(entry.get("machine")) if "format" in entry else None


def _from_words(path: str, line: int, text: str) -> dict[str, Json]:
    name, *words = text.split()
    op = MACHINE.ops.get(name)
    if op is None or name in MACHINE.leading:
        known = ", ".join(sorted(MACHINE.ops.keys() - MACHINE.leading.keys()))
        raise TraceError(path, line, f"unknown op {name[:40]!r}", f"one of {known}")
    if len(words) != len(op.args):
        raise TraceError(path, line, f"{name}: {len(words)} arguments", " ".join([name, *op.args]))
    values = (_value(word, shape) for word, shape in zip(words, op.args.values(), strict=True))
    return {"op": name, **dict(zip(op.args, values, strict=True))}


def _value(word: str, shape: Shape) -> Json:
    """`word` as what `shape` wants; the word itself if it cannot be, for the reader to refuse."""
    if shape.admits(word):
        return word
    if shape is BOOL:
        return {"true": True, "false": False}.get(word, word)
    try:
        return int(word, 0)
    except ValueError:
        return word


def trace_lines(
    configuration: Configuration, path: str, steps: Iterable[Step]
) -> Iterator[dict[str, Json]]:
    """Perform `steps`, read from `path`, on a fresh machine; yields a trace's lines, header first.

    Raises `TraceError` naming the line for a step that the machine cannot do, and `Crashed` for
    one at which it fails of itself.
    """
    yield header(configuration)
    subject = MachineSubject(configuration)
    for step in steps:
        try:
            facts = subject.perform(step)
        except NotReplayable as error:
            expected = f"an operation that {configuration} has"
            raise TraceError(path, step.line, error.reason, expected) from error
        except Exception as error:
            raise Crashed(f"{path}:{step.line}: {step.op}", fault_of(error)) from error
        irqs = facts.pop("irq", [])
        assert isinstance(irqs, list)  # rows of interrupt changes, which stand before their cause
        for row in irqs:
            assert isinstance(row, list)
            yield {"op": "irq", "line": row[0], "level": row[1]}
        yield {"op": step.op, **step.args, **facts}
