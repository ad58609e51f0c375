"""A migration in short, as Markdown: what stands well in a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from memfold.equivalence.report.differences import Group, groups_of
from memfold.equivalence.report.html import shown
from memfold.equivalence.report.matrix import Cell, whole_stages
from memfold.equivalence.report.recorded import Recorded
from memfold.equivalence.report.summary import count_text, headline, uses_of

__all__ = ["markdown"]

WITNESSES = 2
"""Differences that are shown with their witness."""
WITNESS_LINES = 12
TITLES = 5
"""Further ones that are named."""
STAGES = 10
ENTRIES = 6
WIDTH = 200
"""Characters of a line, about."""

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def markdown(recorded: Recorded, today: date) -> str:
    """The verdict, the stages, the first differences, what of the ledger expires; some 60 lines."""
    state, word = headline(recorded)
    name = recorded.migration.name
    lines = [
        f"## {code(name)}: {state.sign} {word}",
        "",
        escaped(recorded.verdict.text().removeprefix(f"{name}: ")),
        "",
        *_stages(recorded),
        *_differences(groups_of(recorded)),
        *_ledger(recorded, today),
    ]
    noise = len(recorded.verdict.noise)
    if noise:
        lines += ["", f"{_counted(noise, 'fact')} differ by themselves and are not compared."]
    return "\n".join(lines).rstrip() + "\n"


def escaped(text: str) -> str:
    """`text` on one line, with nothing in it that Markdown or HTML would take for its own."""
    return SPECIAL.sub(r"\\\1", _line(text).replace("@", "@\u200b"))  # a person is not called


def code(text: str, cell: bool = False) -> str:
    """`text` on one line as it is; in a `cell` of a table a bar has to be escaped even so."""
    inner = _line(text) or " "
    longest = max(map(len, re.findall("`+", inner)), default=0)
    fence = "`" * (longest + 1)
    if longest:
        inner = f" {inner} "
    return f"{fence}{inner}{fence}".replace("|", "\\|" if cell else "|")


def _line(text: str) -> str:
    whole = shown(" ".join(text.split()))
    return whole if len(whole) <= WIDTH else f"{whole[:WIDTH]}..."


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _stages(recorded: Recorded) -> Iterator[str]:
    """The table by stage."""
    yield "| stage | configurations | |"
    yield "|---|---:|---|"
    stages = whole_stages(recorded)
    for name, cell in [*stages.items()][:STAGES]:
        yield f"| {code(name, cell=True)} | {_count(cell)} | {cell.state.sign} {cell.state.word} |"
    if len(stages) > STAGES:
        yield f"| {len(stages) - STAGES:,} more | | |"


def _count(cell: Cell) -> str:
    return count_text(cell.performed, cell.planned, cell.different)


def _differences(groups: Sequence[Group]) -> Iterator[str]:
    for group in groups[:WITNESSES]:
        yield ""
        yield f"{code(group.title)} in {_in(group)}:"
        yield ""
        yield from fenced(group.first.finding.text().splitlines())
    rest = groups[WITNESSES:]
    if rest:
        yield ""
    for group in rest[:TITLES]:
        yield f"- {code(group.title)} in {_in(group)}"
    if len(rest) > TITLES:
        yield f"- {_counted(len(rest) - TITLES, 'more kind')} of difference"


def _in(group: Group) -> str:
    return _counted(len(group.configurations), "configuration")


def fenced(lines: Iterable[str]) -> Iterator[str]:
    """Lines as they are, cut off where they become many, in a fence that none of them ends."""
    kept = [_kept(line) for line in lines]
    if len(kept) > WITNESS_LINES:
        kept = [*kept[:WITNESS_LINES], "..."]
    longest = max((len(run) for line in kept for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}text", *kept, fence)


def _kept(line: str) -> str:
    whole = shown(line)
    return whole if len(whole) <= WIDTH else f"{whole[:WIDTH]}..."


def _ledger(recorded: Recorded, today: date) -> Iterator[str]:
    uses = [use for use in uses_of(recorded, today) if use.soon]
    intended = recorded.verdict.intended
    total = intended.entries.total()
    if total:
        yield ""
        yield (
            f"{_counted(total, 'fact')} differ as the ledger intends,"
            f" {intended.followed:,} more follow from that."
        )
    if not uses:
        return
    yield ""
    for use in uses[:ENTRIES]:
        owner = code(use.entry.owner) if use.entry.owner else "nobody's"
        mark = "**expired**: " if use.expired else ""
        yield f"- {mark}{code(use.entry.id)} ({owner}): {escaped(use.time_text())}"
    if len(uses) > ENTRIES:
        yield f"- {len(uses) - ENTRIES:,} more that expire within 30 days"
