"""Replaying a recording: counting, the ledger, what is not replayable, what is not compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from memfold.equivalence.facts import Facts
from memfold.equivalence.ledger import ABSENT, Deviation, Entry, Ledger, LedgerError
from memfold.equivalence.replay import Comparison, Report, deviations, replay
from memfold.equivalence.subject import MapRow, NotReplayable, Step, UnknownName
from memfold.equivalence.trace import Trace, TraceError
from memfold.errors import MemfoldError

TRACE = Trace(
    "t.jsonl",
    "legacy",
    {},
    [
        Step("read", {"addr": 0}, {"data": "00"}, 2),
        Step("read", {"addr": 1}, {"data": "01", "calls": [[0, "r", 1, 1, 1]]}, 3),
        Step("mtree", {}, {"ret": "a text of its time"}, 4),
        Step("later", {}, {"ret": 1}, 5),
    ],
)


class Zeros:
    """A subject where every byte reads 0 and no device exists; it cannot do `later`."""

    def perform(self, step: Step) -> Facts:
        if step.op == "later":
            raise NotReplayable("later: comes later")
        return {"data": "00"} if step.op == "read" else {"ret": "today's text"}

    def map(self) -> list[MapRow]:
        return []


ALL = Comparison(lambda _step, facts: facts, frozenset({"mtree"}))


def entry(condition: Callable[[Deviation], bool], facts: frozenset[str]) -> Entry:
    return Entry(
        id="zeros",
        on=frozenset({"legacy"}),
        facts=facts,
        condition=condition,
        old="the byte",
        new="0",
        why="a test",
        source="here",
        demonstration="t.jsonl",
    )


def test_every_op_is_performed_compared_or_counted_apart() -> None:
    report = replay(TRACE, Zeros(), "legacy", ALL, Ledger())
    assert (report.files, report.ops) == (1, 4)
    assert [(d.step.line, d.fact) for d in report.differences] == [(3, "calls"), (3, "data")]
    assert report.uncompared == {"mtree": 1}
    assert report.unreplayable == 1
    assert report.first_unreplayable == "t.jsonl:5: later: comes later"
    assert not report.equal


def test_unreplayable_alone_is_not_equal() -> None:
    trace = Trace("t.jsonl", "legacy", {}, [TRACE.steps[0], TRACE.steps[3]])
    report = replay(trace, Zeros(), "legacy", ALL, Ledger())
    assert not report.differences
    assert not report.equal


def test_an_entry_explains_only_its_own_facts_where_its_condition_holds() -> None:
    at_one = entry(lambda d: d.step.args["addr"] == 1, frozenset({"data"}))
    report = replay(TRACE, Zeros(), "legacy", ALL, Ledger([at_one]))
    assert report.intended.entries == {"zeros": 1}
    assert [d.fact for d in report.differences] == ["calls"]
    at_zero = entry(lambda d: d.step.args["addr"] == 0, frozenset({"data", "calls"}))
    assert not replay(TRACE, Zeros(), "legacy", ALL, Ledger([at_zero])).intended.entries


def test_an_entry_does_not_reach_another_kind_of_subject() -> None:
    anywhere = entry(lambda _d: True, frozenset({"data", "calls"}))
    assert not replay(TRACE, Zeros(), "core", ALL, Ledger([anywhere])).intended.entries


def test_an_entry_is_stale_when_its_demonstration_no_longer_shows_it() -> None:
    fresh = entry(lambda d: d.step.args["addr"] == 1, frozenset({"data"}))
    stale = entry(lambda d: d.step.args["addr"] == 0, frozenset({"data"}))

    def shown(_entry: Entry) -> list[Deviation]:
        return deviations(TRACE, Zeros(), "legacy", ALL)

    assert Ledger([fresh]).demonstrated(shown) == {"zeros": 1}
    assert Ledger([stale]).demonstrated(shown) == {"zeros": 0}


def test_a_ledger_refuses_entries_that_say_too_little_or_twice() -> None:
    good = entry(lambda _d: True, frozenset({"data"}))
    with pytest.raises(LedgerError, match="zeros: listed twice"):
        Ledger([good, good])
    with pytest.raises(LedgerError, match="zeros: matches nothing"):
        Ledger([entry(lambda _d: True, frozenset())])


def test_a_step_that_cannot_be_names_the_file_and_the_line() -> None:
    class Strict(Zeros):
        def perform(self, step: Step) -> Facts:
            raise UnknownName(f"no id {step.args['addr']}")

    with pytest.raises(TraceError, match=r"^t.jsonl:2: read: no id 0; expected one made earlier"):
        replay(TRACE, Strict(), "legacy", ALL, Ledger())


@pytest.mark.parametrize("error", [KeyError("page"), MemfoldError("a limit of ours"), OSError()])
def test_any_other_error_is_a_difference_and_the_last_of_its_trace(error: Exception) -> None:
    class Dies(Zeros):
        def perform(self, step: Step) -> Facts:
            if step.args:
                raise error
            return super().perform(step)

    report = replay(TRACE, Dies(), "legacy", ALL, Ledger())
    (found,) = report.differences
    assert (found.step.line, found.fact, found.expected) == (2, "crashed", ABSENT)
    assert str(found.observed).startswith(f"{type(error).__name__}")
    assert "equivalence/test_replay.py:" in str(found.observed)
    assert report.unperformed == 3
    assert not report.equal


def test_a_crash_counts_where_nothing_was_recorded() -> None:
    class DiesLate(Zeros):
        def perform(self, step: Step) -> Facts:
            if step.args["addr"]:
                raise KeyError(step.op)
            return super().perform(step)

    bare = Trace("t.jsonl", "legacy", {}, [Step("read", {"addr": n}) for n in (0, 1)])
    report = replay(bare, DiesLate(), "legacy", ALL, Ledger())
    assert [d.fact for d in report.differences] == ["crashed"]


def test_no_entry_may_intend_a_crash() -> None:
    with pytest.raises(LedgerError, match="intends a crash, which is always a bug"):
        Ledger([entry(lambda _d: True, frozenset({"data", "crashed"}))])


def test_reports_add_up() -> None:
    total = Report()
    for _ in range(2):
        total.add(replay(TRACE, Zeros(), "legacy", ALL, Ledger()))
    assert (total.files, total.ops, len(total.differences), total.unreplayable) == (2, 8, 4, 2)
    assert total.first_unreplayable == "t.jsonl:5: later: comes later"
    one = Report(unrecorded=1, unperformed=2, noise=Counter({("read", "data"): 3}))
    total.add(one)
    total.add(one)
    assert (total.unrecorded, total.unperformed) == (2, 4)
    assert total.noise == {("read", "data"): 6}
