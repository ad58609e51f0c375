"""What the commands print: tables, verdicts, progress. The only module that draws."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

import click

from memfold.equivalence.facts import Json
from memfold.equivalence.ledger import ABSENT, Deviation
from memfold.equivalence.replay import Report
from memfold.harness.migrate import Verdict
from memfold.harness.telling import show

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["migration", "progress", "report", "report_json"]

T = TypeVar("T")

SHOWN_DIFFERENCES = 10


def progress(items: Iterable[T], total: int | None) -> Iterator[T]:
    """`items`, with a progress bar on a terminal and none in a pipe."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, "", total=total, console=Console(stderr=True), transient=True)


def migration(verdict: Verdict) -> None:
    """The table of a migration, the first differences in full, the verdict."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("stage", "forms"):
        table.add_column(name, no_wrap=True)
    for name in ("steps", "interrupts", "lines", "differences", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in verdict.rows:
        style = "bold red" if row.differences else ""
        table.add_row(
            row.configuration.stage.name,
            row.configuration.forms_text(),
            f"{row.steps:,}",
            f"{row.interrupts:,}",
            f"{row.lines}/{row.wired}",
            f"{row.differences:,}",
            f"{row.seconds:.1f}",
            style=style,
        )
    _console(table, Console)
    click.echo()
    for row in [row for row in verdict.rows if row.first][:SHOWN_DIFFERENCES]:
        click.echo(row.first + "\n")
    click.echo(verdict.text())


def _console(table: Table, console: type) -> None:
    # A pipe has no width: give the table what it needs.
    (console() if sys.stdout.isatty() else console(width=120)).print(table)


def report(report: Report) -> None:
    """The first differences, what was intended, and the closing line of a replay."""
    for deviation in report.differences[:SHOWN_DIFFERENCES]:
        click.echo(_deviation(deviation))
    more = len(report.differences) - SHOWN_DIFFERENCES
    if more > 0:
        click.echo(f"... and {more} more differences")
    for entry, count in sorted(report.intended.items()):
        click.echo(f"intended: {entry} {count}")
    for op, count in sorted(report.uncompared.items()):
        click.echo(f"{count} {op} texts not compared")
    if report.unreplayable:
        click.echo(f"{report.unreplayable} not replayable (first: {report.first_unreplayable})")
    click.echo(
        f"replayed {report.files} files, {report.ops} ops: "
        f"{len(report.differences)} differences, {report.intended.total()} intended"
    )


def _deviation(deviation: Deviation) -> str:
    step = deviation.step
    return (
        f"{deviation.trace.path}:{step.line}: {show(step)}: {deviation.fact} "
        f"recorded {_value(deviation.expected)}, {deviation.on} shows {_value(deviation.observed)}"
    )


def _value(value: object) -> str:
    return "nothing" if value is ABSENT else str(value)


def report_json(report: Report) -> Json:
    """A replay as data."""
    return {
        "files": report.files,
        "ops": report.ops,
        "differences": [
            {
                "path": d.trace.path,
                "line": d.step.line,
                "op": d.step.op,
                "fact": d.fact,
                "recorded": _value(d.expected),
                "observed": _value(d.observed),
            }
            for d in report.differences
        ],
        "intended": dict(sorted(report.intended.items())),
        "not_compared": dict(sorted(report.uncompared.items())),
        "not_replayable": report.unreplayable,
        "first_not_replayable": report.first_unreplayable,
    }
