"""Replaying a recorded trace on a configuration: recordings, and the cases that tests kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from memfold.equivalence.campaign import replaying
from memfold.equivalence.campaign.lockstep import compare
from memfold.equivalence.campaign.replaying import kept_noise
from memfold.equivalence.configuration import Configuration, ConfigurationError
from memfold.equivalence.finding import Finding, found_at
from memfold.equivalence.judge import Intended
from memfold.equivalence.plan import plan, reference
from memfold.equivalence.project import Header, Project
from memfold.equivalence.replay import by_step
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
    done = Replayed()
    if not any(step.facts for step in trace.steps):
        first, noise = reference(project.migration), kept_noise(trace)
        found = list(compare(project, first, configuration, trace, done.intended, noise))
        done.findings, done.more = found[:1], len(found[1:])
        return done
    report = replaying.replayed(project, trace, configuration)
    done.intended, done.unreplayable = report.intended, report.first_unreplayable
    left = list(by_step(report.differences))
    against = str(trace.header.get("source", "as recorded"))
    subject = project.subject(configuration, trace.header)
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
