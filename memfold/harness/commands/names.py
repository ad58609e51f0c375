"""Names that a user types: projects, configurations, devices; a shell can complete them."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem

from memfold.devices.boards import BOARDS
from memfold.errors import MemfoldError
from memfold.harness.projects import known, migration_of

__all__ = ["CONFIG", "DEVICE", "NAME", "completions"]


class _Name(click.ParamType[str]):
    """A project: a board, or the project of the working folder."""

    name = "name"

    def convert(self, value: object, *_: object) -> str:
        return str(value)

    def shell_complete(self, *args: object) -> list[CompletionItem]:
        return _items(known(), str(args[-1]))


class _Config(_Name):
    """A configuration: ``name@stage[component=form,...]``."""

    name = "config"

    def shell_complete(self, *args: object) -> list[CompletionItem]:
        text = str(args[-1])
        return _items(completions(text), text)


class _Device(_Name):
    """A device of any board, or its type."""

    name = "device"

    def shell_complete(self, *args: object) -> list[CompletionItem]:
        slots = [slot for board in BOARDS.values() for slot in board.slots]
        return _items(sorted({name for s in slots for name in (s.name, s.type)}), str(args[-1]))


NAME, CONFIG, DEVICE = _Name(), _Config(), _Device()


def _items(names: Iterable[str], begun: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(begun)]


def completions(text: str) -> list[str]:
    """What the configuration of which `text` is the beginning may be: one part further."""
    name, at, rest = text.partition("@")
    if not at:
        return [f"{each}@" for each in known()]
    try:
        migration = migration_of(name)
    except MemfoldError:
        return []
    if migration is None:
        return []
    stage, bracket, forms = rest.partition("[")
    if not bracket:
        return [f"{name}@{each}" for each in migration.stages]
    if stage not in migration.stages:
        return []
    *given, last = forms.split(",")
    before = "".join(f"{each}," for each in given)
    component, equals, _ = last.partition("=")
    begun = f"{name}@{stage}[{before}"
    if not equals:
        chosen = {each.partition("=")[0] for each in given}
        return [f"{begun}{each}=" for each in ("*", *migration.components) if each not in chosen]
    its = migration.stages[stage]
    forms_of = its.forms if component == "*" else ()
    if component in migration.components:
        forms_of = migration.forms(its, component)
    return [f"{begun}{component}={form}]" for form in forms_of]
