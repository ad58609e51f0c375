"""Facts that differ by themselves."""

from __future__ import annotations

from itertools import count

from memfold.equivalence import Facts, Intended, Step, Trace, noise
from memfold.equivalence.campaign.lockstep import compare
from tests.equivalence.sample import WORDS, Old, project

CLOCK = count()


class Stamped(Old):
    """Numbers its jobs across all queues there are: no two runs are the same."""

    def size(self) -> int:
        return super().size() + next(CLOCK)


STEPS = [Step("put", {"name": "a"}), Step("size", {}), Step("take", {})]


class Fresh:
    """A subject of its own; the size is noise."""

    def __init__(self) -> None:
        self.queue = Stamped()

    def perform(self, step: Step) -> Facts:
        result = getattr(self.queue, step.op)(**step.args)
        return {"result": result}


def test_facts_that_differ_between_two_fresh_subjects_are_noise() -> None:
    assert noise(STEPS, Fresh, WORDS.closest) == {("size", "result"): 1}


def test_noise_is_no_difference_and_the_rest_still_is() -> None:
    class Broken(Stamped):
        def take(self) -> str:
            return super().take().upper()

    its = project(Broken)
    trace = Trace("t", "jobs", {}, STEPS)
    old, new = its.parse("old"), its.parse("new")
    found = list(compare(its, old, new, trace, Intended(), {("size", "result")}))
    assert [f.difference.step.op for f in found if f.difference] == ["take"]
