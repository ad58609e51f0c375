"""Reading events back: every line is checked, since a file may have come from anywhere."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from memfold.equivalence.campaign.migrate import Verdict
from memfold.equivalence.campaign.work import Row
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.coverage import Coverage
from memfold.equivalence.facts import Json
from memfold.equivalence.judge import Intended
from memfold.equivalence.report.checked import Bad, Fields, checked
from memfold.equivalence.report.events import Event
from memfold.equivalence.report.formats import (
    COVERAGE,
    DIFFERENCE,
    END,
    INTENDED,
    MESSAGE,
    METADATA,
    NOISE,
    TEST_CASE,
)
from memfold.equivalence.report.html import shown
from memfold.equivalence.report.plain import DEPTH
from memfold.equivalence.report.rebuild import beginning, coverage_of, finding_of
from memfold.equivalence.report.recorded import Recorded, Told
from memfold.errors import BadInput

__all__ = ["EventsError", "read_events", "recorded"]

LINE = 1 << 23
"""Characters that a line may have."""
LINES = 1 << 20
SIZE = 1 << 28
"""Characters that all lines may have together."""
WIDTH = 300
"""Characters that are told of what is wrong, and of what was expected."""
NESTED = DEPTH + 8
"""How deep a line may nest: the deepest value, inside of the facts of a step of a message."""


class EventsError(BadInput):
    """A bad file of events: names the file, the line, what is wrong and what was expected.

    `line` counts from 1; 0 is the file as a whole.
    """

    def __init__(self, path: str, line: int, wrong: str, expected: str) -> None:
        where = f"{path}:{line}" if line else path
        wrong, expected = _short(wrong), _short(expected)
        super().__init__(f"{where}: {wrong}", expected)
        self.path, self.line, self.wrong = path, line, wrong


def _short(text: str) -> str:
    """What a file says may be anything: as much of it as fits on a line, and nothing unseen."""
    text = shown(" ".join(text.split()))
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}..."


def read_events(path: Path) -> Recorded:
    """What the file of events at `path` tells.

    Raises `EventsError` naming the line for whatever is not as `JsonLines` writes it.
    """
    where = str(path)
    try:
        with path.open(encoding="utf-8", newline="\n") as stream:
            return recorded(_lines(where, iter(lambda: stream.readline(LINE + 1), "")), where)
    except UnicodeDecodeError as error:
        raise EventsError(where, 0, "not UTF-8 text", "a file of events") from error
    except OSError as error:
        raise EventsError(where, 0, error.strerror or str(error), "a file of events") from error


def _lines(path: str, texts: Iterable[str]) -> Iterator[Event]:
    size = 0
    for number, text in enumerate(texts, 1):
        size += len(text)
        if len(text) > LINE or size > SIZE or number > LINES:
            raise EventsError(path, number, "too long", f"at most {SIZE >> 20} MiB of events")
        try:
            event = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            wrong = f"not JSON: {text.strip()[:40]!r}" if text.strip() else "an empty line"
            raise EventsError(path, number, wrong, "one whole JSON object on the line") from None
        if not isinstance(event, dict):
            wrong = f"a JSON {type(event).__name__}"
            raise EventsError(path, number, wrong, "one JSON object on the line")
        if _too_deep(event):
            raise EventsError(path, number, "nested too deep", f"at most {NESTED} levels")
        yield event


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _too_deep(value: Json) -> bool:
    level = [value]
    for _ in range(NESTED):
        inner: list[Json] = []
        for each in level:
            if isinstance(each, dict):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        level = inner
    return bool(level)


def recorded(events: Iterable[Event], path: str = "events") -> Recorded:
    """What `events` tell, which came from `path`; raises `EventsError` for what cannot be.

    They may stop early: then the migration was not finished.
    """
    reader: _Reader | None = None
    number = 0
    for number, event in enumerate(events, 1):
        try:
            if reader is None:
                reader = _Reader(event)
            else:
                reader.take(event)
        except BadInput as error:
            raise EventsError(path, number, error.wrong, error.expected) from error
    if reader is None:
        raise EventsError(path, 0, "no events", "the beginning of a migration")
    try:
        return reader.recorded()
    except BadInput as error:
        raise EventsError(path, number, error.wrong, error.expected) from error


class _Reader:
    """Puts together what the events tell, in the order they come."""

    def __init__(self, event: Event) -> None:
        self._start, content = _message(event)
        self._made = beginning(str(event["property"]), self._start, content)
        self._name = self._made.migration.name
        self._noise: Counter[tuple[str, str]] = Counter()
        self._told: dict[int, list[Told]] = {}
        self._intended: dict[int, Intended] = {}
        self._rows: dict[int, Row] = {}
        self._equal: bool | None = None
        self._coverage = Coverage()

    def take(self, event: Event) -> None:
        """One more event."""
        if self._equal is not None:
            raise Bad("an event after the end", "the end last")
        if event.get("property") != self._name or event.get("run_start") != self._start:
            raise Bad("an event of another run", f"one run of {self._name[:80]}")
        if event.get("type") == "test_case":
            self._row(checked(event, TEST_CASE, "a configuration"))
            return
        _, content = _message(event)
        match content.value("event") if content.has("event") else None:
            case "noise":
                self._take_noise(checked(content, NOISE, "noise"))
            case "difference":
                fields = checked(content, DIFFERENCE, "a difference")
                number = self._number(fields)
                told = finding_of(self._planned[number], fields)
                self._told.setdefault(number, []).append(told)
            case "intended":
                self._set_aside(checked(content, INTENDED, "what is intended"))
            case "end":
                self._end(checked(content, END, "an end"))
            case other:
                kinds = "noise, difference, intended, end"
                raise Bad(f"event {str(other)[:40]!r}", f"one of {kinds}")

    @property
    def _planned(self) -> Sequence[Configuration]:
        return self._made.planned

    def _number(self, fields: Fields) -> int:
        number = fields.number("row")
        if number >= len(self._planned):
            raise Bad(f"row {number}", f"one of the {len(self._planned)} planned")
        if number in self._rows:
            raise Bad(f"more of row {number}, which was done", "a row that is not done")
        return number

    def _take_noise(self, fields: Fields) -> None:
        for op, fact, count in fields.rows("facts"):
            self._noise[str(op), str(fact)] = count if isinstance(count, int) else 0

    def _set_aside(self, fields: Fields) -> None:
        number = self._number(fields)
        if number in self._intended:
            raise Bad(f"row {number}: intended twice", "once")
        entries = fields.counts("entries")
        known = {entry.id for entry in self._made.ledger}
        if unknown := entries.keys() - known:
            raise Bad(f"ledger entry {min(unknown)[:40]!r}", "one of the ledger's")
        self._intended[number] = Intended(
            entries, fields.number("followed"), fields.number("left_out")
        )

    def _row(self, event: Fields) -> None:
        features = event.fields("features")
        metadata = checked(event.fields("metadata"), METADATA, "a configuration's metadata")
        number = self._number(metadata)
        configuration = self._planned[number]
        stage, forms = configuration.stage.name, dict(configuration.forms)
        if event.value("arguments") != {"stage": stage, "forms": forms}:
            raise Bad(f"row {number}: other arguments", "what was planned")
        kept = self._told.get(number, [])
        count = features.number("differences")
        failed = event.value("status") == "failed"
        if failed != bool(count) or failed != bool(kept) or len(kept) > count:
            raise Bad(
                f"row {number}: {event.value('status')}, {count} differences, {len(kept)} told",
                "as many as there are",
            )
        self._rows[number] = Row(
            configuration,
            features.number("steps"),
            metadata.counts("tallies"),
            features.number("goals reached"),
            features.number("goals"),
            count,
            [told.finding for told in kept],
            self._intended.get(number, Intended()),
            metadata.counts("operations"),
            event.fields("timing").seconds("perform"),
            int(metadata.text("covered"), 16) if metadata.has("covered") else 0,
        )

    def _end(self, fields: Fields) -> None:
        self._equal = bool(fields.value("equal"))
        if fields.number("performed") != len(self._rows):
            raise Bad(f"{fields.number('performed')} performed", f"{len(self._rows)}, as told")
        if fields.has("coverage"):
            self._coverage = coverage_of(checked(fields.fields("coverage"), COVERAGE, "coverage"))

    def recorded(self) -> Recorded:
        """All of it; raises `Bad` when the end claims what the rows do not show."""
        rows = [self._rows[number] for number in sorted(self._rows)]
        verdict = Verdict(
            self._name, rows, len(self._planned), self._noise, coverage=self._coverage
        )
        if self._equal is not None and self._equal != verdict.equal:
            raise Bad("an end of another verdict", verdict.text()[:200])
        told = [each for number in sorted(self._told) for each in self._told[number]]
        return self._made.recorded(told, verdict)


def _message(event: Event) -> tuple[float, Fields]:
    fields = checked(event, MESSAGE, "a message")
    return fields.seconds("run_start"), fields.fields("content")
