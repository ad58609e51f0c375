"""A migration as its events tell it: all that a report needs, with nothing of the project run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from memfold.equivalence.campaign.migrate import Verdict
from memfold.equivalence.configuration import Configuration, Migration
from memfold.equivalence.finding import Finding
from memfold.equivalence.ledger import Entry

__all__ = ["Performed", "Recorded", "Told"]


@dataclass(frozen=True, slots=True)
class Performed:
    """A sequence of steps that configurations performed."""

    trace: str
    steps: int
    recorded: bool
    """Whether it is a recording, performed by those that it concerns; the others all perform."""


@dataclass(frozen=True, slots=True)
class Told:
    """A difference as it was told."""

    finding: Finding
    maps: tuple[str, str] | None = None
    """The maps after the step that differs: where the plan begins, and the configuration's own."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was to be performed, what came of it, and how it came about."""

    started: float
    """When, in seconds since 1970."""
    made: Mapping[str, str]
    """How: whatever the one who ran it thought worth knowing."""
    version: str
    migration: Migration
    planned: Sequence[Configuration]
    operations: Mapping[str, Sequence[str]]
    """Every operation that the vocabulary has, and the facts it may show."""
    levels: Sequence[tuple[str, Sequence[str]]]
    """From the loosest to the closest, each with the facts that it compares."""
    work: Sequence[Performed]
    ledger: Sequence[Entry]
    """The entries, without their conditions."""
    told: Sequence[Told]
    """The first differences of each configuration, in the order of the plan."""
    verdict: Verdict
