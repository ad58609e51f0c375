"""What one step showed: named facts in plain JSON terms, and the levels they are compared at."""

from __future__ import annotations

from enum import Enum
from typing import TypeAlias

__all__ = ["CRASHED", "Facts", "Json", "Level", "at_level"]

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
"""A value that a trace line can hold."""

Facts: TypeAlias = dict[str, Json]
"""One observation: fact name to value, under the names of the trace format.

An absent fact and an empty list say the same: nothing happened.
"""


CRASHED = "crashed"
"""The fact that a subject raised an error of its own at a step: nothing it did after is known.

No recording holds it and no ledger entry may intend it, so it is a difference wherever it appears,
on both sides of a comparison too.
"""


class Level(Enum):
    """How closely two observations are compared; each level includes the one before it."""

    GUEST = "guest"
    """Values, faults, interrupts, output and what stores told a device: all that a guest and the
    hardware exchange. Compared across device forms."""
    DEVICE = "device"
    """And the device callbacks in order. Compared for the same forms across stages."""
    EXACT = "exact"
    """Everything. Compared on the same backend, or against a recording."""


GUEST_FACTS = frozenset(
    {"ret", "data", "fault", "died", "irq", "cpu", "chars", "stores", "now", CRASHED}
)
DEVICE_FACTS = GUEST_FACTS | {"calls"}


def at_level(facts: Facts, level: Level) -> Facts:
    """The part of an observation that counts at `level`, empty lists dropped."""
    if level is Level.GUEST:
        return {k: v for k, v in facts.items() if k in GUEST_FACTS and v != []}
    if level is Level.DEVICE:
        return {k: v for k, v in facts.items() if k in DEVICE_FACTS and v != []}
    return {k: v for k, v in facts.items() if v != []}
