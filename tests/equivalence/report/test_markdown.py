"""The comment: short, and nothing in it but what it says."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from memfold.equivalence.configuration import Stage
from memfold.equivalence.report import markdown
from memfold.equivalence.report.html import shown
from memfold.equivalence.report.markdown import code, escaped, fenced
from tests.equivalence.report.runs import TODAY, Kind, told

READ = MarkdownIt("commonmark").enable("table")


def tokens(text: str) -> list[Token]:
    """All of it, what stands in lines included."""
    return [each for token in READ.parse(text) for each in (token, *(token.children or ()))]


def test_the_whole_of_a_comment() -> None:
    kind = Kind(
        bad=["roof"], meant=["hall"], entry={"owner": "ann", "expires": TODAY + timedelta(9)}
    )
    assert markdown(told(kind), TODAY) == (
        "## `lamps`: ≠ different\n\n"
        "DIFFERENT: 3 of 6 configurations\n\n"
        "| stage | configurations | |\n"
        "|---|---:|---|\n"
        "| `start` | 1 | = equal |\n"
        "| `mixed` | 2 of 4 | ≠ different |\n"
        "| `done` | 1 of 1 | ≠ different |\n\n"
        "`light lamp=roof: glow` in 3 configurations:\n\n"
        "```text\n"
        "lamps@mixed[*=new]: first difference in steps made by hand, step 3\n"
        "  stage    mixed\n"
        "  lamp     roof (new)\n"
        "  step     light lamp=roof\n"
        "  expected glow 0x1 (lamps@start)\n"
        "  observed glow 0x7\n"
        "  before it:\n"
        "    dim lamp=hall by=0x0\n"
        "    light lamp=hall\n"
        "    dim lamp=roof by=0x2\n"
        "```\n\n"
        "6 facts differ as the ledger intends, 0 more follow from that.\n\n"
        f"- `dims` (`ann`): 9 days left, until {TODAY + timedelta(9)}\n"
    )


@pytest.mark.parametrize(
    ("days", "told_of"), [(-5, True), (0, True), (30, True), (31, False)], ids=str
)
def test_only_entries_that_expire_within_30_days_are_named(days: int, told_of: bool) -> None:
    kind = Kind(entry={"expires": TODAY + timedelta(days)})
    assert ("`dims`" in markdown(told(kind), TODAY)) == told_of
    assert ("**expired**" in markdown(told(kind), TODAY)) == (days <= 0)


def test_however_much_differs_it_stays_short() -> None:
    names = [f"lamp{number}" for number in range(26)]
    stages = [Stage(f"s{n}", "", ("old",) if n == 0 else ("old", "new")) for n in range(20)]
    kind = Kind(components=names, bad=names, stages=stages, noisy=True, ops=60)
    kind.entry = {"expires": TODAY}
    lines = markdown(told(kind), TODAY).splitlines()
    assert 40 < len(lines) <= 62
    assert max(map(len, lines)) < 260


ANYTHING = st.text(st.characters(exclude_categories=()), max_size=30) | st.sampled_from(
    [
        "a|b",
        "`",
        "```",
        "````",
        "``` x",
        "\\",
        "\\|",
        "a\n\n# b",
        "<script>",
        "@ann",
        "[x](y)",
        "![x](y)",
        "*b*",
    ]
)


def line(text: str) -> str:
    return shown(" ".join(text.split()))


@given(ANYTHING)
def test_escaped_text_is_text(text: str) -> None:
    (paragraph,) = (each for each in READ.parse(f"x {escaped(text)} y") if each.type == "inline")
    there = "".join(each.content for each in paragraph.children or ())
    assert {each.type for each in paragraph.children or ()} <= {"text", "text_special"}
    assert " ".join(there.replace("\u200b", "").split()) == " ".join(
        ["x", *line(text).split(), "y"]
    )


@given(ANYTHING)
def test_a_name_is_code_as_it_is(text: str) -> None:
    (paragraph,) = (each for each in READ.parse(f"x {code(text)} y") if each.type == "inline")
    (inner,) = (each for each in paragraph.children or () if each.type == "code_inline")
    assert inner.content.strip() == line(text).strip()


@given(ANYTHING)
def test_a_name_stays_in_its_cell(text: str) -> None:
    table = READ.parse(f"| a | b |\n|---|---|\n| {code(text, cell=True)} | x |")
    assert [each.type for each in table].count("td_open") == 2
    cell = table[[each.type for each in table].index("td_open") + 1]
    (inner,) = (each for each in cell.children or () if each.type == "code_inline")
    assert inner.content.strip() == line(text).strip()


@given(st.lists(ANYTHING, max_size=4))
def test_nothing_ends_a_fence(lines: list[str]) -> None:
    (fence,) = READ.parse("\n".join(fenced(" ".join(each.split()) for each in lines)))
    assert fence.type == "fence"


def test_a_fence_is_longer_than_any_in_it_and_cut_off() -> None:
    assert [*fenced(["````", "x"])] == ["`````text", "````", "x", "`````"]
    assert [*fenced(map(str, range(40)))] == ["```text", *map(str, range(12)), "...", "```"]


@settings(max_examples=60, deadline=None)
@given(name=ANYTHING, component=ANYTHING, text=ANYTHING)
def test_no_name_makes_anything_but_text(name: str, component: str, text: str) -> None:
    stages = [Stage(name, "", ("old",)), Stage(f"{name}2", "", ("old", "new"))]
    kind = Kind(name, stages, [component], bad=[component], says=text)
    kind.entry = {"owner": text, "expires": TODAY}
    whole = markdown(told(kind), TODAY)
    kinds = Counter(each.type for each in tokens(whole))
    made = {"html_block", "html_inline", "link_open", "image", "em_open", "code_block"}
    assert not made & kinds.keys()
    assert (kinds["td_open"], kinds["fence"]) == (6, 1)
    assert not re.search("[\0-\x08\x0b-\x1f]", whole)
