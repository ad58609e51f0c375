"""What the engine tells while it works: one small protocol; a reporter hears what it likes of it.

Terminal tables, lines of JSON, test reports and pages are reporters. This one says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from memfold.equivalence.campaign.migrate import Verdict
from memfold.equivalence.campaign.work import Row, Work
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Facts
from memfold.equivalence.finding import Finding
from memfold.equivalence.judge import Intended
from memfold.equivalence.subject import Step

__all__ = ["Reporter", "Reporters"]


class Reporter:
    """Hears what happens, in this order; every method may be left as it is."""

    def begin(self, work: Work, planned: Sequence[Configuration]) -> None:
        """A migration begins, which will perform `work` on each of `planned`."""

    def step(self, configuration: Configuration, index: int, step: Step, facts: Facts) -> None:
        """A step was performed; told of configurations that this process performs itself."""

    def difference(self, finding: Finding) -> None:
        """A difference that nobody intends."""

    def intended(self, configuration: Configuration, intended: Intended) -> None:
        """What the ledger set aside for a configuration, before its row is done."""

    def row_done(self, row: Row) -> None:
        """A configuration has performed everything."""

    def end(self, verdict: Verdict) -> None:
        """Everything was performed, or what was asked for was interrupted."""


class Reporters(Reporter):
    """Tells several reporters what it hears."""

    def __init__(self, reporters: Sequence[Reporter]) -> None:
        self._reporters = tuple(reporters)

    def begin(self, work: Work, planned: Sequence[Configuration]) -> None:
        """See `Reporter.begin`."""
        for each in self._reporters:
            each.begin(work, planned)

    def step(self, configuration: Configuration, index: int, step: Step, facts: Facts) -> None:
        """See `Reporter.step`."""
        for each in self._reporters:
            each.step(configuration, index, step, facts)

    def difference(self, finding: Finding) -> None:
        """See `Reporter.difference`."""
        for each in self._reporters:
            each.difference(finding)

    def intended(self, configuration: Configuration, intended: Intended) -> None:
        """See `Reporter.intended`."""
        for each in self._reporters:
            each.intended(configuration, intended)

    def row_done(self, row: Row) -> None:
        """See `Reporter.row_done`."""
        for each in self._reporters:
            each.row_done(row)

    def end(self, verdict: Verdict) -> None:
        """See `Reporter.end`."""
        for each in self._reporters:
            each.end(verdict)
