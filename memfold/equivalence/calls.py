"""A subject out of any object: an operation is a method, what it returns is a fact."""

from __future__ import annotations

from collections.abc import Callable

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import BadStep, Step

__all__ = ["Calls", "ShownError"]


class ShownError(TypeError):
    """What a method returned cannot stand in a trace, and nobody said how to show it."""


def as_json(value: object) -> Json:
    """`value` in JSON terms: tuples and other sequences of the kind become lists.

    Raises `ShownError` for anything that JSON has not.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        return [as_json(each) for each in value]
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise ShownError(f"the key {key!r} is no text: give show=")
        return {key: as_json(each) for key, each in value.items()}
    raise ShownError(f"{type(value).__name__} is nothing that JSON has: give show=")


class Calls:
    """Performs a step by calling the method of `target` that is called like the operation.

    Arguments go by name; what comes back is the fact `result`, as `show` shows it.
    """

    def __init__(
        self,
        target: object,
        result: str = "result",
        show: Callable[[object], Json] = as_json,
    ) -> None:
        self._target, self._result, self._show = target, result, show

    def perform(self, step: Step) -> Facts:
        """Call the method; raises `BadStep` when there is none, and what the method raises."""
        method = None if step.op.startswith("_") else getattr(self._target, step.op, None)
        if not callable(method):
            kind = type(self._target).__name__
            raise BadStep(f"{kind} has no method {step.op!r}", "an operation of both sides")
        return {self._result: self._show(method(**step.args))}
