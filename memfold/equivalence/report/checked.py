"""Objects of a file as checked: every value has the shape that it has to have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.shapes import Shape
from memfold.equivalence.subject import Step
from memfold.errors import BadInput

__all__ = ["Bad", "Fields", "checked"]


class Bad(BadInput):
    """What an event says cannot be."""


class Fields:
    """An object whose values have the shapes they must have, so that each is what it is called."""

    def __init__(self, values: Mapping[str, Json]) -> None:
        self._values = values

    def has(self, key: str) -> bool:
        """Whether there is such a value."""
        return key in self._values

    def value(self, key: str) -> Json:
        """The value."""
        return self._values[key]

    def text(self, key: str) -> str:
        """The text; empty where there is none."""
        return str(self._values.get(key, ""))

    def number(self, key: str) -> int:
        """The count."""
        value = self._values[key]
        return value if isinstance(value, int) else 0

    def seconds(self, key: str) -> float:
        """The seconds."""
        value = self._values[key]
        return float(value) if isinstance(value, (int, float)) else 0.0

    def fields(self, key: str) -> Fields:
        """The object."""
        value = self._values[key]
        return Fields(value if isinstance(value, dict) else {})

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts."""
        value = self._values[key]
        return tuple(map(str, value)) if isinstance(value, list) else ()

    def counts(self, key: str) -> Counter[str]:
        """The counts by name."""
        value = self._values[key]
        pairs = value.items() if isinstance(value, dict) else ()
        return Counter({name: n for name, n in pairs if isinstance(n, int)})

    def numbers(self, key: str) -> dict[str, float]:
        """The numbers by name."""
        value = self._values[key]
        pairs = value.items() if isinstance(value, dict) else ()
        return {name: each for name, each in pairs if isinstance(each, (int, float))}

    def strings(self, key: str) -> dict[str, str]:
        """The texts by name."""
        value = self._values[key]
        return {name: str(v) for name, v in value.items()} if isinstance(value, dict) else {}

    def step(self) -> Step:
        """This object as a step."""
        return Step(self.text("op"), self.facts("args"), {}, self.number("line"))

    def facts(self, key: str) -> Facts:
        """The facts, or arguments."""
        value = self._values[key]
        return dict(value) if isinstance(value, dict) else {}

    def objects(self, key: str) -> Iterator[Fields]:
        """The list of objects."""
        value = self._values[key]
        for each in value if isinstance(value, list) else ():
            yield Fields(each if isinstance(each, dict) else {})

    def lists(self, key: str) -> Iterator[tuple[str, list[Json]]]:
        """The lists by name."""
        value = self._values[key]
        for name, each in value.items() if isinstance(value, dict) else ():
            yield name, each if isinstance(each, list) else []

    def rows(self, key: str) -> Iterator[list[Json]]:
        """The list of lists."""
        value = self._values[key]
        for each in value if isinstance(value, list) else ():
            yield each if isinstance(each, list) else []


def checked(values: Mapping[str, Json] | Fields, shapes: Mapping[str, Shape], what: str) -> Fields:
    """`values` of `what`, with all of `shapes` and no more (``key?`` may be missing).

    Raises `Bad` naming the key.
    """
    given = values._values if isinstance(values, Fields) else values
    known = {key.removesuffix("?"): shape for key, shape in shapes.items()}
    for key, value in given.items():
        if key not in known:
            raise Bad(f"{what} with {key[:40]!r}", f"one of {', '.join(known)}")
        if not known[key].admits(value):
            raise Bad(f"{what}: {key} is {_shown(value)}", known[key].expected[:200])
    for key in shapes:
        if not key.endswith("?") and key not in given:
            raise Bad(f"{what} without {key}", known[key].expected[:200])
    return Fields(given)


def _shown(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:40]}..."
