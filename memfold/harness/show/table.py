"""What a migration prints while it runs: rows as they are done, a line a stage, the verdict."""

from __future__ import annotations

import json
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import click

from memfold.equivalence.campaign.made import remarks
from memfold.equivalence.campaign.migrate import Verdict
from memfold.equivalence.campaign.reporter import Reporter
from memfold.equivalence.campaign.work import Row, Work
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Facts
from memfold.equivalence.finding import facts_text, step_text
from memfold.equivalence.project import Project
from memfold.equivalence.subject import Step
from memfold.harness.show import covered

__all__ = ["Document", "Steps", "Table"]

SHOWN = 10
"""Differences told in full."""
WIDTH = 80


@dataclass(frozen=True, slots=True)
class _Column:
    """A number of every line: its title, how wide it is, and what it is of some rows."""

    title: str
    width: int
    of: Callable[[Sequence[Row]], str]


def _columns(project: Project) -> list[_Column]:
    """What there is to count in a project."""
    columns = [_Column("steps", 11, lambda rows: f"{sum(row.steps for row in rows):,}")]
    for name in project.tallies:
        columns.append(_Column(name, max(9, len(name)), partial(_tallied, name)))
    if project.goals():
        columns.append(_Column("goals", 7, _goals))
    if project.ledger.entries:
        columns.append(_Column("intended", 9, _intended))
    columns.append(_Column("diffs", 6, lambda rows: f"{sum(row.differences for row in rows):,}"))
    columns.append(_Column("s", 6, lambda rows: f"{sum(row.seconds for row in rows):.1f}"))
    return columns


def _tallied(name: str, rows: Sequence[Row]) -> str:
    return f"{sum(row.tallies[name] for row in rows):,}"


def _goals(rows: Sequence[Row]) -> str:
    """The least that any of them reached."""
    return f"{min(row.reached for row in rows)}/{rows[0].goals}"


def _intended(rows: Sequence[Row]) -> str:
    return f"{sum(row.intended.entries.total() for row in rows):,}"


class Table(Reporter):
    """Prints a line for each stage when it is done, in the order of the plan, then the verdict.

    Verbose: a line for each configuration as well, as it is done.
    """

    def __init__(self, verbose: bool) -> None:
        self._verbose = verbose
        self._planned: Counter[str] = Counter()
        self._done: dict[str, list[Row]] = {}
        self._told: set[str] = set()
        self._columns: list[_Column] = []
        self._first = 0
        self._remarks: list[str] = []

    def begin(self, work: Work, planned: Sequence[Configuration]) -> None:
        """See `Reporter.begin`."""
        self._planned = Counter(each.stage.name for each in planned)
        self._first = max(5, *(len(stage) for stage in self._planned))
        self._columns = _columns(work.project)
        self._remarks = list(remarks(work.project, work.everywhere, work.reference))
        if self._verbose:
            self._line("stage", "forms", [column.title for column in self._columns])

    def row_done(self, row: Row) -> None:
        """See `Reporter.row_done`."""
        stage = row.configuration.stage.name
        self._done.setdefault(stage, []).append(row)
        if self._verbose:
            self._line(stage, row.configuration.forms_text(), self._numbers([row]), row.differences)
        else:
            self._tell_stages(only_whole=True)
        self._progress()

    def end(self, verdict: Verdict) -> None:
        """See `Reporter.end`."""
        self._clear()
        if self._verbose:
            click.echo()
        self._tell_stages(only_whole=False)
        if self._verbose and verdict.coverage.counts:
            click.echo()
            _say(covered.details(verdict.coverage))
        click.echo(f"\n{verdict.text()}")
        _say(covered.summary(verdict.coverage))
        _say(covered.unproven(verdict.unseen, self._verbose))
        for remark in self._remarks:
            click.echo(remark)
        for (op, fact), count in sorted(verdict.noise.items()):
            click.echo(f"noise: {op}.{fact} differed by itself {count} times: not compared")
        intended = verdict.intended
        for name, count in sorted(intended.entries.items()):
            click.echo(f"intended: {name} {count}")
        if intended.followed:
            click.echo(
                f"{intended.followed} facts that differed after an intended difference no longer"
                f" do without it\n({intended.left_out} steps left out)"
            )
        emptied = Counter(
            op for row in verdict.rows for op, n in row.intended.ops.items() if n >= row.ops[op]
        )
        for op, count in sorted(emptied.items()):
            click.echo(
                f"every {op} was left out in {count} configurations: nothing that takes one was"
                ' compared\nafter it; scope = "step", or a closer op or `when`, leaves out less'
            )
        findings = [finding for row in verdict.rows for finding in row.findings[:1]]
        for finding in findings[:SHOWN]:
            click.echo(f"\n{finding.text()}")
        found = next((row for row in verdict.rows if row.findings and not row.died), None)
        if found is not None:
            click.echo(f"\nmemfold shrink '{found.configuration}' looks for the fewest steps")
        if len(findings) > SHOWN:
            click.echo(f"\n... and {len(findings) - SHOWN} more configurations")

    def _tell_stages(self, only_whole: bool) -> None:
        """Tell of the stages that are done and not told of yet, as far as the plan's order goes;
        at an interrupt of those too of which a part is done."""
        for stage, planned in self._planned.items():
            rows = self._done.get(stage, [])
            if stage in self._told:
                continue
            if only_whole and len(rows) < planned:
                return
            if not rows:
                continue
            self._clear()
            if not self._told:
                titles = [column.title for column in self._columns]
                self._line("stage", "configurations", titles)
            self._told.add(stage)
            count = f"{len(rows):,}" if len(rows) == planned else f"{len(rows):,} of {planned:,}"
            self._line(
                stage,
                count,
                self._numbers(rows),
                sum(row.differences for row in rows),
            )

    def _numbers(self, rows: Sequence[Row]) -> list[str]:
        return [column.of(rows) for column in self._columns]

    def _line(self, stage: str, text: str, numbers: Sequence[str], bad: int = 0) -> None:
        """A line of the table; a text that is too long goes on in lines below."""
        self._clear()
        right = "".join(
            f" {number:>{column.width}}"
            for number, column in zip(numbers, self._columns, strict=True)
        )
        room = max(14, WIDTH - self._first - 2 - len(right))
        first, *more = textwrap.wrap(text, room, break_long_words=False) or [""]
        line = f"{stage:<{self._first}}  {first:<{room}}{right}".rstrip()
        click.secho(line, bold=True, fg="red") if bad else click.echo(line)
        for rest in more:
            click.echo(f"{'':<{self._first}}  {rest}")

    def _progress(self) -> None:
        if sys.stderr.isatty():
            done = sum(map(len, self._done.values()))
            total = self._planned.total()
            click.echo(f"\r{done} of {total} configurations\033[K", err=True, nl=False)

    def _clear(self) -> None:
        if sys.stderr.isatty():
            click.echo("\r\033[K", err=True, nl=False)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


class Document(Reporter):
    """Prints the verdict, once there is one, as one JSON document."""

    def end(self, verdict: Verdict) -> None:
        """See `Reporter.end`."""
        click.echo(json.dumps(verdict.json(), indent=1))


class Steps(Reporter):
    """Prints each step as it is performed, with what was shown."""

    def step(self, configuration: Configuration, index: int, step: Step, facts: Facts) -> None:
        """See `Reporter.step`."""
        click.echo(f"{configuration} {index}: {step_text(step)}: {facts_text(facts)}")
