"""A migration as one page of HTML."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from memfold.equivalence.report.document import document
from memfold.equivalence.report.html import Content, Html, tag
from memfold.equivalence.report.matrix import State, cells_of
from memfold.equivalence.report.parts import mark, pairs, section
from memfold.equivalence.report.proof import coverage_of, ledger_of, set_aside
from memfold.equivalence.report.recorded import Recorded
from memfold.equivalence.report.results import configurations_of, differences_of, matrix_of
from memfold.equivalence.report.summary import Counted, headline, started_text
from memfold.equivalence.report.trend import burndown_of

__all__ = ["page"]

ABOUT = 6
"""Components that are named beside the verdict."""


def page(
    recorded: Recorded,
    today: date,
    drawing: str = "",
    history: Sequence[Counted] = (),
) -> str:
    """The page of a migration as it is read on `today`.

    `drawing`, an SVG document, and `history` tell how call sites of the old API became fewer.
    """
    sections = [
        ("Stages", matrix_of(recorded)),
        ("Differences", differences_of(recorded)),
        ("Ledger", ledger_of(recorded, today)),
        ("Set aside", set_aside(recorded)),
        ("Coverage", coverage_of(recorded)),
        ("Configurations", configurations_of(recorded)),
        ("Burn-down", burndown_of(drawing, history)),
        ("How it was made", _made(recorded)),
    ]
    there = [(title, content) for title, content in sections if content]
    links = [tag("li", tag("a", title, href=f"#{_name(title)}")) for title, _ in there]
    _, word = headline(recorded)
    return document(
        f"{recorded.migration.name}: {word}",
        _header(recorded),
        tag("nav", tag("ul", *links), aria_label="Sections"),
        tag("main", *(section(_name(title), title, *content) for title, content in there)),
    )


def _name(title: str) -> str:
    return title.lower().replace(" ", "-")


def _header(recorded: Recorded) -> Html:
    verdict, (state, word) = recorded.verdict, headline(recorded)
    rows = verdict.rows
    different = sum(1 for row in rows if row.differences)
    configurations = f"{len(rows):,}"
    if not verdict.whole:
        configurations += f" of {verdict.planned:,}"
    facts: list[tuple[str, Content]] = [
        ("configurations", configurations),
        ("different", f"{different:,}"),
        ("steps", f"{sum(row.steps for row in rows):,}"),
        *((name, f"{count:,}") for name, count in verdict.tallies.items()),
        ("intended", f"{verdict.intended.entries.total():,}"),
        ("performed", started_text(recorded)),
    ]
    cells = cells_of(recorded).items() if different else ()
    about = dict.fromkeys(
        name for (name, _), forms in cells for cell in forms if cell.state is State.DIFFERENT
    )
    if about:
        left = f" and {len(about) - ABOUT:,} more" if len(about) > ABOUT else ""
        facts.insert(2, ("about", ", ".join([*about][:ABOUT]) + left))
    return tag(
        "header",
        tag("h1", recorded.migration.name, ": ", mark(state, word, said=True), id="verdict"),
        tag("p", verdict.text(), class_="quiet"),
        pairs(facts, "facts"),
    )


def _made(recorded: Recorded) -> list[Content]:
    named: list[tuple[str, Content]] = [
        ("performed", started_text(recorded)),
        ("version of the project", recorded.version or None),
        ("seconds", f"{sum(row.seconds for row in recorded.verdict.rows):,.1f}"),
        *((name, tag("code", text)) for name, text in recorded.made.items()),
    ]
    return [pairs([(name, value) for name, value in named if value is not None])]
