"""A project: an old and a new way of doing something, and all the harness has to know of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeAlias

from memfold.equivalence.configuration import Configuration, Migration, split_configuration
from memfold.equivalence.configuration import parse_configuration as _parse
from memfold.equivalence.coverage import Cell
from memfold.equivalence.facts import RAISED, Facts, Json
from memfold.equivalence.ledger import Ledger
from memfold.equivalence.subject import (
    BadStep,
    MapRow,
    NotReplayable,
    Step,
    Subject,
    raised_text,
)
from memfold.equivalence.trace import Trace, TraceError
from memfold.equivalence.vocabulary import Vocabulary
from memfold.errors import BadInput

__all__ = ["Audit", "Cells", "Fixture", "Goals", "Header", "Project", "Runs", "Sources", "Steps"]

Header: TypeAlias = Mapping[str, Json]
"""The first line of a trace; empty for generated steps."""

Steps: TypeAlias = Callable[[int, int], Iterator[Step]]
"""``steps(seed, count)``: at least `count` steps, always the same for the same seed."""

Runs: TypeAlias = Callable[[int, int], Iterator[tuple[Header, Sequence[Step]]]]
"""``runs(seed, count)``: runs of at least `count` steps in all, each for a fresh world of its own,
which the header describes; always the same for the same seed."""

Audit: TypeAlias = "Callable[[Configuration, Sequence[Trace]], Iterable[tuple[str, str]]]"
"""``audit(configuration, recordings)``: where what every stage is built from contradicts what was
recorded, as (component, what)."""

Goals: TypeAlias = Callable[[], Collection[tuple[str, str]]]

Cells: TypeAlias = Callable[[], Collection[Cell]]

OPERATIONS, GOALS = "operations", "goals"
"""What is covered in a project that declares nothing else."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the code is that is migrated, and how calls of the old and new API look."""

    paths: tuple[Path, ...] = ()
    old: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fixture:
    """What turns over with the stage and not by itself: a bus, say, or the code of a board."""

    name: str
    kind: str
    at: Mapping[str, str]
    """The form it has at a stage, where that is not `form`."""
    form: str
    needs: tuple[str, ...] = ()
    """What has to have turned over before it can."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The source file of a form, below the paths of the project's sources."""

    def form_at(self, stage: str) -> str:
        """The form it has at a stage."""
        return self.at.get(stage, self.form)


def _about_none(_: Header) -> Collection[str] | None:
    return None


def _no_wrongs(_: Configuration, __: Sequence[Trace]) -> Iterable[tuple[str, str]]:
    return ()


def _nothing_unseen(_: Sequence[Trace]) -> Collection[str]:
    return ()


def _no_goals() -> Collection[tuple[str, str]]:
    return ()


@dataclass(frozen=True, slots=True)
class Project:
    """All that the commands work on. Made by `open_project` from a file, or by hand."""

    migration: Migration
    vocabulary: Vocabulary
    make: Callable[[Configuration, Header], Subject]
    """A fresh subject, for a trace with this header."""
    family: str = ""
    """What a trace's header calls the family; empty: the migration's name."""
    steps: Steps | None = None
    """Makes up steps; none: they are made from the vocabulary."""
    runs: Runs | None = None
    """The same, as several runs in worlds that differ."""
    ledger: Ledger = field(default_factory=Ledger)
    traces: tuple[Path, ...] = ()
    """Recordings: files or folders."""
    about: Callable[[Header], Collection[str] | None] = _about_none
    """The components that a recording exercises; None: all of them."""
    stage_for: Callable[[Header], str] | None = None
    """The stage at which a recording is replayed; none: the last."""
    check: Callable[[Step], None] | None = None
    """Raises `BadStep` for a step that no subject could do, before one is made."""
    fixtures: tuple[Fixture, ...] = ()
    goals: Goals = _no_goals
    """What every configuration has to reach, as (component, what)."""
    cells: Cells | None = None
    """What there is to try, see `Coverage`; none: the operations, and the goals."""
    floors: Mapping[str, float] = field(default_factory=dict)
    """The percentage of the cells of an aspect that the steps have to reach, or of all."""
    audit: Audit = _no_wrongs
    """Compares with the recordings what is the same at every stage, wrong or not."""
    unseen: Callable[[Sequence[Trace]], Collection[str]] = _nothing_unseen
    """What of that no recording speaks of, a text each."""
    tallies: Mapping[str, str] = field(default_factory=dict)
    """What is counted in the tables: a name, and the fact whose rows are counted."""
    sources: Sources = Sources()
    version: str = ""
    folder: Path = Path()
    """What relative paths begin at: where the project file is, unless that says otherwise."""

    @property
    def name(self) -> str:
        """What stands before the ``@`` of its configurations."""
        return self.migration.name

    def performs(self, trace: Trace) -> bool:
        """Whether `trace` is one of this project's."""
        machine = trace.header.get("machine", self.name)
        return trace.family == (self.family or self.name) and machine == self.name

    def called(self, configuration: Configuration) -> str:
        """What the ledger calls `configuration`: the stage alone when there are no components."""
        return str(configuration) if configuration.forms else configuration.stage.name

    def in_force(self) -> Ledger:
        """The entries of the ledger whose time is not over."""
        today = date.today()
        kept = [each for each in self.ledger.entries if not each.expired(today, self.version)]
        return self.ledger if len(kept) == len(self.ledger.entries) else Ledger(kept)

    def declared(self) -> tuple[Cell, ...]:
        """The cells, in an order of their own."""
        if self.cells is not None:
            return tuple(sorted(self.cells()))
        return tuple(sorted(self.plain_cells(self.vocabulary.named(), self.goals())))

    def plain_cells(self, ops: Iterable[str], goals: Iterable[tuple[str, str]]) -> Iterator[Cell]:
        """Operations and goals as cells."""
        yield from (("", OPERATIONS, op) for op in ops)
        yield from ((name, GOALS, what) for name, what in goals)

    def header(self, source: str) -> dict[str, Json]:
        """The first line of a trace of this project that is recorded now, from `source`."""
        if self.family == "machine":
            return {"format": "phys-trace/1", "machine": self.name, "source": source}
        return {"format": "phys-trace/1", "api": self.family or self.name, "source": source}

    def parse(self, text: str) -> Configuration:
        """The configuration called `text`; a stage alone will do.

        Raises `ConfigurationError` for anything that this project has not.
        """
        whole = text if "@" in text else f"{self.name}@{text}"
        split_configuration(whole)
        return _parse(whole, {self.name: self.migration})

    def subject(self, configuration: Configuration, header: Header) -> Subject:
        """A fresh subject; one that cannot be made is one that crashes at its first step.

        Raises `BadInput` for a header that no subject can be made for.
        """
        try:
            subject = self.make(configuration, header)
            if not callable(getattr(subject, "perform", None)):
                raise TypeError(f"a {type(subject).__name__} is no subject: it has no perform")
        except BadInput:
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001  # told at the first step
            return _Stillborn(error)
        raises = any(RAISED in op.facts for op in self.vocabulary.ops.values())
        return _Answering(subject) if raises else subject

    def checked(self, trace: Trace) -> Trace:
        """`trace`; raises `TraceError` when it is not this project's or a step cannot be done."""
        if not self.performs(trace):
            whose = trace.header.get("machine", f"a {trace.family} trace")
            raise TraceError(trace.path, 1, f"recorded on {whose}", self.name)
        if self.check is not None:
            for step in trace.steps:
                try:
                    self.check(step)
                except BadStep as error:
                    wrong = f"{step.op}: {error.wrong}"
                    raise TraceError(trace.path, step.line, wrong, error.expected) from error
        return trace


class _Stillborn:
    """A subject that could not be made: it crashes at its first step, of what was in the way."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def perform(self, _step: Step) -> Facts:
        raise self._error

    def map(self) -> list[MapRow]:
        raise self._error


class _Answering:
    """A subject whose exceptions are answers: the fact ``raised``."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    def perform(self, step: Step) -> Facts:
        try:
            return self._subject.perform(step)
        except (BadStep, NotReplayable):
            raise
        except Exception as error:  # noqa: BLE001  # the vocabulary says that it is an answer
            return {RAISED: raised_text(error)}

    def __getattr__(self, name: str) -> object:
        return getattr(self._subject, name)
