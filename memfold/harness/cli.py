"""The `memfold` command.

Exit 0: equal, intended differences included; 1: different; 2: bad input, told in one line;
141: the reader of the output went away first.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TextIO, TypeVar

import click

import memfold
from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration, ConfigurationError
from memfold.devices.machine import Machine
from memfold.equivalence.facts import Json
from memfold.equivalence.subject import Step
from memfold.equivalence.trace import Trace, read_traces
from memfold.errors import MemfoldError
from memfold.harness.campaign.generate import generate
from memfold.harness.campaign.migrate import Verdict, grouped, walk
from memfold.harness.campaign.plan import plan, with_earlier
from memfold.harness.campaign.record import read_steps
from memfold.harness.campaign.record import record as recorded
from memfold.harness.campaign.verify import replay_all
from memfold.harness.campaign.witness import compared
from memfold.harness.campaign.work import Work
from memfold.harness.ledger.demonstrations import shown
from memfold.harness.ledger.entries import LEDGER
from memfold.harness.recordings.vocabulary import VOCABULARIES
from memfold.harness.show import draw, draw_map
from memfold.harness.show.conversion import conversion
from memfold.harness.show.status import status as status_of

__all__ = ["cli", "main"]

T = TypeVar("T")


@click.group(invoke_without_command=True)
@click.version_option(memfold.__version__, prog_name="memfold")
@click.pass_context
def cli(context: click.Context) -> None:
    """Migrate a machine from one memory API to the next, and prove each step.

    Exit status: 0 equal (intended differences included), 1 different, 2 bad input.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status. Bad input is one line on standard error."""
    try:
        result = cli.main(None if argv is None else list(argv), "memfold", standalone_mode=False)
    except click.Abort:
        return 130
    except click.ClickException as error:
        return _bad_input(error.format_message())
    except MemfoldError as error:
        return _bad_input(str(error))
    except SystemExit:
        # So do click and rich end when the reader went away (`memfold ... | head`). That gives no
        # verdict: the status is the shell's for a process that SIGPIPE ended.
        _silence()
        return 128 + signal.SIGPIPE
    except OSError as error:
        _silence()
        return _unwritable(error)
    return result if type(result) is int else 0


def _silence() -> None:
    """Keep what waits for a standard output that takes nothing from failing again at exit."""
    real = sys.__stdout__
    if real is not None and sys.stdout is real:
        os.dup2(os.open(os.devnull, os.O_WRONLY), real.fileno())


def _unwritable(error: OSError) -> int:
    place = f"{error.filename}: " if error.filename else "standard output: "
    return _bad_input(f"{place}{error.strerror or error}; expected a place to write to")


def _bad_input(message: str) -> int:
    click.echo(f"memfold: {' '.join(message.split())}", err=True)
    return 2


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@cli.command()
@click.argument("board", default="versatilepb")
@click.option("--ops", default=20_000, type=click.IntRange(1), help="Generated steps per machine.")
@click.option("--seed", default=2011, type=int, help="Seed of the generated steps and mixes.")
@click.option("--mixes", default=64, type=click.IntRange(0), help="Random mixes of forms.")
@click.option(
    "--trace",
    "traces",
    multiple=True,
    type=click.Path(path_type=Path),
    help="More traces that every machine performs.",
)
@click.option("--only", metavar="CONFIG", help="One row: board@stage[device=form,...].")
@click.option("--jobs", default=0, type=click.IntRange(0), help="Processes; 0: one a core.")
@json_option
def migrate(
    board: str,
    ops: int,
    seed: int,
    mixes: int,
    traces: tuple[Path, ...],
    only: str | None,
    jobs: int,
    as_json: bool,
) -> int:
    """Walk the plan: every stage, every form, recorded and generated steps; a table, a verdict."""
    if board not in BOARDS:
        raise ConfigurationError(f"unknown board {board!r}; expected one of {', '.join(BOARDS)}")
    its = BOARDS[board]
    row = None if only is None else Configuration.parse(only)
    if row is not None and row.board.name != board:
        raise ConfigurationError(f"--only {only}: another board; expected {board}@stage[...]")
    generated = Trace(f"generated steps, seed {seed}", "machine", {}, generate(its, seed, ops))
    rows = plan(its, mixes, seed) if row is None else [row]
    work = Work.of(its, [generated, *read_traces(traces, VOCABULARIES)], rows)
    groups = grouped(rows) if row is None else [with_earlier(row)]
    done = draw.progress(walk(groups, work, jobs or os.cpu_count() or 1), len(groups))
    verdict = Verdict.of(its, rows, done)
    if as_json:
        click.echo(json.dumps(verdict.json(), indent=1))
    else:
        draw.migration(verdict)
    return 0 if verdict.equal else 1


@cli.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--on", metavar="SUBJECT", help="legacy, folded, shim, core, or a configuration.")
@json_option
def replay(paths: tuple[Path, ...], on: str | None, as_json: bool) -> int:
    """Replay recorded traces (files or folders) and compare every observation."""
    report = replay_all(draw.progress(read_traces(paths, VOCABULARIES), None), on)
    if as_json:
        click.echo(json.dumps(draw.report_json(report), indent=1))
    else:
        draw.report(report)
    return 0 if report.equal else 1


@cli.command()
@click.argument("board")
@click.argument("script", default="-", type=click.File(encoding="utf-8", errors="replace"))
@click.option("--on", metavar="CONFIG", help="The machine; default: the board at stage remove.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, allow_dash=True, dir_okay=False),
    default="-",
    help="The trace to write; not touched by a bad step.",
)
@json_option
def record(board: str, script: TextIO, on: str | None, output: Path, as_json: bool) -> int:
    """Perform the steps in SCRIPT (or standard input) on a machine and write the trace.

    A step is a line of words, say `writel 0x101f1000 0x41`, or a line of another trace.
    """
    configuration = Configuration.parse(on or f"{board}@remove")
    if configuration.board.name != board:
        raise ConfigurationError(f"--on {on}: another board; expected {board}@stage[...]")
    steps = read_steps(script.name, script, configuration.board)
    lines = recorded(configuration, script.name, steps)
    if as_json:
        texts = iter([json.dumps(list(lines), indent=1)])
    else:
        texts = (json.dumps(line) for line in lines)
    if str(output) == "-":
        for text in texts:
            click.echo(text)
    else:
        output.write_text("".join([f"{text}\n" for text in texts]), "utf-8")
    return 0


@cli.command()
@json_option
def ledger(as_json: bool) -> int:
    """List every intended difference, with what its demonstration shows now."""
    counts = LEDGER.demonstrated(shown)
    if as_json:
        click.echo(json.dumps(draw.ledger_json(LEDGER, counts), indent=1))
    else:
        draw.ledger(LEDGER, counts)
    return 0 if all(counts.values()) else 1


@cli.command()
@click.argument("name", metavar="[BOARD|CONFIG]", default="versatilepb")
@json_option
def status(name: str, as_json: bool) -> int:
    """Show where a machine stands in the plan, and what blocks the next stages.

    A board alone stands for the board at stage convert.
    """
    state = status_of(Configuration.parse(name if "@" in name else f"{name}@convert"))
    if as_json:
        click.echo(json.dumps(state.json(), indent=1))
    else:
        draw.status(state)
    return 0


@cli.command()
@click.argument("device")
@json_option
def diff(device: str, as_json: bool) -> int:
    """Show a device's conversion: its forms, and their callbacks side by side."""
    its = conversion(device)
    if as_json:
        click.echo(
            json.dumps({"sources": its.sources, "bridge": its.bridge, "calls": its.calls}, indent=1)
        )
    else:
        draw.conversion(its)
    return 0


@cli.command()
@click.argument("configurations", metavar="CONFIG CONFIG...", nargs=-1, required=True)
@click.option("--ops", default=20_000, type=click.IntRange(1), help="Generated steps.")
@click.option("--seed", default=2011, type=int, help="Seed of the generated steps.")
@click.option("--trace", type=click.Path(path_type=Path), help="Steps of a trace instead.")
@json_option
def compare(
    configurations: tuple[str, ...], ops: int, seed: int, trace: Path | None, as_json: bool
) -> int:
    """Run machines in lockstep and show the first difference of each from the first."""
    first, *others = (Configuration.parse(text) for text in configurations)
    if not others or any(other.board != first.board for other in others):
        raise ConfigurationError("compare takes two or more configurations of one board")
    if trace is None:
        steps: Sequence[Step] = generate(first.board, seed, ops)
    else:
        steps = [step for each in read_traces([trace], VOCABULARIES) for step in each.steps]
    found = {
        str(other): compared(first, other, steps) for other in draw.progress(others, len(others))
    }
    if as_json:
        rows = [{"configuration": name, "difference": text} for name, text in found.items()]
        told = {"reference": str(first), "steps": len(steps), "compared": rows}
        click.echo(json.dumps(told, indent=1))
    else:
        for name, text in found.items():
            click.echo(text or f"{name}: equal to {first} in {len(steps)} steps")
    return 1 if any(found.values()) else 0


@cli.command("map")
@click.argument("configuration", metavar="CONFIG")
@click.option("--explain", metavar="ADDR", help="Who answers at an address, and why nobody else.")
@click.option("--conflicts", is_flag=True, help="Who overlaps whom, declared or not, who wins.")
@click.option("--dead", is_flag=True, help="What is mapped, but visible nowhere.")
@click.option(
    "--format", "form", type=click.Choice(["mtree", "flat", "json"]), help="The tree, or its view."
)
@click.option("--disabled", is_flag=True, help="With --format mtree: disabled regions too.")
@json_option
def map_(
    configuration: str,
    explain: str | None,
    conflicts: bool,
    dead: bool,
    form: str | None,
    disabled: bool,
    as_json: bool,
) -> None:
    """Print the memory map of a machine, or what its region tree can tell."""
    if sum((explain is not None, conflicts, dead, form is not None)) > 1:
        raise click.UsageError("expected one of --explain, --conflicts, --dead and --format")
    if (disabled and form != "mtree") or (as_json and form is not None):
        raise click.UsageError("--disabled goes with --format mtree, --json with no --format")
    machine = Machine(Configuration.parse(configuration))
    if explain is not None:
        found = draw_map.explain(machine, _address(explain))
        _show(as_json, draw_map.explanation, draw_map.explanation_json, found)
    elif conflicts:
        _show(as_json, draw_map.conflicts, draw_map.conflicts_json, machine.space)
    elif dead:
        _show(as_json, draw_map.dead, draw_map.dead_json, machine.space.world)
    elif form is not None:
        click.echo(draw_map.text(machine.space.world, form, disabled), nl=False)
    else:
        _show(as_json, draw_map.rows, draw_map.rows_json, machine.map())


def _show(as_json: bool, draw: Callable[[T], None], to_json: Callable[[T], Json], what: T) -> None:
    if as_json:
        click.echo(json.dumps(to_json(what), indent=1))
    else:
        draw(what)


def _address(text: str) -> int:
    try:
        return int(text, 0)
    except ValueError as error:
        wrong = f"--explain {text}: expected an address such as 0x101f1000"
        raise click.BadParameter(wrong) from error
