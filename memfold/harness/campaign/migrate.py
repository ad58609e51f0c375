"""Walking the plan: every machine of every stage performs the same steps and shows the same.

Recorded transcripts are compared with what the real machine did, generated steps with the pure
legacy machine at guest level, and the same forms at a later stage with the earlier one at device
level.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from memfold.devices.board import Board
from memfold.devices.configuration import Configuration
from memfold.equivalence.facts import Json
from memfold.harness.campaign.work import Row, Work, perform

__all__ = ["Verdict", "grouped", "run_groups"]


def grouped(rows: Iterable[Configuration]) -> list[list[Configuration]]:
    """Machines with the same forms together, in stage order; the largest groups first."""
    groups: dict[tuple[str, ...], list[Configuration]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.forms.values())].append(row)
    return sorted(groups.values(), key=len, reverse=True)


def run_groups(
    groups: Sequence[Sequence[Configuration]], work: Work, jobs: int
) -> Iterator[Sequence[Row]]:
    """Run the machines in `jobs` processes; yields each group as it is done."""
    # The work stays: neither this process nor a forked one need search it for garbage again.
    gc.freeze()
    if jobs == 1 or len(groups) == 1:
        for group in groups:
            yield _run_group(group, work)
        return
    # Forked workers share the work without copying it.
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(min(jobs, len(groups)), context, _inherit, (work,))
    try:
        for done in as_completed([pool.submit(_run_inherited, group) for group in groups]):
            yield done.result()
    finally:
        # Interrupted, nothing that has not begun is begun any more.
        pool.shutdown(cancel_futures=True)


_inherited: list[Work] = []
"""In a worker process: the work that its parent had when it forked."""


def _inherit(work: Work) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _inherited.append(work)


def _run_inherited(group: Sequence[Configuration]) -> list[Row]:
    return _run_group(group, _inherited[0])


def _run_group(group: Sequence[Configuration], work: Work) -> list[Row]:
    rows: list[Row] = []
    for configuration in group:
        rows.append(perform(configuration, work, rows[0] if rows else None))
    for row in rows:
        row.shown.clear()  # only the group needed it: it need not travel to another process
    return rows


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a migration."""

    board: Board
    rows: Sequence[Row]
    """In the order of the plan."""

    @classmethod
    def of(
        cls, board: Board, plan: Iterable[Configuration], groups: Iterable[Sequence[Row]]
    ) -> Verdict:
        """The verdict on `groups` of the machines in `plan`, once they are done."""
        done = {str(row.configuration): row for group in groups for row in group}
        return cls(board, [done[str(configuration)] for configuration in plan])

    @property
    def equal(self) -> bool:
        """Whether no machine showed a difference."""
        return not any(row.differences for row in self.rows)

    def text(self) -> str:
        """The verdict in one line."""
        count = len(self.rows)
        bad = sum(1 for row in self.rows if row.differences)
        if bad:
            return f"{self.board.name}: DIFFERENT: {bad} of {count} configurations"
        steps = sum(row.steps for row in self.rows)
        interrupts = sum(row.interrupts for row in self.rows)
        return (
            f"{self.board.name}: EQUIVALENT: all {count} configurations, "
            f"{steps:,} steps, {interrupts:,} interrupts"
        )

    def json(self) -> Json:
        """The verdict as data."""
        return {
            "board": self.board.name,
            "equivalent": self.equal,
            "rows": [
                {
                    "configuration": str(row.configuration),
                    "stage": row.configuration.stage.name,
                    "forms": dict(row.configuration.forms),
                    "steps": row.steps,
                    "interrupts": row.interrupts,
                    "lines_exercised": row.lines,
                    "lines_wired": len(row.configuration.board.wires),
                    "differences": row.differences,
                    "first": row.first,
                    "seconds": round(row.seconds, 3),
                }
                for row in self.rows
            ],
        }
