"""Where a migration stands in its plan: items, forms, the old calls left, what blocks what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from memfold.equivalence.callsites import count
from memfold.equivalence.configuration import Configuration, Stage
from memfold.equivalence.facts import Json
from memfold.equivalence.project import Project

__all__ = ["Item", "Status", "status"]


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that the plan converts."""

    name: str
    kind: str
    """What it is: component, device, bus."""
    form: str
    """The form it has in this configuration."""
    forms: tuple[str, ...]
    """The forms it could have, the oldest first."""
    needs: tuple[str, ...]
    """Items that have to have changed over before it can."""
    file: str
    """The source file of its form; empty when it has none of its own."""


@dataclass(frozen=True, slots=True)
class Status:
    """The state of the plan for one configuration."""

    configuration: Configuration
    items: tuple[Item, ...]
    blocks: dict[str, list[str]]
    """For each later stage what has to change over before it can begin."""
    calls: dict[str, int]
    """Calls of the old API by file, for the forms that items have."""

    def forms(self) -> dict[str, int]:
        """How many components are in each form."""
        return dict(Counter(self.configuration.forms.values()))

    def json(self) -> Json:
        """The state as data."""
        return {
            "configuration": str(self.configuration),
            "items": [
                {
                    "name": item.name,
                    "kind": item.kind,
                    "form": item.form,
                    "forms": [*item.forms],
                    "needs": [*item.needs],
                }
                for item in self.items
            ],
            "forms": {**self.forms()},
            "old_calls": dict(self.calls),
            "blocks": {stage: [*names] for stage, names in self.blocks.items()},
        }


def status(project: Project, configuration: Configuration) -> Status:
    """The state of the plan: what turns over with the stage first, then one after another."""
    stages = list(project.migration.stages.values())
    at = stages.index(configuration.stage)
    items = [
        Item(
            each.name,
            each.kind,
            each.form_at(configuration.stage.name),
            tuple(dict.fromkeys((*each.at.values(), each.form))),
            each.needs,
            each.files.get(each.form_at(configuration.stage.name), ""),
        )
        for each in project.fixtures
    ]
    for name, component in project.migration.components.items():
        form = configuration.forms[name]
        file = component.files.get(form, "")
        items.append(Item(name, component.kind, form, component.forms, component.needs, file))
    return Status(
        configuration,
        tuple(items),
        {stage.name: _blocking(project, configuration, stage) for stage in stages[at + 1 :]},
        old_calls(project, {item.file for item in items if item.file}),
    )


def _blocking(project: Project, configuration: Configuration, stage: Stage) -> list[str]:
    """What has to change over before `stage` can begin."""
    now = configuration.stage.name
    return [
        *(f.name for f in project.fixtures if f.form_at(now) != f.form_at(stage.name)),
        *(name for name, form in configuration.forms.items() if form not in stage.forms),
    ]


def old_calls(project: Project, files: Collection[str]) -> dict[str, int]:
    """How many calls of the old API each of the source `files` makes, those that make any.

    Nothing where the project file says of no call that it is old. Raises `CountError` for a file
    that is not there.
    """
    sources = project.sources
    if not sources.old or not files:
        return {}
    calls: dict[str, int] = {}
    for file in sorted(files):
        there = [folder / file for folder in sources.paths if (folder / file).is_file()]
        if there and (found := count(there, sources.old, sources.new).old):
            calls[file] = found
    return calls
