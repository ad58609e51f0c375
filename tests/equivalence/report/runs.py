"""Migrations to report on, with whatever names, forms and differences a test wants."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from memfold.equivalence import (
    BOOL,
    UINT,
    Component,
    Configuration,
    Entry,
    Facts,
    Json,
    Ledger,
    MapRow,
    Migration,
    Op,
    Project,
    Shape,
    Stage,
    Step,
    Trace,
    Vocabulary,
    levels,
)
from memfold.equivalence.campaign.migrate import Verdict, grouped
from memfold.equivalence.campaign.run import run
from memfold.equivalence.campaign.work import Work
from memfold.equivalence.plan import plan
from memfold.equivalence.report import Events, Recorded, recorded

__all__ = ["STARTED", "TODAY", "Kind", "performed", "told"]

STARTED = 1_795_500_000.25
TODAY = date.today()
"""The day the runs are made on, which is when the ledger's entries are in force or over."""
ANY = Shape("anything", lambda _: True)


@dataclass
class Kind:
    """What a migration is like."""

    name: str = "lamps"
    stages: Sequence[Stage] = (
        Stage("start", "the old way", ("old",)),
        Stage("mixed", "one by one", ("old", "new")),
        Stage("done", "", ("new",)),
    )
    components: Sequence[str] = ("hall", "roof")
    bad: Collection[str] = ()
    """Components that answer otherwise in any form but the oldest."""
    meant: Collection[str] = ()
    """Components whose `dim` answers otherwise in any form but the oldest, which is intended."""
    says: Json = 7
    """What a bad component shows."""
    op: str = "light"
    entry: Mapping[str, str | date] = field(default_factory=dict)
    noisy: bool = False
    mapped: bool = False
    ops: int = 8

    def project(self) -> Project:
        """The project that is so."""
        forms = tuple(dict.fromkeys(form for stage in self.stages for form in stage.forms))
        stages = {stage.name: stage for stage in self.stages}
        components = {name: Component(name, forms) for name in self.components}
        words = Vocabulary(
            {
                self.op: Op({"lamp": ANY}, {"glow": ANY, "time": ANY}),
                "dim": Op({"lamp": ANY, "by": UINT}, {"dimmed": BOOL}),
                "unused": Op({}, {"glow": ANY}),
            },
            levels(seen=["glow", "time", "dimmed"]),
        )
        entry = Entry(
            "dims",
            frozenset([*stages][1:]) or frozenset(stages),
            frozenset(["dimmed"]),
            "it dims at last",
            frozenset(["dim"]),
            scope="step",
            **self.entry,  # type: ignore[arg-type]
        )
        return Project(
            Migration(self.name, stages, components, "lamp"),
            words,
            lambda configuration, _: _Lamps(self, configuration),
            ledger=Ledger([entry]),
            version="1.4",
        )

    def steps(self) -> list[Step]:
        """Steps for it."""
        lamps = [*self.components] or ["none"]
        made = []
        for number in range(self.ops):
            lamp = lamps[number // 2 % len(lamps)]
            step = Step("dim", {"lamp": lamp, "by": number}), Step(self.op, {"lamp": lamp})
            made.append(step[number % 2])
        return made


class _Lamps:
    def __init__(self, kind: Kind, configuration: Configuration) -> None:
        self._kind, self._configuration = kind, configuration
        self._done = 0
        self._oldest = next(iter(configuration.migration.stages.values())).forms[:1]
        if not kind.mapped:
            self.map = None  # type: ignore[assignment]

    def _changed(self, lamp: Json) -> bool:
        forms = self._configuration.forms
        return lamp in forms and forms[str(lamp)] not in self._oldest

    def perform(self, step: Step) -> Facts:
        lamp = step.args["lamp"]
        self._done += 1
        if step.op == "dim":
            return {"dimmed": self._changed(lamp) and lamp in self._kind.meant}
        glow = self._kind.says if self._changed(lamp) and lamp in self._kind.bad else 1
        return {"glow": glow, **({"time": id(self)} if self._kind.noisy else {})}

    def map(self) -> list[MapRow]:
        forms = self._configuration.forms.items()
        rows = [MapRow(n * 16, 16, form, name, n) for n, (name, form) in enumerate(forms)]
        return [*rows, MapRow(0x100, 1, "at", "step", self._done)]


def performed(
    kind: Kind, mixes: int = 2, maps: bool = False, only: str = ""
) -> tuple[Events, Verdict]:
    """A migration of that kind, performed: its events and its verdict."""
    project = kind.project()
    rows = [project.parse(only)] if only else plan(project.migration, mixes, 1)
    steps = Trace("steps made by hand", project.name, {}, kind.steps())
    work = Work.of(project, [steps], rows, kind.noisy)
    events = Events({"command": "by hand", "seed": "1"}, maps, clock=lambda: STARTED)
    return events, run(work, rows, grouped(rows), 1, events)


def told(kind: Kind, mixes: int = 2, maps: bool = False) -> Recorded:
    """What the events of a migration of that kind tell."""
    events, _ = performed(kind, mixes, maps)
    return recorded(events.events)
