"""Events: what is told while a migration is performed, and what is read back of it."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from memfold.equivalence.campaign.migrate import grouped
from memfold.equivalence.campaign.run import run
from memfold.equivalence.campaign.work import Work
from memfold.equivalence.facts import Json
from memfold.equivalence.plan import plan
from memfold.equivalence.report import JsonLines, markdown, page, read_events, recorded
from memfold.equivalence.report.events import Event, line_of
from memfold.equivalence.report.plain import DEPTH, plain
from memfold.equivalence.trace import Trace
from tests.equivalence.report.runs import TODAY, Kind, performed

BAD = Kind(bad=["roof"], meant=["hall"])
EVERY = {"type", "run_start", "property"}
MESSAGE = EVERY | {"title", "content"}
TEST_CASE = EVERY | {
    *("status", "status_reason", "representation", "arguments", "how_generated"),
    *("features", "coverage", "timing", "metadata"),
}


def written(path: Path, events: list[Event]) -> Path:
    path.write_text("".join(f"{line_of(event)}\n" for event in events), "utf-8")
    return path


@pytest.mark.parametrize("kind", [Kind(), BAD, Kind(noisy=True), Kind(components=[])])
def test_what_is_written_reads_back_as_the_same_report(kind: Kind, tmp_path: Path) -> None:
    events, verdict = performed(kind, maps=True)
    now, then = recorded(events.events), read_events(written(tmp_path / "e", events.events))
    assert then.verdict.json() == verdict.json()
    assert then.verdict.text() == verdict.text()
    assert then.verdict.intended == verdict.intended
    assert page(now, TODAY) == page(then, TODAY)
    assert markdown(now, TODAY) == markdown(then, TODAY)


def test_a_difference_reads_back_with_its_whole_witness(tmp_path: Path) -> None:
    events, verdict = performed(BAD)
    then = read_events(written(tmp_path / "e", events.events))
    findings = [finding for row in verdict.rows for finding in row.findings]
    assert [each.finding.text() for each in then.told] == [each.text() for each in findings]
    assert "dim lamp=roof by=0x2" in then.told[0].finding.text()


def test_the_ledger_reads_back_but_for_its_conditions(tmp_path: Path) -> None:
    kind = Kind(entry={"owner": "ann", "expires": TODAY, "source": "a commit"})
    events, _ = performed(kind)
    (entry,) = read_events(written(tmp_path / "e", events.events)).ledger
    assert entry == kind.project().ledger.entries[0]


def test_every_line_is_an_observation_as_hypothesis_writes_them() -> None:
    events, _ = performed(Kind(bad=["roof"], noisy=True))
    kinds = set()
    for event in events.events:
        kinds.add(event["type"])
        if event["type"] == "test_case":
            assert event.keys() == TEST_CASE
            assert event["status"] in ("passed", "failed")
            assert event["coverage"] is None
        else:
            assert event.keys() == MESSAGE
            assert isinstance(event["content"], dict)
    assert kinds == {"test_case", "info", "alert"}


def test_a_configuration_is_a_test_case_of_the_project() -> None:
    events, _ = performed(BAD)
    case = next(each for each in events.events if each.get("status") == "failed")
    assert case["property"] == "lamps"
    assert case["representation"] == "lamps@mixed[*=new]"
    assert case["arguments"] == {"stage": "mixed", "forms": {"hall": "new", "roof": "new"}}
    assert case["status_reason"] == (
        "lamps@mixed[*=new]: first difference in steps made by hand, step 3"
    )


def test_lines_are_written_as_things_happen(tmp_path: Path) -> None:
    project, path = BAD.project(), tmp_path / "e.jsonl"
    rows = plan(project.migration, 0, 1)
    work = Work.of(project, [Trace("by hand", project.name, {}, BAD.steps())], rows)
    seen: list[int] = []

    class Watched(JsonLines):
        def put(self, event: Event) -> None:
            super().put(event)
            seen.append(path.read_text("ascii").count("\n"))

    with path.open("w", encoding="utf-8") as stream:
        reporter = Watched(stream)
        run(work, rows, grouped(rows), 1, reporter)
    assert seen == list(range(1, len(seen) + 1))
    assert reporter.events == []
    assert read_events(path).verdict.planned == len(rows)


def test_events_that_stop_early_are_an_unfinished_migration() -> None:
    events, verdict = performed(Kind())
    cut = recorded(events.events[:-2]).verdict
    assert (len(cut.rows), cut.planned) == (len(verdict.rows) - 1, len(verdict.rows))
    assert "UNFINISHED" in cut.text()


def test_maps_of_both_sides_come_with_the_first_differences_alone() -> None:
    events, _ = performed(Kind(bad=["hall", "roof"], mapped=True), maps=True)
    there = [told.maps for told in recorded(events.events).told]
    assert sum(maps is not None for maps in there) == 5 < len(there)
    assert there[0] == (
        "0000000000000000-000000000000000f old  hall\n"
        "0000000000000010-000000000000001f old  roof +0x1\n"
        "0000000000000100-0000000000000100 at   step +0x2",
        "0000000000000000-000000000000000f new  hall\n"
        "0000000000000010-000000000000001f new  roof +0x1\n"
        "0000000000000100-0000000000000100 at   step +0x2",
    )


def test_a_subject_without_a_map_gives_none() -> None:
    events, _ = performed(BAD, maps=True)
    assert all(told.maps is None for told in recorded(events.events).told)


def deep(levels: int) -> Json:
    value: Json = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "says",
    [
        math.nan,
        -math.inf,
        deep(200),
        "x" * 100_000,
        [0] * 100_000,
        1 << 20_000,
        "\ud800\0",
        {"": 2},
    ],
    ids=["nan", "inf", "deep", "long", "many", "huge", "surrogate", "empty key"],
)
def test_whatever_a_subject_shows_can_be_written_and_read(says: Json, tmp_path: Path) -> None:
    events, verdict = performed(Kind(bad=["roof"], says=says), mixes=0)
    then = read_events(written(tmp_path / "e", events.events))
    assert then.verdict.text() == verdict.text()
    assert page(then, TODAY).encode()
    assert markdown(then, TODAY).encode()


def test_what_json_has_not_becomes_text() -> None:
    assert plain((1, b"x", {2: math.inf}, None, True, 0.5)) == [
        *(1, "bytes b'x'", {"2": "inf"}, None, True, 0.5)
    ]


def test_what_is_too_long_says_how_much_is_missing() -> None:
    text = plain("x" * 100_000)
    assert isinstance(text, str)
    assert text.startswith("xxx")
    assert text.endswith("... 34,468 characters more")
    assert plain(["x" * 70_000, 1, 2])[1:] == ["... 2 more"]  # type: ignore[index]


def test_what_is_too_deep_is_cut_there() -> None:
    assert plain(deep(DEPTH)) == deep(DEPTH)
    assert json.dumps(plain(deep(DEPTH + 9))) == "[" * DEPTH + '"..."' + "]" * DEPTH
