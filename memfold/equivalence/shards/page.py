"""The state of a campaign as one page of HTML, and the files that stand beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from memfold.equivalence.report.document import document
from memfold.equivalence.report.html import Content, tag
from memfold.equivalence.report.matrix import State
from memfold.equivalence.report.parts import codes, mark, more, pairs, section, table
from memfold.equivalence.shards.tally import Failure, Tally
from memfold.equivalence.writing import write_lines, write_text

__all__ = ["BILLION", "MACHINES", "duration", "write_state"]

BILLION = 10**9
MACHINES = 100
"""What the cost is told for: so many steps, and so many machines like this one."""


def write_state(folder: Path, tally: Tally, cores: int) -> None:
    """Write ``index.html`` into the store at `folder`, and the trace of each failure.

    Raises `Unwritable`.
    """
    for failure in tally.failures:
        shrunk = tally.shrunk(failure)
        if shrunk is not None:
            path = folder / tally.trace_of(failure)
            path.parent.mkdir(exist_ok=True)
            write_lines(path, shrunk["lines"])
    write_text(folder / "index.html", page(folder, tally, cores))


def page(folder: Path, tally: Tally, cores: int) -> str:
    """The page; `folder` is where the commands on it find the store."""
    state = State.DIFFERENT if tally.status else State.EQUAL
    facts: list[tuple[str, Content]] = [
        ("shards", f"{tally.shards:,}"),
        ("rows", f"{tally.rows:,}"),
        ("steps", f"{tally.steps:,}"),
        ("failures", f"{len(tally.failures):,}"),
        ("died", f"{len(tally.deaths):,}"),
        ("steps a second and core", f"{tally.rate:,.0f}"),
        ("core-hours", f"{tally.seconds / 3600:,.1f}"),
    ]
    header = tag(
        "header",
        tag("h1", mark(state, tally.project.name, said=True), id="verdict"),
        tag("p", tally.text(), class_="quiet"),
        pairs(facts, "facts"),
    )
    failures = [_failure(tally, each, folder) for each in tally.failures]
    deaths = [
        tag("p", "seed ", str(shard.arguments["seed"]), ": ", codes(_names(shard.arguments)))
        for shard in tally.deaths
    ]
    sections: list[tuple[str, Sequence[Content]]] = [
        ("Failures", failures),
        ("Ended their worker", deaths),
        *_coverage(tally),
        ("Cost", [pairs(_costs(tally, cores))] if tally.rate else []),
    ]
    parts = [section(_name(title), title, *what) for title, what in sections if what]
    return document(f"{tally.project.name}: campaign", header, tag("main", *parts))


def _name(title: str) -> str:
    return title.lower().replace(" ", "-")


def _names(arguments: object) -> list[str]:
    names = arguments["configurations"] if isinstance(arguments, dict) else []
    return [str(each) for each in names]


def _failure(tally: Tally, failure: Failure, folder: Path) -> Content:
    same, shrunk = failure.same, tally.shrunk(failure)
    facts = ", ".join(f"{name} ({kind})" for name, kind in same["facts"])
    about = f", about {', '.join(same['blamed'])}" if same["blamed"] else ""
    title = mark(State.DIFFERENT, f"{same['op']}: {facts}{about}", said=True)
    many = f"rows {failure.count:,}, configurations {len(failure.configurations):,}"
    steps = None
    if shrunk is not None:
        steps = f"{len(shrunk['lines']) - 1:,} of {shrunk['length']:,} steps show it"
    told: list[tuple[str, Content]] = [
        ("seen", many),
        ("shrunk", steps or "not yet, or it did not show again"),
        ("again", tag("code", tally.replay_of(failure, folder))),
        ("in", codes(sorted(failure.configurations))),
    ]
    text = (shrunk or failure.seen)["text"]
    return more(title, tag("pre", text), pairs(told), opened=True)


def _coverage(tally: Tally) -> Iterator[tuple[str, list[Content]]]:
    """A table for all that rows count by name: whatever that is, it has its place here."""
    for name, counts in sorted(tally.counts.items()):
        if not counts:
            continue
        title = f"Coverage: {name}"
        rows = [(tag("code", each), f"{count:,}") for each, count in sorted(counts.items())]
        never = tag("p", "never performed: ", codes(tally.never)) if name == "ops" else None
        shown = never if tally.never else None
        yield title, [table(title, [name, "count"], rows, numbers=[1]), shown]


def _costs(tally: Tally, cores: int) -> list[tuple[str, Content]]:
    return [
        (f"{BILLION:,} steps here, {cores} cores", duration(tally.cost(BILLION, cores))),
        (
            f"{BILLION:,} steps on {MACHINES} machines like this",
            duration(tally.cost(BILLION, cores * MACHINES)),
        ),
    ]


def duration(seconds: float) -> str:
    """Seconds in the unit that suits them."""
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:,.1f} {unit}"
    return f"{seconds:,.1f} seconds"
