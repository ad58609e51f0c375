"""What a project's campaign came to so far: counts, failures, what is to be done about them."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from memfold.equivalence.campaign.migrate import grouped
from memfold.equivalence.facts import Json
from memfold.equivalence.project import Project
from memfold.equivalence.shards.shard import Shard, canonical

__all__ = ["Failure", "Tally"]


@dataclass(slots=True)
class Failure:
    """A difference that nobody intends, however many rows and rounds show it."""

    name: str
    """Short for what makes it the same one."""
    same: dict[str, Any]
    """The operation, how each fact deviates, the class of an error, the component blamed first."""
    count: int = 0
    configurations: set[str] = field(default_factory=set)
    seen: dict[str, Any] = field(default_factory=dict)
    """The one that is shrunk: the earliest seed's."""
    shard: Shard | None = None
    """The shard that shrinks it."""


class Tally:
    """Counts what the results of `project` hold, those of the code that is here.

    `shrinks` is the function that shrinks; whatever else has rows is counted.
    """

    def __init__(self, project: Project, shrinks: str) -> None:
        self.project, self.shrinks = project, shrinks
        self.shards = self.rows = self.steps = self.others = 0
        """`others` are results of other code, which count for nothing."""
        self.seconds = 0.0
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """Whatever rows count by name, added up: operations, say."""
        self._failures: dict[str, Failure] = {}
        self._shrunk: dict[str, dict[str, Any]] = {}
        self._dead: dict[str, Shard] = {}
        self._keys: set[str] = set()

    def add(self, key: str, content: dict[str, Any], seconds: float) -> None:
        """Count a result."""
        shard = Shard(content["function"], content["arguments"])
        if shard.key != key:
            self.others += 1
            return
        self._keys.add(key)
        if shard.function == self.shrinks:
            self._shrunk[key] = content
            return
        self.shards += 1
        self.seconds += seconds
        if "died" in content:
            self._dead[key] = shard
            return
        for row in content["result"]["rows"]:
            self.rows += 1
            self.steps += row["steps"]
            for name, value in row.items():
                self.counts[name].update(dict(_numbers(value)) if isinstance(value, dict) else {})
        for each in content["result"]["failures"]:
            self._failed(each, shard)

    def _failed(self, seen: dict[str, Any], shard: Shard) -> None:
        name = hashlib.sha256(canonical(seen["same"]).encode()).hexdigest()[:12]
        failure = self._failures.setdefault(name, Failure(name, seen["same"]))
        failure.count += 1
        failure.configurations.add(seen["new"])
        seed, ops = shard.arguments["seed"], shard.arguments["ops"]
        arguments = {"project": self.project.name, "seed": seed, "ops": ops} | {
            each: seen[each] for each in ("old", "new", "trace")
        }
        if failure.shard is None or _order(arguments) < _order(failure.shard.arguments):
            failure.seen, failure.shard = seen, Shard(self.shrinks, arguments)

    @property
    def failures(self) -> list[Failure]:
        """The failures, the earliest first. Those that shrinking showed to take the very same steps
        are one, whatever components they seemed to be about."""
        found: dict[str, Failure] = {}
        for each in sorted(self._failures.values(), key=_place):
            shrunk = self.shrunk(each)
            alike = each.name
            if shrunk is not None:
                alike = canonical([shrunk["lines"][1:], {**each.same, "blamed": []}])
            first = found.get(alike)
            if first is None:
                found[alike] = replace(each)
            else:
                first.count += each.count
                first.configurations = first.configurations | each.configurations
        return [*found.values()]

    @property
    def deaths(self) -> list[Shard]:
        """The shards that ended their workers; those of several groups only until the groups have
        been performed one by one."""
        return [
            shard
            for shard in self._dead.values()
            if not (parts := self._parts(shard))
            or any(each.key not in self._keys for each in parts)
        ]

    @property
    def status(self) -> int:
        """The exit status: 0 nothing wrong, 1 different, 3 some ended their workers."""
        return 1 if self._failures else 3 if self._dead else 0

    @property
    def rate(self) -> float:
        """Steps that a core performs in a second."""
        return self.steps / self.seconds if self.seconds else 0.0

    def cost(self, steps: int, cores: int) -> float:
        """The seconds in which `cores` perform `steps`, if each is as fast as these were."""
        return steps / (self.rate * cores) if self.rate else 0.0

    @property
    def never(self) -> list[str]:
        """The operations that were never made up; a project with steps of its own knows best."""
        names = self.project.vocabulary.named() if self.project.steps is None else ()
        return [each for each in names if not self.counts["ops"][each]]

    def text(self) -> str:
        """The state in one line."""
        name = self.project.name
        done = f"{self.shards:,} shards, {self.rows:,} rows, {self.steps:,} steps"
        if count := len(self.failures):
            return f"{name}: DIFFERENT: {count:,} failure{'s' * (count > 1)} in {done}"
        if self._dead:
            return f"{name}: CRASHED: {len(self.deaths)} shards ended their worker, in {done}"
        return f"{name}: EQUIVALENT so far: {done}"

    def trace_of(self, failure: Failure) -> Path:
        """Where the shrunk trace of `failure` is, in the folder of the store."""
        return Path("failures") / f"{failure.name}.jsonl"

    def replay_of(self, failure: Failure, folder: Path) -> str:
        """The command that shows `failure`, with the store in `folder`."""
        assert failure.shard is not None
        old, new, seed, ops = (failure.shard.arguments[n] for n in ("old", "new", "seed", "ops"))
        if self.shrunk(failure) is None:
            return f"memfold shrink '{new}' --against '{old}' --seed {seed} --ops {ops}"
        return f"memfold compare '{old}' '{new}' --trace {folder / self.trace_of(failure)}"

    def json(self) -> Json:
        """The state as data."""
        return {
            "name": self.project.name,
            "status": self.status,
            "shards": self.shards,
            "rows": self.rows,
            "steps": self.steps,
            "seconds": round(self.seconds, 3),
            "rate": round(self.rate, 1),
            "others": self.others,
            "counts": {name: {**each} for name, each in sorted(self.counts.items()) if each},
            "never": [*self.never],
            "died": [{**shard.arguments} for shard in self.deaths],
            "failures": [
                {
                    "name": each.name,
                    "same": each.same,
                    "count": each.count,
                    "configurations": [*sorted(each.configurations)],
                    "seen": each.seen,
                    "shrunk": self.shrunk(each),
                }
                for each in self.failures
            ],
        }

    def shrunk(self, failure: Failure) -> dict[str, Any] | None:
        """What shrinking `failure` came to; None before, and where it does not show again."""
        content = None if failure.shard is None else self._shrunk.get(failure.shard.key)
        found: dict[str, Any] | None = None if content is None else content.get("result")
        return found

    def remaining(self) -> Iterator[Shard]:
        """What to do about failures: find out which group ended a worker, shrink each failure."""
        for shard in self._dead.values():
            yield from self._parts(shard)
        for failure in self._failures.values():
            if failure.shard is not None:
                yield failure.shard

    def _parts(self, shard: Shard) -> list[Shard]:
        """A shard for each group of `shard`, if there are several."""
        names = shard.arguments["configurations"]
        assert isinstance(names, list)
        groups = grouped(self.project.parse(str(name)) for name in names)
        if len(groups) == 1:
            return []
        parts: list[list[Json]] = [[str(each) for each in group] for group in groups]
        return [
            Shard(shard.function, {**shard.arguments, "configurations": part}) for part in parts
        ]


def _place(failure: Failure) -> tuple[int, int, str, int, str]:
    assert failure.shard is not None
    return _order(failure.shard.arguments)


def _order(arguments: Mapping[str, Any]) -> tuple[int, int, str, int, str]:
    """The earliest seed first; of its traces and configurations that with the shortest name."""
    trace, new = arguments["trace"], arguments["new"]
    return arguments["seed"], len(trace), trace, len(new), new


def _numbers(value: dict[str, Any], above: str = "") -> Iterator[tuple[str, int]]:
    """The numbers in `value`, by their names, however deep."""
    for name, each in value.items():
        if isinstance(each, dict):
            yield from _numbers(each, f"{above}{name} ")
        elif type(each) is int:
            yield f"{above}{name}", each
