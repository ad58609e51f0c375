"""From a run that shows a difference to the shortest, simplest steps that show the same one."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from memfold.equivalence.campaign.lockstep import closeness
from memfold.equivalence.compare import observe
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Json
from memfold.equivalence.finding import Finding
from memfold.equivalence.project import Project
from memfold.equivalence.search.about import steps_about
from memfold.equivalence.search.links import Line, linked, steps_of
from memfold.equivalence.search.minimal import OutOfTries, minimal
from memfold.equivalence.search.simplify import simplified
from memfold.equivalence.search.trial import Budget, Target, Trial
from memfold.equivalence.subject import NotReplayable, Subject
from memfold.equivalence.trace import Trace
from memfold.errors import BadInput

__all__ = ["Shrunk", "shrink"]

FEW = 16
"""Steps that are left out without guessing."""

REMEMBERED = 64
"""Steps that a candidate may have for its failure to be remembered."""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """The steps that it takes, and what they show."""

    old: Configuration
    new: Configuration
    trace: Trace
    """The steps, in the world (the header) of the trace that they come from."""
    finding: Finding
    """The difference, at the last of the steps."""
    length: int
    """How many steps there were up to the difference, before."""
    replays: int
    """How often the new side performed steps for it, the first time included."""
    whole: bool
    """Whether the search came to its end; if not, there may be shorter or simpler ones."""

    def json(self) -> dict[str, Json]:
        """The result as data."""
        return {
            "old": str(self.old),
            "new": str(self.new),
            "steps": [{"op": step.op, **step.args} for step in self.trace.steps],
            "finding": self.finding.json(),
            "length": self.length,
            "replays": self.replays,
            "whole": self.whole,
        }


def shrink(
    project: Project,
    old: Configuration,
    new: Configuration,
    trace: Trace,
    budget: int = 150,
    finding: Finding | None = None,
    noise: Collection[tuple[str, str]] = (),
) -> Shrunk | None:
    """The shortest steps found that show the first difference of `new` from `old` in `trace`.

    None when there is no difference that nobody intends. The same difference is one at the same
    operation, with the same facts deviating in the same way, errors of the same class, and the
    same component blamed first. It is the first one of the steps that are returned, and at their
    last. `finding` is the one expected, if that is known. `noise` are facts that are not compared.

    A replay is `new` performing a candidate; there are at most `budget`. Where arguments name what
    earlier steps made, `old` performs each candidate twice, since what they are called may change.

    Raises `BadInput` for a budget too small to find the difference even once, for a `finding` that
    is not the first difference, and whatever performing `trace` raises.
    """
    count = Budget(budget)
    trial = Trial(project, old, trace, closeness(project, old, new), count, noise)
    try:
        first = trial.first(new, trace.steps)
    except OutOfTries:
        raise BadInput(f"a budget of {budget} replays", "more, to find the difference") from None
    target = None if first is None else Target.of(first, with_blamed=True)
    if first is None or target is None:
        return None
    if finding is not None and Target.of(finding, with_blamed=True) != target:
        wrong = "a finding that is not the first difference of its trace"
        raise BadInput(wrong, "the first one: what comes after it may follow from it")
    search = _Search(trial, new, target, first)
    whole = search.to_the_end()
    made = replace(trace, path=f"{trace.path}, shrunk", steps=search.steps)
    shown = replace(search.finding, trace=made.path)
    return Shrunk(old, new, made, shown, search.length, count.spent, whole)


class _Search:
    """The shortest so far: lines, the steps they are, what these showed."""

    def __init__(self, trial: Trial, new: Configuration, target: Target, first: Finding) -> None:
        assert first.difference is not None  # a target was made of it
        self.length = first.difference.index + 1
        self.finding = first
        # What was recorded is no longer what is shown when steps before it are left out.
        self.steps = [replace(step, facts={}) for step in trial.trace.steps[: self.length]]
        self._trial, self._new, self._target = trial, new, target
        self._words = trial.project.vocabulary
        self.lines = linked(self.steps, self._words, lambda: list(observe(self._old(), self.steps)))
        self._failed: set[str] = set()

    def to_the_end(self) -> bool:
        """Shorten and simplify until nothing more can be; whether the budget was enough."""
        try:
            self._guess()
            while True:
                self._shorten()
                before = self.lines
                simplified(self.lines, self._words, self._shows)
                if self.lines == before:
                    return True
        except OutOfTries:
            return False

    def _guess(self) -> None:
        """Try the steps alone that are about the component that is blamed first; then about any."""
        blamed = self.finding.blamed
        if len(self.lines) <= FEW or not blamed:
            return
        subject = self._old()
        shown = list(observe(subject, self.steps))
        for names in dict.fromkeys((blamed[:1], blamed)):
            places = steps_about(names, self.steps[:-1], shown, subject)
            if self._shows([*(self.lines[place] for place in places), self.lines[-1]]):
                return

    def _shorten(self) -> None:
        """Leave out steps; the last one, where the difference is, stays."""
        while True:
            *front, last = self.lines
            kept = minimal(front, partial(self._shows_before, last), kind=lambda line: line.step.op)
            if not kept.whole:
                raise OutOfTries
            if len(self.lines) == len(kept.items) + 1:
                return  # else it showed before the last step, which can go then

    def _shows_before(self, last: Line, lines: Sequence[Line]) -> bool:
        return self._shows([*lines, last])

    def _shows(self, lines: Sequence[Line]) -> bool:
        """Whether `lines` show it; up to there they are the shortest then."""
        key = "long"
        if len(lines) <= REMEMBERED:
            key = json.dumps([[line.place, line.step.args] for line in lines])
            if key in self._failed:
                return False
        try:
            steps = steps_of(lines, self._old)
        except (BadInput, NotReplayable):
            finding = None
        else:
            finding = self._trial.shows(self._new, steps, self._target)
        if finding is None or finding.difference is None:
            if len(lines) <= REMEMBERED:
                self._failed.add(key)
            return False
        end = finding.difference.index + 1
        self.lines, self.steps, self.finding = list(lines[:end]), steps[:end], finding
        return True

    def _old(self) -> Subject:
        return self._trial.project.subject(self._trial.old, self._trial.trace.header)
