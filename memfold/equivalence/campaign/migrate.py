"""Walking the plan: every configuration of every stage performs the same steps and shows the same.

Recordings are compared with what was recorded, other steps with the configuration that the plan
begins with at the loosest level, and the same forms at a later stage with the earlier one closer.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Lock
from typing import NamedTuple

from memfold.equivalence.campaign.work import Row, Work, perform
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Json
from memfold.equivalence.judge import Intended

__all__ = ["Verdict", "grouped", "run_groups"]


def grouped(rows: Iterable[Configuration]) -> list[list[Configuration]]:
    """Configurations with the same forms together, in stage order; the largest groups first."""
    groups: dict[tuple[str, ...], list[Configuration]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.forms.values())].append(row)
    return sorted(groups.values(), key=len, reverse=True)


def run_groups(groups: Sequence[Sequence[Configuration]], work: Work, jobs: int) -> Iterator[Row]:
    """Run the configurations in `jobs` processes; yields each row as it is done."""
    # The work stays: neither this process nor a forked one need search it for garbage again.
    gc.freeze()
    if jobs == 1 or len(groups) == 1:
        for group in groups:
            yield from _rows_of(group, work)
        return
    # Forked workers share the work without copying it, and one pipe that rows come back by.
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        min(jobs, len(groups)), context, _inherit, (work, sender, context.Lock())
    )
    try:
        running = {pool.submit(_send_rows_of, group) for group in groups}
        while running:
            if receiver.poll(POLL):
                yield receiver.recv()
                continue
            done = {future for future in running if future.done()}
            for future in done:
                future.result()
            running -= done
        while receiver.poll():
            yield receiver.recv()
    finally:
        # Interrupted, nothing that has not begun is begun any more.
        pool.shutdown(cancel_futures=True)


POLL = 0.2
"""Seconds to wait for a row before looking whether the workers still live."""


class _Inherited(NamedTuple):
    """In a worker process: what its parent had when it forked."""

    work: Work
    sender: Connection
    lock: Lock


_inherited: list[_Inherited] = []


def _inherit(work: Work, sender: Connection, lock: Lock) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _inherited.append(_Inherited(work, sender, lock))


def _send_rows_of(group: Sequence[Configuration]) -> None:
    work, sender, lock = _inherited[0]
    for row in _rows_of(group, work):
        with lock:
            sender.send(row)


def _rows_of(group: Sequence[Configuration], work: Work) -> Iterator[Row]:
    """Perform the configurations of a group one after another.

    Later rows need what the first one showed, and nobody else does: it does not travel.
    """
    first: Row | None = None
    for configuration in group:
        row = perform(configuration, work, first)
        first = first or replace(row)
        row.shown = []
        yield row


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a migration."""

    name: str
    rows: Sequence[Row]
    """In the order of the plan."""
    planned: int
    """How many there were to be: more than there are when it was interrupted."""
    noise: Counter[tuple[str, str]]
    """Facts that were not compared, as (operation, fact), since they differ by themselves."""
    unseen: Sequence[str] = ()
    """What is the same at every stage, and no recording says that it is right."""

    @property
    def equal(self) -> bool:
        """Whether every configuration was performed, and none showed a difference."""
        return self.whole and not any(row.differences for row in self.rows)

    @property
    def whole(self) -> bool:
        """Whether every configuration was performed."""
        return len(self.rows) == self.planned

    @property
    def tallies(self) -> Counter[str]:
        """What the rows tallied, in all."""
        total: Counter[str] = Counter()
        for row in self.rows:
            total += row.tallies
        return total

    @property
    def intended(self) -> Intended:
        """What the rows set aside, in all."""
        total = Intended()
        for row in self.rows:
            total.add(row.intended)
        return total

    def text(self) -> str:
        """The verdict in one line."""
        count = len(self.rows)
        bad = sum(1 for row in self.rows if row.differences)
        if bad:
            return f"{self.name}: DIFFERENT: {bad} of {count} configurations"
        if not self.whole:
            done = f"{count} of {self.planned} configurations"
            return f"{self.name}: UNFINISHED: {done}, none different"
        counted = {"steps": sum(row.steps for row in self.rows), **self.tallies}
        return ", ".join(
            [
                f"{self.name}: EQUIVALENT: all {count} configurations",
                *(f"{number:,} {name}" for name, number in counted.items()),
            ]
        )

    def json(self) -> Json:
        """The verdict as data."""
        return {
            "name": self.name,
            "equivalent": self.equal,
            "planned": self.planned,
            "noise": {f"{op}.{fact}": count for (op, fact), count in self.noise.items()},
            "unseen": [*self.unseen],
            "rows": [row_json(row) for row in self.rows],
        }


def row_json(row: Row) -> dict[str, Json]:
    """A row as data."""
    return {
        "configuration": str(row.configuration),
        "stage": row.configuration.stage.name,
        "forms": dict(row.configuration.forms),
        "steps": row.steps,
        "tallies": dict(row.tallies),
        "reached": row.reached,
        "goals": row.goals,
        "differences": row.differences,
        "intended": dict(row.intended.entries),
        "followed": row.intended.followed,
        "left_out": row.intended.left_out,
        "ops": dict(row.ops),
        "findings": [finding.json() for finding in row.findings],
        "first": row.first,
        "seconds": round(row.seconds, 3),
    }
