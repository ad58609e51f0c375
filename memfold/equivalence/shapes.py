"""What the values in a trace may be: small shapes, and larger ones made of them.

A shape admits values, says in words what it admits, and, where that makes sense, makes one up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from memfold.equivalence.facts import Json
from memfold.errors import BadInput

__all__ = [
    "ANY",
    "BOOL",
    "HEX",
    "ID",
    "INT",
    "RESULT",
    "SCALAR",
    "STR",
    "UINT",
    "Integer",
    "Items",
    "Made",
    "Shape",
    "ShapeError",
    "choice",
    "either",
    "fields",
    "integer",
    "items",
    "row",
    "shape",
]


class ShapeError(BadInput):
    """A text that names no shape."""


def _unmade(_: Random) -> Json:
    raise NotImplementedError  # see `Shape.can_be_made`


@dataclass(frozen=True, slots=True)
class Shape:
    """What a value may be."""

    expected: str
    """The same in words, for an error message."""
    admits: Callable[[Json], bool]
    """Whether a value has this shape."""
    make: Callable[[Random], Json] = _unmade
    """A value of this shape, small and special ones more often."""

    @property
    def can_be_made(self) -> bool:
        """Whether steps with such a value can be generated."""
        return self.make is not _unmade


@dataclass(frozen=True, slots=True)
class Made(Shape):
    """What an earlier step showed: the fact `fact` of the operation `op`."""

    op: str = ""
    fact: str = ""


@dataclass(frozen=True, slots=True)
class Integer(Shape):
    """An integer from `low` to `high`, both included."""

    low: int = 0
    high: int = 0


@dataclass(frozen=True, slots=True)
class Items(Shape):
    """A list of at least `least` values, each of the shape `of`."""

    of: Shape | None = None
    least: int = 0


def integer(low: int, high: int, expected: str) -> Shape:
    """An integer from `low` to `high`, both included."""
    special = [n for n in (0, 1, 2, -1, low, low + 1, high - 1, high) if low <= n <= high]

    def make(rng: Random) -> Json:
        kind = rng.randrange(3)
        if kind == 0:
            return rng.choice(special)
        if kind == 1:
            return min(high, low + rng.getrandbits(rng.randrange(1, 65)))
        return rng.randint(low, high)

    def admits(value: Json) -> bool:
        return type(value) is int and low <= value <= high

    return Integer(expected, admits, make, low=low, high=high)


def _length(rng: Random) -> int:
    """How long a made-up text or list is: mostly short, now and then up to 64."""
    return rng.randrange(6) if rng.random() < 0.8 else rng.randrange(65)


def choice(*values: str | int) -> Shape:
    """One of `values`; a boolean is none, though Python calls True equal to 1."""
    of_a_type = {(type(value), value) for value in values}
    return Shape(
        f"one of {', '.join(map(str, values))}",
        lambda value: isinstance(value, (str, int)) and (type(value), value) in of_a_type,
        lambda rng: rng.choice(values),
    )


def either(*shapes: Shape) -> Shape:
    """A value of any of `shapes`."""
    expected = ", or ".join(shape.expected for shape in shapes)

    def admits(value: Json) -> bool:
        return any(shape.admits(value) for shape in shapes)

    if not all(shape.can_be_made for shape in shapes):
        return Shape(expected, admits)
    return Shape(expected, admits, lambda rng: rng.choice(shapes).make(rng))


def items(shape: Shape, least: int = 0) -> Shape:
    """A list of at least `least` values, each of `shape`."""
    expected = f"a list{' (not empty)' if least else ''} of: {shape.expected}"

    def admits(value: Json) -> bool:
        return isinstance(value, list) and len(value) >= least and all(map(shape.admits, value))

    def make(rng: Random) -> Json:
        return [shape.make(rng) for _ in range(least + _length(rng))]

    return Items(expected, admits, make if shape.can_be_made else _unmade, of=shape, least=least)


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
LETTERS = "abcxyzABZ 0-_/.,'\"\\\n\t\0é漢😀"
"""Of these made-up texts consist: what programs often treat in a way of its own."""

UINT = integer(0, 1 << 64, "an integer from 0 to 2^64")
"""Every number is below 2^64, but for a size, which may be 2^64 itself."""
INT = integer(-(1 << 63), 1 << 64, "an integer from -2^63 to 2^64")
BOOL = Shape("true or false", lambda value: type(value) is bool, lambda rng: rng.random() < 0.5)
STR = Shape(
    "a string",
    lambda value: isinstance(value, str),
    lambda rng: "".join(rng.choice(LETTERS) for _ in range(_length(rng))),
)
HEX = Shape(
    "an even number of lower-case hex digits",
    lambda value: isinstance(value, str) and len(value) % 2 == 0 and not value.strip(HEX_DIGITS),
    lambda rng: "".join(rng.choice(HEX_DIGITS) for _ in range(2 * _length(rng))),
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
ANY = Shape("any value", lambda _: True)

WORDS = {"uint": UINT, "int": INT, "bool": BOOL, "text": STR, "hex": HEX, "any": ANY}


def shape(text: str) -> Shape:
    """The shape that a project file names.

    ``uint``, ``int``, ``bool``, ``text``, ``hex``, ``any``; ``int LOW HIGH``; ``one of A B C``
    (numbers stay numbers); ``list of SHAPE``; ``made by OP.FACT``, for what an earlier step showed.
    Raises `ShapeError` for anything else.
    """
    words = text.split()
    if text in WORDS:
        return WORDS[text]
    if words[:2] == ["one", "of"] and len(words) > 2:
        return choice(*(int(w) if _is_int(w) else w for w in words[2:]))
    if words[:2] == ["list", "of"]:
        return items(shape(" ".join(words[2:])))
    if words[:2] == ["made", "by"] and len(words) == 3 and words[2].count(".") == 1:
        op, fact = words[2].split(".")
        return Made(f"what a step {op} showed as {fact}", SCALAR.admits, op=op, fact=fact)
    if len(words) == 3 and words[0] == "int" and _is_int(words[1]) and _is_int(words[2]):
        low, high = int(words[1]), int(words[2])
        if low <= high:
            return integer(low, high, f"an integer from {low} to {high}")
    raise ShapeError(
        f"no shape {text[:40]!r}",
        f"one of {', '.join(WORDS)}, int LOW HIGH, one of A B, list of SHAPE, made by OP.FACT",
    )


def _is_int(word: str) -> bool:
    digits = word.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= 20
