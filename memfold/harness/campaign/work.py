"""What the machines of a migration perform, and what one machine made of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from memfold.devices.board import Board
from memfold.devices.configuration import Configuration
from memfold.devices.stages import STAGES
from memfold.equivalence.compare import Difference, differences, observe
from memfold.equivalence.facts import CRASHED, Facts, Json, Level
from memfold.equivalence.subject import Step, fault_of
from memfold.equivalence.trace import Trace, read_traces
from memfold.harness.campaign.tell import crash_text, difference_text
from memfold.harness.recordings.golden import golden
from memfold.harness.recordings.vocabulary import VOCABULARIES
from memfold.harness.subjects.machine_subject import MachineSubject, recorded_facts

__all__ = ["Row", "Work", "perform"]


@dataclass(frozen=True, slots=True)
class Work:
    """What each machine has to perform."""

    transcripts: Sequence[Trace]
    """Recorded from the real machine; each exercises the device at the header's base address."""
    everywhere: Sequence[Trace]
    """Generated, or a user's own; every machine performs them."""
    reference: Sequence[Sequence[Facts]]
    """What the pure legacy machine showed, for each of `everywhere`; what it crashed of, if so."""

    @classmethod
    def of(
        cls, board: Board, everywhere: Sequence[Trace], machines: Sequence[Configuration]
    ) -> Work:
        """The work for `machines` of `board`: the vendored transcripts, and `everywhere`."""
        legacy = Configuration.of(board, STAGES["legacy"], {})
        reference = [_shown_by(legacy, trace.steps) for trace in everywhere]
        return cls(_transcripts(machines), everywhere, reference)


def _shown_by(configuration: Configuration, steps: Sequence[Step]) -> list[Facts]:
    try:
        return list(observe(MachineSubject(configuration), steps))
    except Exception as error:  # noqa: BLE001  # it could not even be built
        return [{CRASHED: fault_of(error)}]


def _transcripts(machines: Sequence[Configuration]) -> list[Trace]:
    """The vendored transcripts that at least one of `machines` repeats."""

    def wanted(header: Mapping[str, Json]) -> bool:
        return any(_concerns(header, machine) for machine in machines)

    return list(read_traces([golden("qtest")], VOCABULARIES, wanted))


@dataclass(slots=True)
class Row:
    """What one machine did."""

    configuration: Configuration
    steps: int = 0
    interrupts: int = 0
    """Changes of level at the observed interrupt inputs."""
    lines: int = 0
    """Interrupt outputs, of those the board wires, that were both raised and lowered."""
    differences: int = 0
    first: str = ""
    """The first difference, told in full; empty when there is none."""
    seconds: float = 0.0
    shown: list[list[Facts]] = field(default_factory=list, repr=False)
    """What it showed for each of `Work.everywhere`."""


def perform(configuration: Configuration, work: Work, earlier: Row | None) -> Row:
    """Run one machine through `work`.

    `earlier` is a machine with the same forms at an earlier stage: the two must agree on every
    register access too. Whatever the machine dies of is a difference.
    """
    row = Row(configuration)
    started = time.perf_counter()
    try:
        _perform(row, work, earlier)
    except Exception as error:  # noqa: BLE001  # steps show their own: it could not be built
        row.differences += 1
        row.first = row.first or crash_text(configuration, error)
    row.seconds = time.perf_counter() - started
    return row


def _perform(row: Row, work: Work, earlier: Row | None) -> None:
    configuration = row.configuration
    for trace in work.transcripts:
        if _concerns(trace.header, configuration):
            _run(row, trace)
    exercised: set[tuple[str, int]] = set()
    for index, trace in enumerate(work.everywhere):
        subject, shown = _run(row, trace)
        row.shown.append(shown)
        exercised |= subject.machine.lines_exercised()
        found = differences(trace.steps, work.reference[index], shown, Level.GUEST)
        _count(row, found, trace, "the pure legacy machine", subject)
        if earlier is not None and index < len(earlier.shown):
            found = differences(trace.steps, earlier.shown[index], shown, Level.DEVICE)
            stage = earlier.configuration.stage.name
            _count(row, found, trace, f"the same forms at {stage}", subject)
    row.lines = len(exercised)
    for name, output in sorted(configuration.board.wires - exercised):
        row.differences += 1
        row.first = row.first or (
            f"{configuration}: interrupt output {output} of {name} ({configuration.forms[name]})"
            f" was not both raised and lowered\n  stage    {configuration.stage.name}"
        )


def _concerns(header: Mapping[str, Json], configuration: Configuration) -> bool:
    """Whether this machine repeats the transcript: it is pure, or just that device stands out."""
    board = configuration.board
    names = {slot.name for slot in board.slots if slot.base == header.get("base")}
    return header.get("machine") == board.name and bool(names) and configuration.odd.keys() <= names


def _run(row: Row, trace: Trace) -> tuple[MachineSubject, list[Facts]]:
    """Perform `trace` on a fresh machine; what was recorded must come out."""
    subject = MachineSubject(row.configuration)
    shown = list(observe(subject, trace.steps))
    row.steps += len(shown)
    row.interrupts += subject.interrupts
    if any(step.facts for step in trace.steps):
        recorded = [recorded_facts(step.facts) for step in trace.steps]
        found = differences(trace.steps, recorded, map(recorded_facts, shown), Level.EXACT)
        _count(row, found, trace, str(trace.header.get("source", "as recorded")), subject)
    return subject, shown


def _count(
    row: Row, found: Iterator[Difference], trace: Trace, against: str, subject: MachineSubject
) -> None:
    for difference in found:
        row.differences += 1
        row.first = row.first or difference_text(
            difference, trace.steps, trace.path, against, subject
        )
