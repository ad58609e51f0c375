"""Running a migration: the plan is performed, and reporters are told what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Protocol

from memfold.equivalence.campaign.migrate import Verdict
from memfold.equivalence.campaign.reporter import Reporter
from memfold.equivalence.campaign.work import Row, Work
from memfold.equivalence.campaign.workers import perform_groups
from memfold.equivalence.configuration import Configuration

__all__ = ["Keeper", "run"]


class Keeper(Protocol):
    """Remembers rows from one run to the next."""

    def row(self, configuration: Configuration) -> Row | None:
        """The row of `configuration`, if it is known."""

    def keep(self, row: Row) -> None:
        """Remember `row`."""


def run(
    work: Work,
    rows: Sequence[Configuration],
    groups: Sequence[Sequence[Configuration]],
    jobs: int,
    reporter: Reporter,
    timeout: float = 0,
    keeper: Keeper | None = None,
) -> Verdict:
    """Perform `work` on the configurations in `groups`, in `jobs` processes; a verdict on `rows`.

    One that takes longer than `timeout` seconds is given up; 0 is no limit. What the `keeper` knows
    is not performed.

    Interrupted from the keyboard it tells the reporter what is done so far, and passes that on.
    """
    done: dict[str, Row] = {}
    unseen = tuple(work.project.unseen(work.recorded))

    def verdict() -> Verdict:
        name = work.project.name
        there = [done[str(each)] for each in rows if str(each) in done]
        return Verdict(name, there, len(rows), Counter(work.noise), unseen)

    reporter.begin(work, rows)
    asked = {str(each) for each in rows}
    try:
        for row in _performed(work, rows, groups, jobs, timeout, keeper):
            if str(row.configuration) in asked:
                done[str(row.configuration)] = row
                for finding in row.findings:
                    reporter.difference(finding)
                reporter.intended(row.configuration, row.intended)
                reporter.row_done(row)
    except KeyboardInterrupt:
        reporter.end(verdict())
        raise
    reporter.end(verdict())
    return verdict()


def _performed(
    work: Work,
    rows: Sequence[Configuration],
    groups: Sequence[Sequence[Configuration]],
    jobs: int,
    timeout: float,
    keeper: Keeper | None,
) -> Iterator[Row]:
    """The rows that are known, then those that are not: their groups are performed whole."""
    if keeper is None:
        yield from perform_groups(groups, work, jobs, timeout)
        return
    known = {str(each): row for each in rows if (row := keeper.row(each)) is not None}
    yield from known.values()
    asked = {str(each) for each in rows} - known.keys()
    left = [group for group in groups if any(str(each) in asked for each in group)]
    for row in perform_groups(left, work, jobs, timeout):
        if str(row.configuration) in asked:
            keeper.keep(row)
            yield row
