"""How much of what there is was tried, in lines below a verdict."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from memfold.equivalence.coverage import Cell, Coverage, percent

__all__ = ["details", "summary", "unproven"]

WIDTH = 80
MANY = 1000
"""From so many cells on a percentage says more than their number."""
WEAKEST = 4
NAMED = 8
"""Cells not reached that are named where the floor is."""


def summary(coverage: Coverage) -> Iterator[str]:
    """All together and by aspect, what is weakest, and what keeps it from the floor."""
    reached, declared = coverage.total
    if not declared:
        return
    parts = ", ".join(f"{name} {_count(*count)}" for name, count in coverage.aspects.items())
    yield from _wrapped(f"covered: {percent(reached, declared):g} % of {declared:,}: {parts}")
    weak = sorted(
        (percent(*count), name or "as a whole")
        for name, count in coverage.components.items()
        if count[0] < count[1]
    )
    if weak and len(coverage.components) > 1:
        names = ", ".join(f"{name} {much:g} %" for much, name in weak[:WEAKEST])
        yield from _wrapped(f"weakest: {names}")
    if coverage.below:
        floors = ", ".join(f"{name} {floor:g} %" for name, (_, floor) in coverage.below.items())
        yield from _wrapped(f"below the floor: {floors}")
        yield from _wrapped(f"not reached: {_missed(coverage)}")


def _count(reached: int, declared: int) -> str:
    return f"{percent(reached, declared):g} %" if declared >= MANY else f"{reached}/{declared}"


def _missed(coverage: Coverage) -> str:
    """Cells of the aspects that are below their floor; of any, when it is all of them."""
    its = [cell for cell in coverage.missed if cell[1] in coverage.below] or coverage.missed
    left = len(its) - NAMED
    more = f"; and {left:,} more" if left > 0 else ""
    return f"{'; '.join(map(_told, its[:NAMED]))}{more}"


def _told(cell: Cell) -> str:
    name, aspect, what = cell
    return f"{name} {aspect}: {what}" if name else f"{aspect}: {what}"


def details(coverage: Coverage) -> Iterator[str]:
    """A line for each component, a column for each aspect; then what was not reached."""
    components, aspects = coverage.components, coverage.aspects
    if not components:
        return
    rows = [("covered", *aspects)]
    for name in components:
        counts = (coverage.counts.get((name, aspect)) for aspect in aspects)
        rows.append((name or "-", *("" if c is None else f"{c[0]}/{c[1]}" for c in counts)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *rest in rows:
        numbers = "".join(f" {each:>{wide}}" for each, wide in zip(rest, widths[1:], strict=True))
        yield f"{first:<{widths[0]}}{numbers}".rstrip()
    if coverage.missed and not coverage.below:
        yield from _wrapped(f"not reached: {_missed(coverage)}")


def unproven(texts: Sequence[str], verbose: bool) -> Iterator[str]:
    """What no recording says; by name only when asked for."""
    for text in texts:
        head, colon, _ = text.partition(": ")
        yield from _wrapped(f"unproven: {text if verbose or not colon else head}")


def _wrapped(text: str) -> list[str]:
    kept = text.replace(" %", "\u00a0%")  # never at the beginning of a line
    lines = textwrap.wrap(kept, WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    return [line.replace("\u00a0", " ") for line in lines]
