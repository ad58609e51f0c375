"""Parts that a page is made of: tables, signs, sections, texts that can be unfolded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from memfold.equivalence.report.html import Content, Html, join, tag
from memfold.equivalence.report.matrix import State

__all__ = ["codes", "mark", "more", "pairs", "scrolled", "section", "table"]


def section(name: str, title: str, *content: Content) -> Html:
    """A section that can be linked to, and is named by its heading."""
    heading = f"{name}-title"
    return tag("section", tag("h2", title, id=heading), *content, id=name, aria_labelledby=heading)


def scrolled(label: str, content: Html) -> Html:
    """What may be wider than the page: it scrolls by itself, by keyboard too."""
    return tag("div", content, class_="scroll", role="region", aria_label=label, tabindex=0)


def table(
    label: str,
    heads: Sequence[Content],
    rows: Iterable[Sequence[Content]],
    numbers: Sequence[int] = (),
    class_: str | None = None,
) -> Html:
    """A table whose first column names the rows; the columns `numbers` are right-aligned."""

    def align(column: int) -> str | None:
        return "n" if column in numbers else None

    head = [tag("th", each, scope="col", class_=align(n)) for n, each in enumerate(heads)]
    body = []
    for first, *rest in rows:
        cells = [tag("td", each, class_=align(n)) for n, each in enumerate(rest, 1)]
        body.append(tag("tr", tag("th", first, scope="row"), *cells))
    whole = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *body), class_=class_)
    return scrolled(label, whole)


def mark(state: State, *content: Content, said: bool = False) -> Html:
    """Something with the sign of its state, and its word for who does not see the sign.

    Unless what is marked has `said` it already.
    """
    return tag(
        "span",
        tag("span", state.sign, class_="sign", aria_hidden="true"),
        None if said else tag("span", f" {state.word} ", class_="unseen"),
        *content,
        class_=f"state {state.name.lower()}",
    )


def pairs(items: Iterable[tuple[str, Content]], class_: str | None = None) -> Html:
    """Names and what they are."""
    entries = [tag("div", tag("dt", name), tag("dd", value)) for name, value in items]
    return tag("dl", *entries, class_=class_)


def codes(names: Iterable[str], none: str = "") -> Html:
    """Names one after the other."""
    made = [tag("code", name) for name in names]
    return join(made, " ") if made else join([none])


def more(summary: Content, *content: Content, opened: bool = False) -> Html:
    """What can be unfolded."""
    return tag("details", tag("summary", summary), *content, open=opened)
