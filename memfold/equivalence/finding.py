"""A difference that was found, with all that is needed to tell of it and to find it again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from memfold.equivalence.compare import Difference
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.plan import reference
from memfold.equivalence.subject import Step, Subject, blamed_by
from memfold.equivalence.texts import printable, value_text

__all__ = ["Finding", "blamed", "facts_text", "step_text"]

CONTEXT = 5
"""Steps shown before the one that differs."""

DECIMAL = frozenset({"ns", "len", "size", "pages", "line", "level", "priority", "id"})


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a configuration went another way."""

    configuration: Configuration
    trace: str
    """The path of the trace, or what its steps are."""
    against: str
    """What it was compared with."""
    difference: Difference | None
    """None of what is no difference at a step: a goal not reached, a process that ended."""
    wrong: str = ""
    """What is wrong where that is no difference at a step."""
    blamed: tuple[str, ...] = ()
    """The components that it is about, the closest first."""
    before: tuple[Step, ...] = ()
    """The last steps before it."""
    vote: str = ""
    """What the forms of the closest component say of it."""

    def text(self) -> str:
        """The finding in full: step, both observations, components and forms, the steps before."""
        if self.difference is None:
            stage = self.configuration.stage.name
            return f"{self.configuration}: {self.wrong}\n  stage    {stage}"
        step, forms = self.difference.step, self.configuration.forms
        line = f" (line {step.line})" if step.line else ""
        who = ", ".join(f"{name} ({forms[name]})" for name in self.blamed)
        noun = self.configuration.migration.noun
        expected, observed = _apart(self.difference.expected, self.difference.observed)
        lines = [
            f"{self.configuration}: first difference in {self.trace}, step"
            f" {self.difference.index}{line}",
            f"  stage    {self.configuration.stage.name}",
            f"  {noun:8} {who or 'none in particular'}" if forms else "",
            f"  vote     {self.vote}" if self.vote else "",
            f"  step     {step_text(step)}",
            f"  expected {facts_text(expected)} ({printable(self.against)})",
            f"  observed {facts_text(observed)}",
            "  before it:" if self.before else "",
            *(f"    {step_text(earlier)}" for earlier in self.before),
        ]
        return "\n".join(line for line in lines if line)

    def json(self) -> Json:
        """The finding as data."""
        found = self.difference
        return {
            "configuration": str(self.configuration),
            "trace": self.trace,
            "against": self.against,
            "wrong": self.wrong,
            "blamed": [*self.blamed],
            "vote": self.vote,
            "index": None if found is None else found.index,
            "step": None if found is None else {"op": found.step.op, **found.step.args},
            "expected": None if found is None else {**found.expected},
            "observed": None if found is None else {**found.observed},
        }


def found_at(
    difference: Difference,
    steps: Sequence[Step],
    trace: str,
    against: str,
    configuration: Configuration,
    subject: Subject,
) -> Finding:
    """The finding that `difference`, found while `steps` were performed, is."""
    before = steps[max(0, difference.index - CONTEXT) : difference.index]
    who = blamed(difference, configuration, subject)
    return Finding(
        configuration, _near(trace), against, difference, blamed=tuple(who), before=tuple(before)
    )


def _near(path: str) -> str:
    """`path` as seen from the working folder, where it is below that."""
    here = f"{Path.cwd()}{os.sep}"
    return printable(path.removeprefix(here))


def blamed(difference: Difference, configuration: Configuration, subject: Subject) -> list[str]:
    """The components that a difference is about, the closest first.

    Those that the step or the differing facts name, those that the subject adds, and whatever
    stands out by its form.
    """
    names = list(_names_in([*difference.step.args.values()]))
    for facts in _apart(difference.expected, difference.observed):
        names += blamed_by(subject, difference.step, facts)
        names += _names_in([*facts.values()])
    names += configuration.odd
    found = [name for name in dict.fromkeys(names) if name in configuration.forms]
    oldest = reference(configuration.migration).forms
    changed = [name for name, form in configuration.forms.items() if form != oldest[name]]
    return found or (changed if len(changed) == 1 else [])


LONG = 8
"""Rows of a fact from which on those are left out that both sides have."""


def _apart(expected: Facts, observed: Facts) -> tuple[Facts, Facts]:
    """Both sides, without the rows of long facts that both have."""
    sides = dict(expected), dict(observed)
    for name in expected.keys() & observed.keys():
        want, got = expected[name], observed[name]
        if isinstance(want, list) and isinstance(got, list) and max(len(want), len(got)) >= LONG:
            sides[0][name] = [row for row in want if row not in got]
            sides[1][name] = [row for row in got if row not in want]
            if sides[0][name] == sides[1][name]:
                sides[0][name], sides[1][name] = want, got
    return sides


def _names_in(values: Iterable[Json]) -> Iterable[str]:
    """The texts in `values`, and in rows of them the first column."""
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list) and value:
            yield from _names_in(value if isinstance(value[0], list) else value[:1])


def step_text(step: Step) -> str:
    """A step in one line, addresses and values in hex."""
    args = (f"{name}={_argument(name, value)}" for name, value in step.args.items())
    return " ".join([printable(step.op), *args])


def _argument(name: str, value: Json) -> str:
    return str(value) if type(value) is int and name in DECIMAL else value_text(value)


def facts_text(facts: Facts) -> str:
    """Facts in one line, numbers in hex."""
    if not facts:
        return "nothing"
    return ", ".join(f"{name} {value_text(value)}" for name, value in facts.items())
