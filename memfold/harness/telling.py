"""Saying in words what a step was and where two machines part."""

from __future__ import annotations

from collections.abc import Sequence

from memfold.equivalence.compare import Difference
from memfold.equivalence.facts import Facts
from memfold.equivalence.subject import Step
from memfold.harness.machine_subject import MachineSubject

__all__ = ["show", "tell"]

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
        f"  device   {subject.culprit(step)}",
        f"  step     {show(step)}",
        f"  expected {_facts(difference.expected)} ({against})",
        f"  observed {_facts(difference.observed)}",
    ]
    before = steps[max(0, difference.index - CONTEXT) : difference.index]
    if before:
        lines.append("  before it:")
        lines += (f"    {show(earlier)}" for earlier in before)
    return "\n".join(lines)


def _facts(facts: Facts) -> str:
    if not facts:
        return "nothing"
    return ", ".join(
        f"{name} {value:#x}" if type(value) is int else f"{name} {value}"
        for name, value in facts.items()
    )
