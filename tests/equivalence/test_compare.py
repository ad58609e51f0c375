"""Comparing two streams of observations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from memfold.equivalence.compare import differences, observe
from memfold.equivalence.facts import Facts, Level
from memfold.equivalence.subject import MapRow, Step

STEPS = [Step("readl", {"addr": addr}) for addr in range(4)]


class Counter:
    """A subject that answers with its own count of steps."""

    def __init__(self) -> None:
        self.performed = 0

    def perform(self, step: Step) -> Facts:  # noqa: ARG002 - every step is the same to it
        self.performed += 1
        return {"ret": self.performed}

    def map(self) -> list[MapRow]:
        return []


def test_equal_streams_have_no_difference() -> None:
    left, right = (observe(Counter(), STEPS) for _ in range(2))
    assert list(differences(STEPS, left, right, Level.EXACT)) == []


def test_only_the_facts_that_differ_are_kept() -> None:
    want: list[Facts] = [{"ret": 1, "irq": [[3, 1]]}, {"ret": 2}, {"ret": 3}, {}]
    got: list[Facts] = [{"ret": 1, "irq": [[3, 1]]}, {"ret": 2, "irq": [[3, 0]]}, {"ret": 4}, {}]
    first, second = differences(STEPS, want, got, Level.GUEST)
    assert (first.index, first.expected, first.observed) == (1, {}, {"irq": [[3, 0]]})
    assert (second.index, second.expected, second.observed) == (2, {"ret": 3}, {"ret": 4})
    assert second.step is STEPS[2]


def test_an_absent_list_and_an_empty_one_are_equal() -> None:
    want: list[Facts] = [{"calls": []}, {}, {}, {}]
    got: list[Facts] = [{}, {"irq": []}, {}, {}]
    for level in Level:
        assert list(differences(STEPS, want, got, level)) == []


@pytest.mark.parametrize(
    ("fact", "levels"),
    [
        ("ret", [Level.GUEST, Level.DEVICE, Level.EXACT]),
        ("irq", [Level.GUEST, Level.DEVICE, Level.EXACT]),
        ("chars", [Level.GUEST, Level.DEVICE, Level.EXACT]),
        ("fault", [Level.GUEST, Level.DEVICE, Level.EXACT]),
        ("calls", [Level.DEVICE, Level.EXACT]),
        ("events", [Level.EXACT]),
        ("legacy_calls", [Level.EXACT]),
    ],
)
def test_each_level_compares_what_it_promises(fact: str, levels: list[Level]) -> None:
    want: list[Facts] = [{fact: [1]}]
    got: list[Facts] = [{fact: [2]}]
    differing = [level for level in Level if list(differences(STEPS[:1], want, got, level))]
    assert differing == levels


def test_two_subjects_run_in_lockstep_and_stop_where_asked() -> None:
    left, right = Counter(), Counter()
    right.performed = 1
    found: Iterator[object] = differences(
        STEPS, observe(left, STEPS), observe(right, STEPS), Level.GUEST
    )
    next(found)
    assert (left.performed, right.performed) == (1, 2)


def test_streams_of_different_length_are_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        list(differences(STEPS, [{}] * 4, [{}] * 3, Level.GUEST))
