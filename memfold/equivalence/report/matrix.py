"""How far each component is proven: at each stage, in each of its forms.

A difference counts for the components that it is about; where nobody knows which those are, for all
that have changed over in that configuration. What is intended is seen best where least else has
changed: it counts for a form when the configurations that say most of it set something aside.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from memfold.equivalence.campaign.work import Row
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.finding import Finding
from memfold.equivalence.plan import reference
from memfold.equivalence.report.recorded import Recorded

__all__ = ["Cell", "State", "about", "cells_of", "concerned", "state_of", "whole_stages"]


class State(Enum):
    """What came of something, with the word and the sign for it."""

    EQUAL = ("equal", "=")
    INTENDED = ("intended", "≈")
    DIFFERENT = ("different", "≠")
    UNFINISHED = ("not run", "…")

    @property
    def word(self) -> str:
        """In words."""
        return self.value[0]

    @property
    def sign(self) -> str:
        """In one character."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Cell:
    """A component in one form at one stage."""

    form: str
    state: State
    planned: int
    """The configurations that have it so."""
    performed: int
    different: int
    """How many of them showed a difference that is about it."""


def state_of(row: Row) -> State:
    """What came of a configuration."""
    if row.differences:
        return State.DIFFERENT
    return State.INTENDED if row.intended.entries else State.EQUAL


def cells_of(recorded: Recorded) -> Mapping[tuple[str, str], Sequence[Cell]]:
    """The forms that each component may have at each stage, by (component, stage)."""
    first = reference(recorded.migration).forms
    rows = {(row.configuration.stage.name, *row.configuration.forms.items()): row
            for row in recorded.verdict.rows}  # fmt: skip
    concern = {key: concerned(row, first) for key, row in rows.items()}
    cells: dict[tuple[str, str], list[Cell]] = {}
    for stage in recorded.migration.stages.values():
        here = [each for each in recorded.planned if each.stage.name == stage.name]
        keys = [(stage.name, *each.forms.items()) for each in here]
        changed = [len(_changed(each, first)) for each in here]
        for component in recorded.migration.components:
            found = cells.setdefault((component, stage.name), [])
            for form in recorded.migration.forms(stage, component):
                mine = [n for n, each in enumerate(here) if each.forms[component] == form]
                done = [n for n in mine if keys[n] in rows]
                different = sum(1 for n in done if component in concern[keys[n]])
                least = min((changed[n] for n in done), default=0)
                aside = form != first.get(component) and any(
                    rows[keys[n]].intended.entries for n in done if changed[n] == least
                )
                state = _state(bool(done), bool(different), aside)
                found.append(Cell(form, state, len(mine), len(done), different))
    return cells


def whole_stages(recorded: Recorded) -> Mapping[str, Cell]:
    """What came of each stage as a whole, by its name."""
    made: dict[str, Cell] = {}
    for name in recorded.migration.stages:
        planned = sum(1 for each in recorded.planned if each.stage.name == name)
        rows = [row for row in recorded.verdict.rows if row.configuration.stage.name == name]
        different = sum(1 for row in rows if row.differences)
        aside = any(row.intended.entries for row in rows)
        state = _state(bool(rows), bool(different), aside)
        made[name] = Cell("", state, planned, len(rows), different)
    return made


def _state(done: bool, different: bool, aside: bool) -> State:
    if not done:
        return State.UNFINISHED
    if different:
        return State.DIFFERENT
    return State.INTENDED if aside else State.EQUAL


def concerned(row: Row, first: Mapping[str, str]) -> set[str]:
    """The components that the differences of `row` are about."""
    return {name for finding in row.findings for name in about(finding, first)}


def about(finding: Finding, first: Mapping[str, str]) -> Collection[str]:
    """The component that a difference is about; where its step names none, those that could be.

    These are the ones that stand out by their form, or all that have changed over since `first`.
    """
    configuration, found = finding.configuration, finding.difference
    odd = configuration.odd
    if finding.blamed and found is not None:
        closest = finding.blamed[0]
        if finding.blamed != tuple(odd) or closest in found.step.args.values():
            return [closest]
    return odd or _changed(configuration, first) or configuration.forms


def _changed(configuration: Configuration, first: Mapping[str, str]) -> list[str]:
    return [name for name, form in configuration.forms.items() if form != first.get(name)]
