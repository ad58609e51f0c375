"""Telling in words what a step was and where a machine went another way."""

from __future__ import annotations

from collections.abc import Sequence

from memfold.devices.configuration import Configuration
from memfold.equivalence.compare import Difference
from memfold.equivalence.facts import Facts
from memfold.equivalence.subject import Step, fault_of
from memfold.harness.subjects.machine_subject import MachineSubject

__all__ = ["crash_text", "difference_text", "step_text"]

CONTEXT = 5
"""Steps shown before the one that differs."""

DECIMAL = frozenset({"ns", "len", "size", "pages", "line", "level", "priority", "id"})


def step_text(step: Step) -> str:
    """A step in one line, addresses and values in hex."""
    args = (
        f"{name}={value:#x}" if type(value) is int and name not in DECIMAL else f"{name}={value}"
        for name, value in step.args.items()
    )
    return " ".join([step.op, *args])


def difference_text(
    difference: Difference, steps: Sequence[Step], name: str, against: str, subject: MachineSubject
) -> str:
    """A difference in full: step, both observations, device and form, the steps before it."""
    step, configuration = difference.step, subject.machine.configuration
    line = f" (line {step.line})" if step.line else ""
    lines = [
        f"{configuration}: first difference in {name}, step {difference.index}{line}",
        f"  stage    {configuration.stage.name}",
        f"  device   {subject.culprits(difference)}",
        f"  step     {step_text(step)}",
        f"  expected {_facts(difference.expected)} ({against})",
        f"  observed {_facts(difference.observed)}",
    ]
    before = steps[max(0, difference.index - CONTEXT) : difference.index]
    if before:
        lines.append("  before it:")
        lines += (f"    {step_text(earlier)}" for earlier in before)
    return "\n".join(lines)


def crash_text(configuration: Configuration, error: Exception) -> str:
    """Of what a machine died that could not even be built."""
    return (
        f"{configuration}: crashed before the first step: {fault_of(error)}\n"
        f"  stage    {configuration.stage.name}"
    )


def _facts(facts: Facts) -> str:
    if not facts:
        return "nothing"
    return ", ".join(
        f"{name} {value:#x}" if type(value) is int else f"{name} {value}"
        for name, value in facts.items()
    )
