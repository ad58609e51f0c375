"""What several commands take, and how they answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from memfold.devices.configuration import Configuration, ConfigurationError
from memfold.equivalence.facts import Json
from memfold.errors import BadInput
from memfold.harness.recordings.golden import trace_path

__all__ = ["TRACES", "address", "answer", "json_option", "one_of_board"]

T = TypeVar("T")

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


def one_of_board(option: str, text: str, board: str) -> Configuration:
    """The machine that `option` names; raises `ConfigurationError` when it is not of `board`."""
    configuration = Configuration.parse(text)
    if configuration.board.name != board:
        raise ConfigurationError(f"{option} {text}: another board", f"{board}@stage[...]")
    return configuration
