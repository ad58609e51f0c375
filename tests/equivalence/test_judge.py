"""What the ledger explains, what follows from it, and that nothing hides behind it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memfold.equivalence import (
    Calls,
    Configuration,
    Finding,
    Intended,
    Ledger,
    Project,
    Step,
    Subject,
    Trace,
    UnknownName,
)
from memfold.equivalence.campaign.lockstep import compare
from memfold.equivalence.campaign.made import generated_trace
from memfold.equivalence.ledger import Entry
from tests.equivalence.sample import KEEPS, Keeps, Old, project

LONG = [Step("put", {"name": name}) for name in "aabc"]
CANCEL = Step("cancel", {"job": 1})
TAKE, SIZE = Step("take", {}), Step("size", {})


def run(
    new: type[Old], steps: list[Step], *entries: Entry, seed: int = 1
) -> tuple[list[Finding], Intended]:
    its = project(new, Ledger(entries))
    intended = Intended()
    trace = Trace("t", "jobs", {}, steps) if steps else generated_trace(its, seed, 600)
    found = compare(its, its.parse("old"), its.parse("new"), trace, intended)
    return list(found), intended


class Counts100(Keeps):
    """The planted bug: it hides behind the intended difference, since the sizes differ anyway."""

    def size(self) -> int:
        return super().size() + 100


class TakesLast(Keeps):
    def take(self) -> str:
        return self.jobs.pop()[1] if len(self.jobs) > 1 else super().take()


class ReturnsText(Keeps):
    def cancel(self, job: int) -> bool | None:
        return super().cancel(job) if len(self.jobs) > 3 else None


def test_an_intended_difference_alone_is_none() -> None:
    found, intended = run(Keeps, [*LONG, CANCEL], KEEPS)
    assert found == []
    assert (intended.followed, intended.left_out) == (0, 0)
    assert intended.entries == {"long-queue-keeps": 1}


def test_without_an_entry_it_is_one() -> None:
    found, intended = run(Keeps, [*LONG, CANCEL, SIZE])
    assert [finding.difference.index for finding in found if finding.difference] == [4, 5]
    assert not intended.entries


def test_what_follows_from_it_is_gone_with_the_step_left_out() -> None:
    found, intended = run(Keeps, [*LONG, CANCEL, SIZE, TAKE, SIZE], KEEPS)
    assert found == []
    assert intended.entries == {"long-queue-keeps": 1}
    assert (intended.followed, intended.left_out) == (1, 1)


@pytest.mark.parametrize("broken", [Counts100, TakesLast])
def test_a_bug_that_hides_behind_it_is_found(broken: type[Old]) -> None:
    steps = [*LONG, CANCEL, SIZE, TAKE, SIZE]
    found, intended = run(broken, steps, KEEPS)
    assert found
    assert intended.entries == {"long-queue-keeps": 1}
    for finding in found:
        assert finding.difference is not None
        assert finding.difference.step.op in ("size", "take")
        assert finding.difference.step is steps[finding.difference.index]


def test_the_same_generated_steps_find_nothing_without_the_bug_and_the_bug_with_it() -> None:
    assert run(Keeps, [], KEEPS)[0] == []
    found, _ = run(Counts100, [], KEEPS)
    assert {f.difference.step.op for f in found if f.difference} == {"size"}


def test_what_no_entry_lists_at_the_step_itself_is_a_bug() -> None:
    found, _ = run(ReturnsText, [Step("put", {"name": "a"}), CANCEL], replace(KEEPS, becomes=7))
    (finding,) = found
    assert finding.difference is not None
    assert finding.difference.expected == {"result": True}


def test_scope_step_excuses_nothing_later() -> None:
    found, _ = run(Keeps, [*LONG, CANCEL, SIZE], replace(KEEPS, scope="step"))
    assert [f.difference.step.op for f in found if f.difference] == ["size"]


def test_a_parting_that_shows_only_later_is_followed_to_the_step_that_is_named() -> None:
    class Silent(Old):
        """Says that it cancelled, and does not."""

        def cancel(self, job: int) -> bool | None:
            return any(each[0] == job for each in self.jobs)

    steps = [*LONG, CANCEL, SIZE, TAKE]
    assert run(Silent, steps, KEEPS)[0] == run(Silent, steps)[0] != []
    found, intended = run(Silent, steps, replace(KEEPS, facts=frozenset()))
    assert found == []
    assert (intended.followed, intended.left_out) == (1, 1)
    assert len(run(Silent, steps)[0]) == 1


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), at=st.integers(0, 40))
def test_whatever_comes_before_it_a_bug_is_found_behind_intended_differences(
    seed: int, at: int
) -> None:
    class LosesOne(Keeps):
        """From the n-th call of `put` on the queue loses a job now and then."""

        def put(self, name: str, retries: int = 0) -> int:
            job = super().put(name, retries)
            if job > at and job % 7 == 0:
                self.jobs.pop()
            return job

    its = project(LosesOne, Ledger([KEEPS]))
    trace = generated_trace(its, seed, 400)
    ends = Trace("t", "jobs", {}, [*trace.steps, *[Step("put", {"name": "a"})] * 7, SIZE])
    found = list(compare(its, its.parse("old"), its.parse("new"), ends, Intended()))
    assert found
    fixed = project(Keeps, Ledger([KEEPS]))
    assert not list(compare(fixed, fixed.parse("old"), fixed.parse("new"), ends, Intended()))


def test_many_intended_differences_end_in_a_bounded_number_of_runs() -> None:
    runs = 0

    class Counted(Keeps):
        def __init__(self) -> None:
            nonlocal runs
            runs += 1
            super().__init__()

    its = project(Counted, Ledger([KEEPS]))
    trace = generated_trace(its, 3, 4_000)
    assert not list(compare(its, its.parse("old"), its.parse("new"), trace, Intended()))
    assert runs <= 30


def test_a_bug_at_a_step_that_is_intended_too_is_not_left_out_with_it() -> None:
    class Both(Keeps):
        """Raises instead of keeping once eight jobs were made."""

        def cancel(self, job: int) -> bool | None:
            if self.made >= 8 and len(self.jobs) > 3:
                raise KeyError(job)
            return super().cancel(job)

    puts = [Step("put", {"name": "b"})] * 4
    found, _ = run(Both, [*LONG, SIZE, *[CANCEL, SIZE] * 25, *puts, CANCEL, SIZE], KEEPS)
    assert any(f.difference and "raised" in f.difference.observed for f in found)


class Merges(Old):
    """A job that already waits is not put twice: intended, and very common."""

    def put(self, name: str, retries: int = 0) -> int:
        waiting = [number for number, its in self.jobs if its == name * (1 + retries)]
        return waiting[0] if waiting else super().put(name, retries)


MERGES = replace(KEEPS, id="merges", ops=frozenset({"put"}))


def test_common_intended_differences_leave_enough_to_find_a_bug() -> None:
    class Loses(Merges):
        def take(self) -> str:
            return super().take() if len(self.jobs) != 2 else self.jobs.pop()[1]

    intended = run(Merges, [], MERGES)[1]
    assert intended.entries["merges"] > 20
    assert run(Merges, [], MERGES)[0] == []
    assert "take" in {f.difference.step.op for f in run(Loses, [], MERGES)[0] if f.difference}


def test_a_first_call_that_answers_differently_is_no_reason_to_begin_again_for_ever() -> None:
    """Each step that is left out makes the next one the first."""
    made: list[Old] = []

    class Lazy(Old):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)
            self.asked = False

        def size(self) -> int:
            first, self.asked = not self.asked, True
            return -1 if first else super().size()

    first_size = replace(KEEPS, ops=frozenset({"size"}), becomes=-1)
    its = project(Lazy, Ledger([first_size]))
    steps = [Step("size", {})] * 2_000
    apart = Trace("t", "jobs", {}, [SIZE, *LONG, *steps, TAKE])
    assert not list(compare(its, its.parse("old"), its.parse("new"), apart, Intended()))
    assert len(made) < 50


def test_a_step_that_cannot_be_done_without_one_left_out_ends_nothing() -> None:
    class Strict(Old):
        def cancel(self, job: int) -> bool | None:
            if job > self.made:
                raise UnknownName(f"job {job}")
            return super().cancel(job)

    class Counts(Strict):
        """The first job is called 7; what is meant."""

        def put(self, name: str, retries: int = 0) -> int:
            job = super().put(name, retries)
            return 7 if job == 1 else job

    def strictly(new: type[Old]) -> Project:
        made = project(new, Ledger([replace(KEEPS, ops=frozenset({"put"}), becomes=7)]))

        def make(configuration: Configuration, _: object) -> Subject:
            return Calls(Strict() if configuration.forms["queue"] == "old" else new())

        return replace(made, make=make)

    steps = [*LONG, Step("cancel", {"job": 4}), SIZE]

    class CountsMore(Counts):
        def size(self) -> int:
            return super().size() + 1

    for new, ops in ((Counts, set()), (CountsMore, {"size"})):
        its, intended = strictly(new), Intended()
        trace = Trace("t", "jobs", {}, steps)
        found = list(compare(its, its.parse("old"), its.parse("new"), trace, intended))
        assert {f.difference.step.op for f in found if f.difference} == ops
        assert intended.entries["long-queue-keeps"] >= 1
