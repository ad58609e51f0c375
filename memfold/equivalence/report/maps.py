"""The maps of both sides of a difference, as text: what each had where when they parted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from memfold.equivalence.campaign.work import Work
from memfold.equivalence.compare import act
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Json
from memfold.equivalence.finding import Finding
from memfold.equivalence.plan import reference
from memfold.equivalence.project import Project
from memfold.equivalence.report.contents import near
from memfold.equivalence.subject import MapRow, Step, map_of

__all__ = ["map_text", "maps_at"]

MOST = 50_000
"""Steps that are performed again for a map; a later difference goes without."""


def maps_at(work: Work, finding: Finding) -> tuple[str, str] | None:
    """The map of the configuration that the plan begins with, and the one of `finding`'s own.

    Both after the step that differs, on fresh subjects. None where there is no such step, where a
    subject has no map, or where it crashes on the way.
    """
    difference = finding.difference
    if difference is None or difference.index >= MOST:
        return None
    every = (*work.everywhere, *work.recorded)
    traces = [each for each in every if near(each.path) == finding.trace]
    if not traces:
        return None
    steps = traces[0].steps[: difference.index + 1]
    project, header = work.project, traces[0].header
    old = _map_of(project, reference(project.migration), header, steps)
    new = _map_of(project, finding.configuration, header, steps)
    return (map_text(old), map_text(new)) if old or new else None


def _map_of(
    project: Project,
    configuration: Configuration,
    header: Mapping[str, Json],
    steps: Sequence[Step],
) -> list[MapRow]:
    try:
        subject = project.subject(configuration, header)
        for step in steps:
            act(subject, step)
        return map_of(subject) or []
    except (Exception, SystemExit):  # noqa: BLE001  # that it crashes is told as a difference
        return []


def map_text(rows: Sequence[MapRow]) -> str:
    """A map, one row a line: the range, inclusive and in hex, what answers, the offset in it."""
    lines = []
    for row in rows:
        last = row.start + max(row.size, 1) - 1
        offset = f" +{row.offset:#x}" if row.offset else ""
        lines.append(f"{row.start:016x}-{last:016x} {row.kind:4} {row.name}{offset}")
    return "\n".join(lines) or "nothing"
