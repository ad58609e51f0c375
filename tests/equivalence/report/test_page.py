"""The page: what it says, and that nothing that stands in it can be more than text."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from memfold.equivalence.configuration import Stage
from memfold.equivalence.report import page
from memfold.equivalence.report.html import shown
from tests.equivalence.report.pages import Element, parsed
from tests.equivalence.report.runs import TODAY, Kind, told

BAD = Kind(bad=["roof"], meant=["hall"])
SCRIPT = "<script>alert(1)</script>"


def read(kind: Kind, today: date = TODAY, maps: bool = False) -> Element:
    return parsed(page(told(kind, maps=maps), today))


def rows(table: Element) -> list[list[str]]:
    """The table's cells, as they are seen and as they are heard."""
    lines = [[each.text() for each in row.inner if isinstance(each, Element)]
             for row in table.all("tr")]  # fmt: skip
    return [[" ".join(cell.split()) for cell in line] for line in lines]


@pytest.mark.parametrize(
    ("kind", "word"), [(Kind(), "=equivalent"), (BAD, "≠different")], ids=["equal", "different"]
)
def test_the_verdict_stands_first(kind: Kind, word: str) -> None:
    root = read(kind)
    first = root.all("body")[0].all()[0]
    assert first.name == "header"
    assert first.all("h1")[0].text() == f"lamps: {word}"
    assert first.all("p")[0].text() == told(kind).verdict.text()


def test_the_matrix_says_in_words_what_each_form_is_at_each_stage() -> None:
    (table,) = read(BAD).of("matrix")
    assert rows(table) == [
        ["lamp", "startthe old way", "mixedone by one", "done"],
        ["all together", "= equal 1", "≠ different 2 of 4", "≠ different 1 of 1"],
        ["hall", "= equal old 1", "= equal old 2≈ intended new 2", "≈ intended new 1"],
        ["roof", "= equal old 1", "= equal old 2≠ different new 2 of 2", "≠ different new 1 of 1"],
    ]


def test_a_migration_without_components_has_stages_alone() -> None:
    (table,) = read(Kind(components=[], stages=[Stage("one", ""), Stage("two", "")])).of("matrix")
    assert rows(table) == [["stage", "one", "two"], ["all together", *["= equal 1"] * 2]]


def test_a_difference_is_told_once_with_its_witness_and_who_showed_it() -> None:
    section = read(BAD).by_id("differences")
    (summary, *_) = [each.text() for each in section.all("summary")]
    assert summary == "≠ different light lamp=roof: glow in 3 configurations"
    witness = section.all("pre")[0].text()
    assert witness == told(BAD).told[0].finding.text()
    for name in ("lamps@mixed[*=new]", "lamps@mixed[roof=new]", "lamps@done"):
        assert name in section.text()


def test_where_nothing_differs_there_is_no_such_section() -> None:
    assert "differences" not in [each.attributes.get("id") for each in read(Kind()).all("section")]


def test_the_maps_of_both_sides_show_the_lines_that_differ_by_a_sign() -> None:
    kind = Kind(bad=["roof"], mapped=True)
    old, new = read(kind, maps=True).by_id("differences").all("figure")
    assert old.all("strong")[0].text() == "≠ 0000000000000000-000000000000000f old  hall"
    assert new.all("strong")[0].text() == "≠ 0000000000000000-000000000000000f new  hall"


@pytest.mark.parametrize(
    ("expires", "said", "class_"),
    [
        (None, "never expires", ""),
        (TODAY - timedelta(3), f"expired {TODAY - timedelta(3)}, 3 days ago", "expired"),
        (TODAY, "expired today", "expired"),
        (TODAY + timedelta(1), f"1 day left, until {TODAY + timedelta(1)}", "soon"),
        (TODAY + timedelta(30), f"30 days left, until {TODAY + timedelta(30)}", "soon"),
        (TODAY + timedelta(31), f"31 days left, until {TODAY + timedelta(31)}", ""),
        ("1.4", "expired at version 1.4", "expired"),
        ("2.0", "until version 2.0", ""),
        ("²", "until version ²", ""),
    ],
    ids=str,
)
def test_an_entry_says_in_words_how_long_it_has(
    expires: date | str | None, said: str, class_: str
) -> None:
    entry = {"owner": "ann"} | ({} if expires is None else {"expires": expires})
    (table,) = read(Kind(meant=["hall"], entry=entry)).of("ledger")
    _, (what, when, owner, facts, _) = rows(table)
    assert (what, when, owner) == ("dimsit dims at last", said, "ann")
    assert facts == ("0, not needed here" if class_ == "expired" else "6")
    assert bool(table.of("expired")) == (class_ == "expired")
    assert bool(table.of("soon")) == (class_ == "soon")


def test_an_operation_that_was_never_performed_is_named() -> None:
    coverage = read(Kind()).by_id("coverage")
    assert rows(coverage.all("table")[0])[1:] == [
        ["dim", "24", "dimmed"],
        ["light", "24", "glow time"],
        ["unused", "never", "glow"],
    ]
    assert "never performedunused" in coverage.text()


def test_facts_that_differ_by_themselves_are_told() -> None:
    root = read(Kind(noisy=True))
    assert "light" in root.by_id("set-aside").text()
    assert "not compared: time" in root.by_id("coverage").text()


@dataclass(frozen=True)
class Record:
    """A record of the ratchet."""

    day: date
    old: int
    new: int
    label: str


def test_a_drawing_is_an_image_that_can_run_nothing() -> None:
    history = [Record(TODAY - timedelta(9), 40, 0, SCRIPT), Record(TODAY, 3, 9, "")]
    drawing = f"<svg>{SCRIPT}</svg>"
    root = parsed(page(told(Kind()), TODAY, drawing, history))
    (image,) = root.all("img")
    kind, _, data = image.attributes["src"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(data).decode() == drawing
    assert image.attributes["alt"] == (
        f"Calls of the old API over time: 40 on {TODAY - timedelta(9)}, 3 on {TODAY}"
    )
    (table, *_) = root.by_id("burn-down").all("table")
    assert [str(TODAY - timedelta(9)), "40", "0", SCRIPT] in rows(table)


def test_the_page_asks_for_nothing_and_runs_nothing() -> None:
    root = read(BAD)
    assert not [each for each in root.all() if each.name in ("script", "link", "iframe", "object")]
    assert not [each for each in root.all() if {"style", "onclick", "src"} & each.attributes.keys()]
    (policy,) = (m for m in root.all("meta") if "http-equiv" in m.attributes)
    assert policy.attributes["content"].startswith("default-src 'none'; style-src 'sha256-")


def test_links_lead_to_sections_and_sections_are_named_by_their_headings() -> None:
    root = read(BAD)
    links = [each.attributes["href"] for each in root.all("nav")[0].all("a")]
    sections = root.all("section")
    assert links == [f"#{each.attributes['id']}" for each in sections]
    for each in sections:
        assert root.by_id(each.attributes["aria-labelledby"]).name == "h2"


ANYTHING = st.text(st.characters(exclude_categories=()), min_size=1, max_size=20) | st.sampled_from(
    [SCRIPT, "</style><b>", "'\"><img src=x>", "&lt;b&gt;", "a|b", "```", "<!--", "]]>"]
)
SHAPE = [each.name for each in read(Kind(name="x", bad=["y"], components=["y"])).all()]


@settings(max_examples=30, deadline=None)
@given(name=ANYTHING, component=ANYTHING, op=ANYTHING, text=ANYTHING)
@example(name="\ud800", component="0", op="0", text="0")
def test_no_name_breaks_out_of_the_page(name: str, component: str, op: str, text: str) -> None:
    if op in ("dim", "unused"):
        return
    stages = [
        Stage("start", text, ("old",)),
        Stage(f"{text}2", text, ("old", text + "3")),
        Stage(f"{text}3", text, (text + "3",)),
    ]
    entry = {"owner": text, "source": text, "old": text}
    kind = Kind(name, stages, [component], bad=[component], says=text, op=op, entry=entry)
    recorded = told(kind)
    root = parsed(page(recorded, TODAY))
    assert root.all("script") == []
    assert root.all("h1")[0].text() == f"{shown(name)}: ≠different"
    (table,) = root.of("matrix")
    assert table.all("tr")[2].all("th")[0].text() == shown(component)
    codes = [each.text() for each in root.by_id("coverage").all("code")]
    assert shown(op) in codes
    witness = root.by_id("differences").all("pre")[0].text()
    assert witness == shown(recorded.told[0].finding.text())
    # Whatever the names are, the page is made of the same elements.
    assert {each.name for each in root.all()} <= {*SHAPE}
