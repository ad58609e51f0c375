"""What came of mutants: which check killed which, after how many steps, in what time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from memfold.equivalence.facts import Json
from memfold.equivalence.mutants.mutant import Mutant

__all__ = ["CRASH", "TIMEOUT", "Matrix", "Outcome", "Result"]

CRASH, TIMEOUT = "crash", "timeout"
"""What kills a mutant beside the checks."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one probe made of a mutant."""

    project: str
    check: str
    probe: str
    steps: int
    seconds: float
    finding: str

    def json(self) -> Json:
        """The outcome as data."""
        return {
            "project": self.project,
            "check": self.check,
            "probe": self.probe,
            "steps": self.steps,
            "seconds": self.seconds,
            "finding": self.finding,
        }


@dataclass(slots=True)
class Result:
    """What came of one mutant."""

    mutant: Mutant
    outcomes: list[Outcome] = field(default_factory=list)
    """In the order in which the probes were made; the last is under way when it crashed."""
    by: str = ""
    """The check that killed it first, or `CRASH` or `TIMEOUT`; empty: it survived."""
    reason: str = ""
    """Of a crash or a timeout: what happened. Of a survivor: why, where that is known."""
    seconds: float = 0.0
    """From the start of the process to its end."""

    @property
    def killed(self) -> bool:
        """Whether anything noticed it."""
        return bool(self.by)

    @property
    def kill(self) -> Outcome | None:
        """The probe that killed it; the one under way when it crashed or hung."""
        if self.by in (CRASH, TIMEOUT):
            return self.outcomes[-1] if self.outcomes else None
        return next((each for each in self.outcomes if each.finding), None)

    @property
    def steps(self) -> int:
        """Steps performed until it was killed, or in all."""
        total = 0
        for each in self.outcomes:
            total += each.steps
            if each.finding:
                break
        return total

    @property
    def finding(self) -> str:
        """What gave it away."""
        kill = self.kill
        return self.reason or ("" if kill is None else kill.finding)

    def cell(self, check: str) -> str:
        """What a check made of it: ``killed``, ``passed``, ``crash``, ``timeout``, or nothing."""
        kill = self.kill
        if self.by in (CRASH, TIMEOUT) and kill is not None and kill.check == check:
            return self.by
        its = [each for each in self.outcomes if each.check == check]
        if any(each.finding for each in its):
            return "killed"
        return "passed" if its else ""

    def json(self) -> Json:
        """The result as data."""
        mutant, kill = self.mutant, self.kill
        checks = dict.fromkeys(each.check for each in self.outcomes)
        return {
            "id": mutant.id,
            "file": mutant.file,
            "kind": mutant.kind,
            "why": mutant.why,
            "expect": mutant.expect,
            "killed_by": self.by,
            "project": "" if kill is None else kill.project,
            "probe": "" if kill is None else kill.probe,
            "steps": self.steps,
            "seconds": round(self.seconds, 3),
            "finding": self.finding,
            "checks": {check: self.cell(check) for check in checks},
        }


@dataclass(slots=True)
class Matrix:
    """The mutants of one run, and what came of them."""

    name: str
    results: Sequence[Result]
    planned: int
    """How many there were to be: more than there are when it was interrupted."""
    seconds: float = 0.0
    false_alarms: Sequence[str] = ()
    """Probes that show a difference without any mutant: kills by them prove nothing."""

    @property
    def killed(self) -> int:
        """How many were noticed."""
        return sum(1 for each in self.results if each.killed)

    @property
    def survivors(self) -> list[Result]:
        """Those that nothing noticed."""
        return [each for each in self.results if not each.killed]

    @property
    def perfect(self) -> bool:
        """Whether all were judged, and all were killed."""
        return self.killed == self.planned and not self.false_alarms

    @property
    def checks(self) -> list[str]:
        """The checks that were made, the cheapest first."""
        order: dict[str, None] = {}
        for each in sorted(self.results, key=lambda result: -len(result.outcomes)):
            order.update(dict.fromkeys(outcome.check for outcome in each.outcomes))
        return [*order]

    @property
    def kinds(self) -> dict[str, tuple[int, int]]:
        """By class of bugs: how many were killed, of how many."""
        found: dict[str, tuple[int, int]] = {}
        for each in self.results:
            killed, total = found.get(each.mutant.kind, (0, 0))
            found[each.mutant.kind] = killed + each.killed, total + 1
        return found

    def verdict(self) -> str:
        """The verdict in one line."""
        done = "" if len(self.results) == self.planned else f" ({len(self.results)} judged)"
        return f"killed {self.killed} of {self.planned}{done}"

    def json(self) -> Json:
        """The matrix as data."""
        return {
            "name": self.name,
            "planned": self.planned,
            "killed": self.killed,
            "survivors": [each.mutant.id for each in self.survivors],
            "false_alarms": [*self.false_alarms],
            "seconds": round(self.seconds, 1),
            "checks": [*self.checks],
            "kinds": {kind: [*counts] for kind, counts in self.kinds.items()},
            "mutants": [each.json() for each in self.results],
        }
