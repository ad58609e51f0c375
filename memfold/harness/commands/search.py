"""The commands that say what a difference takes: shrink, bisect."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import click

from memfold.equivalence.campaign.made import generated_traces
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.plan import reference
from memfold.equivalence.project import Project
from memfold.equivalence.search import (
    Blame,
    Commits,
    Shrunk,
    bisect_forms,
    bisect_git,
    witness,
    write_shrunk,
)
from memfold.equivalence.search import shrink as shrunk_from
from memfold.equivalence.search import snippet as program
from memfold.equivalence.subject import Step
from memfold.equivalence.trace import Trace, read_traces
from memfold.equivalence.writing import write_trace
from memfold.errors import BadInput
from memfold.harness.commands.names import CONFIG
from memfold.harness.commands.options import TRACES, json_option, steps_options
from memfold.harness.projects import configuration, own_project, vocabularies

__all__ = ["bisect", "shrink"]

STEPS = click.option("--trace", type=TRACES, help="Steps of a trace instead.")


@click.command()
@click.argument("config", metavar="CONFIG", type=CONFIG)
@STEPS
@steps_options
@click.option("--against", metavar="CONFIG", type=CONFIG, help="Default: where the plan begins.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="A trace to write.")
@click.option("--snippet", is_flag=True, help="Print a Python program that shows it.")
@click.option(
    "--budget", default=150, show_default=True, type=click.IntRange(1), help="Replays at most."
)
@json_option
def shrink(
    config: str,
    trace: Path | None,
    ops: int,
    seed: int,
    against: str | None,
    output: Path | None,
    snippet: bool,
    budget: int,
    as_json: bool,
) -> int:
    """Find the fewest and simplest steps at which CONFIG differs, and tell of them.

    Exit status: 0 no difference, 1 a difference and here it is.
    """
    project, new = configuration(config)
    old = project.parse(against) if against else reference(project.migration)
    found = None
    for each in _traces(project, trace, ops, seed):
        found = found or shrunk_from(project, old, new, each, budget)
    if found is None:
        click.echo("null" if as_json else f"{new}: no difference from {old}")
        return 0
    if output is not None:
        write_shrunk(output, project, found)
    text = program(project, old, new, found.trace, _opening(project)) if snippet else ""
    if as_json:
        more: dict[str, Json] = {"snippet": text} if snippet else {}
        click.echo(json.dumps({**found.json(), **more}, indent=1))
    elif snippet:
        click.echo(text, nl=False)
    else:
        click.echo(witness(project, old, new, found.trace, found.finding))
        click.echo(_effort(found))
    return 1


def _traces(project: Project, path: Path | None, ops: int, seed: int) -> list[Trace]:
    if path is None:
        return generated_traces(project, seed, ops)
    return [project.checked(trace) for trace in read_traces([path], vocabularies())]


def _opening(project: Project) -> list[str]:
    """The lines that make a project of memfold's own; none for the working folder's."""
    if project is own_project():
        return []
    where = "from memfold.harness.projects import named"
    return [where, f"project = named({project.name!r})"]


def _effort(found: Shrunk) -> str:
    more = "" if found.whole else "; a larger --budget may find fewer"
    return f"{len(found.trace.steps):,} of {found.length:,} steps, {found.replays} replays{more}"


@click.command()
@click.argument("config", metavar="CONFIG", type=CONFIG)
@STEPS
@steps_options
@click.option("--good", metavar="REV", help="A commit without the difference.")
@click.option("--bad", metavar="REV", help="A later commit with it.")
@json_option
def bisect(
    config: str,
    trace: Path | None,
    ops: int,
    seed: int,
    good: str | None,
    bad: str | None,
    as_json: bool,
) -> int:
    """Find the stage and components whose forms it takes for CONFIG to differ.

    With --good and --bad: the commit that brought it. Each commit performs the same steps, in a
    working tree of its own. Exit status: 0 no difference, 1 a difference and whose it is.
    """
    project, new = configuration(config)
    if (good is None) != (bad is None):
        raise BadInput(f"only --{'good' if bad is None else 'bad'}", "both --good and --bad")
    traces = _traces(project, trace, ops, seed)
    found: Blame | Commits | None = None
    if good is None or bad is None:
        for each in traces:
            found = found or bisect_forms(project, new, each)
    else:
        found = _commits(project, new, traces, good, bad)
    if as_json:
        click.echo(json.dumps(None if found is None else found.json(), indent=1))
    elif found is None:
        click.echo(f"{new}: no difference from {reference(project.migration)}")
    else:
        click.echo(found.told)
    return 0 if found is None else 1


def _commits(
    project: Project, new: Configuration, traces: list[Trace], good: str, bad: str
) -> Commits:
    """The commits to blame, each asked with the very same steps."""
    with tempfile.TemporaryDirectory() as place:
        for number, trace in enumerate(traces):
            header = {**trace.header, **project.header(trace.path)}
            steps: list[tuple[Step, Facts]] = [(step, {}) for step in trace.steps]
            write_trace(Path(place) / f"{number}.jsonl", header, steps, project.vocabulary)
        sides = (str(reference(project.migration)), str(new))
        command = (sys.executable, "-m", "memfold", "compare", *sides, "--trace", place)
        return bisect_git(Path.cwd(), good, bad, command)
