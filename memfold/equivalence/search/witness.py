"""A difference in words that a person can follow: what was done, what was shown, and by whom."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from textwrap import wrap

from memfold.equivalence.compare import Difference, observe
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import CRASHED, Facts, Json
from memfold.equivalence.finding import DECIMAL, Finding
from memfold.equivalence.project import Project
from memfold.equivalence.trace import Trace
from memfold.equivalence.vocabulary import Vocabulary

__all__ = ["witness"]

WIDTH = 80

STEPS = 5
"""Steps that are told; of more, the last ones."""

WIDTHS = range(76, 6, -2)
"""Characters of a value, tried until the line is short enough."""


def witness(
    project: Project, old: Configuration, new: Configuration, trace: Trace, finding: Finding
) -> str:
    """`finding`, that `new` differs from `old` in `trace`, told in lines of at most 80 columns.

    Both perform the steps up to it once more, and all facts are compared, level by level: the
    first step at which rows differ that name a component tells who began. Of a closer level than
    must be equal that is a hint and said to be one. When nothing can be told, that is said. Of a
    shrunk trace of 5 steps it is at most 12 lines. What is too long is shortened in the middle,
    its length said.
    """
    found = finding.difference
    if found is None:
        return "\n".join(_lines(f"{new}: {finding.wrong}"))
    steps = trace.steps[: found.index + 1]
    first = max(0, len(steps) - STEPS)
    after = f", after {first:,} other steps" if first else ""
    beginning = f"{new} differs from {old}{after}:"
    if len(beginning) > WIDTH:
        beginning = f"{new} differs from {str(old).partition('@')[2]}{after}:"
    lines = [_middle(beginning, WIDTH)]
    for number, step in enumerate(steps[first:], first + 1):
        lines.append(_fitted(f"  {number}. {step.op} ", step.args, "=", " "))
    lines.append(_fitted(f"  {'old':>5} shows ", found.expected, " ", ", "))
    lines.append(_fitted(f"  {'new':>5} shows ", found.observed, " ", ", "))
    lines.append(_middle(_why(project, old, new, found), WIDTH))
    if new.forms:
        old_shown, new_shown = (
            list(observe(project.subject(side, trace.header), steps)) for side in (old, new)
        )
        lines += _who(project.vocabulary, old, finding, old_shown, new_shown)
    return "\n".join(lines)


def _why(project: Project, old: Configuration, new: Configuration, found: Difference) -> str:
    """Why they cannot both be right."""
    if CRASHED in found.facts:
        return "Same start, same steps: none of them may crash."
    names = " and ".join(found.facts[:2]) + (" and more" if len(found.facts) > 2 else "")
    level = next(
        (each for each in project.vocabulary.levels if set(found.facts) & each.facts),
        project.vocabulary.closest,
    )
    among = "the same forms" if old.forms == new.forms else "all forms"
    why = f"Same start, same steps: {names} must be equal in {among}"
    whole = f"{why} (level {level.name})."
    return whole if len(whole) <= WIDTH else f"{why}."


def _who(
    words: Vocabulary,
    old: Configuration,
    finding: Finding,
    old_shown: Sequence[Facts],
    new_shown: Sequence[Facts],
) -> list[str]:
    """Which component began, as far as it can be told, in at most 3 lines."""
    new = finding.configuration
    noun = new.migration.noun
    changed = [name for name, form in new.forms.items() if form != old.forms[name]]
    named = [name for name in finding.blamed if name not in new.odd]
    for level in words.levels:
        if level is not words.loosest and named:
            about = f"{named[0]} ({_form(named[0], old, new)})"
            return _lines(f"The {noun} that the last step is about: {about}.")
        part = _first_parting(new, old_shown, new_shown, level.facts)
        if part is not None:
            hint = "" if level is words.loosest else f", a hint (level {level.name})"
            about = f"{part.name} ({_form(part.name, old, new)})"
            row = f"at step {part.index + 1} in {part.fact}{hint}:"
            return [
                _middle(f"First to differ: {about}, {row}", WIDTH),
                _fitted("    old ", {"": part.old or "no such row"}, "", ""),
                _fitted("    new ", {"": part.new or "no such row"}, "", ""),
            ]
    if len(changed) == 1:
        about = f"{changed[0]} ({_form(changed[0], old, new)})"
        return _lines(f"No fact names a {noun}, but only {about} has another form.")
    return _lines(
        f"Which {noun} began cannot be told: no fact that differs names one, and"
        f" {len(changed)} have another form."
    )


@dataclass(frozen=True, slots=True)
class _Parting:
    """Rows of one fact at one step that differ and name a component; None: no such row."""

    index: int
    fact: str
    name: str
    old: Json
    new: Json


def _first_parting(
    new: Configuration,
    old_shown: Sequence[Facts],
    new_shown: Sequence[Facts],
    facts: Collection[str],
) -> _Parting | None:
    for index, (want, got) in enumerate(zip(old_shown, new_shown, strict=False)):
        for fact in sorted((want.keys() | got.keys()) & set(facts)):
            pairs = zip_longest(_rows(want.get(fact)), _rows(got.get(fact)))
            for one, other in pairs:
                names = [row[0] for row in (other, one) if row and row[0] in new.forms]
                if one != other and names:
                    return _Parting(index, fact, str(names[0]), one, other)
    return None


def _rows(value: Json) -> list[list[Json]]:
    """The rows of a fact: lists that begin with a text; a single one may stand by itself."""
    rows = [value] if isinstance(value, list) and value and isinstance(value[0], str) else value
    if not isinstance(rows, list):
        return []
    return [row for row in rows if isinstance(row, list) and row and isinstance(row[0], str)]


def _form(name: str, old: Configuration, new: Configuration) -> str:
    was, its = old.forms[name], new.forms[name]
    return its if was == its else f"{its}, was {was}"


def _fitted(begin: str, values: Mapping[str, Json], equals: str, between: str) -> str:
    """A line of names and values, the values no longer than there is room for."""
    if not values:
        return f"{begin}nothing" if begin.endswith("shows ") else begin.rstrip()
    line = ""
    for width in WIDTHS:
        parts = (f"{k}{equals}{_middle(_text(k, v), width)}" for k, v in values.items())
        line = begin + between.join(parts)
        if len(line) <= WIDTH:
            return line
    return _middle(line, WIDTH)


def _text(name: str, value: Json) -> str:
    """A value as it stands in a trace, larger numbers in hex where the project prints them so."""
    if type(value) is int and name not in DECIMAL and value > 9:
        return f"{value:#x}"
    if isinstance(value, str) and value.isprintable() and value:
        return value
    return json.dumps(value)


def _middle(text: str, width: int) -> str:
    """`text`, if longer than `width` without its middle and with its length."""
    if len(text) <= width:
        return text
    mark = f"..[{len(text)}].."
    kept = max(2, width - len(mark))
    return f"{text[: kept - kept // 2]}{mark}{text[len(text) - kept // 2 :]}"


def _lines(text: str) -> list[str]:
    """`text` in lines, no word broken that fits in one, and at most two."""
    words = (_middle(word, WIDTH) for word in text.split())
    lines = wrap(" ".join(words), WIDTH, break_long_words=False, break_on_hyphens=False)
    return lines if len(lines) <= 2 else [lines[0], _middle(" ".join(lines[1:]), WIDTH)]
