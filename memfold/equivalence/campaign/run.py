"""Running a migration: the plan is performed, and reporters are told what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from memfold.equivalence.campaign.migrate import Verdict, coverage_of
from memfold.equivalence.campaign.reporter import Reporter
from memfold.equivalence.campaign.work import Row, Work
from memfold.equivalence.campaign.workers import perform_groups
from memfold.equivalence.configuration import Configuration

__all__ = ["run"]


def run(
    work: Work,
    rows: Sequence[Configuration],
    groups: Sequence[Sequence[Configuration]],
    jobs: int,
    reporter: Reporter,
    timeout: float = 0,
) -> Verdict:
    """Perform `work` on the configurations in `groups`, in `jobs` processes; a verdict on `rows`.

    One that takes longer than `timeout` seconds is given up; 0 is no limit.

    Interrupted from the keyboard it tells the reporter what is done so far, and passes that on.
    """
    done: dict[str, Row] = {}
    unseen = tuple(work.project.unseen(work.recorded))

    def verdict() -> Verdict:
        name = work.project.name
        there = [done[str(each)] for each in rows if str(each) in done]
        return Verdict(
            name, there, len(rows), Counter(work.noise), unseen, coverage_of(work, there)
        )

    reporter.begin(work, rows)
    asked = {str(each) for each in rows}
    try:
        for row in perform_groups(groups, work, jobs, timeout):
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
