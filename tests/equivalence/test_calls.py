"""Any object as a subject."""

from __future__ import annotations

import pytest

from memfold.equivalence import BadStep, Calls, Step
from memfold.equivalence.calls import ShownError


class Box:
    def __init__(self) -> None:
        self.kept: list[object] = []

    def put(self, thing: str, count: int = 1) -> tuple[str, int]:
        self.kept += [thing] * count
        return thing, len(self.kept)

    def all(self) -> dict[str, object]:
        return {f"at {n}": each for n, each in enumerate(self.kept)}

    def numbered(self) -> dict[int, object]:
        return dict(enumerate(self.kept))

    def me(self) -> Box:
        return self

    def _hidden(self) -> int:
        return 1


def test_an_operation_is_a_method_and_what_it_returns_a_fact() -> None:
    subject = Calls(Box())
    step = Step("put", {"thing": "a", "count": 2})
    assert subject.perform(step) == {"result": ["a", 2]}
    assert subject.perform(Step("all", {})) == {"result": {"at 0": "a", "at 1": "a"}}


def test_result_and_how_it_is_shown_can_be_named() -> None:
    subject = Calls(Box(), "ret", show=lambda value: type(value).__name__)
    assert subject.perform(Step("me", {})) == {"ret": "Box"}


@pytest.mark.parametrize("op", ["gone", "_hidden", "kept", "__init__"])
def test_an_operation_that_is_no_method_is_the_traces_fault(op: str) -> None:
    with pytest.raises(BadStep, match=f"Box has no method '{op}'; expected an operation of both"):
        Calls(Box()).perform(Step(op, {}))


def test_what_json_has_not_is_an_error_that_says_so() -> None:
    with pytest.raises(ShownError, match="Box is nothing that JSON has: give show="):
        Calls(Box()).perform(Step("me", {}))
    box = Calls(Box())
    box.perform(Step("put", {"thing": "a"}))
    with pytest.raises(ShownError, match="the key 0 is no text: give show="):
        box.perform(Step("numbered", {}))
