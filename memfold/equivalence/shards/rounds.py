"""A project's campaign: round after round, every configuration performs steps of another seed.

Round `n` is what ``migrate --seed n`` makes up. A shard of it is a few groups of configurations
beside the one that the plan begins with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count

from memfold.equivalence.campaign.made import generated_traces
from memfold.equivalence.campaign.migrate import grouped, row_json
from memfold.equivalence.campaign.work import Row, Work, perform
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Json
from memfold.equivalence.finding import Finding
from memfold.equivalence.plan import plan, reference, with_earlier
from memfold.equivalence.project import Project
from memfold.equivalence.report.plain import plain
from memfold.equivalence.search.recorded import shrunk_lines
from memfold.equivalence.search.shrink import shrink
from memfold.equivalence.search.trial import Target
from memfold.equivalence.shards.shard import Shard

__all__ = ["a_round", "rounds", "rows_of", "shrunk_of"]

TOGETHER = 8
"""Configurations of a shard, about: that many share one run of where the plan begins."""


def rounds(function: str, project: Project, seed: int, ops: int, mixes: int) -> Iterator[Shard]:
    """The shards of the rounds `seed`, `seed` + 1 and so on, without end."""
    for number in count(seed):
        yield from a_round(function, project, number, ops, mixes)


def a_round(function: str, project: Project, seed: int, ops: int, mixes: int) -> Iterator[Shard]:
    """The shards of one round; `function` performs one as `rows_of` does."""
    together: list[Configuration] = []
    groups = grouped(plan(project.migration, mixes, seed))
    for place, group in enumerate(groups, 1):
        together += group
        if len(together) >= TOGETHER or place == len(groups):
            names: list[Json] = [str(each) for each in together]
            about: dict[str, Json] = {"project": project.name, "seed": seed, "ops": ops}
            yield Shard(function, about | {"configurations": names})
            together = []


def rows_of(project: Project, arguments: Mapping[str, Json]) -> Json:
    """What came of a shard of a round: its rows as data, and the first difference in each trace.

    Goals are left out: what a board has to reach it need not reach in every few steps.
    """
    bare = replace(project, traces=(), goals=tuple)
    seed, ops, names = (arguments[each] for each in ("seed", "ops", "configurations"))
    assert isinstance(seed, int)
    assert isinstance(ops, int)
    assert isinstance(names, list)
    groups = grouped(bare.parse(str(name)) for name in names)
    work = Work.of(bare, generated_traces(bare, seed, ops), [row for g in groups for row in g])
    rows: list[Json] = []
    failures: list[Json] = []
    for group in groups:
        first: Row | None = None
        for configuration in group:
            row = perform(configuration, work, first)
            first = first or row
            told = row_json(row)
            del told["seconds"]
            rows.append(plain(told))
            seen = {finding.trace: finding for finding in reversed(row.findings)}
            failures += [_failure(seen[each]) for each in sorted(seen)]
    return {"rows": rows, "failures": failures}


def _failure(finding: Finding) -> Json:
    """The first difference of a trace: what it is known by, and how it is found again."""
    target = Target.of(finding, with_blamed=True)
    assert target is not None  # there are no goals
    configuration = finding.configuration
    old = reference(configuration.migration)
    if finding.against != str(old):
        old = with_earlier(configuration)[0]
    return {
        "same": {
            "op": target.signature.op,
            "facts": [[*each] for each in target.signature.facts],
            "errors": [[*each] for each in target.errors],
            "blamed": [*(target.blamed or ())],
        },
        "old": str(old),
        "new": str(configuration),
        "trace": finding.trace,
        "text": plain(finding.text()),
    }


def shrunk_of(project: Project, arguments: Mapping[str, Json]) -> Json:
    """The fewest steps found that show a failure, as the lines of a trace; None of one that does
    not show again."""
    seed, ops = arguments["seed"], arguments["ops"]
    assert isinstance(seed, int)
    assert isinstance(ops, int)
    old, new = (project.parse(str(arguments[side])) for side in ("old", "new"))
    for trace in generated_traces(project, seed, ops):
        if trace.path == arguments["trace"]:
            found = shrink(project, old, new, trace)
            if found is None:
                return None
            lines: list[Json] = [plain(line) for line in shrunk_lines(project, found)]
            return {
                "lines": lines,
                "length": found.length,
                "whole": found.whole,
                "text": plain(found.finding.text()),
            }
    return None
