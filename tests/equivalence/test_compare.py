"""Comparing two streams of observations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from memfold.equivalence.compare import differences, observe
from memfold.equivalence.facts import Facts, Level
from memfold.equivalence.subject import MapRow, Step, UnknownName

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


class Mortal(Counter):
    """Dies of an error of its own at the third step."""

    def perform(self, step: Step) -> Facts:
        facts = super().perform(step)
        return {"ret": facts["ret"], "inverse": 1 // (3 - self.performed)}


def test_a_crash_is_a_difference_and_the_last() -> None:
    (found,) = differences(STEPS, observe(Counter(), STEPS), observe(Mortal(), STEPS), Level.GUEST)
    assert (found.index, found.expected) == (2, {"ret": 3})
    assert str(found.observed["crashed"]).startswith("ZeroDivisionError: integer division")
    kept = list(observe(Mortal(), STEPS))
    assert len(kept) == 3
    assert [d.index for d in differences(STEPS, kept, observe(Counter(), STEPS), Level.GUEST)] == [
        2
    ]


def test_two_that_crash_alike_are_not_equal() -> None:
    left, right = observe(Mortal(), STEPS), observe(Mortal(), STEPS)
    (found,) = differences(STEPS, left, right, Level.GUEST)
    assert found.expected == found.observed
    assert found.expected.keys() == {"crashed"}


def test_what_is_the_traces_fault_is_no_crash() -> None:
    class Strict(Counter):
        def perform(self, step: Step) -> Facts:
            raise UnknownName(f"{step.op}: no register")

    with pytest.raises(UnknownName, match="readl: no register; expected one made earlier"):
        list(observe(Strict(), STEPS))


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
