"""Building HTML: what is a text stays one, whatever stands in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from memfold.equivalence.report.html import Html, join, shown, tag
from tests.equivalence.report.pages import parsed

ANYTHING = st.text(st.characters(exclude_categories=()), max_size=40) | st.sampled_from(
    ["<script>alert(1)</script>", "</style><b>", "\"'><img src=x onerror=alert(1)>", "&lt;", "]]>"]
)


@given(ANYTHING, ANYTHING)
def test_a_text_and_an_attribute_come_out_as_they_went_in(text: str, value: str) -> None:
    root = parsed(tag("p", text, title=value).text)
    (element,) = root.all()
    assert (element.name, element.text()) == ("p", shown(text))
    assert element.attributes == {"title": shown(value)}


@given(ANYTHING)
def test_whatever_is_shown_can_be_seen_and_written(text: str) -> None:
    told = shown(text)
    assert told.encode("utf-8").decode() == told
    assert told.replace("\n", "").replace("\t", "").isprintable()


def test_what_turns_lines_around_or_hides_is_told_by_its_number() -> None:
    assert shown("a\u202eb\u200bc\0d\ud800e\x1b[1m") == r"a\u202eb\u200bc\x00d\ud800e\x1b[1m"
    assert shown("é\t€\n≠") == "é\t€\n≠"


def test_only_what_was_built_here_is_html() -> None:
    assert join(["<b>", tag("b", 1), None, Html("<i>")], " & ").text == (
        "&lt;b&gt; &amp; <b>1</b> &amp; <i>"
    )


def test_attributes_may_be_without_a_value_or_not_there() -> None:
    assert tag("a", open=True, href=None, hidden=False, aria_label="x", class_="y").text == (
        '<a open aria-label="x" class="y"></a>'
    )
    assert tag("meta", name="x").text == '<meta name="x">'
