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

import click

import memfold
from memfold.equivalence.subject import Crashed
from memfold.errors import MemfoldError
from memfold.harness.commands import look, prove, search
from memfold.harness.commands.campaign import campaign_command
from memfold.harness.commands.ratchet import ratchet
from memfold.harness.commands.report import report

__all__ = ["cli", "main"]

OURS = 70
"""The exit status of a fault of memfold's own: it says nothing of what was asked."""


@click.group(invoke_without_command=True)
@click.version_option(memfold.__version__, prog_name="memfold")
@click.pass_context
def cli(context: click.Context) -> None:
    """Migrate from one API to the next, stage by stage, and prove each step.

    Exit status: 0 equal (intended differences included), 1 different, 2 bad input, 3 undecided.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for command in (prove.migrate, prove.replay, prove.compare, prove.record, prove.ledger):
    cli.add_command(command)
for command in (look.map_, look.walk, look.diff, look.status):
    cli.add_command(command)
for command in (search.shrink, search.bisect, ratchet, report, campaign_command):
    cli.add_command(command)


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
    except Crashed as error:
        return _failed(str(error), 1, as_json)
    except MemfoldError as error:
        return _failed(str(error), 2, as_json)
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
