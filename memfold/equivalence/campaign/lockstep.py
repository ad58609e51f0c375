"""Two configurations perform the same steps, side by side."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from memfold.equivalence.compare import Difference, differences, observe
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Level
from memfold.equivalence.finding import Finding, found_at
from memfold.equivalence.judge import Again, Intended, judge
from memfold.equivalence.plan import reference
from memfold.equivalence.project import Project
from memfold.equivalence.subject import Step
from memfold.equivalence.trace import Trace

__all__ = ["beside", "beside_recording", "closeness", "compare"]


def compare(
    project: Project,
    one: Configuration,
    other: Configuration,
    trace: Trace,
    intended: Intended,
    noise: Collection[tuple[str, str]] = (),
) -> Iterator[Finding]:
    """Each difference of `other` from `one` that nobody intends, as it is found.

    Configurations with the same forms are compared closer. A crash of either is a difference.
    """
    level = closeness(project, one, other)
    again = beside(project, one, other, trace, level, noise)
    steps = trace.steps
    subject, old = (project.subject(each, trace.header) for each in (other, one))
    found = differences(steps, observe(old, steps), observe(subject, steps), level, noise)
    for left in judge(trace, found, project.ledger, str(other), again, intended):
        yield found_at(left, steps, trace.path, str(one), other, subject)


def beside(
    project: Project,
    one: Configuration,
    other: Configuration,
    trace: Trace,
    level: Level,
    noise: Collection[tuple[str, str]] = (),
) -> Again:
    """What performs steps in the world of `trace` on fresh subjects of both, and compares them."""

    def again(steps: Sequence[Step]) -> Iterator[Difference]:
        old, new = (project.subject(each, trace.header) for each in (one, other))
        return differences(steps, observe(old, steps), observe(new, steps), level, noise)

    return again


def closeness(project: Project, one: Configuration, other: Configuration) -> Level:
    """How closely two configurations are compared."""
    words = project.vocabulary
    return words.same_forms if one.forms == other.forms else words.loosest


def beside_recording(project: Project, configuration: Configuration, trace: Trace) -> Again | None:
    """What performs steps of a recording again beside the configuration that the plan begins with.

    Only where the ledger may need it, and that one still shows what was recorded.
    """
    on = project.called(configuration)
    if not any(project.ledger.may_part(on, step) for step in trace.steps):
        return None
    old = reference(project.migration)
    closest = project.vocabulary.closest
    recorded = [step.facts for step in trace.steps]
    shown = observe(project.subject(old, trace.header), trace.steps)
    if next(differences(trace.steps, recorded, shown, closest), None) is not None:
        return None
    return beside(project, old, configuration, trace, closest)
