"""What came of the configurations: the matrix, the differences, every row."""

from __future__ import annotations

from collections.abc import Sequence

from memfold.equivalence.report.differences import Group, groups_of, untold
from memfold.equivalence.report.html import Content, Html, join, tag
from memfold.equivalence.report.matrix import Cell, State, cells_of, state_of, whole_stages
from memfold.equivalence.report.parts import codes, mark, more, pairs, scrolled, table
from memfold.equivalence.report.recorded import Recorded
from memfold.equivalence.report.summary import count_text

__all__ = ["configurations_of", "differences_of", "matrix_of"]

GROUPS = 50
"""Differences that are shown in full."""
OPENED = 3
"""Of these, how many are unfolded."""
WITNESSES = 4
"""Other steps that are shown with a difference."""
ROWS = 2000
"""Configurations that are listed."""
NAMES = 100
"""Configurations that are listed with a difference."""

LEGEND = (
    (State.EQUAL, "the same as where the plan begins"),
    (State.INTENDED, "the same but for what the ledger intends"),
    (State.DIFFERENT, "a difference that nobody intends"),
    (State.UNFINISHED, ""),
)


def matrix_of(recorded: Recorded) -> list[Content]:
    """The stages, and how far each component is proven at each of them."""
    migration, whole, cells = recorded.migration, whole_stages(recorded), cells_of(recorded)
    heads: list[Content] = [migration.noun if migration.components else "stage"]
    for stage in migration.stages.values():
        title = tag("span", stage.title, class_="quiet") if stage.title else None
        heads.append(join([tag("span", stage.name, class_="name"), title]))
    rows: list[list[Content]] = [
        ["all together", *(_chips([whole[name]]) for name in migration.stages)]
    ]
    for component in migration.components:
        rows.append(
            [
                tag("span", component, class_="name"),
                *(_chips(cells[component, name]) for name in migration.stages),
            ]
        )
    legend = [
        tag("li", mark(state, f"{state.word}: {text}" if text else state.word, said=True))
        for state, text in LEGEND
    ]
    explained = (
        "The number counts the configurations that had a component in that form; "
        "2 of 31 means that 2 of them showed a difference that is about it."
    )
    return [
        tag("ul", *legend, class_="legend"),
        table(f"{migration.noun} by stage", heads, rows, class_="matrix"),
        tag("p", explained, class_="quiet"),
    ]


def _chips(cells: Sequence[Cell]) -> Html:
    return tag("div", *map(_chip, cells), class_="chips")


def _chip(cell: Cell) -> Html:
    count = count_text(cell.performed, cell.planned, cell.different)
    number = tag("span", count, class_="count")
    if not cell.form:
        return mark(cell.state, number)
    return mark(cell.state, tag("span", cell.form, class_="name"), " ", number)


def differences_of(recorded: Recorded) -> list[Content]:
    """Every difference with its witness; empty where there is none."""
    groups = groups_of(recorded)
    made: list[Content] = [
        _difference(number, group) for number, group in enumerate(groups[:GROUPS], 1)
    ]
    rest = [
        (len(groups) - GROUPS, "more were told, and are not shown here"),
        (untold(recorded), "more were counted, and not kept"),
    ]
    lines = [tag("p", f"{count:,} {text}.") for count, text in rest if count > 0]
    if not groups:
        return []
    kinds = f"{len(groups):,} kind{'' if len(groups) == 1 else 's'} of difference"
    told = f"{kinds}; what more configurations showed comes first."
    return [tag("p", told, class_="quiet"), *made, *lines]


def _difference(number: int, group: Group) -> Html:
    count = len(group.configurations)
    title = join(
        [
            mark(State.DIFFERENT, tag("span", group.title, class_="name")),
            tag(
                "span",
                f" in {count:,} configuration{'' if count == 1 else 's'}",
                class_="quiet",
            ),
        ]
    )
    witness = tag("pre", tag("code", group.first.finding.text()))
    content: list[Content] = [scrolled(f"Difference {number}", witness)]
    if count > 1:
        names = group.configurations[:NAMES]
        left = f" and {count - NAMES:,} more" if count > NAMES else None
        listed = tag("p", codes(names), left, class_="list")
        content.append(more(f"All {count:,} configurations", listed, opened=count <= 4))
    if group.first.maps is not None:
        content.append(_maps(number, *group.first.maps))
    if others := [each for each in group.witnesses.values() if each is not group.first]:
        texts = [tag("pre", tag("code", each.finding.text())) for each in others[:WITNESSES]]
        hidden = len(others) - WITNESSES
        rest = tag("p", f"{hidden:,} more.") if hidden > 0 else None
        shown = [
            scrolled(f"Difference {number}, step {n}", each) for n, each in enumerate(texts, 2)
        ]
        content.append(more(f"At {len(others) + 1:,} different steps", *shown, rest))
    return more(title, *content, opened=number <= OPENED)


def _maps(number: int, old: str, new: str) -> Html:
    sides = [
        ("Map where the plan begins", old, new),
        ("Map of the configuration", new, old),
    ]
    figures = []
    for title, text, other in sides:
        there = set(other.splitlines())
        lines = [
            tag("span", "  ", line) if line in there else tag("strong", "≠ ", line)
            for line in text.splitlines()
        ]
        pre = scrolled(f"{title}, difference {number}", tag("pre", join(lines, "\n")))
        figures.append(tag("figure", tag("figcaption", title), pre))
    return tag("div", *figures, class_="sides")


def configurations_of(recorded: Recorded) -> list[Content]:
    """Every configuration, in the order of the plan."""
    rows = recorded.verdict.rows
    if not rows:
        return []
    heads = (
        ["configuration", "state", "steps", "differences", "intended", "followed", "left out"]
        + (["goals"] if any(row.goals for row in rows) else [])
        + ["seconds"]
    )
    lines: list[list[Content]] = []
    for row in rows[:ROWS]:
        goals = f"{row.reached:,} of {row.goals:,}"
        state = state_of(row)
        lines.append(
            [
                tag("code", str(row.configuration)),
                mark(state, state.word, said=True),
                f"{row.steps:,}",
                f"{row.differences:,}",
                f"{row.intended.entries.total():,}",
                f"{row.intended.followed:,}",
                f"{row.intended.left_out:,}",
                *([goals] if "goals" in heads else []),
                f"{row.seconds:,.2f}",
            ]
        )
    whole = table("Configurations", heads, lines, numbers=range(2, len(heads)))
    left = tag("p", f"{len(rows) - ROWS:,} more.") if len(rows) > ROWS else None
    slowest = max(rows, key=lambda row: row.seconds)
    facts: list[tuple[str, Content]] = [
        ("seconds in all", f"{sum(row.seconds for row in rows):,.1f}"),
        ("slowest", tag("code", str(slowest.configuration))),
    ]
    opened = len(rows) <= 12
    return [pairs(facts), more(f"All {len(rows):,}", whole, left, opened=opened)]
