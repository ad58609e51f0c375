"""Replaying a recorded trace on a subject, and sorting what came out different."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import cast

from memfold.equivalence.compare import Difference, act
from memfold.equivalence.facts import CRASHED, Facts, Json, same
from memfold.equivalence.judge import Again, Intended, judge
from memfold.equivalence.ledger import ABSENT, Deviation, Ledger
from memfold.equivalence.subject import BadStep, NotReplayable, Step, Subject, fault_of
from memfold.equivalence.trace import Trace, TraceError

__all__ = [
    "EVERYTHING",
    "Comparison",
    "Report",
    "answered",
    "by_step",
    "comparison_of",
    "deviating",
    "deviations",
    "replay",
]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What of a recording a subject answers for.

    `project` reduces both observations of a step to what is compared; `uncompared` names operations
    whose facts are texts of their time: they are performed and counted, but not compared.
    """

    project: Callable[[Step, Facts], Facts]
    uncompared: frozenset[str] = frozenset()


EVERYTHING = Comparison(lambda _step, facts: {k: v for k, v in facts.items() if v != []})


def answered(comparison: Comparison, step: Step, facts: Facts) -> Facts:
    """What of `facts`, shown or recorded at `step`, is compared; a crash always is."""
    if CRASHED in facts:
        return facts
    return {} if step.op in comparison.uncompared else comparison.project(step, facts)


def comparison_of(subject: Subject) -> Comparison:
    """What of a recording `subject` answers for; all of it unless it says otherwise."""
    answers: Comparison = getattr(subject, "comparison", EVERYTHING)
    return answers


@dataclass(slots=True)
class Report:
    """What replaying a number of traces showed."""

    files: int = 0
    ops: int = 0
    differences: list[Deviation] = field(default_factory=list)
    intended: Intended = field(default_factory=Intended)
    unreplayable: int = 0
    first_unreplayable: str = ""
    uncompared: Counter[str] = field(default_factory=Counter)
    noise: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Facts, as (operation, fact), that were not compared, since they were noise once."""
    unrecorded: int = 0
    """Steps of traces that record no facts, not even results: performed, compared with nothing."""
    unperformed: int = 0
    """Steps that stand after one at which the subject crashed."""

    def add(self, other: Report) -> None:
        """Count `other` in."""
        self.files += other.files
        self.ops += other.ops
        self.differences += other.differences
        self.intended.add(other.intended)
        self.first_unreplayable = self.first_unreplayable or other.first_unreplayable
        self.unreplayable += other.unreplayable
        self.uncompared += other.uncompared
        self.noise += other.noise
        self.unrecorded += other.unrecorded
        self.unperformed += other.unperformed

    @property
    def equal(self) -> bool:
        """Whether everything was replayed and every difference was intended."""
        return not self.differences and not self.unreplayable


def replay(
    trace: Trace,
    subject: Subject,
    on: str,
    comparison: Comparison,
    ledger: Ledger,
    results: Collection[str] | None = None,
    again: Again | None = None,
) -> Report:
    """Perform every step of `trace` on `subject`, whose name is `on`; compare with the recording.

    `results` are facts that a recording has of every operation that gives them (none given: all
    facts): a trace without any recorded nothing. `again` performs steps once more beside the old
    side (see `judge`).

    Raises `TraceError` for a step that no subject could do. An error of the subject's own is a
    difference, of the fact ``crashed``, and the last.
    """
    report = Report(files=1, ops=len(trace.steps))
    found = deviations(trace, subject, on, comparison, report, results)
    for left in judge(trace, by_step(found), ledger, on, again, report.intended):
        report.differences += (
            Deviation(trace, left.index, on, fact, *_sides(left, fact)) for fact in left.facts
        )
    return report


def by_step(found: Iterable[Deviation]) -> Iterator[Difference]:
    """The deviations of each step together."""
    for index, each in groupby(found, lambda deviation: deviation.index):
        expected: Facts = {}
        observed: Facts = {}
        for deviation in each:
            for facts, value in ((expected, deviation.expected), (observed, deviation.observed)):
                if value is not ABSENT:
                    facts[deviation.fact] = cast(Json, value)
        yield Difference(index, deviation.step, expected, observed)


def _sides(difference: Difference, fact: str) -> tuple[object, object]:
    return difference.expected.get(fact, ABSENT), difference.observed.get(fact, ABSENT)


def deviations(
    trace: Trace,
    subject: Subject,
    on: str,
    comparison: Comparison,
    report: Report | None = None,
    results: Collection[str] | None = None,
) -> list[Deviation]:
    """Every fact that came out different, intended or not; `report` counts the unreplayed.

    Raises `TraceError` as `replay` does.
    """
    found = list(deviating(trace, subject, on, comparison, report))
    given = found if results is None else [d for d in found if d.fact in results]
    if any(step.facts for step in trace.steps) or not given:
        return found
    if report is not None:
        report.unrecorded = len(trace.steps)
    return [d for d in found if d.fact == CRASHED]


def deviating(
    trace: Trace,
    subject: Subject,
    on: str,
    comparison: Comparison,
    report: Report | None = None,
) -> Iterator[Deviation]:
    """Every fact that is not as recorded, step by step as they are performed.

    Raises `TraceError` as `replay` does.
    """
    project = comparison.project
    for index, step in enumerate(trace.steps):
        try:
            observed = act(subject, step)
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
        except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever it is, it is its own
            yield Deviation(trace, index, on, CRASHED, ABSENT, fault_of(error))
            if report is not None:
                report.unperformed = len(trace.steps) - index - 1
            return
        if step.op in comparison.uncompared:
            if report is not None:
                report.uncompared[step.op] += 1
            continue
        want, got = project(step, step.facts), project(step, observed)
        if not same(want, got):
            for name in sorted(want.keys() | got.keys()):
                expected, shown = _fact(want, name), _fact(got, name)
                if not same(expected, shown):
                    yield Deviation(trace, index, on, name, expected, shown)


def _fact(facts: Mapping[str, object], name: str) -> object:
    return facts.get(name, ABSENT)
