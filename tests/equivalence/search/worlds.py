"""Synthetic projects: a shop of many counters, and faults planted where a test wants them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from memfold.equivalence import (
    HEX,
    UINT,
    BadStep,
    Component,
    Configuration,
    Entry,
    Facts,
    Json,
    Ledger,
    MapRow,
    Migration,
    Op,
    Project,
    Stage,
    Step,
    Trace,
    Vocabulary,
    levels,
    shape,
)

__all__ = ["COUNTERS", "World", "counters", "steps", "trace"]

COUNTERS = 20

OPS = {
    "add": Op({"counter": shape("text"), "by": UINT}, {"result": UINT}, {"note": HEX}),
    "sum": Op({}, {"result": UINT, "raised": shape("text")}),
    "open": Op({}, {"result": UINT}),
    "close": Op({"door": shape("made by open.result")}, {"result": UINT}),
}


@dataclass
class World:
    """A subject of named counters; `fault` sees each step and may change what it shows."""

    configuration: Configuration
    fault: Callable[[World, Step, Facts], None]
    done: list[Step] = field(default_factory=list)
    sums: dict[str, int] = field(default_factory=dict)
    doors: int = 0
    closed: set[int] = field(default_factory=set)

    def perform(self, step: Step) -> Facts:
        self.done.append(step)
        facts: Facts = {"result": self._result(step)}
        if step.op == "add":
            facts["stored"] = [[step.args["counter"], facts["result"]]]
        self.fault(self, step, facts)
        return facts

    def _result(self, step: Step) -> int:
        if step.op == "add":
            name, by = str(step.args["counter"]), step.args["by"]
            assert isinstance(by, int)
            self.sums[name] = self.sums.get(name, 0) + by
            return self.sums[name]
        if step.op == "open":
            self.doors += 1
            return self.doors
        if step.op == "close":
            door = step.args["door"]
            if not isinstance(door, int) or not 0 < door <= self.doors or door in self.closed:
                raise BadStep(f"no open door {door}", "one that was opened")
            self.closed.add(door)
            return len(self.closed)
        return sum(self.sums.values())

    def map(self) -> list[MapRow]:
        return []


def counters(
    fault: Callable[[World, Step, Facts], None],
    stages: Mapping[str, tuple[str, ...]] | None = None,
    entries: tuple[Entry, ...] = (),
    count: int = COUNTERS,
    made: Callable[[Configuration], None] | None = None,
) -> Project:
    """A project whose `fault` is told of every step on every side."""
    stages = stages or {"old": ("old",), "convert": ("old", "new"), "new": ("new",)}
    migration = Migration(
        "shop",
        {name: Stage(name, "", forms) for name, forms in stages.items()},
        {f"c{n}": Component(f"c{n}", ("old", "new")) for n in range(count)},
        "counter",
    )
    ops = {
        name: Op(op.args, {**op.facts, "stored": shape("any")}, op.optional)
        for name, op in OPS.items()
    }
    words = Vocabulary(ops, levels(seen=["result", "raised"], kept=["stored"]))

    def make(configuration: Configuration, _header: Mapping[str, Json]) -> World:
        if made is not None:
            made(configuration)
        return World(configuration, fault)

    return Project(migration, words, make, ledger=Ledger(entries))


def steps(count: int, seed: int = 0, doors: bool = False) -> list[Step]:
    """`count` steps that are always the same for the same `seed`."""
    rng = Random(seed)
    made: list[Step] = []
    opened: list[int] = []
    total = 0
    for _ in range(count):
        kind = rng.randrange(4 if doors else 2)
        if kind == 3 and opened:
            made.append(Step("close", {"door": opened.pop(rng.randrange(len(opened)))}))
        elif kind == 2:
            total += 1
            opened.append(total)
            made.append(Step("open", {}))
        elif kind == 1:
            made.append(Step("sum", {}))
        else:
            args: dict[str, Json] = {
                "counter": f"c{rng.randrange(COUNTERS)}",
                "by": rng.randrange(1000),
            }
            if rng.random() < 0.5:
                args["note"] = "c0de"
            made.append(Step("add", args))
    return made


def trace(made: list[Step]) -> Trace:
    """The trace of the shop with these steps."""
    return Trace("made up", "shop", {}, made)
