"""What each event has to look like, as shapes; a key that ends with ``?`` may be missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from memfold.equivalence.facts import Json
from memfold.equivalence.report.events import FORMAT
from memfold.equivalence.shapes import ANY, BOOL, STR, Shape, choice, fields, integer, items, row

__all__ = [
    "BEGIN",
    "COVERAGE",
    "DIFFERENCE",
    "END",
    "ENTRY",
    "INTENDED",
    "MESSAGE",
    "METADATA",
    "NOISE",
    "TEST_CASE",
]

COUNT = integer(0, 1 << 53, "a count")
SECONDS = Shape("seconds from 0 to 10^10", lambda value: _is_seconds(value))


HEX = Shape(
    "a hexadecimal number",
    lambda value: isinstance(value, str) and re.fullmatch("[0-9a-f]{1,100000}", value) is not None,
)
PERCENT = Shape("a percentage", lambda value: _is_seconds(value) and float(str(value)) <= 100)


def _is_seconds(value: Json) -> bool:
    return isinstance(value, (int, float)) and type(value) is not bool and 0 <= value <= 1e10


def _table(of: Shape) -> Shape:
    return Shape(
        f"an object of: {of.expected}",
        lambda value: isinstance(value, dict) and all(map(of.admits, value.values())),
    )


COUNTS = _table(COUNT)
WORDS = items(STR)
FACTS = _table(ANY)
STEP = fields({"op": STR, "args": FACTS, "line": COUNT}, required=True)
OBJECT = Shape("an object", lambda value: isinstance(value, dict))
DAY = Shape("a day as 2026-12-31", lambda value: isinstance(value, str) and _is_day(value))


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


_EVENT: Mapping[str, Shape] = {"run_start": SECONDS, "property": STR}
MESSAGE: Mapping[str, Shape] = {
    **_EVENT,
    "type": choice("info", "alert"),
    "title": STR,
    "content": OBJECT,
}
TEST_CASE: Mapping[str, Shape] = {
    **_EVENT,
    "type": choice("test_case"),
    "status": choice("passed", "failed"),
    "status_reason": STR,
    "representation": STR,
    "arguments": OBJECT,
    "how_generated": STR,
    "features": fields(
        dict.fromkeys(
            (
                "steps",
                "differences",
                "intended",
                "followed",
                "left out",
                "goals reached",
                "goals",
            ),
            COUNT,
        ),
        required=True,
    ),
    "coverage": Shape("null", lambda value: value is None),
    "timing": fields({"perform": SECONDS}, required=True),
    "metadata": OBJECT,
}
METADATA: Mapping[str, Shape] = {
    "row": COUNT,
    "operations": COUNTS,
    "tallies": COUNTS,
    "covered?": HEX,
}
STAGE = fields({"name": STR, "title": STR, "forms": WORDS}, required=True)
COMPONENT = fields({"name": STR, "kind": STR, "forms": WORDS}, required=True)
ENTRY: Mapping[str, Shape] = {
    **dict.fromkeys(("id", "why", "old", "new", "scope", "source", "demonstration", "owner"), STR),
    **dict.fromkeys(("on", "ops", "facts"), WORDS),
    "was?": ANY,
    "becomes?": ANY,
    "expires_on?": DAY,
    "expires_at?": STR,
}
BEGIN: Mapping[str, Shape] = {
    "event": choice("begin"),
    "format": choice(FORMAT),
    "made": _table(STR),
    "version": STR,
    "noun": STR,
    "stages": items(STAGE, 1),
    "components": items(COMPONENT),
    "operations": _table(WORDS),
    "levels": items(fields({"name": STR, "facts": WORDS}, required=True)),
    "ledger": items(OBJECT),
    "work": items(fields({"trace": STR, "steps": COUNT, "recorded": BOOL}, required=True)),
    "planned": items(fields({"stage": STR, "forms": _table(STR)}, required=True)),
}
NOISE: Mapping[str, Shape] = {"event": STR, "facts": items(row(STR, STR, COUNT))}
DIFFERENCE: Mapping[str, Shape] = {
    "event": STR,
    "row": COUNT,
    "trace": STR,
    "against": STR,
    "wrong": STR,
    "blamed": WORDS,
    "before": items(STEP),
    "index?": COUNT,
    "step?": STEP,
    "expected?": FACTS,
    "observed?": FACTS,
    "maps?": row(STR, STR),
    "vote?": STR,
}
INTENDED: Mapping[str, Shape] = {
    "event": STR,
    "row": COUNT,
    "entries": COUNTS,
    "followed": COUNT,
    "left_out": COUNT,
}
COVERAGE: Mapping[str, Shape] = {
    "floor": _table(PERCENT),
    "counts": items(row(STR, STR, COUNT, COUNT)),
    "missed": items(row(STR, STR, STR)),
}
END: Mapping[str, Shape] = {
    "event": STR,
    "equal": BOOL,
    "performed": COUNT,
    "coverage?": OBJECT,
}
