"""What several commands take, and how they answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from memfold.equivalence.facts import Json
from memfold.errors import BadInput
from memfold.harness.recordings.golden import trace_path

__all__ = ["TRACES", "address", "answer", "json_option", "steps_options"]

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., object])

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


class _Traces(click.ParamType[Path]):
    """A trace file or a folder of them; after ``golden:`` a recording that memfold brings."""

    name = "path"

    def convert(self, value: object, *_: object) -> Path:
        return trace_path(str(value))


TRACES = _Traces()


def answer(as_json: bool, draw: Callable[[T], None], to_json: Callable[[T], Json], what: T) -> None:
    """Print `what`, drawn for a person or as JSON for a program."""
    if as_json:
        click.echo(json.dumps(to_json(what), indent=1))
    else:
        draw(what)


def address(option: str, text: str) -> int:
    """The address that a user wrote, as Python writes numbers."""
    try:
        return int(text, 0)
    except ValueError as error:
        raise BadInput(f"{option} {text}: no address", "a number such as 0x101f1000") from error


def steps_options(command: F) -> F:
    """The options of a command that makes steps up: how many, and from what seed."""
    ops = click.option(
        "--ops", default=18_000, show_default=True, type=click.IntRange(1), help="Generated steps."
    )
    seed = click.option(
        "--seed", default=2011, show_default=True, type=int, help="Seed of the generated steps."
    )
    return ops(seed(command))
