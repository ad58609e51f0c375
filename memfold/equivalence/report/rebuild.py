"""The engine's own objects, made again of what events say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from memfold.equivalence.campaign.migrate import Verdict
from memfold.equivalence.compare import Difference
from memfold.equivalence.configuration import Component, Configuration, Migration, Stage
from memfold.equivalence.finding import Finding
from memfold.equivalence.ledger import ABSENT, Entry
from memfold.equivalence.report.checked import Bad, Fields, checked
from memfold.equivalence.report.formats import BEGIN, ENTRY
from memfold.equivalence.report.recorded import Performed, Recorded, Told

__all__ = ["Beginning", "beginning", "finding_of"]


@dataclass(frozen=True, slots=True)
class Beginning:
    """What is known when a migration begins."""

    started: float
    content: Fields
    migration: Migration
    planned: Sequence[Configuration]
    ledger: Sequence[Entry]

    def recorded(self, told: Sequence[Told], verdict: Verdict) -> Recorded:
        """It, and what came of it."""
        its = self.content
        return Recorded(
            self.started,
            its.strings("made"),
            its.text("version"),
            self.migration,
            self.planned,
            {name: tuple(map(str, facts)) for name, facts in its.lists("operations")},
            [(each.text("name"), each.texts("facts")) for each in its.objects("levels")],
            [
                Performed(each.text("trace"), each.number("steps"), bool(each.value("recorded")))
                for each in its.objects("work")
            ],
            self.ledger,
            told,
            verdict,
        )


def beginning(name: str, started: float, content: Fields) -> Beginning:
    """What the first event of the project `name` says; raises `BadInput` for what cannot be."""
    its = checked(content, BEGIN, "a beginning")
    migration = Migration(
        name,
        _stages(its),
        _components(its),
        its.text("noun"),
    )
    planned = [_configuration(migration, each) for each in its.objects("planned")]
    ledger = [_entry(checked(each, ENTRY, "a ledger entry")) for each in its.objects("ledger")]
    _distinct([each.id for each in ledger], "ledger entry")
    return Beginning(started, its, migration, planned, ledger)


def _stages(its: Fields) -> Mapping[str, Stage]:
    made = [
        Stage(each.text("name"), each.text("title"), each.texts("forms"))
        for each in its.objects("stages")
    ]
    _distinct([stage.name for stage in made], "stage")
    return {stage.name: stage for stage in made}


def _components(its: Fields) -> Mapping[str, Component]:
    made = [
        Component(each.text("name"), each.texts("forms"), each.text("kind"))
        for each in its.objects("components")
    ]
    _distinct([component.name for component in made], its.text("noun"))
    return {component.name: component for component in made}


def _distinct(names: Sequence[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise Bad(f"{what[:40]} {name[:40]!r} twice", "each once")
        seen.add(name)


def _configuration(migration: Migration, its: Fields) -> Configuration:
    stage = migration.stages.get(its.text("stage"))
    if stage is None:
        expected = f"one of {', '.join(migration.stages)}"
        raise Bad(f"planned at stage {its.text('stage')[:40]!r}", expected[:200])
    forms = its.strings("forms")
    if forms.keys() != migration.components.keys():
        raise Bad(f"planned at {stage.name[:40]}: other components", "a form for each of them")
    for name, form in forms.items():
        if form not in migration.forms(stage, name):
            wrong = f"planned at {stage.name[:40]}: {name[:40]} as {form[:40]!r}"
            raise Bad(wrong, f"one of {', '.join(migration.forms(stage, name))}"[:200])
    return Configuration(migration, stage, {name: forms[name] for name in migration.components})


def _entry(its: Fields) -> Entry:
    expires: date | str | None = its.text("expires_at") if its.has("expires_at") else None
    if its.has("expires_on"):
        expires = date.fromisoformat(its.text("expires_on"))
    return Entry(
        its.text("id"),
        frozenset(its.texts("on")),
        frozenset(its.texts("facts")),
        its.text("why"),
        frozenset(its.texts("ops")),
        was=its.value("was") if its.has("was") else ABSENT,
        becomes=its.value("becomes") if its.has("becomes") else ABSENT,
        scope=its.text("scope"),
        old=its.text("old"),
        new=its.text("new"),
        source=its.text("source"),
        demonstration=its.text("demonstration"),
        owner=its.text("owner"),
        expires=expires,
    )


def finding_of(configuration: Configuration, its: Fields) -> Told:
    """The difference of `configuration` that an event tells; raises `Bad` for half a one."""
    parts = [its.has(key) for key in ("index", "step", "expected", "observed")]
    if any(parts) != all(parts):
        raise Bad("half a difference", "index, step, expected and observed")
    if unknown := set(its.texts("blamed")) - configuration.forms.keys():
        raise Bad(f"blamed {min(unknown)[:40]!r}", f"one of {', '.join(configuration.forms)}"[:200])
    difference = None
    if all(parts):
        step = its.fields("step").step()
        facts = its.facts("expected"), its.facts("observed")
        difference = Difference(its.number("index"), step, *facts)
    finding = Finding(
        configuration,
        its.text("trace"),
        its.text("against"),
        difference,
        its.text("wrong"),
        its.texts("blamed"),
        tuple(each.step() for each in its.objects("before")),
        its.text("vote") if its.has("vote") else "",
    )
    maps = [str(each) for each in its.texts("maps")] if its.has("maps") else []
    return Told(finding, (maps[0], maps[1]) if maps else None)
