"""The checks that may kill a mutant, each as probes that are made until one shows a difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from memfold.equivalence.campaign.lockstep import beside, closeness
from memfold.equivalence.campaign.made import generated_traces, own_runs
from memfold.equivalence.campaign.replaying import first_difference
from memfold.equivalence.campaign.work import Row, Work, perform
from memfold.equivalence.compare import differences, observe
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Facts
from memfold.equivalence.finding import facts_text, found_at, step_text
from memfold.equivalence.judge import Intended, judge
from memfold.equivalence.plan import plan, reference, with_earlier
from memfold.equivalence.project import Project
from memfold.equivalence.subject import MapRow, map_of
from memfold.equivalence.trace import Trace, read_traces
from memfold.errors import BadInput

__all__ = ["CHECKS", "Check", "Probe", "Scope", "Shown", "touched_by"]


class Shown(NamedTuple):
    """What a probe showed."""

    steps: int
    """Performed until the finding, or in all."""
    finding: str = ""
    """What is different, told in full; empty: nothing."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing to try; its name tells it from the others of its check."""

    name: str
    run: Callable[[], Shown]


ROWS = 30
"""Where a plan has more configurations, those of one component are for mutants that touch it."""


RUNS = 3
"""How much more is tried of a project that makes runs: they end with the first that shows a bug."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look."""

    touched: tuple[str, ...] = ()
    """The components that the mutant may show in; none: anywhere."""
    ops: int = 20_000
    seed: int = 2011
    mixes: int = 4
    """Mixes of forms, where no component is meant in particular."""
    only: tuple[str, ...] = ()
    """The probes to make, by name; none: all."""


Check: TypeAlias = Callable[[Project, Scope], Iterator[Probe]]
"""The probes of a check for a project, the cheapest first; none where it has no such thing."""


def touched_by(project: Project, path: Path) -> tuple[str, ...]:
    """The components that a file is of, or that have a file in a folder of their own beside it."""
    roots = {root.resolve() for root in project.sources.paths}
    real = path.resolve()
    found: list[str] = []
    for name, component in project.migration.components.items():
        files = {(root / file).resolve() for root in roots for file in component.files.values()}
        folders = {file.parent for file in files} - roots
        if real in files or real.parent in folders:
            found.append(name)
    return tuple(found)


def _rows(project: Project, scope: Scope) -> list[Configuration]:
    """The configurations that may show it: where only what is touched stands out, then the pure
    ones, then mixes."""
    if scope.only:
        return [project.parse(name.rpartition(" on ")[2]) for name in scope.only]
    mixes = 0 if scope.touched else scope.mixes
    touched = set(scope.touched)
    rows = plan(project.migration, mixes, scope.seed)
    if touched or len(rows) > ROWS:
        rows = [row for row in rows if row.odd.keys() <= touched or row.is_mix]
    return sorted(rows, key=lambda row: (row.is_mix, not row.odd))


def maps(project: Project, scope: Scope) -> Iterator[Probe]:
    """Every pure configuration has the ranges of the first."""
    first = reference(project.migration)
    if map_of(project.subject(first, {})) is None:
        return
    for row in _rows(project, scope):
        if str(row) != str(first) and not row.odd:
            yield Probe(str(row), partial(_same_map, project, first, row))


def _same_map(project: Project, one: Configuration, other: Configuration) -> Shown:
    was, now = (map_of(project.subject(each, {})) or [] for each in (one, other))
    return Shown(
        0, map_difference(was, now, f"{other}: its map is not that of {one}", closely=False)
    )


def map_difference(
    was: Sequence[MapRow], now: Sequence[MapRow], what: str, *, closely: bool
) -> str:
    """Where two maps part, `closely` by what answers too; empty where they do not."""
    for old, new in zip([*was, *[None] * len(now)], [*now, *[None] * len(was)], strict=False):
        same = old == new if closely or old is None or new is None else old[:2] == new[:2]
        if not same:
            return f"{what}\n  expected {_row_text(old)}\n  observed {_row_text(new)}"
    return ""


def _row_text(row: MapRow | None) -> str:
    if row is None:
        return "nothing more"
    return f"{row.start:#x}-{row.start + row.size - 1:#x} {row.kind} {row.name} @{row.offset:#x}"


def generated(project: Project, scope: Scope) -> Iterator[Probe]:
    """What `migrate` does with steps that are made up."""
    if project.runs is not None:
        yield from _side_by_side(project, scope, own_runs(project, scope.seed, RUNS * scope.ops))
        return
    try:
        traces = generated_traces(project, scope.seed, scope.ops)
    except BadInput:
        return  # steps of this project cannot be made up
    work = Work.of(project, traces, [])
    work = replace(work, recorded=[])
    done: dict[str, Row] = {}
    for row in _rows(project, scope):
        yield Probe(str(row), partial(_performed, work, row, done))


def _side_by_side(project: Project, scope: Scope, traces: Iterable[Trace]) -> Iterator[Probe]:
    """Trace by trace, each on every configuration: most bugs show in one of the first."""
    first = reference(project.migration)
    rows = [row for row in _rows(project, scope) if str(row) != str(first)]
    for trace in traces:
        shown = _Kept(_shown_by(project, first, trace))
        for row in rows:
            name = f"{trace.path} on {row}"
            yield Probe(name, partial(_run_beside, project, trace, first, row, shown))


def _shown_by(project: Project, configuration: Configuration, trace: Trace) -> Iterator[Facts]:
    yield from observe(project.subject(configuration, trace.header), trace.steps)


_T = TypeVar("_T")


class _Kept(Generic[_T]):
    """What comes of an iterator, again and again: asked for once, and no further than one asks."""

    def __init__(self, rest: Iterator[_T]) -> None:
        self._kept: list[_T] = []
        self._rest = rest

    def __iter__(self) -> Iterator[_T]:
        yield from self._kept
        for each in self._rest:
            self._kept.append(each)
            yield each


def _run_beside(
    project: Project, trace: Trace, one: Configuration, other: Configuration, shown: Iterable[Facts]
) -> Shown:
    """Compare what `other` shows with what `one` has `shown`."""
    subject, level = project.subject(other, trace.header), closeness(project, one, other)
    found = differences(trace.steps, shown, observe(subject, trace.steps), level)
    again = beside(project, one, other, trace, level)
    for left in judge(trace, found, project.in_force(), str(other), again, Intended()):
        finding = found_at(left, trace.steps, trace.path, str(one), other, subject)
        return Shown(left.index + 1, finding.text())
    return Shown(len(trace.steps))


def _performed(work: Work, configuration: Configuration, done: dict[str, Row]) -> Shown:
    *before, itself = with_earlier(configuration)
    earlier: Row | None = None
    for each in before:
        earlier = done.get(str(each)) or perform(each, work, None)
    row = perform(itself, work, earlier)
    if not itself.odd:
        done[str(itself)] = row
    if not row.findings:
        return Shown(row.steps)
    found = row.findings[0]
    return Shown(0 if found.difference is None else found.difference.index + 1, found.text())


def recorded(project: Project, scope: Scope) -> Iterator[Probe]:
    """What was recorded comes out: of the components touched, and on the rows that may show it."""
    stages = project.migration.stages
    name = project.family or project.name
    rows = _rows(project, replace(scope, mixes=0))
    if not scope.touched and not scope.only:  # what every form has, one form a stage shows
        pure = {row.stage.name: row for row in reversed(rows) if not row.odd}
        rows = [*pure.values()][::-1]
    # The last stage and the first are made of the least, and are the quickest.
    quick = [] if scope.only else [row for row in rows if not row.odd]
    ordered = {str(row): row for row in (*quick[-1:], *quick[:1], *rows)}

    def wanted(header: Mapping[str, object]) -> bool:
        if header.get("machine", project.name) != project.name:
            return False
        about = project.about(header)  # type: ignore[arg-type]  # a header is JSON
        if about is None or not scope.touched:
            return about is None or bool(about)
        # What is of no component, as a whole board's recording, is of all of them.
        named = {*about} & project.migration.components.keys()
        return bool(named & {*scope.touched} if named else about)

    found = read_traces(project.traces, {name: project.vocabulary}, wanted)
    if project.migration.components:
        traces = _Kept(project.checked(trace) for trace in found)
        for configuration in ordered.values():
            for trace in traces:
                about = project.about(trace.header)
                if about is None or configuration.odd.keys() <= {*about}:
                    yield _replaying(project, trace, configuration)
        return
    for trace in found:
        own = [*stages][-1] if project.stage_for is None else project.stage_for(trace.header)
        for stage in dict.fromkeys((own, *stages)):
            yield _replaying(project, trace, project.parse(stage))


def _replaying(project: Project, trace: Trace, configuration: Configuration) -> Probe:
    short = "/".join(Path(trace.path).parts[-3:])
    name = f"{short} on {configuration}"
    return Probe(name, partial(_replayed, project, trace, configuration, name))


def _replayed(project: Project, trace: Trace, configuration: Configuration, name: str) -> Shown:
    first = first_difference(project, trace, configuration)
    if first is None:
        return Shown(len(trace.steps))
    fact = first.facts[0]
    sides = [
        facts_text({fact: facts[fact]}) if fact in facts else "nothing"
        for facts in (first.expected, first.observed)
    ]
    text = (
        f"{name}: first difference at step {first.index} (line {first.step.line})\n"
        f"  step     {step_text(first.step)}\n"
        f"  expected {sides[0]} (recorded)\n  observed {sides[1]}"
    )
    return Shown(first.index + 1, text)


CHECKS: Mapping[str, Check] = {"map": maps, "recorded": recorded, "generated": generated}
"""The checks of every project, the cheapest first."""
