"""What one step showed: named facts in plain JSON terms, and the levels they are compared at."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias

from memfold.errors import BadInput

__all__ = [
    "CRASHED",
    "RAISED",
    "Facts",
    "Json",
    "Level",
    "Undeclared",
    "at_level",
    "levels",
    "same",
]

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
"""A value that a trace line can hold."""

Facts: TypeAlias = dict[str, Json]
"""One observation: fact name to value, under the names that a vocabulary declares.

An absent fact and an empty list say the same: nothing happened.
"""


CRASHED = "crashed"
"""The fact that a subject raised an error of its own at a step: nothing it did after is known.

No recording holds it, no level leaves it out and no ledger entry may intend it, so it is a
difference wherever it appears, on both sides of a comparison too.
"""

RAISED = "raised"
"""The fact that a step raised, as the exception's class and message.

Where a vocabulary declares it, an exception is an answer like any other; elsewhere it is a crash.
"""


def same(one: object, other: object) -> bool:
    """Whether two JSON values are the same text: 1, 1.0 and true are three, 0.0 and -0.0 two, and
    not-a-number is itself."""
    kind = type(one)
    if kind is not type(other):
        return False
    if kind is int or kind is str:
        return one == other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return repr(one) == repr(other) if kind is float else one == other


class Undeclared(BadInput):
    """A subject showed a fact that its vocabulary does not declare: no level would compare it."""


@dataclass(frozen=True, slots=True)
class Level:
    """How closely two observations are compared: the facts that count."""

    name: str
    facts: frozenset[str]
    declared: frozenset[str]
    """The facts of all levels. One that is not even here is an error wherever it would count."""


def levels(**adds: Collection[str]) -> tuple[Level, ...]:
    """Levels from the loosest to the closest, each with what it adds to the one before.

    The first is compared between subjects whose components differ in form, the second (if there
    is one) between the same forms at different stages, the last with a recording.
    """
    declared = frozenset().union(*adds.values())
    made: list[Level] = []
    sofar: frozenset[str] = frozenset()
    for name, more in adds.items():
        sofar |= frozenset(more)
        made.append(Level(name, sofar, declared))
    return tuple(made)


def at_level(facts: Facts, level: Level) -> Facts:
    """The part of an observation that counts at `level`, empty lists dropped.

    Raises `Undeclared` for a fact of no level.
    """
    counted: Facts = {}
    for name, value in facts.items():
        if name in level.facts or name == CRASHED:
            if value != []:
                counted[name] = value
        elif name not in level.declared:
            known = ", ".join(sorted(level.declared))
            raise Undeclared(f"fact {name!r} is compared at no level", f"one of {known}")
    return counted
