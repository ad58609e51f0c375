"""Reading events: the one line it says about each kind of bad input, and never anything else."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest

from memfold.equivalence.report import EventsError, Recorded, markdown, page, read_events, recorded
from memfold.equivalence.report.events import Event, line_of
from tests.equivalence.report.runs import TODAY, Kind, performed
from tests.often import often

T = TypeVar("T")

EVENTS = performed(Kind(bad=["roof"], meant=["hall"], noisy=True, mapped=True), 1, True)[0].events
"""Every kind of event there is."""


def changed(number: int, change: Callable[[Any], object]) -> list[Event]:
    events = deepcopy(EVENTS)
    change(events[number])
    return events


def at(name: str) -> int:
    """Where the first event of the kind is."""
    for number, event in enumerate(EVENTS):
        content = event.get("content")
        if event["type"] == name or (isinstance(content, dict) and content["event"] == name):
            return number
    raise LookupError(name)


def set_(*path: str | int, to: object) -> Callable[[Any], object]:
    def change(event: Any) -> None:
        for key in path[:-1]:
            event = event[key]
        event[path[-1]] = to

    return change


def drop(*path: str | int) -> Callable[[Any], object]:
    def change(event: Any) -> None:
        for key in path[:-1]:
            event = event[key]
        del event[path[-1]]

    return change


BAD = [
    ("begin", set_("type", to="test_case"), "a message: type is 'test_case'; expected one of"),
    ("begin", set_("content", "format", to="x/2"), "a beginning: format is 'x/2'; expected one of"),
    ("begin", set_("content", "more", to=1), "a beginning with 'more'; expected one of event, "),
    ("begin", drop("content", "noun"), "a beginning without noun; expected a string"),
    ("begin", set_("run_start", to=1e300), "a message: run_start is 1e+300; expected seconds from"),
    ("begin", set_("run_start", to=True), "a message: run_start is True; expected seconds from 0"),
    ("begin", set_("content", "stages", 1, "name", to="start"), "stage 'start' twice; expected ea"),
    ("begin", set_("content", "components", 1, "name", to="hall"), "lamp 'hall' twice; expected e"),
    ("begin", set_("content", "planned", 0, "stage", to="x"), "planned at stage 'x'; expected one"),
    ("begin", drop("content", "planned", 0, "forms", "hall"), "planned at start: other components"),
    ("begin", set_("content", "planned", 0, "forms", "hall", to="x"), "planned at start: hall as "),
    (
        "begin",
        set_("content", "stages", 0, "forms", to=["x"]),
        "no lamp has the form 'x' of stage ",
    ),
    ("begin", drop("content", "ledger", 0, "why"), "a ledger entry without why; expected a string"),
    ("begin", set_("content", "ledger", 0, "expires_on", to="2026-13-01"), "a ledger entry: expir"),
    ("noise", set_("property", to="x"), "an event of another run; expected one run of lamps"),
    ("noise", set_("run_start", to=1), "an event of another run; expected one run of lamps"),
    ("noise", set_("content", "event", to="x"), "event 'x'; expected one of noise, difference, i"),
    ("noise", drop("content", "event"), "event 'None'; expected one of noise, difference, intend"),
    ("noise", set_("content", "facts", 0, 2, to=-1), "noise: facts is [["),
    ("difference", set_("content", "row", to=99), "row 99; expected one of the 6 planned"),
    ("difference", drop("content", "step"), "half a difference; expected index, step, expected"),
    ("difference", set_("content", "blamed", to=["x"]), "blamed 'x'; expected one of hall, roof"),
    ("difference", set_("content", "maps", to=["x"]), "a difference: maps is ['x']; expected [a s"),
    ("intended", set_("content", "entries", "x", to=1), "ledger entry 'x'; expected one of the le"),
    ("intended", set_("content", "row", to=0), "more of row 0, which was done; expected a row th"),
    ("test_case", set_("arguments", "stage", to="x"), "row 0: other arguments; expected what was"),
    ("test_case", set_("status", to="failed"), "row 0: failed, 0 differences, 0 told; expected a"),
    ("test_case", set_("features", "differences", to=1), "row 0: passed, 1 differences, 0 told; e"),
    ("test_case", set_("timing", "perform", to=-1), "a configuration: timing is {'perform': -1};"),
    ("end", set_("content", "performed", to=3), "3 performed; expected 6, as told"),
    ("end", set_("content", "equal", to=True), "an end of another verdict; expected lamps: DIFFE"),
]


@pytest.mark.parametrize(("kind", "change", "said"), BAD, ids=[said[:30] for *_, said in BAD])
def test_what_cannot_be_is_told_with_its_line(
    kind: str, change: Callable[[Any], object], said: str
) -> None:
    number = at(kind)
    with pytest.raises(EventsError) as caught:
        recorded(changed(number, change), "e.jsonl")
    assert str(caught.value).startswith(f"e.jsonl:{number + 1}: {said}")
    assert caught.value.line == number + 1


def test_an_event_after_the_end_is_refused() -> None:
    with pytest.raises(EventsError, match=r"an event after the end; expected the end last"):
        recorded([*EVENTS, EVENTS[1]])


def test_a_row_is_done_once() -> None:
    number = at("test_case")
    with pytest.raises(EventsError, match=r"more of row 0, which was done"):
        recorded([*EVENTS[: number + 1], *EVENTS[number:]])


def test_a_failed_row_has_told_why() -> None:
    fewer = [e for e in EVENTS if e.get("content", {}).get("event") != "difference"]  # type: ignore[union-attr]
    with pytest.raises(EventsError, match=r"row \d: failed, 2 differences, 0 told; expected as ma"):
        recorded(fewer)


def test_what_is_intended_is_told_once_for_a_row() -> None:
    number = at("intended")
    with pytest.raises(EventsError, match=r"row \d: intended twice; expected once"):
        recorded([*EVENTS[: number + 1], *EVENTS[number:]])


def test_entries_of_the_ledger_differ_by_their_names() -> None:
    def twice(event: Any) -> None:
        event["content"]["ledger"] *= 2

    with pytest.raises(EventsError, match=r"ledger entry 'dims' twice; expected each once"):
        recorded(changed(0, twice))


LINES = [
    ("", "0: no events; expected the beginning of a migration"),
    ("\n", "1: an empty line; expected one whole JSON object on the line"),
    ('{"a": 1', "1: not JSON: '{\"a\": 1'; expected one whole JSON object on the line"),
    ('{"a": NaN}', "1: not JSON: '{\"a\": NaN}'; expected one whole JSON object on the line"),
    ('{"a": ' + "9" * 5000 + "}", '1: not JSON: \'{"a": 9999999999999999'),
    ("[1]", "1: a JSON list; expected one JSON object on the line"),
    ("[" * 100_000, "1: not JSON: '[[[[[[[["),
    ('{"a":' + "[" * 60 + "]" * 60 + "}", "1: nested too deep; expected at most 48 levels"),
    ("\xff", "1: not JSON"),
    ("{}", "1: a message without run_start; expected seconds from 0 to 10^10"),
]


@pytest.mark.parametrize(("text", "said"), LINES, ids=range(len(LINES)))
def test_a_line_that_is_no_event_is_told(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(EventsError) as caught:
        read_events(path)
    line, _, rest = said.partition(": ")
    where = path if line == "0" else f"{path}:{line}"
    assert str(caught.value).startswith(f"{where}: {rest}")


def test_what_is_no_text_or_not_there_is_told(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(EventsError, match=r"e\.jsonl: not UTF-8 text; expected a file of events"):
        read_events(path)
    with pytest.raises(EventsError, match=r": Is a directory; expected a file of events"):
        read_events(tmp_path)
    with pytest.raises(EventsError, match=r": No such file or directory; expected a file of even"):
        read_events(tmp_path / "none")


def test_an_endless_line_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "e.jsonl"
    with path.open("wb") as stream:
        stream.truncate(1 << 30)
    with pytest.raises(EventsError, match=r"e\.jsonl:1: too long; expected at most 256 MiB of e"):
        read_events(path)


VALUES: list[Any] = [
    *(None, True, -1, 0, 1, 2**53 + 1, 2**70, 1e300, 0.5, "", "x", "hall", "old", "²", "9" * 4000),
    *([], {}, [[]], [1, 2, 3], ["hall"], {"hall": "old"}, "<b>", "\ud800", "a\0b"),
]


def tampered(rng: Random) -> list[Any]:
    """The events with one to three values replaced, dropped, doubled or moved anywhere."""
    events: list[Any] = deepcopy(EVENTS)
    for _ in range(rng.randint(1, 3)):
        places: list[tuple[Any, Any]] = []
        todo: list[Any] = [events]
        while todo:
            each = todo.pop()
            inner = each.items() if isinstance(each, dict) else enumerate(each)
            for key, value in inner:
                places.append((each, key))
                if isinstance(value, (dict, list)):
                    todo.append(value)
        each, key = rng.choice(places)
        match rng.randrange(5):
            case 0:
                del each[key]
            case 1 if isinstance(each, list):
                each.insert(key, deepcopy(each[rng.randrange(len(each))]))
            case 2 if isinstance(each, dict):
                each[rng.choice(["x", "", "row", "²"])] = each.pop(key)
            case _:
                other, at_ = rng.choice(places)
                there = at_ in other if isinstance(other, dict) else at_ < len(other)
                again = there and rng.random() < 0.3
                each[key] = deepcopy(other[at_] if again else rng.choice(VALUES))
    return events


def read_or_refused(read: Callable[[T], Recorded], what: T) -> tuple[Recorded | None, str]:
    try:
        return read(what), ""
    except EventsError as error:
        return None, str(error)


def test_tampered_events_are_read_or_refused_and_reports_of_them_written() -> None:
    rng, read = Random(1), 0
    for number in range(often(3_500)):
        events = tampered(rng)
        told, refused = read_or_refused(
            recorded, [e if isinstance(e, dict) else {} for e in events]
        )
        assert refused.isprintable()
        assert len(refused) < 700
        read += told is not None
        if told is not None and number % 4 == 0:
            assert page(told, TODAY).isprintable() is False
            assert markdown(told, TODAY).encode()
    assert read > 150


def test_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    rng, path = Random(2), tmp_path / "e.jsonl"
    small = performed(Kind(components=["roof"], bad=["roof"], meant=["roof"], ops=4), 0)[0].events
    whole = "".join(f"{line_of(event)}\n" for event in small).encode()
    for _ in range(often(1_500)):
        damaged = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            at_ = rng.randrange(len(damaged))
            match rng.randrange(4):
                case 0:
                    damaged[at_] = rng.randrange(256)
                case 1:
                    del damaged[at_ : at_ + rng.randrange(1, 400)]
                case 2:
                    damaged[at_:at_] = damaged[at_ : at_ + rng.randrange(1, 90)]
                case _:
                    damaged[at_:at_] = rng.choice([b'"', b"{", b"}", b"\\", b"\n", b"1e999", b"\0"])
        path.write_bytes(damaged)
        told, refused = read_or_refused(read_events, path)
        assert told is not None or refused.startswith(f"{path}:")


def test_events_are_json_that_any_reader_takes() -> None:
    for event in EVENTS:
        assert json.loads(line_of(event), parse_constant=pytest.fail) == event
