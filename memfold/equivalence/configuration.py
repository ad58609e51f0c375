"""What is migrated, as data, and one point on the way: ``name@stage[component=form,...]``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from memfold.errors import BadInput

__all__ = [
    "Component",
    "Configuration",
    "ConfigurationError",
    "Migration",
    "Stage",
    "configure",
    "parse_configuration",
]

GRAMMAR = re.compile(r"(?P<name>[\w-]+)@(?P<stage>[\w-]+)(?:\[(?P<forms>[^\[\]]*)\])?\Z")


class ConfigurationError(BadInput):
    """A configuration that does not exist; the message names the part and what it could be."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a plan."""

    name: str
    title: str
    forms: tuple[str, ...] = ()
    """The forms a component may have; the first is the one it has unless told otherwise. None for
    a migration that has no components."""


@dataclass(frozen=True, slots=True)
class Component:
    """One thing that changes over, by itself."""

    name: str
    forms: tuple[str, ...]
    """The forms it could have, the oldest first."""
    kind: str = "component"
    needs: tuple[str, ...] = ()
    """What has to have changed over before it can."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The source file of a form, below the paths of the project's sources."""


@dataclass(frozen=True, slots=True)
class Migration:
    """What is migrated: its stages in the order of the plan, its components.

    Raises `ConfigurationError` for a component that has no form at some stage.
    """

    name: str
    stages: Mapping[str, Stage]
    components: Mapping[str, Component]
    noun: str = "component"
    """What a component is called, in messages."""

    def __post_init__(self) -> None:
        if not self.stages:
            raise ConfigurationError(f"{self.name}: no stages", "one or more, in order")
        had = {form for component in self.components.values() for form in component.forms}
        for stage in self.stages.values():
            if self.components and (unknown := [each for each in stage.forms if each not in had]):
                raise ConfigurationError(
                    f"no {self.noun} has the form {unknown[0]!r} of stage {stage.name}",
                    f"one of {', '.join(sorted(had))}",
                )
            for component in self.components.values():
                if not self.forms(stage, component.name):
                    raise ConfigurationError(
                        f"{self.noun} {component.name!r} has none of the forms of stage"
                        f" {stage.name}",
                        f"one of {', '.join(stage.forms)}",
                    )

    def forms(self, stage: Stage, component: str) -> tuple[str, ...]:
        """The forms that `component` may have at `stage`; the first is the default."""
        return tuple(form for form in stage.forms if form in self.components[component].forms)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A migration at a stage of its plan, and the form of each of its components."""

    migration: Migration
    stage: Stage
    forms: Mapping[str, str]
    """Component name to form, for every component."""

    @property
    def majority(self) -> str:
        """The form that most components have; empty without components."""
        forms = list(self.forms.values())
        return max(self.stage.forms, key=forms.count, default="")

    @property
    def odd(self) -> dict[str, str]:
        """The components that do not have the form most have."""
        return {name: form for name, form in self.forms.items() if form != self.majority}

    @property
    def is_mix(self) -> bool:
        """Whether more than one component stands out."""
        return len(self.odd) > 1

    def forms_text(self) -> str:
        """The forms in short: ``all native``, ``pl031=native``, ``native, pl031=legacy``."""
        if not self.forms:
            return ""
        rest = [f"{name}={form}" for name, form in self.odd.items()]
        return ", ".join([self.majority, *rest]) if rest else f"all {self.majority}"

    def __str__(self) -> str:
        shown = f"{self.migration.name}@{self.stage.name}"
        if not self.forms:
            return shown
        parts = [f"*={self.majority}"] if self.majority != self.stage.forms[0] else []
        parts += [f"{name}={form}" for name, form in self.odd.items()]
        return f"{shown}[{','.join(parts)}]" if parts else shown


def configure(migration: Migration, stage: Stage, forms: Mapping[str, str]) -> Configuration:
    """The configuration with `forms` where given (``*`` for all others) and the default else.

    Raises `ConfigurationError` for a component there is not, or a form that it has not at `stage`.
    """
    noun, names = migration.noun, migration.components
    for name, form in forms.items():
        if name == "*":
            _choose("form", form, stage.forms, f" at stage {stage.name}")
        else:
            _choose(noun, name, names, f" on {migration.name}")
            known = migration.forms(stage, name)
            of = "" if form in stage.forms else f" at stage {stage.name}"
            _choose("form", form, known, of or f" of {name}")
    chosen: dict[str, str] = {}
    for name in names:
        known = migration.forms(stage, name)
        default = forms.get("*", known[0])
        chosen[name] = forms.get(name, default if default in known else known[0])
    return Configuration(migration, stage, chosen)


def parse_configuration(
    text: str, migrations: Mapping[str, Migration], noun: str = "project"
) -> Configuration:
    """The configuration that `text` names, of one of `migrations`; `noun` says what these are.

    Raises `ConfigurationError` naming the part that is wrong and what it could be.
    """
    parts = {migration.noun for migration in migrations.values()}
    name, stage, forms = split_configuration(text, noun, *parts if len(parts) == 1 else ())
    migration = migrations[_choose(noun, name, migrations, "")]
    return configure(
        migration, migration.stages[_choose("stage", stage, migration.stages, "")], forms
    )


def split_configuration(
    text: str, noun: str = "name", part: str = "component"
) -> tuple[str, str, dict[str, str]]:
    """The three parts of `text`; raises `ConfigurationError` when it does not have them.

    `noun` and `part` say in messages what is migrated and what changes over.
    """
    match = GRAMMAR.match(text)
    if match is None:
        wrong = f"{text[:80]!r} is not a configuration"
        raise ConfigurationError(wrong, f"{noun}@stage[{part}=form,...]")
    forms: dict[str, str] = {}
    for item in match["forms"].split(",") if match["forms"] else ():
        component, equals, form = item.partition("=")
        if not equals:
            raise ConfigurationError(f"{text!r}: {item!r} gives no form", f"{part}=form")
        if component in forms:
            raise ConfigurationError(f"{text!r}: {part} {component!r} has two forms", "one")
        forms[component] = form
    return match["name"], match["stage"], forms


def _choose(what: str, name: str, known: Iterable[str], where: str) -> str:
    if name not in known:
        raise ConfigurationError(f"unknown {what} {name!r}{where}", f"one of {', '.join(known)}")
    return name
