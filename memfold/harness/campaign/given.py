"""Traces that a user gives to all machines of a board: read, and checked before one is built."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from memfold.devices.board import Board
from memfold.equivalence.subject import UnknownName
from memfold.equivalence.trace import Trace, TraceError, read_traces
from memfold.harness.recordings.vocabulary import VOCABULARIES
from memfold.harness.subjects.machine_subject import MACHINE_OPS, check_device

__all__ = ["traces_for"]


def traces_for(board: Board, paths: Sequence[Path]) -> Iterator[Trace]:
    """The traces in `paths`; raises `TraceError` for one that machines of `board` cannot perform:
    recorded on something else, or with an operation or a device that the board has not.
    """
    for trace in read_traces(paths, VOCABULARIES):
        recorded_on = trace.header.get("machine", f"a {trace.family} trace")
        if recorded_on != board.name:
            raise TraceError(trace.path, 1, f"recorded on {recorded_on}", board.name)
        for step in trace.steps:
            if step.op not in MACHINE_OPS:
                wrong = f"{step.op}: {board.name} has no such thing"
                expected = f"one of {', '.join(sorted(MACHINE_OPS))}"
                raise TraceError(trace.path, step.line, wrong, expected)
            try:
                check_device(step, board)
            except UnknownName as error:
                wrong = f"{step.op}: {error.wrong}"
                raise TraceError(trace.path, step.line, wrong, error.expected) from error
        yield trace
