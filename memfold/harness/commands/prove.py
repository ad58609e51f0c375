"""The commands that prove something: migrate, replay, compare, record, ledger."""

from __future__ import annotations

import json
import os
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TextIO

import click

from memfold.equivalence.campaign.lockstep import closeness
from memfold.equivalence.campaign.lockstep import compare as compared
from memfold.equivalence.campaign.made import generated_traces
from memfold.equivalence.campaign.migrate import grouped
from memfold.equivalence.campaign.record import performed, read_steps
from memfold.equivalence.campaign.reporter import Reporter
from memfold.equivalence.campaign.run import Keeper, run
from memfold.equivalence.campaign.usage import usage
from memfold.equivalence.campaign.work import Work
from memfold.equivalence.configuration import ConfigurationError
from memfold.equivalence.judge import Intended
from memfold.equivalence.noise import noise as noise_of
from memfold.equivalence.plan import plan, with_earlier
from memfold.equivalence.project import Project
from memfold.equivalence.trace import Trace, bounded, read_traces
from memfold.equivalence.writing import trace_lines, write_trace
from memfold.harness.commands.names import CONFIG, NAME
from memfold.harness.commands.options import TRACES, answer, json_option, steps_options
from memfold.harness.projects import configuration, named, projects, vocabularies
from memfold.harness.projects.replaying import replay_all
from memfold.harness.show import draw
from memfold.harness.show.table import Document, Steps, Table

__all__ = ["compare", "ledger", "migrate", "record", "replay"]


def _given(project: Project, paths: tuple[Path, ...]) -> list[Trace]:
    """The traces at `paths`, each checked to be one that `project` performs."""
    return [project.checked(trace) for trace in read_traces(paths, vocabularies())]


@click.command()
@click.argument("name", metavar="[NAME]", required=False, type=NAME)
@steps_options
@click.option(
    "--mixes", default=64, show_default=True, type=click.IntRange(0), help="Random mixes of forms."
)
@click.option(
    "--trace",
    "traces",
    multiple=True,
    type=TRACES,
    help="More traces that every configuration performs.",
)
@click.option(
    "--only", metavar="CONFIG", type=CONFIG, help="One row: name@stage[component=form,...]."
)
@click.option("--jobs", default=0, type=click.IntRange(0), help="Processes; 0: one a core.")
@click.option(
    "--timeout",
    default=0.0,
    type=click.FloatRange(0),
    help="Seconds that one configuration may take; 0: no limit.",
)
@click.option("--noise", is_flag=True, help="First run old against old; what differs is noise.")
@click.option("--resume", is_flag=True, help="Keep rows, and go on with those of earlier runs.")
@click.option("-v", "--verbose", is_flag=True, help="A line for every configuration.")
@json_option
def migrate(
    name: str | None,
    ops: int,
    seed: int,
    mixes: int,
    traces: tuple[Path, ...],
    only: str | None,
    jobs: int,
    timeout: float,
    noise: bool,
    resume: bool,
    verbose: bool,
    as_json: bool,
) -> int:
    """Walk the plan: every stage, every form, recorded and generated steps; a table, a verdict.

    NAME is a board, or the project of the working folder's memfold.toml (the default there).

    Exit status: 0 equal, 1 different or too little tried, 2 bad input, 3 undecided, since a
    configuration died.
    """
    project = named(name)
    row = None if only is None else project.parse(only)
    rows = plan(project.migration, mixes, seed) if row is None else [row]
    groups = grouped(rows) if row is None else [with_earlier(row)]
    everywhere = [*generated_traces(project, seed, ops), *_given(project, traces)]
    work = Work.of(project, everywhere, rows, noise)
    reporter = Document() if as_json else Table(verbose)
    keeper = _kept(work) if resume else None
    verdict = run(work, rows, groups, jobs or os.cpu_count() or 1, reporter, timeout, keeper)
    return verdict.status


def _kept(work: Work) -> Keeper:
    """Rows in the working folder; only who asks for them imports what it takes."""
    from memfold.equivalence.shards.kept import KeptRows
    from memfold.equivalence.shards.store import Store

    return KeptRows(Store(Path(".memfold", "migrate", work.project.name)), work)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=TRACES)
@click.option(
    "--on",
    metavar="SUBJECT",
    type=CONFIG,
    help="legacy, folded, shim, core, or a configuration; by default what the trace calls for.",
)
@json_option
def replay(paths: tuple[Path, ...], on: str | None, as_json: bool) -> int:
    """Replay recorded traces (files or folders) and compare every observation.

    A path that begins with golden: is one of the recordings that memfold brings, say golden:legacy.
    """
    report = replay_all(draw.progress(read_traces(paths, vocabularies()), None), on)
    answer(as_json, draw.report, draw.report_json, report)
    return 0 if report.equal else 1


@click.command()
@click.argument("name", type=NAME)
@click.argument("script", default="-", type=click.File(encoding="utf-8", errors="replace"))
@click.option(
    "--on", metavar="CONFIG", type=CONFIG, help="What performs it; default: the last stage."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, allow_dash=True, dir_okay=False),
    default="-",
    help="The trace to write; not touched by a bad step.",
)
@json_option
def record(name: str, script: TextIO, on: str | None, output: Path, as_json: bool) -> int:
    """Perform the steps in SCRIPT (or standard input) and write the trace.

    A step is a line of words, say `writel 0x101f1000 0x41`, or a line of another trace.
    """
    project = named(name)
    its = project.parse(on or [*project.migration.stages][-1])
    lines = bounded(script.name, script)
    steps = performed(project, its, script.name, read_steps(script.name, lines, project))
    header = project.header(f"memfold {its}")
    if str(output) != "-":
        write_trace(output, header, steps, project.vocabulary)
        return 0
    written = trace_lines(header, steps, project.vocabulary)
    if as_json:
        click.echo(json.dumps(list(written), indent=1))
    else:
        for line in written:
            click.echo(json.dumps(line))
    return 0


@click.command()
@click.argument("name", metavar="[NAME]", required=False, type=NAME)
@json_option
def ledger(name: str | None, as_json: bool) -> int:
    """List every intended difference, with what its demonstration shows now.

    Without NAME those of all projects there are.
    """
    chosen = [each for each in ([named(name)] if name else projects()) if each.ledger.entries]
    shown = [(project, usage(project)) for project in chosen]
    answer(as_json, draw.ledgers, draw.ledgers_json, shown)
    return 0 if all(all(counts.values()) for _, counts in shown) else 1


@click.command()
@click.argument("configurations", metavar="CONFIG CONFIG...", nargs=-1, required=True, type=CONFIG)
@steps_options
@click.option("--trace", type=TRACES, help="Steps of a trace instead.")
@click.option("--noise", is_flag=True, help="First run the first against itself.")
@click.option("-v", "--verbose", is_flag=True, help="Each step, and what the others showed.")
@json_option
def compare(
    configurations: tuple[str, ...],
    ops: int,
    seed: int,
    trace: Path | None,
    noise: bool,
    verbose: bool,
    as_json: bool,
) -> int:
    """Run configurations in lockstep; show the first difference of each from the first."""
    chosen = [configuration(text) for text in configurations]
    project, first = chosen[0]
    if len(chosen) < 2 or any(other is not project for other, _ in chosen):
        wrong = f"compare {' '.join(configurations)}"
        raise ConfigurationError(wrong, "two or more configurations of one project")
    given = (trace,) if trace is not None else ()
    traces = _given(project, given) or generated_traces(project, seed, ops)
    intended = Intended()
    reporter = Steps() if verbose and not as_json else Reporter()
    found: dict[str, str] = {}
    noisy: Counter[tuple[str, str]] = Counter()
    for each in traces if noise else ():
        level = closeness(project, first, first)
        noisy += noise_of(each.steps, partial(project.subject, first, each.header), level)
    others = [its for _, its in chosen[1:]]
    for other in draw.progress(others, len(others)):
        each_found = (
            finding.text()
            for each in traces
            for finding in compared(
                project, first, other, each, intended, noisy, heard=reporter.step
            )
        )
        found[str(other)] = next(each_found, "")
    steps = sum(len(each.steps) for each in traces)
    answer(as_json, draw.compared, draw.compared_json, (str(first), steps, found, intended, noisy))
    return 1 if any(found.values()) else 0
