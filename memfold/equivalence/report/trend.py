"""How the calls of the old API became fewer: a drawing that is given, and the numbers."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from memfold.equivalence.report.html import Content, tag
from memfold.equivalence.report.parts import more, scrolled, table
from memfold.equivalence.report.summary import Counted

__all__ = ["burndown_of"]


def burndown_of(drawing: str, history: Sequence[Counted]) -> list[Content]:
    """The section, empty where nothing is known.

    The drawing is shown as an image, which can run nothing and reach nothing.
    """
    made: list[Content] = []
    if drawing:
        data = base64.b64encode(drawing.encode("utf-8", "replace")).decode()
        image = tag("img", src=f"data:image/svg+xml;base64,{data}", alt=_said(history))
        made.append(scrolled("Burn-down drawing", image))
    if history:
        rows = [(str(r.day), f"{r.old:,}", f"{r.new:,}", r.label) for r in history]
        heads = ("day", "old", "new", "what happened")
        counted = table("Call sites by day", heads, rows, numbers=(1, 2))
        made.append(more(f"{len(rows):,} records", counted, opened=not drawing))
    return made


def _said(history: Sequence[Counted]) -> str:
    if not history:
        return "Calls of the old API over time"
    first, last = history[0], history[-1]
    return (
        f"Calls of the old API over time: {first.old:,} on {first.day}, {last.old:,} on {last.day}"
    )
