"""What `memfold ratchet` prints: a table of files, the burn-down, the verdict."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import click
from rich.cells import cell_len

from memfold.equivalence.callsites import Calls
from memfold.equivalence.facts import Json
from memfold.equivalence.ratchet import Record, Verdict, record_json
from memfold.harness.show.burndown import COLUMNS, chart

__all__ = ["ratchet", "ratchet_json"]

NUMBER = 9
"""Columns of a number in the table."""
FILE = COLUMNS - 3 * NUMBER


def ratchet(verdict: Verdict, updated: bool = False) -> None:
    """Every file with calls, or that had some; the burn-down; what it comes to.

    `updated`: the baseline was told to go along.
    """
    for line in _table(verdict):
        click.echo(line)
    click.echo(f"\nold call sites left:\n{chart(verdict.history)}\n")
    for text in _said(verdict, updated):
        for line in _filled(text, COLUMNS):
            click.echo(line.rstrip())


def ratchet_json(verdict: Verdict) -> Json:
    """The verdict as data: old call sites by their lines."""
    return {
        "grew": verdict.grew,
        "old": verdict.now.old,
        "new": verdict.now.new,
        "files": [
            {
                "file": name,
                "old": [*_calls(verdict, name).old],
                "new": [*_calls(verdict, name).new],
                "change": change,
            }
            for name, change in verdict.changes().items()
        ],
        "read": verdict.counts.read,
        "skipped": dict(verdict.counts.skipped),
        "syntax_errors": [*verdict.counts.broken],
        "found_nowhere": [*verdict.counts.unmatched],
        "history": [record_json(record) for record in verdict.history],
    }


def _calls(verdict: Verdict, name: str) -> Calls:
    """The calls in a file; one that is only in the baseline has none."""
    return verdict.counts.files.get(name, Calls((), ()))


def _table(verdict: Verdict) -> Iterator[str]:
    changes = verdict.changes()
    yield from _row("file", "old", "new", "change")
    for name, change in changes.items():
        calls = _calls(verdict, name)
        yield from _row(name, len(calls.old), len(calls.new), f"{change:+}" if change else "0")
    now, change = verdict.now, verdict.now.old - verdict.last.old
    yield from _row("in all", now.old, now.new, f"{change:+}" if change else "0")


def _row(name: str, *numbers: object) -> Iterator[str]:
    """A row, of more lines when the name is long: it breaks after slashes, never in a word."""
    *above, last = _filled(name, FILE)
    yield from above
    if cell_len(last) > FILE:
        yield last
        last = ""
    yield last + " " * (FILE - cell_len(last)) + "".join(f"{each:>{NUMBER}}" for each in numbers)


def _filled(text: str, width: int) -> list[str]:
    """`text` in lines that break after a blank or a slash, never in a word, and drop nothing."""
    lines = [""]
    for word in re.findall("[^ /]*[ /]|[^ /]+", text):
        if lines[-1].strip() and cell_len(lines[-1] + word) > width:
            lines.append("  ")
        lines[-1] += word
    return lines


def _said(verdict: Verdict, updated: bool) -> Iterator[str]:
    counts, last = verdict.counts, verdict.last
    yield (
        f"{counts.old} old call sites, {counts.new} new, "
        f"in {len(counts.files)} of {counts.read} files"
    )
    if counts.skipped:
        reasons = sorted(Counter(counts.skipped.values()).items())
        yield f"skipped: {', '.join(f'{number} {why}' for why, number in reasons)}"
    if counts.broken:
        yield f"syntax errors, counted as far as they can be parsed: {', '.join(counts.broken)}"
    if counts.unmatched:
        yield f"found nowhere: {', '.join(counts.unmatched)}"
    for name, lines in verdict.grown().items():
        more = verdict.changes()[name]
        yield f"{name}: {more} more, now on line {', '.join(map(str, lines))}"
    if verdict.grew:
        yield f"GREW by {counts.old - last.old} since {_when(last)}; the baseline stays as it is"
        return
    if verdict.grown():
        yield f"but no more in all than on {_when(last)}: moved, or hidden by what was converted"
    if counts.old < last.old:
        lock = "locked in" if updated else "--update locks that in"
        yield f"{last.old - counts.old} fewer than on {_when(last)}: {lock}"
    elif updated:
        yield f"recorded as {_when(verdict.now)}"


def _when(record: Record) -> str:
    return f"{record.day} ({record.label})" if record.label else str(record.day)
