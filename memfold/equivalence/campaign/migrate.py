"""Walking the plan: every configuration of every stage performs the same steps and shows the same.

Recordings are compared with what was recorded, other steps with the configuration that the plan
begins with at the loosest level, and the same forms at a later stage with the earlier one closer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from memfold.equivalence.campaign.work import Row, Work
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.coverage import Coverage, summed
from memfold.equivalence.facts import Json
from memfold.equivalence.judge import Intended

__all__ = ["Verdict", "coverage_of", "grouped", "row_json"]


def grouped(rows: Iterable[Configuration]) -> list[list[Configuration]]:
    """Configurations with the same forms together, in stage order; the largest groups first."""
    groups: dict[tuple[str, ...], list[Configuration]] = defaultdict(list)
    for row in rows:
        groups[tuple(row.forms.values())].append(row)
    return sorted(groups.values(), key=len, reverse=True)


def coverage_of(work: Work, rows: Iterable[Row]) -> Coverage:
    """What `rows` covered; one that died says nothing of it."""
    performed = (row.covering for row in rows if not row.died)
    return summed(work.cells, performed, work.project.floors)


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
    coverage: Coverage = field(default_factory=Coverage)
    """How much of what there is the steps reached."""

    @property
    def equal(self) -> bool:
        """Whether every configuration was performed, none showed a difference, and what was tried
        is enough to say so."""
        return self.whole and not self._bad and not self.coverage.below

    @property
    def _bad(self) -> int:
        """How many configurations showed a difference."""
        return sum(1 for row in self.rows if row.differences)

    @property
    def status(self) -> int:
        """The exit status: 0 equal, 1 different or not covered, 3 undecided, since some died."""
        if self.equal:
            return 0
        return 3 if self.whole and self._bad and self._only_died else 1

    @property
    def _only_died(self) -> bool:
        """Whether all that is wrong is that some died."""
        return all(row.died for row in self.rows if row.differences)

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
        bad = self._bad
        if bad and self._only_died:
            return f"{self.name}: CRASHED: {bad} of {count} configurations died, none is different"
        if bad:
            return f"{self.name}: DIFFERENT: {bad} of {count} configurations"
        if not self.whole:
            done = f"{count} of {self.planned} configurations"
            return f"{self.name}: UNFINISHED: {done}, none different"
        if below := self.coverage.below:
            name, (reached, floor) = next(iter(below.items()))
            tried = f"{reached:g} % of {name} was tried, not {floor:g} %"
            return f"{self.name}: UNCOVERED: {count} configurations equal, but {tried}"
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
            "coverage": self.coverage.json(),
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
        "died": row.died,
        "differences": row.differences,
        "intended": dict(row.intended.entries),
        "followed": row.intended.followed,
        "left_out": row.intended.left_out,
        "ops": dict(row.ops),
        "covered": f"{row.covered:x}",
        "findings": [finding.json() for finding in row.findings],
        "first": row.first,
        "seconds": round(row.seconds, 3),
    }
