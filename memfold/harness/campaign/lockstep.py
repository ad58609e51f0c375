"""Two machines perform the same steps, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from memfold.devices.configuration import Configuration
from memfold.equivalence.compare import differences, observe
from memfold.equivalence.facts import Level
from memfold.equivalence.subject import Step
from memfold.harness.campaign.tell import crash_text, difference_text
from memfold.harness.subjects.machine_subject import MachineSubject

__all__ = ["first_difference"]


def first_difference(one: Configuration, other: Configuration, steps: Sequence[Step]) -> str:
    """The first difference of `other` from `one`, told in full; empty when there is none.

    Machines with the same forms are compared down to every register access. A crash of either is a
    difference.
    """
    machines = []
    for configuration in (one, other):
        try:
            machines.append(MachineSubject(configuration))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the machine's own
            return crash_text(configuration, error)
    left, right = machines
    level = Level.DEVICE if one.forms == other.forms else Level.GUEST
    found = differences(steps, observe(left, steps), observe(right, steps), level)
    first = next(found, None)
    return "" if first is None else difference_text(first, steps, "the steps", str(one), right)
