"""The ledger: every intended difference between old and new, named, narrow and demonstrated.

A difference is a bug unless an entry's condition holds for it. An entry is stale when replaying its
own demonstration no longer shows it, and expired when the day or the version came by which it was
to be gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from memfold.equivalence.facts import CRASHED, Json, same
from memfold.equivalence.subject import Step, raised_text
from memfold.equivalence.trace import Trace
from memfold.errors import MemfoldError

__all__ = ["ABSENT", "Deviation", "Entry", "Ledger", "LedgerError"]

ABSENT = object()
"""Stands for a fact that one side does not have."""

SCOPES = ("agree", "step")


class LedgerError(MemfoldError):
    """A ledger whose entries cannot be told apart, or an entry that says too little."""

    def __init__(self, entry: str, wrong: str) -> None:
        super().__init__(f"ledger entry {entry}: {wrong}")
        self.entry = entry
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Deviation:
    """One fact of one step that came out different from what was expected."""

    trace: Trace
    index: int
    on: str
    """The name of the subject: a configuration, or its stage alone."""
    fact: str
    expected: Json | object
    observed: Json | object

    @property
    def step(self) -> Step:
        """The step it happened at."""
        return self.trace.steps[self.index]


def _always(_: Deviation) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Entry:
    """One intended difference: where it may appear, what triggers it, why, and its evidence."""

    id: str
    on: frozenset[str]
    """The subjects it may appear on: configurations, or names of stages."""
    facts: frozenset[str]
    """The facts it may change; it never matches another. None: the step itself shows nothing, but
    sets the two apart, which shows later."""
    why: str
    ops: frozenset[str] = frozenset()
    """The operations it may appear at; empty leaves that to the condition."""
    condition: Callable[[Deviation], bool] = _always
    """Computed from the trace up to the step; true only where this entry is the reason."""
    was: Json | object = ABSENT
    """The only value that the old side may have shown, where there is only one."""
    becomes: Json | object = ABSENT
    """The only value that the new side may show, where there is only one."""
    scope: str = "agree"
    """``step``: this step and no other. ``agree``: what differs after it, until the subjects agree
    again, is looked at once more with the step left out, and is intended if it is gone then."""
    old: str = ""
    new: str = ""
    source: str = ""
    """The thread, a commit, a trace: where the evidence is."""
    demonstration: str = ""
    """The trace that shows it; empty: whatever the project performs."""
    owner: str = ""
    expires: date | str | None = None
    """The day from which, or the version of the project at which it counts no longer."""

    def is_for(self, on: str) -> bool:
        """Whether it may appear on the subject called `on`."""
        if "@" not in on:  # a stage, where there are no components
            return on in self.on or any(each.partition("@")[2] == on for each in self.on)
        return on in self.on or on.partition("@")[2].partition("[")[0] in self.on

    def explains(self, deviation: Deviation) -> bool:
        """Whether `deviation` is this entry's."""
        return (
            deviation.fact in self.facts
            and (not self.ops or deviation.step.op in self.ops)
            and self.is_for(deviation.on)
            and (self.was is ABSENT or same(self.was, deviation.expected))
            and (self.becomes is ABSENT or same(self.becomes, deviation.observed))
            and self._meets(deviation)
        )

    def _meets(self, deviation: Deviation) -> bool:
        try:
            return self.condition(deviation)
        except MemfoldError:
            raise
        except Exception as error:
            raise LedgerError(self.id, f"its condition raised {raised_text(error)}") from error

    def expired(self, today: date, version: str) -> bool:
        """Whether its time is over on `today`, or at `version` of the project."""
        if isinstance(self.expires, date):
            return today >= self.expires
        if self.expires is None or not version:
            return False
        end = _numbers(self.expires)
        return bool(end) and _numbers(version) >= end


def _numbers(version: str) -> tuple[int, ...]:
    parts = [
        int(part)
        for part in version.removeprefix("v").split(".")
        if part.isdecimal() and len(part) < 20
    ]
    while parts and not parts[-1]:
        del parts[-1]  # 2.0 is 2
    return tuple(parts)


class Ledger:
    """The entries, in order; the first that explains a deviation names it."""

    def __init__(self, entries: Sequence[Entry] = ()) -> None:
        self.entries = tuple(entries)
        seen: set[str] = set()
        for entry in self.entries:
            if not entry.why:
                raise LedgerError(entry.id, "no why")
            if entry.id in seen:
                raise LedgerError(entry.id, "listed twice")
            if not entry.on or not (entry.facts or (entry.ops and entry.scope == "agree")):
                raise LedgerError(entry.id, "matches nothing (on, facts)")
            if not entry.ops and entry.condition is _always:
                raise LedgerError(entry.id, "matches everything (ops, condition)")
            if CRASHED in entry.facts:
                raise LedgerError(entry.id, "intends a crash, which is always a bug")
            if entry.scope not in SCOPES:
                raise LedgerError(entry.id, f"scope {entry.scope!r}, expected agree or step")
            seen.add(entry.id)

    def explain(self, deviation: Deviation) -> Entry | None:
        """The entry that intends `deviation`, or None: then it is a bug."""
        return next((e for e in self.entries if e.explains(deviation)), None)

    def parts(self, trace: Trace, index: int, on: str) -> bool:
        """Whether an entry says that this step sets subjects apart without showing anything."""
        nothing = Deviation(trace, index, on, "", ABSENT, ABSENT)
        return any(
            not e.facts and nothing.step.op in e.ops and e.is_for(on) and e.condition(nothing)
            for e in self.entries
        )

    def may_part(self, on: str, step: Step) -> bool:
        """Whether the subject `on` may be meant to stay apart after a step like `step`."""
        return any(
            e.scope == "agree" and (not e.ops or step.op in e.ops) and e.is_for(on)
            for e in self.entries
        )

    def demonstrated(self, shown: Callable[[Entry], Iterable[Deviation]]) -> dict[str, int]:
        """How often each entry, by its id, explains what `shown` gives for its demonstration.

        An entry with 0 is stale.
        """
        return {e.id: sum(1 for d in shown(e) if e.explains(d)) for e in self.entries}
