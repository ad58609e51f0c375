"""Replaying a recorded trace on a configuration: recordings, and the cases that tests kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from memfold.equivalence.campaign.lockstep import beside, compare
from memfold.equivalence.compare import Difference
from memfold.equivalence.configuration import Configuration, ConfigurationError
from memfold.equivalence.facts import Facts, Json, Level, at_level
from memfold.equivalence.finding import Finding, found_at
from memfold.equivalence.judge import Intended
from memfold.equivalence.ledger import ABSENT, Deviation
from memfold.equivalence.plan import plan, reference
from memfold.equivalence.project import Header, Project
from memfold.equivalence.replay import Comparison, comparison_of, replay
from memfold.equivalence.subject import Step
from memfold.equivalence.trace import Trace

__all__ = ["SEED", "Replayed", "configurations", "replayed"]

SEED = 2011
MIXES = 4


@dataclass(slots=True)
class Replayed:
    """What came of replaying a trace."""

    findings: list[Finding] = field(default_factory=list)
    """The first difference that nobody intends, if there is one."""
    without: bool = False
    """Whether it shows only with the steps left out that the ledger intends."""
    more: int = 0
    """How many other steps differ."""
    unreplayable: str = ""
    """The first step that the subject has no way to do, and why."""
    intended: Intended = field(default_factory=Intended)

    @property
    def equal(self) -> bool:
        """Whether all was performed, and nothing differed that nobody intends."""
        return not self.findings and not self.unreplayable

    def text(self) -> str:
        """What went wrong."""
        lines = [finding.text() for finding in self.findings]
        if self.without:
            lines.append("  (without the steps that the ledger intends to differ)")
        if self.more:
            lines.append(f"  and {self.more} more steps that differ")
        if self.unreplayable:
            lines.append(f"cannot be replayed: {self.unreplayable}")
        return "\n".join(lines)


def configurations(project: Project, header: Header, given: list[str]) -> list[Configuration]:
    """Those that a trace with this `header` is replayed on: `given` by the user, or the default.

    Raises `ConfigurationError` for one that there is not.
    """
    ours = [each for each in given if each.partition("@")[0] == project.name or "@" not in each]
    if "all" in ours:
        chosen = plan(project.migration, MIXES, SEED)
    elif ours:
        chosen = [project.parse(each) for each in ours]
    else:
        chosen = [_default(project, header)]
    about = project.about(header)
    return [c for c in chosen if about is None or (about and c.odd.keys() <= set(about))]


def _default(project: Project, header: Header) -> Configuration:
    """Where a case was found, the stage that the project says, or the last."""
    kept = header.get("configuration")
    if isinstance(kept, str):
        try:
            return project.parse(kept)
        except ConfigurationError:
            pass  # that stage is over
    if project.stage_for is not None:
        return project.parse(project.stage_for(header))
    return project.parse(list(project.migration.stages)[-1])


def replayed(project: Project, trace: Trace, configuration: Configuration) -> Replayed:
    """Replay `trace`; one that recorded nothing is performed beside the reference instead.

    Raises `TraceError` for a trace that is not the project's, or a step that no subject could do.
    """
    project.checked(trace)
    first, level, noise = reference(project.migration), _level(project, trace), _noise(trace)
    done = Replayed()
    if not any(step.facts for step in trace.steps):
        found = list(compare(project, first, configuration, trace, done.intended, noise))
        done.findings, done.more = found[:1], len(found[1:])
        return done
    subject = project.subject(configuration, trace.header)
    answers = comparison_of(subject)

    def part(step: Step, facts: Facts) -> Facts:
        kept = at_level(answers.project(step, facts), level)
        return {name: value for name, value in kept.items() if (step.op, name) not in noise}

    again = beside(project, first, configuration, trace, level, noise)
    report = replay(
        trace,
        subject,
        str(configuration),
        Comparison(part, answers.uncompared),
        project.ledger,
        project.vocabulary.results,
        again,
    )
    done.intended, done.unreplayable = report.intended, report.first_unreplayable
    left = list(_by_step(report.differences))
    against = str(trace.header.get("source", "as recorded"))
    done.findings = [
        found_at(each, trace.steps, trace.path, against, configuration, subject)
        for each in left[:1]
    ]
    done.without = any(
        each.step.facts.get(name) != value
        for each in left[:1]
        for name, value in each.expected.items()
    )
    done.more = len(left[1:])
    return done


def _level(project: Project, trace: Trace) -> Level:
    """The level that the trace was kept at, or the closest."""
    words, name = project.vocabulary, trace.header.get("level")
    return next((each for each in words.levels if each.name == name), words.closest)


def _noise(trace: Trace) -> set[tuple[str, str]]:
    """The facts that were not compared when the trace was kept."""
    names = trace.header.get("noise", [])
    found: set[tuple[str, str]] = set()
    for each in names if isinstance(names, list) else []:
        op, _, fact = str(each).rpartition(".")
        found.add((op, fact))
    return found


def _by_step(found: list[Deviation]) -> Iterator[Difference]:
    """Deviations of one step together."""
    steps: dict[int, tuple[Facts, Facts]] = {}
    for each in found:
        sides = steps.setdefault(each.index, ({}, {}))
        for facts, value in zip(sides, (each.expected, each.observed), strict=True):
            if value is not ABSENT:
                facts[each.fact] = _json(value)
    of = {each.index: each.step for each in found}
    for index, (expected, observed) in steps.items():
        yield Difference(index, of[index], expected, observed)


def _json(value: Json | object) -> Json:
    assert value is None or isinstance(value, (bool, int, float, str, list, dict))
    return value
