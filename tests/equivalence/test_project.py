"""What a project performs, and what it makes of a careless user's answers."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date

import pytest

from memfold.equivalence import Ledger, Step, Subject, Trace, TraceError
from memfold.equivalence.compare import observe
from tests.equivalence.sample import KEEPS, Old, project

STEPS = [Step("size", {})]


@pytest.mark.parametrize(
    ("family", "header", "ours"),
    [
        ("jobs", {}, True),
        ("jobs", {"machine": "jobs"}, True),
        ("jobs", {"machine": "others"}, False),
        ("others", {}, False),
    ],
)
def test_a_trace_is_performed_by_its_own_project(
    family: str, header: dict[str, str], ours: bool
) -> None:
    trace = Trace("t", family, {**header}, STEPS)
    its = project(Old)
    assert its.performs(trace) == ours
    if not ours:
        with pytest.raises(TraceError, match=r"t:1: recorded on .*; expected jobs"):
            its.checked(trace)


def test_an_entry_whose_time_is_over_is_not_in_force() -> None:
    over, ahead = (
        replace(KEEPS, id=str(day), expires=day) for day in (date(2001, 1, 1), date(2999, 1, 1))
    )
    its = project(Old, Ledger([over, ahead]))
    assert its.in_force().entries == (ahead,)


@pytest.mark.parametrize(
    ("answer", "crash"),
    [
        (lambda: None, "TypeError: a NoneType is no subject"),
        (lambda: sys.exit(4), "SystemExit: 4"),
        (lambda: int("x"), "ValueError: invalid literal"),
    ],
)
def test_what_is_no_subject_crashes_at_its_first_step(answer: object, crash: str) -> None:
    def make(*_: object) -> Subject:
        made: Subject = answer()  # type: ignore[operator]  # one of the three above
        return made

    its = replace(project(Old), make=make)
    (only,) = observe(its.subject(its.parse("new"), {}), STEPS * 3)
    assert str(only["crashed"]).startswith(crash)
