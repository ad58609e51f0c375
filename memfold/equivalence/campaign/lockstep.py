"""Two configurations perform the same steps, side by side."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from memfold.equivalence.compare import Difference, differences, observe
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Facts, Level
from memfold.equivalence.finding import Finding, found_at
from memfold.equivalence.judge import Again, Intended, judge
from memfold.equivalence.project import Project
from memfold.equivalence.replay import EVERYTHING, Comparison, answered
from memfold.equivalence.subject import BadStep, NotReplayable, Step, Subject
from memfold.equivalence.trace import Trace

__all__ = ["beside", "closeness", "compare"]


def compare(
    project: Project,
    one: Configuration,
    other: Configuration,
    trace: Trace,
    intended: Intended,
    noise: Collection[tuple[str, str]] = (),
    level: Level | None = None,
) -> Iterator[Finding]:
    """Each difference of `other` from `one` that nobody intends, as it is found.

    Unless told a `level`, configurations with the same forms are compared closer. A crash of
    either is a difference.
    """
    level = level or closeness(project, one, other)
    again = beside(project, one, other, trace, level, noise)
    steps = trace.steps
    subject, old = (project.subject(each, trace.header) for each in (other, one))
    found = differences(steps, observe(old, steps), observe(subject, steps), level, noise)
    for left in judge(trace, found, project.in_force(), str(other), again, intended):
        yield found_at(left, steps, trace.path, str(one), other, subject)


def beside(
    project: Project,
    one: Configuration,
    other: Configuration,
    trace: Trace,
    level: Level,
    noise: Collection[tuple[str, str]] = (),
    answers: Comparison = EVERYTHING,
) -> Again:
    """What performs steps in the world of `trace` on fresh subjects of both, and compares them.

    A step that cannot be done, since one before it was left out, shows nothing.
    """

    def again(steps: Sequence[Step]) -> Iterator[Difference]:
        def shown(its: Configuration) -> Iterator[Facts]:
            facts = observe(_Lenient(project.subject(its, trace.header)), steps)
            return (answered(answers, *each) for each in zip(steps, facts, strict=False))

        return differences(steps, shown(one), shown(other), level, noise)

    return again


class _Lenient:
    """A subject that shows nothing at a step that cannot be done: one before it is missing."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def perform(self, step: Step) -> Facts:
        try:
            return self._subject.perform(step)
        except (BadStep, NotReplayable):
            return {}


def closeness(project: Project, one: Configuration, other: Configuration) -> Level:
    """How closely two configurations are compared."""
    words = project.vocabulary
    return words.same_forms if one.forms == other.forms else words.loosest
