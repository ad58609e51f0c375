"""What every report says alike: the verdict in words, how long an entry of the ledger still has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from memfold.equivalence.ledger import Entry
from memfold.equivalence.report.matrix import State
from memfold.equivalence.report.recorded import Recorded

__all__ = ["Counted", "Use", "count_text", "headline", "started_text", "uses_of"]

SOON = 30
"""Days before its end from which an entry is told of."""


class Counted(Protocol):
    """How many call sites were left on a day; a record of the ratchet is one."""

    @property
    def day(self) -> date:
        """When they were counted."""

    @property
    def old(self) -> int:
        """Calls of the old API."""

    @property
    def new(self) -> int:
        """Calls of the new one."""

    @property
    def label(self) -> str:
        """What happened then."""


@dataclass(frozen=True, slots=True)
class Use:
    """An entry of the ledger, and what this run had of it."""

    entry: Entry
    facts: int
    """How many facts it explains."""
    days: int | None
    """Until it expires; None where that is no day."""
    expired: bool

    @property
    def soon(self) -> bool:
        """Whether its time is over, or will be before long."""
        return self.expired or (self.days is not None and self.days <= SOON)

    def time_text(self) -> str:
        """How long it still has."""
        expires = self.entry.expires
        if expires is None:
            return "never expires"
        if self.days is None:
            return f"expired at version {expires}" if self.expired else f"until version {expires}"
        if self.days <= 0:
            return f"expired {expires}, {_days(-self.days)} ago" if self.days else "expired today"
        return f"{_days(self.days)} left, until {expires}"


def _days(count: int) -> str:
    return f"{count:,} day{'' if count == 1 else 's'}"


def uses_of(recorded: Recorded, today: date) -> Sequence[Use]:
    """The ledger as of `today`: what is expired first, then what expires soonest."""
    counts = recorded.verdict.intended.entries
    uses = []
    for entry in recorded.ledger:
        days = (entry.expires - today).days if isinstance(entry.expires, date) else None
        expired = _expired(entry, today, recorded.version)
        uses.append(Use(entry, counts[entry.id], days, expired))
    return sorted(uses, key=lambda use: (not use.expired, use.days is None, use.days or 0))


def _expired(entry: Entry, today: date, version: str) -> bool:
    try:
        return entry.expired(today, version)
    except ValueError:  # a version that is none
        return False


def headline(recorded: Recorded) -> tuple[State, str]:
    """The verdict in one word, and what stands for it."""
    verdict = recorded.verdict
    if any(row.differences for row in verdict.rows):
        return State.DIFFERENT, "different"
    if not verdict.whole:
        return State.UNFINISHED, "unfinished"
    if verdict.coverage.below:
        return State.UNFINISHED, "uncovered"
    return State.EQUAL, "equivalent"


def started_text(recorded: Recorded) -> str:
    """When it was performed."""
    return f"{datetime.fromtimestamp(recorded.started, UTC):%Y-%m-%d %H:%M} UTC"


def count_text(performed: int, planned: int, different: int) -> str:
    """How many configurations there are, and what of it is not as it should be."""
    if different:
        return f"{different:,} of {performed:,}"
    return f"{performed:,}" if performed == planned else f"{performed:,} of {planned:,} run"
