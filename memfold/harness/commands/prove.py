"""The commands that prove something: migrate, replay, compare, record, ledger."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import click

from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration, ConfigurationError
from memfold.equivalence.subject import Step
from memfold.equivalence.trace import Trace, read_traces
from memfold.harness.campaign.generate import generate
from memfold.harness.campaign.given import traces_for
from memfold.harness.campaign.lockstep import first_difference
from memfold.harness.campaign.migrate import Verdict, grouped, run_groups
from memfold.harness.campaign.plan import plan, with_earlier
from memfold.harness.campaign.record import read_steps, trace_lines
from memfold.harness.campaign.verify import replay_all
from memfold.harness.campaign.work import Work
from memfold.harness.commands.options import TRACES, answer, json_option, one_of_board
from memfold.harness.ledger.demonstrations import shown
from memfold.harness.ledger.entries import LEDGER
from memfold.harness.recordings.vocabulary import VOCABULARIES
from memfold.harness.show import draw

__all__ = ["compare", "ledger", "migrate", "record", "replay"]


@click.command(short_help="Walk the plan: every stage, every form; a verdict.")
@click.argument("board", default="versatilepb")
@click.option("--ops", default=20_000, type=click.IntRange(1), help="Generated steps per machine.")
@click.option("--seed", default=2011, type=int, help="Seed of the generated steps and mixes.")
@click.option("--mixes", default=64, type=click.IntRange(0), help="Random mixes of forms.")
@click.option(
    "--trace",
    "traces",
    multiple=True,
    type=TRACES,
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
        raise ConfigurationError(f"unknown board {board!r}", f"one of {', '.join(BOARDS)}")
    its = BOARDS[board]
    row = None if only is None else one_of_board("--only", only, board)
    generated = Trace(f"generated steps, seed {seed}", "machine", {}, generate(its, seed, ops))
    rows = plan(its, mixes, seed) if row is None else [row]
    work = Work.of(its, [generated, *traces_for(its, traces)], rows)
    groups = grouped(rows) if row is None else [with_earlier(row)]
    done = draw.progress(run_groups(groups, work, jobs or os.cpu_count() or 1), len(groups))
    verdict = Verdict.of(its, rows, done)
    answer(as_json, draw.migration, Verdict.json, verdict)
    return 0 if verdict.equal else 1


@click.command(short_help="Replay recorded traces and compare all they show.")
@click.argument("paths", nargs=-1, required=True, type=TRACES)
@click.option("--on", metavar="SUBJECT", help="legacy, folded, shim, core, or a configuration.")
@json_option
def replay(paths: tuple[Path, ...], on: str | None, as_json: bool) -> int:
    """Replay recorded traces (files or folders) and compare every observation.

    A path that begins with golden: is one of the recordings that memfold brings, say golden:legacy.
    """
    report = replay_all(draw.progress(read_traces(paths, VOCABULARIES), None), on)
    answer(as_json, draw.report, draw.report_json, report)
    return 0 if report.equal else 1


@click.command(short_help="Turn a run of your own into a trace.")
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
    configuration = one_of_board("--on", on or f"{board}@remove", board)
    steps = read_steps(script.name, script, configuration.board)
    lines = trace_lines(configuration, script.name, steps)
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


@click.command(short_help="List every intended difference, shown now.")
@json_option
def ledger(as_json: bool) -> int:
    """List every intended difference, with what its demonstration shows now."""
    counts = LEDGER.demonstrated(shown)
    if as_json:
        click.echo(json.dumps(draw.ledger_json(LEDGER, counts), indent=1))
    else:
        draw.ledger(LEDGER, counts)
    return 0 if all(counts.values()) else 1


@click.command(short_help="Run machines in lockstep; show where they part.")
@click.argument("configurations", metavar="CONFIG CONFIG...", nargs=-1, required=True)
@click.option("--ops", default=20_000, type=click.IntRange(1), help="Generated steps.")
@click.option("--seed", default=2011, type=int, help="Seed of the generated steps.")
@click.option("--trace", type=TRACES, help="Steps of a trace instead.")
@json_option
def compare(
    configurations: tuple[str, ...], ops: int, seed: int, trace: Path | None, as_json: bool
) -> int:
    """Run machines in lockstep and show the first difference of each from the first."""
    first, *others = (Configuration.parse(text) for text in configurations)
    if not others or any(other.board != first.board for other in others):
        raise ConfigurationError(
            f"compare {' '.join(configurations)}", "two or more configurations of one board"
        )
    if trace is None:
        steps: Sequence[Step] = generate(first.board, seed, ops)
    else:
        steps = [step for each in traces_for(first.board, [trace]) for step in each.steps]
    found = {
        str(other): first_difference(first, other, steps)
        for other in draw.progress(others, len(others))
    }
    if as_json:
        rows = [{"configuration": name, "difference": text} for name, text in found.items()]
        told = {"reference": str(first), "steps": len(steps), "compared": rows}
        click.echo(json.dumps(told, indent=1))
    else:
        for name, text in found.items():
            click.echo(text or f"{name}: equal to {first} in {len(steps)} steps")
    return 1 if any(found.values()) else 0
