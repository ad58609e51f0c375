"""Anything the engine can drive: it performs a step, shows what happened, gives its map."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from memfold.equivalence.facts import Facts, Json
from memfold.errors import MemfoldError

__all__ = ["MapRow", "NotReplayable", "Step", "Subject"]


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


class NotReplayable(MemfoldError):
    """The step is valid but this subject cannot do it (yet): counted, never skipped silently."""


class Subject(Protocol):
    """One fresh world that steps are performed on, in order."""

    def perform(self, step: Step) -> Facts:
        """Do `step` and return what was observed.

        Raises `NotReplayable` when this subject has no way to do such a step.
        """

    def map(self) -> list[MapRow]:
        """The map as it is now, ascending."""
