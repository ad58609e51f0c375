"""The command that keeps a migration from going back: ratchet."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from memfold.equivalence.callsites import count
from memfold.equivalence.ratchet import Verdict, baseline_for, write_baseline
from memfold.equivalence.writing import write_text
from memfold.harness.commands.options import answer, json_option
from memfold.harness.projects import own_sources
from memfold.harness.show import burndown
from memfold.harness.show import ratchet as show

__all__ = ["ratchet"]

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--old", multiple=True, metavar="PATTERN", help="A call of the old API; repeatable.")
@click.option("--new", multiple=True, metavar="PATTERN", help="A call of the new API; repeatable.")
@click.option(
    "--baseline",
    default="ratchet.json",
    type=FILE,
    show_default=True,
    help="The history, which you commit.",
)
@click.option("--update", is_flag=True, help="Append today's count to the baseline.")
@click.option("--label", default="", help="With --update: what to call today, a release say.")
@click.option("--svg", type=FILE, help="Draw the burn-down into this file.")
@json_option
def ratchet(
    paths: tuple[Path, ...],
    old: tuple[str, ...],
    new: tuple[str, ...],
    baseline: Path,
    update: bool,
    label: str,
    svg: Path | None,
    as_json: bool,
) -> int:
    """Count old and new call sites in files and folders; exit 1 when there are more old ones.

    A PATTERN is one of ast-grep, say `$X.old_call($$$)`: $X is one expression, $$$ any number.
    Without --old and --new it counts what the baseline counts, without PATHS what the sources of
    the working folder's project are.
    """
    if label and not update:
        raise click.UsageError("--label goes with --update")
    if not paths:
        paths, old, new = _of_project(old, new)
    kept = baseline_for(baseline, old, new, first=update)
    counts = count(paths, kept.old, kept.new, besides=baseline)
    verdict = Verdict.of(kept, counts, datetime.now(UTC).date(), label)
    if svg is not None:
        write_text(svg, burndown.svg(verdict.history))
    if update and not verdict.grew:
        write_baseline(baseline, kept.with_record(verdict.now, counts))
    answer(as_json, partial(show.ratchet, updated=update), show.ratchet_json, verdict)
    return 1 if verdict.grew else 0


def _of_project(
    old: tuple[str, ...], new: tuple[str, ...]
) -> tuple[tuple[Path, ...], tuple[str, ...], tuple[str, ...]]:
    """Where the working folder's project has its sources, and what it calls old and new."""
    own = own_sources()
    if not own.paths:
        raise click.UsageError("Missing argument 'PATHS...', and no project here names sources.")
    paths = tuple(Path(os.path.relpath(path)) for path in own.paths)
    return paths, old or own.old, new or own.new
