"""The ledger: every intended difference between old and new, named, narrow and demonstrated.

A difference is a bug unless an entry's condition holds for it. An entry is stale when replaying its
own demonstration no longer shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from memfold.equivalence.facts import CRASHED, Json
from memfold.equivalence.subject import Step
from memfold.equivalence.trace import Trace
from memfold.errors import MemfoldError

__all__ = ["Deviation", "Entry", "Ledger", "LedgerError"]

ABSENT = object()
"""Stands for a fact that one side does not have."""


class LedgerError(MemfoldError):
    """A ledger whose entries cannot be told apart, or an entry that says too little."""

    def __init__(self, entry: str, wrong: str) -> None:
        super().__init__(f"ledger entry {entry}: {wrong}")
        self.entry = entry
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Deviation:
    """One fact of one step that came out different from the recording."""

    trace: Trace
    index: int
    on: str
    """The name of the subject: legacy, folded, shim, core, or a configuration."""
    fact: str
    expected: Json | object
    observed: Json | object

    @property
    def step(self) -> Step:
        """The step it happened at."""
        return self.trace.steps[self.index]


@dataclass(frozen=True, slots=True)
class Entry:
    """One intended difference: where it may appear, what triggers it, why, and its evidence."""

    id: str
    on: frozenset[str]
    """The names of the subjects it may appear on."""
    facts: frozenset[str]
    """The facts it may change; it never matches another."""
    condition: Callable[[Deviation], bool]
    """Computed from the trace up to the step; true only where this entry is the reason."""
    old: str
    new: str
    why: str
    source: str
    """The thread, a commit, a trace: where the evidence is."""
    demonstration: str
    """The trace that shows it: a recorded scenario by its path below the golden folder."""

    def explains(self, deviation: Deviation) -> bool:
        """Whether `deviation` is this entry's."""
        return (
            deviation.on in self.on and deviation.fact in self.facts and self.condition(deviation)
        )


class Ledger:
    """The entries, in order; the first that explains a deviation names it."""

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        self.entries = tuple(entries)
        seen: set[str] = set()
        for entry in self.entries:
            blank = [
                n for n in ("old", "new", "why", "source", "demonstration") if not getattr(entry, n)
            ]
            if blank:
                raise LedgerError(entry.id, f"no {', '.join(blank)}")
            if entry.id in seen:
                raise LedgerError(entry.id, "listed twice")
            if not entry.on or not entry.facts:
                raise LedgerError(entry.id, "matches nothing (on, facts)")
            if CRASHED in entry.facts:
                raise LedgerError(entry.id, "intends a crash, which is always a bug")
            seen.add(entry.id)

    def explain(self, deviation: Deviation) -> Entry | None:
        """The entry that intends `deviation`, or None: then it is a bug."""
        return next((e for e in self.entries if e.explains(deviation)), None)

    def demonstrated(self, shown: Callable[[Entry], Iterable[Deviation]]) -> dict[str, int]:
        """How often each entry, by its id, explains what `shown` gives for its demonstration.

        An entry with 0 is stale.
        """
        return {e.id: sum(1 for d in shown(e) if e.explains(d)) for e in self.entries}
