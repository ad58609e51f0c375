"""Walking the plan: every machine of every stage performs the same steps and shows the same.

Recorded transcripts are compared with what the real machine did, generated steps with the pure legacy
machine at guest level, and the same forms at a later stage with the earlier one at device level.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field

from memfold.devices.board import Board
from memfold.devices.configuration import Configuration
from memfold.equivalence.compare import Difference, differences, observe
from memfold.equivalence.facts import Facts, Json, Level
from memfold.equivalence.subject import Step
from memfold.equivalence.trace import Trace, read_traces
from memfold.harness.generate import generate
from memfold.harness.golden import golden
from memfold.harness.machine_subject import MachineSubject, recorded_facts
from memfold.harness.plan import plan
from memfold.harness.vocabulary import VOCABULARIES
from shim.stages import STAGES

__all__ = ["Row", "Run", "Verdict", "Work", "migration", "show"]

CONTEXT = 5
"""Steps shown before the one that differs."""


@dataclass(frozen=True, slots=True)
class Work:
    """What each machine has to perform."""

    transcripts: Sequence[Trace]
    """Recorded from the real machine; each exercises the device at the header's base address."""
    everywhere: Sequence[tuple[str, Sequence[Step]]]
    """Name and steps: generated, or a user's own; every machine performs them."""
    reference: Sequence[Sequence[Facts]]
    """What the pure legacy machine showed, for each of `everywhere`."""

    @classmethod
    def of(cls, board: Board, everywhere: Sequence[tuple[str, Sequence[Step]]]) -> Work:
        """The work for `board`: its recorded transcripts, and `everywhere` on the pure machine."""
        legacy = Configuration.of(board, STAGES["legacy"], {})
        return cls(
            transcripts(board),
            everywhere,
            [list(observe(MachineSubject(legacy), steps)) for _, steps in everywhere],
        )


def transcripts(board: Board) -> list[Trace]:
    """The vendored transcripts of the real board whose device is on ours."""
    bases = {slot.base for slot in board.slots}
    return [
        trace
        for trace in read_traces([golden("qtest")], VOCABULARIES)
        if trace.header.get("machine") == board.name and trace.header.get("base") in bases
    ]


@dataclass(frozen=True, slots=True)
class Run:
    """A migration that is under way: `rows` gives each group of rows as it is done."""

    rows: Iterator[Sequence[Row]]
    total: int
    """Groups to come."""
    configurations: Sequence[Configuration]
    transcripts: int


def migration(
    board: Board,
    ops: int,
    seed: int,
    traces: Sequence[Trace],
    only: Configuration | None,
    jobs: int,
) -> Run:
    """Start walking the plan of `board`, or just its row `only`."""
    everywhere = [(f"generated steps, seed {seed}", generate(board, seed, ops))]
    everywhere += [(trace.path, trace.steps) for trace in traces]
    work = Work.of(board, everywhere)
    configurations = plan(board) if only is None else [only]
    groups = grouped(configurations)
    return Run(walk(groups, work, jobs), len(groups), configurations, len(work.transcripts))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a migration."""

    board: Board
    run: Run
    rows: Sequence[Row]
    """In the order of the plan."""

    @classmethod
    def of(cls, board: Board, run: Run, groups: Iterable[Sequence[Row]]) -> Verdict:
        """The verdict on `groups`, once they are done."""
        done = {str(row.configuration): row for group in groups for row in group}
        return cls(board, run, [done[str(configuration)] for configuration in run.configurations])

    @property
    def equal(self) -> bool:
        """Whether no machine showed a difference."""
        return not any(row.differences for row in self.rows)

    def text(self) -> str:
        """The verdict in one line."""
        count = len(self.rows)
        steps = sum(row.steps for row in self.rows)
        interrupts = sum(row.interrupts for row in self.rows)
        bad = sum(1 for row in self.rows if row.differences)
        if bad:
            return f"{self.board.name}: DIFFERENT: {bad} of {count} configurations"
        return (
            f"{self.board.name}: all {count} configurations equivalent "
            f"({self.run.transcripts} recorded transcripts, {steps:,} steps, {interrupts:,} interrupts)"
        )

    def json(self) -> Json:
        """The verdict as data."""
        return {
            "board": self.board.name,
            "equivalent": self.equal,
            "transcripts": self.run.transcripts,
            "rows": [
                {
                    "configuration": str(row.configuration),
                    "stage": row.configuration.stage.name,
                    "forms": dict(row.configuration.forms),
                    "steps": row.steps,
                    "interrupts": row.interrupts,
                    "lines": row.lines,
                    "differences": row.differences,
                    "first": row.first,
                    "seconds": round(row.seconds, 3),
                }
                for row in self.rows
            ],
        }


@dataclass(slots=True)
class Row:
    """What one machine did."""

    configuration: Configuration
    steps: int = 0
    interrupts: int = 0
    """Changes of level at the observed interrupt inputs."""
    lines: int = 0
    """Wired interrupt lines, of all devices, that were both raised and lowered."""
    differences: int = 0
    first: str = ""
    """The first difference, told in full; empty when there is none."""
    seconds: float = 0.0


@dataclass(slots=True)
class _Earlier:
    """What the same forms showed at the first stage that allowed them."""

    stage: str = ""
    shown: list[list[Facts]] = field(default_factory=list)


def grouped(rows: Sequence[Configuration]) -> list[list[Configuration]]:
    """Machines with the same forms together, in stage order; the largest groups first."""
    groups: dict[tuple[str, ...], list[Configuration]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.forms.values())].append(row)
    return sorted(groups.values(), key=len, reverse=True)


def walk(
    groups: Sequence[Sequence[Configuration]], work: Work, jobs: int
) -> Iterator[Sequence[Row]]:
    """Run the machines; yields each group as it is done."""
    if jobs == 1 or len(groups) == 1:
        for group in groups:
            yield _run_group(group, work)
        return
    # Forked workers share the work without copying it.
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(jobs, context, _set_work, (work,)) as pool:
        for done in as_completed([pool.submit(_pooled, group) for group in groups]):
            yield done.result()


_worker: list[Work] = []


def _set_work(work: Work) -> None:
    _worker[:] = [work]


def _pooled(group: Sequence[Configuration]) -> list[Row]:
    return _run_group(group, _worker[0])


def _run_group(group: Sequence[Configuration], work: Work) -> list[Row]:
    earlier = _Earlier()
    return [_run(configuration, work, earlier) for configuration in group]


def _run(configuration: Configuration, work: Work, earlier: _Earlier) -> Row:
    row = Row(configuration)
    started = time.perf_counter()
    for trace in work.transcripts:
        if _concerns(trace, configuration):
            subject = MachineSubject(configuration)
            shown = _shown(subject, trace.steps, row)
            expected = [recorded_facts(step.facts) for step in trace.steps]
            found = differences(trace.steps, expected, map(recorded_facts, shown), Level.EXACT)
            _count(row, found, trace.steps, trace.path, "the real machine", subject)
    first_of_forms = not earlier.stage
    for index, (name, steps) in enumerate(work.everywhere):
        subject = MachineSubject(configuration)
        shown = _shown(subject, steps, row)
        found = differences(steps, work.reference[index], shown, Level.GUEST)
        _count(row, found, steps, name, "the pure legacy machine", subject)
        if first_of_forms:
            earlier.shown.append(shown)
            row.lines = max(row.lines, subject.machine.lines_exercised())
        else:
            found = differences(steps, earlier.shown[index], shown, Level.DEVICE)
            _count(row, found, steps, name, f"the same forms at {earlier.stage}", subject)
    earlier.stage = earlier.stage or configuration.stage.name
    row.seconds = time.perf_counter() - started
    return row


def _concerns(trace: Trace, configuration: Configuration) -> bool:
    """Whether this machine should repeat the transcript: it is pure, or has that device changed."""
    kinds = list(configuration.forms.values())
    if len(set(kinds)) == 1:
        return True
    base = trace.header["base"]
    name = next(slot.name for slot in configuration.board.slots if slot.base == base)
    return kinds.count(configuration.forms[name]) == 1


def _shown(subject: MachineSubject, steps: Sequence[Step], row: Row) -> list[Facts]:
    shown = list(observe(subject, steps))
    row.steps += len(steps)
    row.interrupts += subject.interrupts
    return shown


def _count(
    row: Row,
    found: Iterator[Difference],
    steps: Sequence[Step],
    name: str,
    against: str,
    subject: MachineSubject,
) -> None:
    for difference in found:
        row.differences += 1
        row.first = row.first or tell(row.configuration, difference, steps, name, against, subject)


def tell(
    configuration: Configuration,
    difference: Difference,
    steps: Sequence[Step],
    name: str,
    against: str,
    subject: MachineSubject,
) -> str:
    """The difference in full: step, address, size, both observations, the device and its form."""
    step = difference.step
    lines = [
        f"{configuration}: first difference in {name}, step {difference.index}"
        + (f" (line {step.line})" if step.line else ""),
        f"  stage    {configuration.stage.name}",
        f"  device   {subject.culprit(step)}",
        f"  step     {show(step)}",
        f"  expected {difference.expected} ({against})",
        f"  observed {difference.observed}",
    ]
    before = steps[max(0, difference.index - CONTEXT) : difference.index]
    if before:
        lines.append("  before it:")
        lines += (f"    {show(earlier)}" for earlier in before)
    return "\n".join(lines)


def show(step: Step) -> str:
    """A step in one line, addresses and values in hex."""
    args = (
        f"{name}={value:#x}" if type(value) is int and name != "ns" else f"{name}={value}"
        for name, value in step.args.items()
    )
    return " ".join([step.op, *args])
