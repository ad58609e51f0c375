"""Saying in words what a step was and where two machines part."""

from __future__ import annotations

from collections.abc import Sequence

from memfold.devices.configuration import Configuration
from memfold.equivalence.compare import Difference, differences, observe
from memfold.equivalence.facts import Facts, Level
from memfold.equivalence.subject import Step
from memfold.harness.subjects.machine_subject import MachineSubject

__all__ = ["compared", "show", "tell"]

CONTEXT = 5
"""Steps shown before the one that differs."""

DECIMAL = frozenset({"ns", "len", "size", "pages", "line", "level", "priority", "id"})


def show(step: Step) -> str:
    """A step in one line, addresses and values in hex."""
    args = (
        f"{name}={value:#x}" if type(value) is int and name not in DECIMAL else f"{name}={value}"
        for name, value in step.args.items()
    )
    return " ".join([step.op, *args])


def tell(
    difference: Difference, steps: Sequence[Step], name: str, against: str, subject: MachineSubject
) -> str:
    """A difference in full: step, both observations, device and form, the steps before it."""
    step, configuration = difference.step, subject.machine.configuration
    line = f" (line {step.line})" if step.line else ""
    lines = [
        f"{configuration}: first difference in {name}, step {difference.index}{line}",
        f"  stage    {configuration.stage.name}",
        f"  device   {subject.culprits(difference)}",
        f"  step     {show(step)}",
        f"  expected {_facts(difference.expected)} ({against})",
        f"  observed {_facts(difference.observed)}",
    ]
    before = steps[max(0, difference.index - CONTEXT) : difference.index]
    if before:
        lines.append("  before it:")
        lines += (f"    {show(earlier)}" for earlier in before)
    return "\n".join(lines)


def compared(one: Configuration, other: Configuration, steps: Sequence[Step]) -> str:
    """The first difference of `other` from `one`, run in lockstep; empty when there is none.

    Machines with the same forms are compared down to every register access.
    """
    left, right = MachineSubject(one), MachineSubject(other)
    level = Level.DEVICE if one.forms == other.forms else Level.GUEST
    found = differences(steps, observe(left, steps), observe(right, steps), level)
    first = next(found, None)
    return "" if first is None else tell(first, steps, "the steps", str(one), right)


def _facts(facts: Facts) -> str:
    if not facts:
        return "nothing"
    return ", ".join(
        f"{name} {value:#x}" if type(value) is int else f"{name} {value}"
        for name, value in facts.items()
    )
