"""Replaying a recording: what it is compared with, and what is looked at again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from memfold.equivalence import (
    Comparison,
    Configuration,
    Facts,
    Ledger,
    Project,
    Step,
    Subject,
    Trace,
)
from memfold.equivalence.campaign.replaying import first_difference, replayed
from memfold.equivalence.campaign.work import Work, perform
from memfold.equivalence.writing import write_trace
from tests.equivalence.sample import KEEPS, WORDS, Keeps, Old, project

PUTS: list[Step] = [Step("put", {"name": name}, {"result": n}) for n, name in enumerate("aabc", 1)]
CANCEL = Step("cancel", {"job": 1}, {"result": True})
RECORDED = [*PUTS, CANCEL, Step("size", {}, {"result": 3}), Step("take", {}, {"result": "a"})]


class Wrong(Keeps):
    def size(self) -> int:
        return super().size() + 100


def trace(steps: list[Step], **header: object) -> Trace:
    return Trace("t.jsonl", "jobs", {name: str(value) for name, value in header.items()}, steps)


def test_what_follows_an_intended_difference_is_looked_at_beside_the_old_side() -> None:
    its = project(Keeps, Ledger([KEEPS]))
    report = replayed(its, trace(RECORDED), its.parse("new"))
    assert (report.differences, report.intended.followed) == ([], 1)
    wrong = project(Wrong, Ledger([KEEPS]))
    found = replayed(wrong, trace(RECORDED), wrong.parse("new")).differences
    assert [deviation.step.op for deviation in found] == ["size"]


def test_the_first_difference_is_the_first_reported_and_no_step_after_it_is_performed() -> None:
    performed: list[str] = []

    class Told(Wrong):
        def size(self) -> int:
            performed.append("size")
            return super().size()

        def take(self) -> str:
            performed.append("take")
            return super().take()

    its = project(Told, Ledger([KEEPS]))
    alone = project(Told)
    (reported,) = replayed(its, trace(RECORDED), its.parse("new")).differences
    first = first_difference(its, trace(RECORDED), its.parse("new"))
    assert first is not None
    assert (first.index, first.step.op, first.facts) == (reported.index, "size", ["result"])
    at_once = trace([Step("size", {}, {"result": 0}), *RECORDED])
    performed.clear()
    first = first_difference(alone, at_once, alone.parse("new"))
    assert first is not None
    assert (first.index, performed) == (0, ["size"])


def test_of_what_was_recorded_without_facts_a_crash_alone_is_a_difference() -> None:
    class Broken(Old):
        def size(self) -> int:
            raise SystemExit("gone")

    bare = trace([replace(step, facts={}) for step in RECORDED])
    for side, found in ((Wrong, None), (Broken, RECORDED.index(RECORDED[-2]))):
        its = project(side)
        first = first_difference(its, bare, its.parse("new"))
        assert (None if first is None else first.index) == found


def test_an_old_side_that_no_longer_shows_the_recording_is_not_asked() -> None:
    stale = [*RECORDED[:-1], Step("take", {}, {"result": "z"})]
    its = project(Keeps, Ledger([KEEPS]))
    found = replayed(its, trace(stale), its.parse("new")).differences
    assert [deviation.step.op for deviation in found] == ["size", "take"]


def test_facts_that_a_subject_does_not_answer_for_stay_out_of_the_second_look_too() -> None:
    class Partly:
        """Says nothing of what it takes."""

        comparison = Comparison(lambda step, facts: {} if step.op == "take" else facts)

        def __init__(self, subject: Subject) -> None:
            self._subject = subject

        def perform(self, step: Step) -> Facts:
            return self._subject.perform(step)

    class Texts(Keeps):
        def take(self) -> str:
            return "another"

    made = project(Texts, Ledger([KEEPS]))

    def make(configuration: Configuration, header: object) -> Subject:
        del header
        return Partly(made.make(configuration, {}))

    its = replace(made, make=make)
    report = replayed(its, trace(RECORDED), its.parse("new"))
    assert (report.differences, report.intended.followed) == ([], 1)


def test_noise_of_old_is_counted_and_not_compared() -> None:
    its = project(Wrong)
    kept = replace(
        trace([*PUTS, Step("size", {}, {"result": 4})]), header={"noise": ["size.result"]}
    )
    report = replayed(its, kept, its.parse("new"))
    assert report.differences == []
    assert report.noise == {("size", "result"): 1}


def test_a_recording_that_recorded_nothing_is_compared_as_what_is_made_up(tmp_path: Path) -> None:
    bare = [Step(step.op, step.args) for step in RECORDED]
    path = tmp_path / "bare.jsonl"
    write_trace(path, project(Old).header("by hand"), ((step, {}) for step in bare), WORDS)
    its: Project = replace(project(Wrong), traces=(path,))
    row = perform(its.parse("new"), Work.of(its, [], [its.parse("new")]), None)
    assert row.differences >= 1
