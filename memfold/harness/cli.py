"""The `memfold` command.

Exit 0: equal, intended differences included; 1: different; 2: bad input, told in one line;
3: a configuration ended its process or took too long, and no other is different;
70: a fault of memfold's own, told in full, and no verdict;
141: the reader of the output went away first.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pkgutil import resolve_name
from typing import Any

import click

import memfold
from memfold.errors import MemfoldError

__all__ = ["COMMANDS", "cli", "main"]

OURS = 70
"""The exit status of a fault of memfold's own: it says nothing of what was asked."""

COMMANDS = {
    "bisect": ("search:bisect", "The component, or the commit, that brought a difference."),
    "campaign": ("campaign:campaign", "Round after round of other steps; goes on where it was."),
    "compare": ("prove:compare", "Run configurations in lockstep; show where they part."),
    "diff": ("look:diff", "Show a device's forms side by side."),
    "ledger": ("prove:ledger", "List every intended difference, shown now."),
    "map": ("look:map_", "Print a machine's map; who answers, and why."),
    "migrate": ("prove:migrate", "Walk the plan: every stage, every form; a verdict."),
    "mutants": ("mutants:mutants", "Plant known bugs; say which check finds each."),
    "ratchet": ("ratchet:ratchet", "Count old call sites; fail when there are more."),
    "record": ("prove:record", "Turn a run of your own into a trace."),
    "replay": ("prove:replay", "Replay recorded traces and compare all they show."),
    "report": ("report:report", "Tell of a migration: a page, a comment, events."),
    "shrink": ("search:shrink", "The fewest steps that show a difference."),
    "status": ("look:status", "Show where a migration stands, what blocks it."),
    "trees": ("trees:trees", "Every small region tree on every layer; how long all take."),
    "walk": ("look:walk", "Follow one write through a machine, hop by hop."),
}
"""Every command: where it is among `memfold.harness.commands`, and its line in the help."""


class _Later(click.Command):
    """A command that is imported when it is called: the others' modules cost a start nothing."""

    def __init__(self, name: str, place: str, short_help: str) -> None:
        super().__init__(name, short_help=short_help)
        self._place = place

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        command: click.Command = resolve_name(f"memfold.harness.commands.{self._place}")
        return command.make_context(info_name, args, parent, **extra)


@click.group(invoke_without_command=True)
@click.version_option(memfold.__version__, prog_name="memfold")
@click.pass_context
def cli(context: click.Context) -> None:
    """Migrate from one API to the next, stage by stage, and prove each step.

    Exit status: 0 equal (intended differences included), 1 different, 2 bad input, 3 undecided.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for name, (place, short_help) in COMMANDS.items():
    cli.add_command(_Later(name, place, short_help))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status.

    Bad input is one line on standard error; where ``--json`` was asked for, also one JSON document.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    as_json = "--json" in words
    try:
        result = cli.main(words, "memfold", standalone_mode=False)
    except click.Abort:
        return 130
    except click.ClickException as error:
        return _failed(error.format_message(), 2, as_json)
    except MemfoldError as error:
        return _failed(str(error), error.status, as_json)
    except SystemExit:
        # So do click and rich end when the reader went away (`memfold ... | head`). That gives no
        # verdict: the status is the shell's for a process that SIGPIPE ended.
        _silence()
        return 128 + signal.SIGPIPE
    except OSError as error:
        _silence()
        return _unwritable(error)
    except Exception:  # noqa: BLE001  # a fault of ours, told in full: no verdict either
        traceback.print_exc()
        return OURS
    return result if type(result) is int else 0


def _silence() -> None:
    """Keep what waits for a standard output that takes nothing from failing again at exit."""
    real = sys.__stdout__
    if real is not None and sys.stdout is real:
        os.dup2(os.open(os.devnull, os.O_WRONLY), real.fileno())


def _unwritable(error: OSError) -> int:
    place = f"{error.filename}: " if error.filename else "standard output: "
    return _one_line(f"{place}{error.strerror or error}; expected a place to write to", 2)


def _failed(message: str, status: int, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps({"error": message, "status": status}, indent=1))
    return _one_line(message, status)


def _one_line(message: str, status: int) -> int:
    click.echo(f"memfold: {' '.join(message.split())}", err=True)
    return status
