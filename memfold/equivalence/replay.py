"""Replaying a recorded trace on a subject, and sorting what came out different."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from memfold.equivalence.facts import CRASHED, Facts
from memfold.equivalence.ledger import ABSENT, Deviation, Ledger
from memfold.equivalence.subject import BadStep, NotReplayable, Step, Subject, fault_of
from memfold.equivalence.trace import Trace, TraceError

__all__ = ["Comparison", "Report", "deviations", "replay"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What of a recording a subject answers for.

    `project` reduces both observations of a step to what is compared; `uncompared` names operations
    whose facts are texts of their time: they are performed and counted, but not compared.
    """

    project: Callable[[Step, Facts], Facts]
    uncompared: frozenset[str] = frozenset()


@dataclass(slots=True)
class Report:
    """What replaying a number of traces showed."""

    files: int = 0
    ops: int = 0
    differences: list[Deviation] = field(default_factory=list)
    intended: Counter[str] = field(default_factory=Counter)
    unreplayable: int = 0
    first_unreplayable: str = ""
    uncompared: Counter[str] = field(default_factory=Counter)
    unrecorded: int = 0
    """Steps of traces that record no facts, not even results: performed, compared with nothing."""
    unperformed: int = 0
    """Steps that stand after one at which the subject crashed."""

    def add(self, other: Report) -> None:
        """Count `other` in."""
        self.files += other.files
        self.ops += other.ops
        self.differences += other.differences
        self.intended += other.intended
        self.first_unreplayable = self.first_unreplayable or other.first_unreplayable
        self.unreplayable += other.unreplayable
        self.uncompared += other.uncompared
        self.unrecorded += other.unrecorded
        self.unperformed += other.unperformed

    @property
    def equal(self) -> bool:
        """Whether everything was replayed and every difference was intended."""
        return not self.differences and not self.unreplayable


def replay(
    trace: Trace, subject: Subject, on: str, comparison: Comparison, ledger: Ledger
) -> Report:
    """Perform every step of `trace` on `subject`, whose name is `on`; compare with the recording.

    Raises `TraceError` for a step that no subject could do. An error of the subject's own is a
    difference, of the fact ``crashed``, and the last.
    """
    report = Report(files=1, ops=len(trace.steps))
    for deviation in deviations(trace, subject, on, comparison, report):
        entry = ledger.explain(deviation)
        if entry is None:
            report.differences.append(deviation)
        else:
            report.intended[entry.id] += 1
    return report


def deviations(
    trace: Trace, subject: Subject, on: str, comparison: Comparison, report: Report | None = None
) -> list[Deviation]:
    """Every fact that came out different, intended or not; `report` counts the unreplayed.

    Raises `TraceError` as `replay` does.
    """
    found: list[Deviation] = []
    project = comparison.project
    for index, step in enumerate(trace.steps):
        try:
            observed = subject.perform(step)
        except NotReplayable as reason:
            if report is not None:
                report.unreplayable += 1
                report.first_unreplayable = (
                    report.first_unreplayable or f"{trace.path}:{step.line}: {reason}"
                )
            continue
        except BadStep as error:
            wrong = f"{step.op}: {error.wrong}"
            raise TraceError(trace.path, step.line, wrong, error.expected) from error
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the subject's own
            found.append(Deviation(trace, index, on, CRASHED, ABSENT, fault_of(error)))
            if report is not None:
                report.unperformed = len(trace.steps) - index - 1
            break
        if step.op in comparison.uncompared:
            if report is not None:
                report.uncompared[step.op] += 1
            continue
        want, got = project(step, step.facts), project(step, observed)
        if want != got:
            found += (
                Deviation(trace, index, on, name, _fact(want, name), _fact(got, name))
                for name in sorted(want.keys() | got.keys())
                if _fact(want, name) != _fact(got, name)
            )
    if any(step.facts for step in trace.steps) or all(d.fact not in RESULTS for d in found):
        return found
    if report is not None:
        report.unrecorded = len(trace.steps)
    return [d for d in found if d.fact == CRASHED]


RESULTS = frozenset({"ret", "data", "now", "flat"})
"""Facts that a recording has of every operation that gives them: without, nothing was recorded."""


def _fact(facts: Mapping[str, object], name: str) -> object:
    return facts.get(name, ABSENT)
