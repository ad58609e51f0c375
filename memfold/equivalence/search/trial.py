"""Performing a candidate on both sides, to see whether it shows the difference that is looked for.

Smaller steps or fewer components may well show another difference; that one does not count.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from memfold.equivalence.campaign.lockstep import compare
from memfold.equivalence.compare import Signature, signature
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import CRASHED, RAISED, Facts, Json, Level
from memfold.equivalence.finding import Finding
from memfold.equivalence.judge import Intended
from memfold.equivalence.project import Project
from memfold.equivalence.search.minimal import OutOfTries
from memfold.equivalence.subject import BadStep, NotReplayable, Step, Subject
from memfold.equivalence.trace import Trace
from memfold.errors import BadInput

__all__ = ["Budget", "Target", "Trial"]


class _Spent(BadInput):
    """No subject may be made any more. Any other error would be one of the subject's."""


class Budget:
    """How many replays there may be, and how many there were.

    A replay is the new side performing a candidate, those included that tell what follows from an
    intended difference. Raises `BadInput` for a budget below 1.
    """

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise BadInput(f"a budget of {limit} replays", "1 or more")
        self.limit, self.spent = limit, 0

    def spend(self) -> None:
        """Count one; raises `_Spent` when there is none left."""
        if self.spent >= self.limit:
            raise _Spent("no replay left", "a larger budget")
        self.spent += 1


@dataclass(frozen=True, slots=True)
class Target:
    """What makes a difference the one that is looked for."""

    signature: Signature
    errors: tuple[tuple[str, str], ...]
    """The class of whatever a side raised."""
    blamed: tuple[str, ...] | None
    """The component it is about, if any; None: that makes no difference."""

    @classmethod
    def of(cls, finding: Finding, with_blamed: bool) -> Target | None:
        """What `finding` is to be known by; None for one that is no difference at a step."""
        found = finding.difference
        if found is None:
            return None
        errors = (*_errors("old", found.expected), *_errors("new", found.observed))
        return cls(signature(found), errors, finding.blamed[:1] if with_blamed else None)


def _errors(side: str, facts: Facts) -> Sequence[tuple[str, str]]:
    texts = [facts[name] for name in (CRASHED, RAISED) if name in facts]
    return [(side, text.partition(":")[0]) for text in texts if isinstance(text, str)]


class Trial:
    """The old side and what is known of it, for any number of candidates of the new one.

    `level` says what is compared in every try.
    """

    def __init__(
        self,
        project: Project,
        old: Configuration,
        trace: Trace,
        level: Level,
        budget: Budget,
        noise: Collection[tuple[str, str]] = (),
    ) -> None:
        def make(configuration: Configuration, header: Mapping[str, Json]) -> Subject:
            if configuration is not self.old:
                budget.spend()
            return project.make(configuration, header)

        self.project = replace(project, make=make)
        self.old, self.trace, self.level, self.budget = old, trace, level, budget
        self._noise = noise

    def first(self, new: Configuration, steps: Sequence[Step]) -> Finding | None:
        """The first difference at `steps` that nobody intends, None when there is none.

        Raises `OutOfTries`, and what comparing raises for steps that cannot be performed.
        """
        new = replace(new)  # another one even if it is the old one
        candidate = replace(self.trace, steps=steps)
        found = compare(self.project, self.old, new, candidate, Intended(), self._noise, self.level)
        try:
            return next(found, None)
        except _Spent:
            raise OutOfTries from None

    def shows(self, new: Configuration, steps: Sequence[Step], target: Target) -> Finding | None:
        """The first difference if it is the one looked for; None too for what cannot be done."""
        try:
            if self.project.check is not None:
                for step in steps:
                    self.project.check(step)
            finding = self.first(new, steps)
        except (BadInput, BadStep, NotReplayable):
            return None
        if finding is None or Target.of(finding, target.blamed is not None) != target:
            return None
        return finding
