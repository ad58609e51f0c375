"""What the commands print: tables, verdicts, progress. The only module that draws."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import unified_diff
from typing import TYPE_CHECKING, TypeVar

import click

from memfold.equivalence.facts import Json
from memfold.equivalence.ledger import ABSENT, Deviation, Ledger
from memfold.equivalence.replay import Report
from memfold.harness.campaign.migrate import Verdict
from memfold.harness.campaign.tell import step_text
from memfold.harness.campaign.work import Row
from memfold.harness.show.conversion import Conversion
from memfold.harness.show.status import Status

if TYPE_CHECKING:
    from rich.table import Table

__all__ = [
    "conversion",
    "conversion_json",
    "ledger",
    "ledger_json",
    "migration",
    "progress",
    "report",
    "report_json",
    "status",
]

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
    table = _table("stage", "forms", right=("steps", "irqs", "lines", "diffs", "s"))
    mixes: dict[str, list[Row]] = {}
    for row in verdict.rows:
        if row.configuration.is_mix and not row.differences:
            mixes.setdefault(row.configuration.stage.name, []).append(row)
        else:
            _table_row(table, row.configuration.forms_text(), [row])
    for rows in mixes.values():
        _table_row(table, f"{len(rows)} random mixes", rows)
    _print(table)
    click.echo()
    for row in [row for row in verdict.rows if row.first][:SHOWN_DIFFERENCES]:
        click.echo(row.first + "\n")
    click.echo(verdict.text())


def _table_row(table: Table, forms: str, rows: Sequence[Row]) -> None:
    differences = sum(row.differences for row in rows)
    table.add_row(
        rows[0].configuration.stage.name,
        forms,
        f"{sum(row.steps for row in rows):,}",
        f"{sum(row.interrupts for row in rows):,}",
        f"{min(row.lines for row in rows)}/{len(rows[0].configuration.board.wires)}",
        f"{differences:,}",
        f"{sum(row.seconds for row in rows):.1f}",
        style="bold red" if differences else "",
    )


def _table(*names: str, right: Sequence[str] = ()) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in names:
        table.add_column(name, no_wrap=name != "forms")
    for name in right:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _print(table: Table) -> None:
    from rich.console import Console

    # A pipe has no width: give the table what it needs.
    (Console() if sys.stdout.isatty() else Console(width=160)).print(table)


def status(state: Status) -> None:
    """The items of a plan, the old calls left by file, what blocks the next stages."""
    table = _table("item", "kind", "form", "could be", "needs")
    for item in state.items:
        table.add_row(item.name, item.kind, item.form, " ".join(item.forms), " ".join(item.needs))
    _print(table)
    forms = ", ".join(f"{count} {form}" for form, count in state.device_forms().items())
    click.echo(f"\ndevices: {forms}")
    click.echo("\nold-API calls left, by file:")
    for file, count in state.calls.items():
        click.echo(f"  {count:3} {file}")
    click.echo(f"  {sum(state.calls.values()):3} in all")
    for stage, blocking in (("fold", state.blocks_fold()), ("remove", state.blocks_remove())):
        click.echo(f"{stage}: {'blocked by ' + ', '.join(blocking) if blocking else 'ready'}")


def conversion(its: Conversion) -> None:
    """The sources of a device's forms one after the other, then their calls side by side."""
    for form, source in its.sources.items():
        click.echo(f"=== {its.slot.type}: {form}\n\n{source}")
    click.echo(f"=== {its.slot.type}: bridged\n\n{its.bridge}\n")
    click.echo(f"=== {its.slot.type}: from legacy to native\n")
    legacy, native = its.sources["legacy"].splitlines(), its.sources["native"].splitlines()
    for line in unified_diff(legacy, native, "legacy.py", "native.py", lineterm=""):
        click.echo(line)
    click.echo()
    click.echo("=== the same steps on each form: register accesses as (way, size, offset, value)\n")
    table = _table("step", *its.calls)
    for index, step in enumerate(its.steps):
        table.add_row(step_text(step), *(_calls(rows[index]) for rows in its.calls.values()))
    _print(table)


def conversion_json(its: Conversion) -> Json:
    """A conversion as data."""
    calls: dict[str, Json] = {form: [*rows] for form, rows in its.calls.items()}
    return {"sources": {**its.sources}, "bridge": its.bridge, "calls": calls}


def _calls(calls: list[Json]) -> str:
    texts: list[str] = []
    for call in calls:
        assert isinstance(call, list)  # a row, as the machine makes them
        _, way, size, offset, value = call
        texts.append(f"{way}{size} {offset:#x} {value:#x}")
    return "\n".join(texts)


def ledger(ledger: Ledger, counts: Mapping[str, int]) -> None:
    """Every entry in full; `counts` says how often its demonstration shows it."""
    for entry in ledger.entries:
        count = counts[entry.id]
        state = f"shown {count} times" if count else "STALE: no longer shown"
        click.echo(f"{entry.id} (on {', '.join(sorted(entry.on))})")
        click.echo(f"  old     {entry.old}")
        click.echo(f"  new     {entry.new}")
        click.echo(f"  why     {entry.why}")
        click.echo(f"  source  {entry.source}")
        click.echo(f"  facts   {', '.join(sorted(entry.facts))}")
        click.echo(f"  demo    {entry.demonstration}: {state}")
        click.echo()
    stale = sum(1 for count in counts.values() if not count)
    click.echo(f"{len(counts)} intended differences, {stale} stale")


def ledger_json(ledger: Ledger, counts: Mapping[str, int]) -> Json:
    """The ledger as data."""
    return [
        {
            "id": entry.id,
            "on": [*sorted(entry.on)],
            "facts": [*sorted(entry.facts)],
            "old": entry.old,
            "new": entry.new,
            "why": entry.why,
            "source": entry.source,
            "demonstration": entry.demonstration,
            "shown": counts[entry.id],
        }
        for entry in ledger.entries
    ]


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
        click.echo(f"{count} {op} {'texts' if op == 'mtree' else 'results'} not compared")
    if report.unperformed:
        click.echo(f"{report.unperformed} steps after a crash: not performed")
    if report.unrecorded:
        click.echo(f"{report.unrecorded} steps without recorded facts: compared with nothing")
    if report.unreplayable:
        click.echo(f"{report.unreplayable} not replayable (first: {report.first_unreplayable})")
    click.echo(
        f"replayed {report.files} files, {report.ops} ops: "
        f"{len(report.differences)} differences, {report.intended.total()} intended"
    )


def _deviation(deviation: Deviation) -> str:
    step = deviation.step
    return (
        f"{deviation.trace.path}:{step.line}: {step_text(step)}: {deviation.fact} "
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
        "after_a_crash": report.unperformed,
        "without_recorded_facts": report.unrecorded,
        "not_replayable": report.unreplayable,
        "first_not_replayable": report.first_unreplayable,
    }
