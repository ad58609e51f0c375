"""Differences told once, however many configurations showed them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from memfold.equivalence.facts import Json
from memfold.equivalence.finding import Finding
from memfold.equivalence.report.recorded import Recorded, Told

__all__ = ["Group", "groups_of", "untold"]


@dataclass(slots=True)
class Group:
    """One difference, and every configuration that showed it."""

    first: Told
    configurations: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The difference in few words."""
        return title_of(self.first.finding)


def groups_of(recorded: Recorded) -> Sequence[Group]:
    """The differences, those that more configurations showed first, then in the order of the plan.

    Two are the same when the same step of the same trace showed the same instead of the same.
    """
    groups: dict[str, Group] = {}
    for told in recorded.told:
        group = groups.setdefault(_key(told.finding), Group(told))
        name = str(told.finding.configuration)
        if name not in group.configurations:
            group.configurations.append(name)
        if told.maps is not None and group.first.maps is None:
            group.first = told
    return sorted(groups.values(), key=lambda group: -len(group.configurations))


def untold(recorded: Recorded) -> int:
    """How many differences were counted but not kept."""
    return sum(row.differences - len(row.findings) for row in recorded.verdict.rows)


def title_of(finding: Finding) -> str:
    """What differs, in few words: the operation and the facts."""
    if finding.difference is None:
        return finding.wrong
    return f"{finding.difference.step.op}: {', '.join(finding.difference.facts)}"


def _key(finding: Finding) -> str:
    found = finding.difference
    key: list[Json] = [finding.trace, finding.wrong]
    if found is not None:
        key += [found.index, found.step.op, {**found.expected}, {**found.observed}]
    return json.dumps(key, sort_keys=True)
