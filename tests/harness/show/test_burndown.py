"""The burn-down: what the bars and the drawing say, and that nothing leaves its frame."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from memfold.equivalence.ratchet import Record
from memfold.harness.show.burndown import HEIGHT, WIDTH, chart, svg

ROOT = Path(__file__).parents[3]

QEMU = [
    Record(date(2011, 7, 31), 280, 0),
    Record(date(2011, 8, 31), 222, 0),
    Record(date(2011, 9, 30), 178, 0),
    Record(date(2011, 10, 31), 123, 0),
    Record(date(2011, 12, 31), 1, 0),
]
"""Call sites of cpu_register_io_memory in hw/*.c at the end of each month of QEMU's migration."""

SVG = "{http://www.w3.org/2000/svg}"


def test_a_record_is_a_bar_as_long_as_what_is_left() -> None:
    assert chart(QEMU) == (
        "2011-07-31 280 █████████████████████████████████████████████████████████████████\n"
        "2011-08-31 222 ███████████████████████████████████████████████████▌\n"
        "2011-09-30 178 █████████████████████████████████████████▎\n"
        "2011-10-31 123 ████████████████████████████▌\n"
        "2011-12-31   1 ▏"
    )


def test_a_label_stands_beside_its_day() -> None:
    lines = chart([*QEMU[:1], Record(date(2011, 12, 1), 140, 9, "v1.0")]).splitlines()
    assert [line[:20].split("█")[0] for line in lines] == [
        "2011-07-31      280 ",
        "2011-12-01 v1.0 140 ",
    ]


def test_nothing_left_is_no_bar() -> None:
    assert chart([Record(date(2011, 7, 31), 0, 0)]) == "2011-07-31 0"


def test_a_long_history_is_thinned_and_says_so() -> None:
    records = [Record(date(2011, 1, 1) + timedelta(day), 365 - day, 0) for day in range(365)]
    lines = chart(records).splitlines()
    assert len(lines) == 25
    assert (lines[0][:10], lines[23][:10]) == ("2011-01-01", "2011-12-31")
    assert lines[24] == "(24 of 365 records)"


HISTORIES = st.lists(
    st.builds(
        Record,
        st.dates(),
        st.integers(0, 10**9),
        st.integers(0, 10**9),
        st.just("") | st.text(max_size=40).filter(str.isprintable),
    ),
    min_size=1,
    max_size=70,
).map(lambda records: sorted(records, key=lambda record: record.day))


@given(HISTORIES.filter(lambda records: all(cell_len(r.label) <= 40 for r in records)))
def test_the_bars_fit_80_columns_and_what_is_left_shows(records: list[Record]) -> None:
    lines = chart(records).splitlines()
    assert all(cell_len(line) <= 80 for line in lines)
    if len(records) <= 24:
        for line, record in zip(lines, records, strict=True):
            assert (line[-1] in "█▉▊▋▌▍▎▏") == bool(record.old)


@given(HISTORIES)
def test_the_drawing_is_one_element_and_stays_in_its_frame(records: list[Record]) -> None:
    root = ElementTree.fromstring(svg(records, "<a> & b"))
    assert root.tag == f"{SVG}svg"
    assert root.findtext(f"{SVG}title") == "<a> & b"
    for each in root.iter():
        for name, limit in (("x", WIDTH), ("cx", WIDTH), ("y", HEIGHT), ("cy", HEIGHT)):
            assert 0 <= float(each.get(name, "0")) <= limit
        numbers = [float(n) for n in re.findall(r"[\d.]+", each.get("d", ""))]
        assert all(0 <= number <= WIDTH for number in numbers)


def texts(drawing: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


def test_the_drawing_has_axes_and_names_its_lines() -> None:
    assert texts(svg(QEMU)) == [
        "Call sites left to convert",
        *("0", "100", "200", "300"),
        *("2011-07-31", "2011-08-30", "2011-09-30", "2011-10-30", "2011-11-30", "2011-12-31"),
        *("date", "call sites", "old 1"),
    ]


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (0, ["0", "1"]),
        (1, ["0", "1"]),
        (5, ["0", "1", "2", "3", "4", "5"]),
        (7, ["0", "2", "4", "6", "8"]),
        (60, ["0", "20", "40", "60"]),
        (2100, ["0", "500", "1,000", "1,500", "2,000", "2,500"]),
    ],
)
def test_ticks_are_round_numbers_up_to_the_most(most: int, ticks: list[str]) -> None:
    drawing = svg([Record(date(2011, 7, 31), most, 0)])
    assert texts(drawing)[1:-4] == ticks


def test_a_single_record_and_a_label_stand_in_the_middle() -> None:
    root = ElementTree.fromstring(svg([Record(date(2011, 7, 31), 1, 0, "v1")]))
    assert [each.get("cx") for each in root.iter(f"{SVG}circle")] == ["340.0"]
    [label] = [each for each in root.iter(f"{SVG}text") if each.text == "v1"]
    assert 320 < float(label.get("x", "")) < 340


def test_new_calls_are_drawn_where_there_are_any_and_no_name_lies_on_another() -> None:
    drawing = svg([Record(date(2011, 7, 31), 3, 0), Record(date(2011, 8, 31), 2, 2)])
    assert texts(drawing)[-2:] == ["old 2", "new 2"]
    root = ElementTree.fromstring(drawing)
    old, new = [float(each.get("y", "")) for each in root.iter(f"{SVG}text") if each.get("class")]
    assert new - old >= 14
    lines = [each.get("class", "") for each in root.iter(f"{SVG}path")]
    assert [each for each in lines if each.startswith("line")] == ["line old", "line new"]
    assert "line new" not in svg(QEMU)


def test_a_line_goes_down_as_calls_go() -> None:
    path = re.search(r'class="line old" d="([^"]*)"', svg(QEMU))
    assert path is not None
    heights = [float(point.split()[1]) for point in path[1][1:].split("L")]
    assert heights == sorted(heights)
    assert heights[0] == pytest.approx(284 - 212 * 280 / 300, abs=0.1)
    assert heights[-1] == 283.3


def test_a_labelled_record_is_marked_and_labels_do_not_lie_on_each_other() -> None:
    records = [Record(date(2011, 1, 1 + day), 9, 0, f"v0.{day} <&>") for day in range(20)]
    root = ElementTree.fromstring(svg(records))
    marks = [each.findtext(f"{SVG}title") for each in root.iter(f"{SVG}path") if len(each)]
    assert marks == [f"{record.day} {record.label}" for record in records]
    rows: dict[str, list[float]] = {}
    for each in root.iter(f"{SVG}text"):
        if (each.text or "").startswith("v0."):
            rows.setdefault(each.get("y", ""), []).append(float(each.get("x", "")))
    assert len(rows) > 1
    for xs in rows.values():
        assert all(after - before >= 60 for before, after in pairwise(xs))


def test_the_drawing_stands_alone_in_light_and_dark() -> None:
    drawing = svg(QEMU)
    assert "prefers-color-scheme: dark" in drawing
    assert "http" not in drawing.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_the_page_shows_the_drawing_of_qemus_migration() -> None:
    kept = (ROOT / "docs" / "ratchet-qemu.svg").read_text("utf-8")
    assert kept == svg(QEMU, "cpu_register_io_memory in QEMU's hw/*.c, 2011")
