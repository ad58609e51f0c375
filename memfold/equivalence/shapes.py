"""What the values in a trace may be: small shapes, and larger ones made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from memfold.equivalence.facts import Json

__all__ = [
    "BOOL",
    "HEX",
    "ID",
    "INT",
    "RESULT",
    "SCALAR",
    "STR",
    "UINT",
    "Shape",
    "choice",
    "either",
    "fields",
    "integer",
    "items",
    "row",
]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value may be."""

    expected: str
    """The same in words, for an error message."""
    admits: Callable[[Json], bool]
    """Whether a value has this shape."""


def integer(low: int, high: int, expected: str) -> Shape:
    """A whole number from `low` to `high`; true and 1.0 are none."""
    return Shape(expected, lambda value: type(value) is int and low <= value <= high)


def choice(*values: str | int) -> Shape:
    """One of `values`."""
    of_a_type = {(type(value), value) for value in values}
    return Shape(
        f"one of {', '.join(map(str, values))}",
        lambda value: isinstance(value, (str, int)) and (type(value), value) in of_a_type,
    )


def either(*shapes: Shape) -> Shape:
    """A value of any of `shapes`."""
    return Shape(
        ", or ".join(shape.expected for shape in shapes),
        lambda value: any(shape.admits(value) for shape in shapes),
    )


def items(shape: Shape, least: int = 0) -> Shape:
    """A list of at least `least` values, each of `shape`."""
    return Shape(
        f"a list{' (not empty)' if least else ''} of: {shape.expected}",
        lambda value: (
            isinstance(value, list) and len(value) >= least and all(map(shape.admits, value))
        ),
    )


def row(*columns: Shape) -> Shape:
    """A list of as many values as there are `columns`, each of its shape."""
    return Shape(
        f"[{', '.join(shape.expected for shape in columns)}]",
        lambda value: (
            isinstance(value, list)
            and len(value) == len(columns)
            and all(shape.admits(item) for shape, item in zip(columns, value, strict=True))
        ),
    )


def fields(shapes: Mapping[str, Shape], required: bool = False) -> Shape:
    """An object with no other keys than those of `shapes`; with all of them when `required`."""

    def admits(value: Json) -> bool:
        return (
            isinstance(value, dict)
            and value.keys() <= shapes.keys()
            and (not required or len(value) == len(shapes))
            and all(shapes[key].admits(item) for key, item in value.items())
        )

    inner = "; ".join(f"{key}: {shape.expected}" for key, shape in shapes.items())
    return Shape(f"an object ({inner})", admits)


HEX_DIGITS = "0123456789abcdef"

UINT = integer(0, 1 << 64, "an integer from 0 to 2^64")
"""Every number is below 2^64, but for a size, which may be 2^64 itself."""
INT = integer(-(1 << 63), 1 << 64, "an integer from -2^63 to 2^64")
BOOL = Shape("true or false", lambda value: type(value) is bool)
STR = Shape("a string", lambda value: isinstance(value, str))
HEX = Shape(
    "an even number of lower-case hex digits",
    lambda value: isinstance(value, str) and len(value) % 2 == 0 and not value.strip(HEX_DIGITS),
)
ID = Shape(
    "a string or an integer from 0",
    lambda value: isinstance(value, str) or (type(value) is int and value >= 0),
)
SCALAR = Shape("a number, a string or null", lambda value: not isinstance(value, (list, dict)))
RESULT = Shape(
    "a number, a string, null, or an object of such",
    lambda value: all(map(SCALAR.admits, value.values() if isinstance(value, dict) else [value])),
)
