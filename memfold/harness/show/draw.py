"""What the commands print: tables, verdicts, progress. The only module that draws."""

from __future__ import annotations

import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from difflib import unified_diff
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import click

from memfold.equivalence.facts import Json
from memfold.equivalence.finding import step_text
from memfold.equivalence.judge import Intended
from memfold.equivalence.ledger import ABSENT, Deviation
from memfold.equivalence.project import Project
from memfold.equivalence.replay import Report
from memfold.harness.show.conversion import Conversion
from memfold.harness.show.status import Status

if TYPE_CHECKING:
    from rich.table import Table

__all__ = [
    "compared",
    "compared_json",
    "conversion",
    "conversion_json",
    "ledgers",
    "ledgers_json",
    "progress",
    "report",
    "report_json",
    "status",
]

T = TypeVar("T")

Compared: TypeAlias = tuple[str, int, Mapping[str, str], Intended, Counter[tuple[str, str]]]
"""Of a comparison: the first configuration, the steps, each other's first difference, and what was
set aside as intended and as noise."""

SHOWN_DIFFERENCES = 10


def progress(items: Iterable[T], total: int | None) -> Iterator[T]:
    """`items`, with a progress bar on a terminal and none in a pipe."""
    if not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(items, "", total=total, console=Console(stderr=True), transient=True)


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
    noun = state.configuration.migration.noun
    forms = ", ".join(f"{count} {form}" for form, count in state.forms().items())
    if forms:
        click.echo(f"\n{noun}s: {forms}")
    click.echo("\nold-API calls left, by file:")
    for file, count in state.calls.items():
        click.echo(f"  {count:3} {file}")
    click.echo(f"  {sum(state.calls.values()):3} in all")
    for stage, blocking in state.blocks.items():
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


def compared(told: Compared) -> None:
    """The first difference of each configuration from the first."""
    first, steps, found, intended, noisy = told
    for name, text in found.items():
        click.echo(text or f"{name}: equal to {first} in {steps} steps")
    for entry, count in sorted(intended.entries.items()):
        click.echo(f"intended: {entry} {count}")
    for (op, fact), count in sorted(noisy.items()):
        click.echo(f"noise: {op}.{fact} differed by itself {count} times: not compared")


def compared_json(told: Compared) -> Json:
    """The same as data."""
    first, steps, found, intended, noisy = told
    rows: list[Json] = [{"configuration": name, "difference": text} for name, text in found.items()]
    return {
        "reference": first,
        "steps": steps,
        "compared": rows,
        "intended": dict(intended.entries),
        "noise": {f"{op}.{fact}": count for (op, fact), count in noisy.items()},
    }


def ledgers(shown: Sequence[tuple[Project, Mapping[str, int]]]) -> None:
    """Every entry in full; the counts say how often its demonstration shows it."""
    count = stale = 0
    today = date.today()
    for project, counts in shown:
        for entry in project.ledger.entries:
            times = counts[entry.id]
            count += 1
            stale += not times
            click.echo(f"{entry.id} (on {', '.join(sorted(entry.on))})")
            state = f"shown {times} times" if times else "STALE: no longer shown"
            expired = " EXPIRED" if entry.expired(today, project.version) else ""
            for title, text in (
                ("old", entry.old),
                ("new", entry.new),
                ("why", entry.why),
                ("source", entry.source),
                ("ops", ", ".join(sorted(entry.ops))),
                ("facts", ", ".join(sorted(entry.facts))),
                ("owner", entry.owner),
                ("expires", f"{entry.expires}{expired}" if entry.expires else ""),
                ("demo", f"{entry.demonstration or 'everything performed'}: {state}"),
            ):
                if text:
                    click.echo(_wrapped(title, text))
            click.echo()
    click.echo(f"{count} intended differences, {stale} stale")


def _wrapped(title: str, text: str) -> str:
    """`text` beside `title`, in lines of 80 columns."""
    return textwrap.fill(
        text,
        80,
        initial_indent=f"  {title:7} ",
        subsequent_indent=" " * 10,
        break_long_words=False,
        break_on_hyphens=False,
    )


def ledgers_json(shown: Sequence[tuple[Project, Mapping[str, int]]]) -> Json:
    """The ledgers as data."""
    return [
        {
            "project": project.name,
            "id": entry.id,
            "on": [*sorted(entry.on)],
            "ops": [*sorted(entry.ops)],
            "facts": [*sorted(entry.facts)],
            "old": entry.old,
            "new": entry.new,
            "why": entry.why,
            "source": entry.source,
            "owner": entry.owner,
            "expires": None if entry.expires is None else str(entry.expires),
            "demonstration": entry.demonstration,
            "shown": counts[entry.id],
        }
        for project, counts in shown
        for entry in project.ledger.entries
    ]


def report(report: Report) -> None:
    """The first differences, what was intended, and the closing line of a replay."""
    for deviation in report.differences[:SHOWN_DIFFERENCES]:
        click.echo(_deviation(deviation))
    more = len(report.differences) - SHOWN_DIFFERENCES
    if more > 0:
        click.echo(f"... and {more} more differences")
    for entry, count in sorted(report.intended.entries.items()):
        click.echo(f"intended: {entry} {count}")
    if report.intended.followed:
        click.echo(
            f"{report.intended.followed} facts that differed after an intended difference no longer"
            f" do without it\n({report.intended.left_out} steps left out)"
        )
    for op, count in sorted(report.uncompared.items()):
        click.echo(f"{count} {op} {'texts' if op == 'mtree' else 'results'} not compared")
    for (op, fact), count in sorted(report.noise.items()):
        click.echo(f"noise: {op}.{fact} {count} not compared")
    if report.unperformed:
        click.echo(f"{report.unperformed} steps after a crash: not performed")
    if report.unrecorded:
        click.echo(f"{report.unrecorded} steps without recorded facts: compared with nothing")
    if report.unreplayable:
        click.echo(f"{report.unreplayable} not replayable (first: {report.first_unreplayable})")
    click.echo(
        f"replayed {report.files} files, {report.ops} ops: "
        f"{len(report.differences)} differences, {report.intended.entries.total()} intended"
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
        "intended": dict(sorted(report.intended.entries.items())),
        "followed": report.intended.followed,
        "left_out": report.intended.left_out,
        "not_compared": dict(sorted(report.uncompared.items())),
        "noise": {f"{op}.{fact}": count for (op, fact), count in report.noise.items()},
        "after_a_crash": report.unperformed,
        "without_recorded_facts": report.unrecorded,
        "not_replayable": report.unreplayable,
        "first_not_replayable": report.first_unreplayable,
    }
