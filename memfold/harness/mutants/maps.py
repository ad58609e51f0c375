"""The check of a board's map against the one that the real machine printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from memfold.equivalence.mutants.checks import Probe, Scope, Shown, map_difference
from memfold.equivalence.plan import plan
from memfold.equivalence.project import Project
from memfold.equivalence.subject import MapRow, map_of
from memfold.harness.recordings.golden import golden

__all__ = ["real_map", "recorded_map"]

ROW = re.compile(r"  ([0-9a-f]{16})-([0-9a-f]{16}) \(prio \d+, ([a-z/]+)\): ([^@]+?)(?: @(\w+))?$")


def real_map(board: str) -> list[MapRow]:
    """The rows of the real machine's flat view of memory."""
    text = (golden("mtree") / f"{board}.flat.txt").read_text()
    (view,) = (view for view in text.split("\n\n") if " Root memory region: system\n" in view)
    rows: list[MapRow] = []
    for line in view.splitlines():
        if match := ROW.match(line):
            start, end = int(match[1], 16), int(match[2], 16)
            offset = int(match[5] or "0", 16)
            rows.append(MapRow(start, end + 1 - start, match[3], match[4], offset))
    return rows


def recorded_map(project: Project, scope: Scope) -> Iterator[Probe]:
    """The real ranges at every stage; once all is native, the names, kinds and offsets too."""
    stages = project.migration.stages
    last = [*stages.values()][-1]
    pure = [row for row in plan(project.migration, 0, scope.seed) if not row.odd]
    for row in sorted(pure, key=lambda row: row.stage is not last):
        yield Probe(str(row), partial(_as_recorded, project, str(row), row.stage is last))


def _as_recorded(project: Project, name: str, closely: bool) -> Shown:
    now = map_of(project.subject(project.parse(name), {})) or []
    what = f"{name}: its map is not the real machine's"
    return Shown(0, map_difference(real_map(project.name), now, what, closely=closely))
