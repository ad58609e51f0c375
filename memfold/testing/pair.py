"""Two configurations that are compared, and the error that they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from memfold.equivalence.campaign.lockstep import closeness
from memfold.equivalence.compare import ComparedNothing
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Facts, Level, at_level
from memfold.equivalence.finding import Finding
from memfold.equivalence.noise import noise
from memfold.equivalence.project import Project
from memfold.equivalence.subject import Step, Subject
from memfold.equivalence.trace import Trace

__all__ = ["MADE_UP", "Different", "Pair"]

MADE_UP = "made-up steps"


class Different(Exception):
    """Two configurations differ where no entry intends it."""

    def __init__(
        self, finding: Finding, steps: Sequence[Step], old: Sequence[Facts], new: Sequence[Facts]
    ) -> None:
        super().__init__(finding.text())
        self.finding = finding
        self.steps, self.old, self.new = steps, old, new


@dataclass(slots=True)
class Pair:
    """Two configurations of a project, and how they are compared."""

    project: Project
    old: Configuration
    new: Configuration
    with_noise: bool = False
    noise: set[tuple[str, str]] = field(default_factory=set)
    """Facts that are not compared; grows where `with_noise` finds more."""
    compared: bool = False
    """Whether any fact was compared so far."""

    @property
    def level(self) -> Level:
        """How closely they are compared."""
        return closeness(self.project, self.old, self.new)

    def trace(self, steps: Sequence[Step]) -> Trace:
        """`steps` as a trace of the project."""
        return Trace(MADE_UP, self.project.family or self.project.name, {}, steps)

    def listen(self, steps: Sequence[Step]) -> None:
        """Add what differs between two fresh subjects of the old side to the noise."""

        def fresh() -> Subject:
            return self.project.subject(self.old, {})

        if self.with_noise:
            try:
                self.noise.update(noise(steps, fresh, self.project.vocabulary.closest))
            except ComparedNothing:
                return

    def counted(self, step: Step, facts: Facts) -> Facts:
        """The part of `facts` that is compared."""
        counted = at_level(facts, self.level)
        return {name: value for name, value in counted.items() if (step.op, name) not in self.noise}
