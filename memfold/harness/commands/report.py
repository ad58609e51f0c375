"""The command that tells of a migration: report."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import click

import memfold
from memfold.equivalence.campaign.made import generated_traces
from memfold.equivalence.campaign.migrate import grouped
from memfold.equivalence.campaign.reporter import Reporters
from memfold.equivalence.campaign.run import run
from memfold.equivalence.campaign.work import Work
from memfold.equivalence.plan import plan
from memfold.equivalence.ratchet import Record, read_baseline
from memfold.equivalence.report import Events, read_events, recorded, write_reports
from memfold.equivalence.report.output import check_outputs
from memfold.harness.commands.names import NAME
from memfold.harness.commands.options import steps_options
from memfold.harness.projects import named
from memfold.harness.show import burndown, covered
from memfold.harness.show.table import Table

__all__ = ["report"]

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("name", metavar="[NAME]", required=False, type=NAME)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    required=True,
    type=FILE,
    help="What to write, by its name: a page.html, a comment.md, the run.jsonl; repeatable.",
)
@click.option("--from", "source", type=FILE, help="Tell of the events in this file instead.")
@steps_options
@click.option(
    "--mixes", default=64, show_default=True, type=click.IntRange(0), help="Random mixes of forms."
)
@click.option("--jobs", default=0, type=click.IntRange(0), help="Processes; 0: one a core.")
@click.option("--noise", is_flag=True, help="First run old against old; what differs is noise.")
@click.option("--baseline", type=FILE, help="The ratchet's history: a burn-down on the page.")
def report(
    name: str | None,
    outputs: tuple[Path, ...],
    source: Path | None,
    ops: int,
    seed: int,
    mixes: int,
    jobs: int,
    noise: bool,
    baseline: Path | None,
) -> int:
    """Perform a migration as `memfold migrate` does, and write down what came of it.

    With --from nothing is performed: an earlier run's events are told again.
    """
    check_outputs(outputs)
    today = datetime.now(UTC).date()
    history = _history(baseline)
    drawing = burndown.svg(history) if history else ""
    if source is not None:
        if name is not None or any(each.suffix == ".jsonl" for each in outputs):
            raise click.UsageError("--from tells of a run again: without NAME, as .html or .md")
        told = read_events(source)
        write_reports(outputs, told, today, (), drawing, history)
        click.echo(told.verdict.text())
        for line in covered.summary(told.verdict.coverage):
            click.echo(line)
        return told.verdict.status
    project = named(name)
    rows = plan(project.migration, mixes, seed)
    work = Work.of(project, generated_traces(project, seed, ops), rows, noise)
    made = {
        "command": f"memfold report {project.name} --ops {ops} --seed {seed} --mixes {mixes}"
        + (" --noise" if noise else ""),
        "memfold": memfold.__version__,
        "Python": platform.python_version(),
    }
    events = Events(made, with_maps=True)
    reporter = Reporters([Table(verbose=False), events])
    verdict = run(work, rows, grouped(rows), jobs or os.cpu_count() or 1, reporter)
    write_reports(outputs, recorded(events.events), today, events.events, drawing, history)
    return verdict.status


def _history(baseline: Path | None) -> tuple[Record, ...]:
    if baseline is None:
        return ()
    kept = read_baseline(baseline)
    if kept is None:
        raise click.UsageError(f"--baseline {baseline}: no such file")
    return kept.records
