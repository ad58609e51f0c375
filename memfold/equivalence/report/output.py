"""Writing reports to files, each in the form that its name asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from memfold.equivalence.report.events import Event, line_of
from memfold.equivalence.report.markdown import markdown
from memfold.equivalence.report.page import page
from memfold.equivalence.report.recorded import Recorded
from memfold.equivalence.report.summary import Counted
from memfold.equivalence.writing import write_text
from memfold.errors import BadInput

__all__ = ["FORMATS", "check_outputs", "write_reports"]

FORMATS = (".html", ".md", ".jsonl")
"""How the name of a report may end."""


def check_outputs(outputs: Iterable[Path]) -> None:
    """Raises `BadInput` for a name that asks for no form there is, before anything is performed."""
    for output in outputs:
        if output.suffix not in FORMATS:
            raise BadInput(f"-o {output}: no form of a report", f"a name in {', '.join(FORMATS)}")


def write_reports(
    outputs: Iterable[Path],
    recorded: Recorded,
    today: date,
    events: Sequence[Event] = (),
    drawing: str = "",
    history: Sequence[Counted] = (),
) -> None:
    """Write what was `recorded` to each of `outputs`: a page, a comment, or the `events`.

    Raises `BadInput` for a name that asks for no form there is, and for a place that cannot be
    written to.
    """
    outputs = list(outputs)
    check_outputs(outputs)
    for output in outputs:
        match output.suffix:
            case ".html":
                text = page(recorded, today, drawing, history)
            case ".md":
                text = markdown(recorded, today)
            case _:
                text = "".join(f"{line_of(event)}\n" for event in events)
        write_text(output, text)
