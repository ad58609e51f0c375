"""A ratchet on old call sites: the baseline that a count is held against, and what it says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from memfold.equivalence.callsites import Counts
from memfold.equivalence.facts import Json
from memfold.equivalence.shapes import STR, Shape, choice, integer, items
from memfold.equivalence.writing import write_text
from memfold.errors import BadInput

__all__ = [
    "Baseline",
    "BaselineError",
    "Record",
    "Verdict",
    "baseline_for",
    "parse_baseline",
    "read_baseline",
    "record_json",
    "render_baseline",
    "write_baseline",
]

FORMAT = "memfold-ratchet/1"

LARGEST = 4 << 20
"""Bytes of a baseline: a history of decades over tens of thousands of files."""


class BaselineError(BadInput):
    """A baseline that cannot be used; `path` is where it came from."""

    def __init__(self, path: str, wrong: str, expected: str) -> None:
        super().__init__(f"{path}: {wrong}", expected)
        self.path = path


@dataclass(frozen=True, slots=True)
class Record:
    """How far a migration was on one day."""

    day: date
    old: int
    new: int
    label: str = ""
    """What is worth a mark in the drawing, a release say."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """The history of one migration, and what a count is held against: its last record."""

    old: tuple[str, ...]
    """The patterns it counted; another count says nothing about this history."""
    new: tuple[str, ...]
    records: tuple[Record, ...] = ()
    """In order of their days."""
    files: Mapping[str, int] = field(default_factory=dict)
    """Old call sites by file when the last record was made."""

    def with_record(self, record: Record, counts: Counts) -> Baseline:
        """The baseline after `record` was made of `counts`."""
        files = {name: len(calls.old) for name, calls in counts.files.items() if calls.old}
        return Baseline(self.old, self.new, (*self.records, record), files)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A count held against a baseline."""

    baseline: Baseline
    """As it was before the count; without records when this is the first."""
    counts: Counts
    now: Record
    """The count as a record."""

    @classmethod
    def of(cls, baseline: Baseline, counts: Counts, today: date, label: str = "") -> Verdict:
        """`counts`, made `today`, held against `baseline`.

        A clock that is behind the last record counts as being there. Raises `BadInput` for a label
        that no record can have.
        """
        if label and not LABEL.admits(label):
            raise BadInput(f"label {label!r}", LABEL.expected)
        day = max(today, baseline.records[-1].day) if baseline.records else today
        return cls(baseline, counts, Record(day, counts.old, counts.new, label))

    @property
    def last(self) -> Record:
        """What the count is held against; itself when it is the first."""
        return self.baseline.records[-1] if self.baseline.records else self.now

    @property
    def grew(self) -> bool:
        """Whether there are more old call sites than in the last record."""
        return self.now.old > self.last.old

    @property
    def history(self) -> tuple[Record, ...]:
        """Every record, and the count after them unless it says the same on the same day."""
        records = self.baseline.records
        return records if records and records[-1] == self.now else (*records, self.now)

    def changes(self) -> dict[str, int]:
        """By file, how many old call sites it has more or less: each that has calls, or had."""
        if not self.baseline.records:
            return dict.fromkeys(self.counts.files, 0)
        before = self.baseline.files
        found = {name: len(calls.old) for name, calls in self.counts.files.items()}
        names = sorted(before.keys() | found.keys())
        return {name: found.get(name, 0) - before.get(name, 0) for name in names}

    def grown(self) -> dict[str, tuple[int, ...]]:
        """The files with more old call sites than in the last record, and the lines of all.

        While `grew` is false this is code that moved, or conversions that pay for a new old call.
        """
        files = self.counts.files
        return {name: files[name].old for name, change in self.changes().items() if change > 0}


# The file


def baseline_for(path: Path, old: Sequence[str], new: Sequence[str], first: bool) -> Baseline:
    """The baseline in `path` for a count of these patterns; without any, for its own patterns.

    When there is no file, an empty one for the `first` record, else an error.
    Raises `BaselineError` too for other patterns than were given and what `read_baseline` does.
    """
    kept = read_baseline(path)
    if kept is None:
        if not first:
            raise BaselineError(str(path), "no baseline", "--update to make it of this count")
        if not old:
            raise BaselineError(str(path), "no baseline, and no patterns", "--old PATTERN")
        return Baseline(tuple(old), tuple(new))
    if (old or new) and (set(old), set(new)) != (set(kept.old), set(kept.new)):
        its = [f"--old {each!r}" for each in kept.old] + [f"--new {each!r}" for each in kept.new]
        raise BaselineError(
            str(path), "counts other patterns", f"{' '.join(its)}, or another --baseline"
        )
    return kept


def read_baseline(path: Path) -> Baseline | None:
    """The baseline in `path`, None when there is no such file.

    Raises `BaselineError` for a file that cannot be read or is larger than `LARGEST`, and for what
    `parse_baseline` refuses.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BaselineError(str(path), error.strerror or str(error), "a readable file") from error
    if len(content) > LARGEST:
        raise BaselineError(
            str(path), f"larger than {LARGEST >> 20} MiB", "a file that --update wrote"
        )
    return parse_baseline(str(path), content.decode("utf-8", errors="replace"))


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline, whole or not at all; raises `Unwritable`."""
    write_text(path, render_baseline(baseline))


def render_baseline(baseline: Baseline) -> str:
    """The text of a baseline file: a JSON document that `parse_baseline` reads back."""
    whole: Json = {
        "format": FORMAT,
        "old": [*baseline.old],
        "new": [*baseline.new],
        "records": [record_json(record) for record in baseline.records],
        "files": dict(sorted(baseline.files.items())),
    }
    return json.dumps(whole, indent=1) + "\n"


def record_json(record: Record) -> dict[str, Json]:
    """A record as it stands in the file; a label only when there is one."""
    label: dict[str, Json] = {"label": record.label} if record.label else {}
    return {"date": record.day.isoformat(), **label, "old": record.old, "new": record.new}


def parse_baseline(path: str, text: str) -> Baseline:
    """The baseline in `text`, which came from `path`.

    Raises `BaselineError` for: no JSON object, a key twice, a missing, unknown or ill-typed part,
    a day before the one above it, files that do not add up to the last record.
    """
    try:
        whole: Json = json.loads(text, object_pairs_hook=_once)
    except RecursionError:
        raise BaselineError(path, "nested too deep", "a file that --update wrote") from None
    except ValueError as error:
        raise BaselineError(path, f"not JSON: {error}", "a file that --update wrote") from None
    if not isinstance(whole, dict) or whole.keys() != PARTS.keys():
        raise BaselineError(path, "other parts", f"an object of {', '.join(PARTS)}")
    for part, shape in PARTS.items():
        if not shape.admits(whole[part]):
            raise BaselineError(path, f"{part} is {_shown(whole[part])}", shape.expected)
    rows, files = whole["records"], whole["files"]
    assert isinstance(rows, list)
    assert isinstance(files, dict)
    records: list[Record] = []
    for index, row in enumerate(rows):
        if not RECORD.admits(row):
            raise BaselineError(path, f"records[{index}] is {_shown(row)}", RECORD.expected)
        record = _record(row)
        if records and record.day < records[-1].day:
            wrong = f"records[{index}] is of {record.day}, after {records[-1].day}"
            raise BaselineError(path, wrong, "records in the order of their days")
        records.append(record)
    its = {name: count for name, count in files.items() if isinstance(count, int)}
    if sum(its.values()) != records[-1].old:
        wrong = f"files add up to {sum(its.values())}, the last record has {records[-1].old}"
        raise BaselineError(path, wrong, "the same")
    return Baseline(_texts(whole["old"]), _texts(whole["new"]), tuple(records), its)


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key that is there twice")
    return found


def _shown(value: Json) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _record(row: Json) -> Record:
    match row:
        case {"date": str(day), "old": int(old), "new": int(new), **rest}:
            return Record(date.fromisoformat(day), old, new, str(rest.get("label", "")))
    raise AssertionError(row)  # RECORD admits nothing else


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _is_record(value: Json) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() | {"label"} == {"date", "label", "old", "new"}
        and _is_day(value["date"])
        and COUNT.admits(value["old"])
        and COUNT.admits(value["new"])
        and LABEL.admits(value.get("label", "none"))
    )


def _is_day(value: Json) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _line(most: int) -> Shape:
    return Shape(
        f"1 to {most} printable characters",
        lambda value: isinstance(value, str) and 0 < len(value) <= most and value.isprintable(),
    )


COUNT = integer(0, 10**9, "a number from 0 to 10^9")
LABEL = _line(40)
NAME = _line(4096)
RECORD = Shape(
    f"a date as 2011-07-31, old and new ({COUNT.expected}), a label ({LABEL.expected}) or none",
    _is_record,
)
PARTS = {
    "format": choice(FORMAT),
    "old": items(STR, least=1),
    "new": items(STR),
    "records": Shape("a list of records, not empty", lambda v: isinstance(v, list) and v != []),
    "files": Shape(
        f"a file's name ({NAME.expected}) with its old call sites (a number from 1 to 10^9)",
        lambda value: (
            isinstance(value, dict)
            and all(NAME.admits(name) for name in value)
            and all(COUNT.admits(count) and count != 0 for count in value.values())
        ),
    ),
}
