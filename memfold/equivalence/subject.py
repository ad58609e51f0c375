"""Anything the engine can drive: it performs a step, shows what happened, gives its map.

What a subject raises says whose fault it is: `BadStep` the trace's, `NotReplayable` nobody's, and
anything else its own: the engine calls that a crash, which is a difference like any other.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from memfold.equivalence.coverage import Cell
from memfold.equivalence.facts import Facts, Json
from memfold.errors import BadInput, MemfoldError

__all__ = [
    "BadStep",
    "Crashed",
    "MapRow",
    "NotReplayable",
    "Step",
    "Subject",
    "UnknownName",
    "blamed_by",
    "covered_by",
    "fault_of",
    "map_of",
    "raised_text",
    "reached_by",
]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a trace: what to do, and what was recorded when it was done."""

    op: str
    args: dict[str, Json]
    facts: Facts = field(default_factory=dict)
    """What the recording observed; empty for a generated step."""
    line: int = 0
    """1-based line in the trace file; 0 for a generated step."""


class MapRow(NamedTuple):
    """One row of a map as a guest could chart it: `size` bytes from `start` answer as `name`."""

    start: int
    size: int
    kind: str
    name: str
    offset: int


class BadStep(BadInput):
    """A step asks for what no subject could do: the trace is bad."""


class UnknownName(BadStep):
    """A step names something that is not there and that no earlier step made."""

    def __init__(self, wrong: str, expected: str = "one made earlier in the trace") -> None:
        super().__init__(wrong, expected)


class NotReplayable(MemfoldError):
    """The step is valid but this subject cannot do it (yet): counted, never skipped silently."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Crashed(MemfoldError):
    """A subject raised what no trace can be blamed for, where no comparison could tell of it."""

    status = 1

    def __init__(self, where: str, fault: str) -> None:
        super().__init__(f"{where}: crashed: {fault}")
        self.where = where
        self.fault = fault


def raised_text(error: BaseException) -> str:
    """The class of `error` and what it says, as far as it can say anything."""
    try:
        said = str(error)
    except Exception:  # noqa: BLE001  # an error that cannot even be told
        said = "(its text cannot be told)"
    return f"{type(error).__name__}: {said}".removesuffix(": ")


def fault_of(error: BaseException) -> str:
    """What a crash shows of `error`: its type and message, and the line of code it came from."""
    text = raised_text(error)
    *_, last = traceback.extract_tb(error.__traceback__) or [None]
    if last is None:
        return text
    return f"{text} ({'/'.join(Path(last.filename).parts[-2:])}:{last.lineno})"


class Subject(Protocol):
    """One fresh world that steps are performed on, in order.

    It may have more to say: ``map()``, the rows of the map it has now; ``reached()``, which of its
    project's goals were reached, as pairs of component and what; ``covered()``, which of its cells
    were, as triples of component, aspect and cell; ``blamed(step, facts)``, the components that
    facts are about and that do not stand in them; ``comparison``, what of a recording it answers
    for; ``fresh``, true of one that makes anew every list and dict that it shows: others' are
    copied.
    """

    def perform(self, step: Step) -> Facts:
        """Do `step` and return what was observed: new values, which nobody changes later.

        Raises `NotReplayable` when this subject has no way to do such a step, `BadStep` when no
        subject could.
        """


def map_of(subject: Subject) -> list[MapRow] | None:
    """The map as it is now, ascending; None of a subject that has none."""
    method: Callable[[], list[MapRow]] | None = getattr(subject, "map", None)
    return None if method is None else method()


def reached_by(subject: Subject) -> set[tuple[str, str]]:
    """The goals that `subject` reached so far, each as (component, what)."""
    method: Callable[[], set[tuple[str, str]]] | None = getattr(subject, "reached", None)
    return set() if method is None else method()


def covered_by(subject: Subject) -> Iterable[Cell]:
    """The cells that `subject` reached so far, each as (component, aspect, cell)."""
    method: Callable[[], Iterable[Cell]] | None = getattr(subject, "covered", None)
    return () if method is None else method()


def blamed_by(subject: Subject, step: Step, facts: Facts) -> Iterable[str]:
    """The components that `facts`, shown at `step`, are about as `subject` knows, closest first."""
    method: Callable[[Step, Facts], Iterable[str]] | None = getattr(subject, "blamed", None)
    return () if method is None else method(step, facts)
