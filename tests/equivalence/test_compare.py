"""Comparing two streams of observations."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from memfold.equivalence.compare import (
    ComparedNothing,
    Difference,
    Signature,
    differences,
    observe,
    signature,
)
from memfold.equivalence.facts import Facts, Json, Level, Undeclared, levels
from memfold.equivalence.subject import MapRow, NotReplayable, Step, UnknownName

GUEST, DEVICE, EXACT = LEVELS = levels(
    guest=["ret", "irq", "chars", "fault"], device=["calls"], exact=["events", "legacy_calls"]
)
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
    assert list(differences(STEPS, left, right, EXACT)) == []


def test_only_the_facts_that_differ_are_kept() -> None:
    want: list[Facts] = [{"ret": 1, "irq": [[3, 1]]}, {"ret": 2}, {"ret": 3}, {}]
    got: list[Facts] = [{"ret": 1, "irq": [[3, 1]]}, {"ret": 2, "irq": [[3, 0]]}, {"ret": 4}, {}]
    first, second = differences(STEPS, want, got, GUEST)
    assert (first.index, first.expected, first.observed) == (1, {}, {"irq": [[3, 0]]})
    assert (second.index, second.expected, second.observed) == (2, {"ret": 3}, {"ret": 4})
    assert second.step is STEPS[2]


def test_an_absent_list_and_an_empty_one_are_equal() -> None:
    want: list[Facts] = [{"calls": []}, {}, {"ret": 0}, {}]
    got: list[Facts] = [{}, {"irq": []}, {"ret": 0}, {}]
    for level in LEVELS:
        assert list(differences(STEPS, want, got, level)) == []


@pytest.mark.parametrize(
    ("fact", "levels"),
    [
        ("ret", [GUEST, DEVICE, EXACT]),
        ("irq", [GUEST, DEVICE, EXACT]),
        ("chars", [GUEST, DEVICE, EXACT]),
        ("fault", [GUEST, DEVICE, EXACT]),
        ("calls", [DEVICE, EXACT]),
        ("events", [EXACT]),
        ("legacy_calls", [EXACT]),
    ],
)
def test_each_level_compares_what_it_promises(fact: str, levels: list[Level]) -> None:
    want: list[Facts] = [{fact: [1]}, {"ret": 0}]
    got: list[Facts] = [{fact: [2]}, {"ret": 0}]
    differing = [level for level in LEVELS if list(differences(STEPS[:2], want, got, level))]
    assert differing == levels


def test_a_fact_that_no_level_has_is_an_error_and_not_equal() -> None:
    with pytest.raises(Undeclared, match="fact 'size' is compared at no level; expected one of"):
        list(differences(STEPS[:1], [{"size": 1}], [{"size": 2}], EXACT))
    with pytest.raises(Undeclared):
        list(differences(STEPS[:1], [{"size": 1}], [{"size": 1}], EXACT))


def test_a_comparison_that_compared_nothing_is_an_error() -> None:
    nothing: list[Facts] = [{}, {"calls": [1]}, {"ret": []}]
    for facts in nothing:
        with pytest.raises(ComparedNothing, match="4 steps showed no fact of level guest"):
            list(differences(STEPS, [facts] * 4, [facts] * 4, GUEST))


def test_noise_is_not_compared_and_only_at_its_operation() -> None:
    steps = [Step("readl", {}), Step("now", {}), Step("now", {})]
    want: list[Facts] = [{"ret": 1}, {"ret": 2}, {"ret": 3, "irq": [1]}]
    got: list[Facts] = [{"ret": 1}, {"ret": 9}, {"ret": 9, "irq": [2]}]
    (found,) = differences(steps, want, got, GUEST, {("now", "ret")})
    assert (found.index, found.facts) == (2, ["irq"])


@pytest.mark.parametrize(
    ("want", "got", "kinds"),
    [
        ({"ret": 1}, {"ret": 2}, (("ret", "value"),)),
        ({"ret": 1}, {"ret": "1"}, (("ret", "type"),)),
        ({}, {"ret": 1}, (("ret", "extra"),)),
        ({"ret": 1, "irq": [1]}, {"ret": 2}, (("irq", "missing"), ("ret", "value"))),
    ],
)
def test_a_signature_tells_kinds_of_deviation_and_not_values(
    want: Facts, got: Facts, kinds: tuple[tuple[str, str], ...]
) -> None:
    assert signature(Difference(7, STEPS[0], want, got)) == Signature("readl", kinds)


class Mortal(Counter):
    """Dies of an error of its own at the third step."""

    def perform(self, step: Step) -> Facts:
        facts = super().perform(step)
        return {"ret": facts["ret"], "irq": [1 // (3 - self.performed)] * 0}


def test_a_crash_is_a_difference_and_the_last() -> None:
    (found,) = differences(STEPS, observe(Counter(), STEPS), observe(Mortal(), STEPS), GUEST)
    assert (found.index, found.expected) == (2, {"ret": 3})
    assert str(found.observed["crashed"]).startswith("ZeroDivisionError: integer division")
    kept = list(observe(Mortal(), STEPS))
    assert len(kept) == 3
    assert [d.index for d in differences(STEPS, kept, observe(Counter(), STEPS), GUEST)] == [2]


def test_a_subject_that_exits_or_shows_no_facts_has_crashed() -> None:
    class Leaves(Counter):
        def perform(self, step: Step) -> Facts:
            facts = super().perform(step)
            if self.performed == 2:
                sys.exit(3)
            return facts

    class Shows(Counter):
        def perform(self, step: Step) -> Facts:
            super().perform(step)
            return None  # type: ignore[return-value]  # as a careless subject does

    assert list(observe(Leaves(), STEPS))[1]["crashed"].startswith("SystemExit: 3 (")  # type: ignore[union-attr]  # a text
    (only,) = observe(Shows(), STEPS)
    assert "TypeError: readl showed a NoneType, which is no dict of facts" in str(only["crashed"])


def test_what_one_side_does_to_arguments_or_facts_is_not_seen_by_the_other() -> None:
    class Sorts(Counter):
        kept: list[Json]

        def __init__(self) -> None:
            super().__init__()
            self.kept = []

        def perform(self, step: Step) -> Facts:
            names = step.args["names"]
            assert isinstance(names, list)
            names.sort(key=str)
            self.kept.append(names[0])
            return {"ret": self.kept}

    steps = [Step("first", {"names": ["b", "a"]}) for _ in range(3)]
    shown = list(observe(Sorts(), steps))
    assert [step.args["names"] for step in steps] == [["b", "a"]] * 3
    assert [facts["ret"] for facts in shown] == [["a"], ["a", "a"], ["a", "a", "a"]]


def test_what_is_made_anew_is_not_copied() -> None:
    class Fresh(Counter):
        fresh = True
        shown: Facts

        def perform(self, step: Step) -> Facts:
            self.shown = super().perform(step) | {"irq": [[step.op, 1]]}
            return self.shown

    subject = Fresh()
    for facts in observe(subject, STEPS):
        assert facts is subject.shown


def test_two_that_crash_alike_are_not_equal() -> None:
    left, right = observe(Mortal(), STEPS), observe(Mortal(), STEPS)
    (found,) = differences(STEPS, left, right, GUEST)
    assert found.expected == found.observed
    assert found.expected.keys() == {"crashed"}


def test_what_is_the_traces_fault_is_no_crash() -> None:
    class Strict(Counter):
        def perform(self, step: Step) -> Facts:
            raise UnknownName(f"{step.op}: no register")

    with pytest.raises(UnknownName, match="readl: no register; expected one made earlier"):
        list(observe(Strict(), STEPS))


def test_what_a_subject_cannot_do_is_no_crash() -> None:
    class Unable(Counter):
        def perform(self, step: Step) -> Facts:
            raise NotReplayable(f"{step.op}: comes later")

    with pytest.raises(NotReplayable, match="readl: comes later"):
        list(observe(Unable(), STEPS))


def test_two_subjects_run_in_lockstep_and_stop_where_asked() -> None:
    left, right = Counter(), Counter()
    right.performed = 1
    found: Iterator[object] = differences(STEPS, observe(left, STEPS), observe(right, STEPS), GUEST)
    next(found)
    assert (left.performed, right.performed) == (1, 2)


def test_streams_of_different_length_are_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        list(differences(STEPS, [{}] * 4, [{}] * 3, GUEST))


NAN = float("nan")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, 1.0),
        (0, False),
        (0.0, -0.0),
        ([1], [True]),
        ({"a": 0}, {"a": 0.0}),
        (None, 0),
    ],
)
def test_what_python_calls_equal_and_json_does_not_is_a_difference(one: Json, other: Json) -> None:
    for want, got in ((one, other), (other, one)):
        assert list(differences(STEPS[:1], [{"ret": want}], [{"ret": got}], GUEST))
    assert not list(differences(STEPS[:1], [{"ret": one}], [{"ret": one}], GUEST))


def test_what_is_not_a_number_is_itself() -> None:
    other = float("nan")
    assert not list(differences(STEPS[:1], [{"ret": [NAN]}], [{"ret": [other]}], GUEST))
