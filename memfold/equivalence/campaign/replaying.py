"""Replaying a recorded trace of a project on one of its configurations."""

from __future__ import annotations

from memfold.equivalence.campaign.lockstep import beside
from memfold.equivalence.compare import ComparedNothing, Difference, differences, observe
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Facts, Level
from memfold.equivalence.judge import Again, Intended, judge
from memfold.equivalence.plan import reference
from memfold.equivalence.project import Project
from memfold.equivalence.replay import (
    Comparison,
    Report,
    answered,
    by_step,
    comparison_of,
    deviating,
    replay,
)
from memfold.equivalence.subject import Step, Subject
from memfold.equivalence.trace import Trace, TraceError
from memfold.errors import BadInput

__all__ = [
    "as_kept",
    "beside_recording",
    "first_difference",
    "kept_level",
    "kept_noise",
    "replayed",
]


def replayed(project: Project, trace: Trace, configuration: Configuration) -> Report:
    """What replaying `trace` on a fresh subject showed.

    A trace whose header says at what level it was kept, and what was noise then, is compared as it
    was then; others are compared with all they hold. What differs after an intended difference is
    looked at again with that step left out, where the configuration that the plan begins with still
    shows what was recorded.

    Raises `TraceError` for a header that no subject can be made for, or a step that none could do.
    """
    subject = _subject(project, trace, configuration)
    answers = as_kept(project, trace, comparison_of(subject))
    report = replay(
        trace,
        subject,
        project.called(configuration),
        answers,
        project.in_force(),
        project.vocabulary.results,
        beside_recording(project, configuration, trace, answers),
    )
    noise = kept_noise(trace)
    masked = ((step.op, fact) for step in trace.steps for fact in step.facts) if noise else ()
    report.noise.update(each for each in masked if each in noise)
    return report


def first_difference(
    project: Project, trace: Trace, configuration: Configuration
) -> Difference | None:
    """The first that `replayed` reports, and no step after it is performed."""
    if not any(step.facts for step in trace.steps):  # what counts is known at its end
        report = replayed(project, trace, configuration)
        return next(by_step(report.differences), None)
    subject = _subject(project, trace, configuration)
    answers, on = as_kept(project, trace, comparison_of(subject)), project.called(configuration)
    found = by_step(deviating(trace, subject, on, answers))
    again = beside_recording(project, configuration, trace, answers)
    return next(judge(trace, found, project.in_force(), on, again, Intended()), None)


def _subject(project: Project, trace: Trace, configuration: Configuration) -> Subject:
    try:
        return project.subject(configuration, trace.header)
    except BadInput as error:
        raise TraceError(trace.path, 1, f"header: {error.wrong}", error.expected) from error


def as_kept(project: Project, trace: Trace, answers: Comparison) -> Comparison:
    """What `answers` says, cut down to what was compared when the trace was kept."""
    level, noise = kept_level(project, trace), kept_noise(trace)
    if level is None and not noise:
        return answers

    def part(step: Step, facts: Facts) -> Facts:
        return {
            name: value
            for name, value in answers.project(step, facts).items()
            if (level is None or name in level.facts) and (step.op, name) not in noise
        }

    return Comparison(part, answers.uncompared)


def kept_level(project: Project, trace: Trace) -> Level | None:
    """The level that the trace was kept at, if its header says so."""
    name = trace.header.get("level")
    return next((each for each in project.vocabulary.levels if each.name == name), None)


def kept_noise(trace: Trace) -> set[tuple[str, str]]:
    """The facts, as (operation, fact), that were not compared when the trace was kept."""
    names = trace.header.get("noise", [])
    pairs = (str(each).rpartition(".") for each in (names if isinstance(names, list) else []))
    return {(op, fact) for op, _, fact in pairs}


def beside_recording(
    project: Project, configuration: Configuration, trace: Trace, answers: Comparison
) -> Again | None:
    """What performs steps of a recording again beside the configuration that the plan begins with,
    and compares what `answers` says.

    Only where the ledger may need it, and that one still shows what was recorded.
    """
    on, ledger = project.called(configuration), project.in_force()
    if not any(ledger.may_part(on, step) for step in trace.steps):
        return None
    old, closest = reference(project.migration), project.vocabulary.closest
    recorded = [answered(answers, step, step.facts) for step in trace.steps]
    facts = observe(project.subject(old, trace.header), trace.steps)
    shown = (answered(answers, *each) for each in zip(trace.steps, facts, strict=False))
    try:
        if next(differences(trace.steps, recorded, shown, closest), None) is not None:
            return None
    except ComparedNothing:
        return None
    return beside(project, old, configuration, trace, closest, answers=answers)
