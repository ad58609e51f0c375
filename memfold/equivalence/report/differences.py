"""Differences told once, however many steps and configurations showed them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from memfold.equivalence.compare import signature
from memfold.equivalence.facts import Json
from memfold.equivalence.finding import Finding, step_text
from memfold.equivalence.plan import reference
from memfold.equivalence.report.matrix import about
from memfold.equivalence.report.recorded import Recorded, Told

__all__ = ["Group", "groups_of", "untold"]

WIDTH = 80
"""Characters of a title, about."""


@dataclass(slots=True)
class Group:
    """A kind of difference, the steps that showed it, and every configuration that did."""

    first: Told
    witnesses: dict[str, Told] = field(default_factory=dict)
    """One for each step, by all that was different there."""
    configurations: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """The first of them in few words: the step, and the facts that differ."""
        found = self.first.finding.difference
        if found is None:
            return _short(self.first.finding.wrong)
        return f"{_short(step_text(found.step))}: {_short(', '.join(found.facts))}"


def _short(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}..."


def groups_of(recorded: Recorded) -> Sequence[Group]:
    """The differences, those that more configurations showed first, then in the order of the plan.

    Two are of a kind when the same facts deviate in the same way, at the same operation, and are
    about the same components. The first is the one with the fewest steps before it.
    """
    forms = reference(recorded.migration).forms
    groups: dict[object, Group] = {}
    for told in recorded.told:
        finding = told.finding
        found = finding.difference
        kind = finding.wrong if found is None else signature(found)
        group = groups.setdefault((kind, frozenset(about(finding, forms))), Group(told))
        group.witnesses.setdefault(_key(finding), told)
        name = str(finding.configuration)
        if name not in group.configurations:
            group.configurations.append(name)
        if _place(told) < _place(group.first):
            group.first = told
    return sorted(groups.values(), key=lambda group: -len(group.configurations))


def _place(told: Told) -> tuple[int, bool]:
    """How early a difference came; among the earliest one with maps goes first."""
    found = told.finding.difference
    return (0 if found is None else found.index), told.maps is None


def untold(recorded: Recorded) -> int:
    """How many differences were counted but not kept."""
    return sum(row.differences - len(row.findings) for row in recorded.verdict.rows)


def _key(finding: Finding) -> str:
    found = finding.difference
    key: list[Json] = [finding.trace, finding.wrong]
    if found is not None:
        key += [found.index, found.step.op, {**found.expected}, {**found.observed}]
    return json.dumps(key, sort_keys=True)
