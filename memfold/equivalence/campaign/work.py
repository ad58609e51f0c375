"""What the configurations of a migration perform, and what one of them made of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain

from memfold.equivalence.campaign.lockstep import beside
from memfold.equivalence.campaign.replaying import as_kept, beside_recording
from memfold.equivalence.campaign.vote import vote
from memfold.equivalence.compare import ComparedNothing, Difference, Packed, differences, passing
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.coverage import Cell, Reached, bits
from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.finding import Finding, found_at
from memfold.equivalence.judge import Intended, judge
from memfold.equivalence.noise import noise
from memfold.equivalence.plan import reference
from memfold.equivalence.project import Project
from memfold.equivalence.replay import Comparison, answered, comparison_of
from memfold.equivalence.subject import NotReplayable, Subject, covered_by, reached_by
from memfold.equivalence.trace import Trace, read_traces
from memfold.errors import BadInput

__all__ = ["DIED", "Row", "Work", "perform"]

DIED = "died: "
"""How the finding about a configuration begins that ended its process."""

FINDINGS = 10
"""How many differences of a row are kept in full; the others are counted."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to come out of a recording, where a subject answers for `comparison` of it."""

    comparison: Comparison
    facts: Packed

    @classmethod
    def of(cls, project: Project, trace: Trace, comparison: Comparison) -> Expected:
        """What was recorded, as far as it is compared."""
        answers = as_kept(project, trace, comparison)
        recorded = (answered(answers, step, step.facts) for step in trace.steps)
        return cls(comparison, Packed.of(recorded))


@dataclass(frozen=True, slots=True)
class Work:
    """What each configuration has to perform."""

    project: Project
    recorded: Sequence[Trace]
    """Recordings, each for the configurations that it concerns."""
    expected: Sequence[Expected]
    """What comes out of each at the configuration that the plan begins with; others mostly answer
    for the same of it."""
    everywhere: Sequence[Trace]
    """Generated, or a user's own; every configuration performs them."""
    reference: Sequence[Packed]
    """What the configuration that the plan begins with showed, for each of `everywhere`; what it
    crashed of, if so."""
    noise: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Facts that differ between two fresh subjects of that one, and how often."""
    cells: Sequence[Cell] = ()
    """What the project declares that there is to try."""
    known: dict[frozenset[Cell], int] = field(default_factory=dict)
    """Cells that were reached together, as `bits`."""
    votes: dict[tuple[str, str, int], str] = field(default_factory=dict)
    """What was voted already: by component, trace and step."""

    @classmethod
    def of(
        cls,
        project: Project,
        everywhere: Sequence[Trace],
        rows: Sequence[Configuration],
        with_noise: bool = False,
    ) -> Work:
        """The work for `rows` of `project`: its recordings, and `everywhere`."""
        first = reference(project.migration)
        recordings = _recordings(project, rows)
        recorded = [trace for trace in recordings if any(step.facts for step in trace.steps)]
        # One that recorded nothing is compared as what is made up, unless it is of one stage.
        bare = (trace for trace in recordings if not any(step.facts for step in trace.steps))
        everywhere = [*everywhere, *(bare if project.stage_for is None else ())]
        shown: list[Packed] = []
        covered: list[frozenset[Cell]] = []
        for trace in everywhere:
            subject = project.subject(first, trace.header)
            shown.append(Packed.of(passing(subject, trace.steps)))
            covered.append(frozenset(covered_by(subject)))
        found: Counter[tuple[str, str]] = Counter()
        for trace in everywhere if with_noise else ():
            make = partial(project.subject, first, trace.header)
            found += noise(trace.steps, make, project.vocabulary.closest)
        expected = [
            Expected.of(project, trace, comparison_of(project.subject(first, trace.header)))
            for trace in recorded
        ]
        work = cls(project, recorded, expected, everywhere, shown, found, project.declared())
        for each in covered:  # most others will cover the same
            work.bits(each)
        return work

    def bits(self, reached: Iterable[Cell]) -> int:
        """`reached` as a number; looked up where a frozen set has been counted before."""
        if not isinstance(reached, frozenset):
            return bits(self.cells, set(reached))
        if reached not in self.known:
            self.known[reached] = bits(self.cells, reached)
        return self.known[reached]


def _recordings(project: Project, rows: Sequence[Configuration]) -> list[Trace]:
    """The recordings that at least one of `rows` repeats; raises `BadInput` when none is ours."""
    ours = 0

    def wanted(header: Mapping[str, Json]) -> bool:
        nonlocal ours
        if header.get("machine", project.name) != project.name:
            return False  # a folder may hold the recordings of several
        ours += 1
        about = project.about(header)
        return any(_concerns(about, row) for row in rows)

    vocabularies = {project.family or project.name: project.vocabulary}
    found = [project.checked(trace) for trace in read_traces(project.traces, vocabularies, wanted)]
    if project.traces and not ours:
        folders = ", ".join(map(str, project.traces))
        raise BadInput(f"{folders}: no recording of {project.name}", "at least one, or no traces")
    return found


def _concerns(about: Collection[str] | None, configuration: Configuration) -> bool:
    """Whether a recording of these components is repeated: by every configuration when it is of
    all of them, else by the pure ones, and those where only these stand out."""
    return about is None or (bool(about) and configuration.odd.keys() <= set(about))


@dataclass(slots=True)
class Row:
    """What one configuration did."""

    configuration: Configuration
    steps: int = 0
    tallies: Counter[str] = field(default_factory=Counter)
    """How many rows of each tallied fact were shown."""
    reached: int = 0
    """How many of the project's goals were reached."""
    goals: int = 0
    differences: int = 0
    findings: list[Finding] = field(default_factory=list)
    """The first differences in full."""
    intended: Intended = field(default_factory=Intended)
    ops: Counter[str] = field(default_factory=Counter)
    """How often each operation was performed."""
    seconds: float = 0.0
    covered: int = 0
    """Which of the project's cells the steps of `Work.everywhere` reached, see `coverage`."""
    shown: list[Packed] = field(default_factory=list, repr=False)
    """What it showed for each of `Work.everywhere`."""

    def found(self, finding: Finding) -> None:
        """Count a difference, and keep it if it is one of the first."""
        self.differences += 1
        if len(self.findings) < FINDINGS:
            self.findings.append(finding)

    @property
    def died(self) -> bool:
        """Whether its process ended before it was done, or had to be ended."""
        return any(finding.wrong.startswith(DIED) for finding in self.findings)

    @property
    def covering(self) -> Reached:
        """What it adds to the coverage."""
        return Reached(self.configuration.stage.name, self.configuration.forms, self.covered)

    @property
    def first(self) -> str:
        """The first difference, told in full; empty when there is none."""
        return self.findings[0].text() if self.findings else ""


def perform(configuration: Configuration, work: Work, earlier: Row | None) -> Row:
    """Run one configuration through `work`.

    `earlier` is one with the same forms at an earlier stage: the two must agree closer. Whatever
    the subject dies of is a difference.
    """
    row = Row(configuration, goals=len(work.project.goals()))
    started = time.perf_counter()
    _perform(row, work, earlier)
    row.seconds = time.perf_counter() - started
    return row


def _perform(row: Row, work: Work, earlier: Row | None) -> None:
    project, configuration = work.project, row.configuration
    words = project.vocabulary
    for trace, recorded in zip(work.recorded, work.expected, strict=True):
        if _concerns(project.about(trace.header), configuration):
            try:
                _repeat(row, work, trace, recorded)
            except ComparedNothing:
                if project.stage_for is None:
                    raise  # else it may be of what this stage is not compared in
            except NotReplayable:
                # What is of one stage may ask for what another has not.
                own = project.stage_for is None or project.stage_for(trace.header)
                if own in (True, configuration.stage.name):
                    raise
    reached: set[tuple[str, str]] = set()
    first = reference(project.migration)
    for index, trace in enumerate(work.everywhere):
        subject = project.subject(configuration, trace.header)
        shown = Packed.of(_heard(row, work, trace, subject))
        if any(step.facts for step in trace.steps):
            its = Expected.of(project, trace, comparison_of(subject))
            _compare(row, work, trace, subject, shown, its)
        row.shown.append(shown)
        reached |= reached_by(subject)
        row.covered |= work.bits(covered_by(subject))
        against = [(first, work.reference[index], words.loosest)]
        if earlier is not None and index < len(earlier.shown):
            against.append((earlier.configuration, earlier.shown[index], words.same_forms))
        for other, expected, level in against:
            found = differences(trace.steps, expected, shown, level, work.noise)
            again = beside(project, other, configuration, trace, level, work.noise)
            judged = judge(
                trace, found, project.in_force(), project.called(configuration), again, row.intended
            )
            name = str(first) if other is first else f"the same forms at {other.stage.name}"
            _count(row, work, judged, trace, name, subject)
    if not configuration.odd:
        for name, wrong in project.audit(configuration, work.recorded):
            whose = f"{name} ({configuration.forms[name]}): " if name in configuration.forms else ""
            row.found(Finding(configuration, "", "as recorded", None, f"{whose}{wrong}"))
    row.reached = len(reached)
    if project.cells is None:
        row.covered |= work.bits(project.plain_cells(row.ops, reached))
    for name, what in sorted(set(project.goals()) - reached):
        form = configuration.forms.get(name, "")
        row.found(Finding(configuration, "", "", None, f"{what} of {name} ({form}) not reached"))


def _repeat(row: Row, work: Work, trace: Trace, expected: Expected) -> None:
    """Perform a recording on a fresh subject."""
    subject = work.project.subject(row.configuration, trace.header)
    if expected.comparison != comparison_of(subject):
        expected = Expected.of(work.project, trace, comparison_of(subject))
    _compare(row, work, trace, subject, _heard(row, work, trace, subject), expected)


def _heard(row: Row, work: Work, trace: Trace, subject: Subject) -> Iterator[Facts]:
    """What `subject` shows of `trace`, each step counted."""
    tallies = [*work.project.tallies.items()]
    performed = 0
    for facts in passing(subject, trace.steps):
        performed += 1
        for name, fact in tallies:
            if fact in facts:
                row.tallies[name] += len(_rows(facts[fact]))
        yield facts
    row.steps += performed
    row.ops.update(step.op for step in trace.steps[:performed])


def _compare(
    row: Row,
    work: Work,
    trace: Trace,
    subject: Subject,
    shown: Iterable[Facts],
    expected: Expected,
) -> None:
    """What was recorded must come out."""
    project, configuration = work.project, row.configuration
    answers = as_kept(project, trace, expected.comparison)
    kept = Packed.of(
        answered(answers, step, facts) for facts, step in zip(shown, trace.steps, strict=False)
    )
    found = differences(trace.steps, expected.facts, kept, project.vocabulary.closest, work.noise)
    first = next(found, None)
    if first is None:
        return
    found = chain([first], found)
    again = beside_recording(project, configuration, trace, answers)
    judged = judge(
        trace, found, project.in_force(), project.called(configuration), again, row.intended
    )
    source = str(trace.header.get("source", "as recorded"))
    _count(row, work, judged, trace, source, subject)


def _rows(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _count(
    row: Row,
    work: Work,
    found: Iterator[Difference],
    trace: Trace,
    against: str,
    subject: Subject,
) -> None:
    for difference in found:
        finding = found_at(difference, trace.steps, trace.path, against, row.configuration, subject)
        if not row.findings and finding.blamed:
            finding = replace(finding, vote=_vote(work, finding.blamed[0], trace, difference))
        row.found(finding)


def _vote(work: Work, component: str, trace: Trace, difference: Difference) -> str:
    """See `vote`; asked once for all configurations that show the same."""
    key = component, trace.path, difference.index
    if key not in work.votes:
        work.votes[key] = vote(work.project, component, trace, difference, work.recorded)
    return work.votes[key]
