"""Simpler arguments for steps that show a difference: nearer to 0, rounder, shorter, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from math import isfinite

from memfold.equivalence.facts import Json
from memfold.equivalence.search.links import Line, form_of
from memfold.equivalence.shapes import ANY, Shape
from memfold.equivalence.vocabulary import Vocabulary

__all__ = ["simpler", "simplified"]

SMALL = 16
"""Numbers up to here are counted down one by one, lists up to here lose each single item."""


def simplified(
    lines: Sequence[Line], vocabulary: Vocabulary, shows: Callable[[Sequence[Line]], bool]
) -> list[Line]:
    """`lines` with arguments as simple as they can be while it still `shows` them.

    Arguments stay what the vocabulary admits; those that another of the steps makes stay linked.
    First each is left out or made as simple as possible, then all are made simpler step by step.
    """
    best = list(lines)
    changed, quick = True, True
    while changed:
        changed = False
        for at in range(len(best) - 1, -1, -1):
            for name in list(best[at].step.args):
                while (better := _better(best, at, name, vocabulary, shows, quick)) is not None:
                    best, changed = better, True
        changed, quick = changed or quick, False
    return best


def _better(
    lines: list[Line],
    at: int,
    name: str,
    vocabulary: Vocabulary,
    shows: Callable[[Sequence[Line]], bool],
    quick: bool,
) -> list[Line] | None:
    """`lines` with one argument simpler, None when it cannot be."""
    line = lines[at]
    args, form = line.step.args, form_of(line.step, vocabulary)
    places = {each.place for each in lines}
    if form is None or name not in args or name == vocabulary.split.get(line.step.op):
        return None
    shape = form.args.get(name) or form.optional.get(name) or ANY
    made = name in line.sources and line.sources[name][0] in places
    simple = iter(()) if made else _admitted(args[name], shape)
    choices: list[dict[str, Json]] = []
    if name in form.optional:
        choices.append({key: value for key, value in args.items() if key != name})
    choices += ({**args, name: value} for value in islice(simple, 1 if quick else None))
    for choice in choices:
        candidate = [*lines[:at], line.with_args(choice), *lines[at + 1 :]]
        if shows(candidate):
            return candidate
    return None


def _admitted(value: Json, shape: Shape) -> Iterator[Json]:
    """What `shape` admits of the simpler ones, each once."""
    seen: list[Json] = []
    for simple in simpler(value, shape):
        if shape.admits(simple) and not any(
            type(simple) is type(other) and simple == other for other in [value, *seen]
        ):
            seen.append(simple)
            yield simple


def simpler(value: Json, shape: Shape = ANY) -> Iterator[Json]:
    """Simpler values than `value`, the simplest first; going on from any of them comes to an end.

    Not all need be what `shape` admits, which tells where its numbers begin.
    """
    if isinstance(value, bool):
        if value:
            yield False
    elif isinstance(value, int):
        yield from _integers(value, shape)
    elif isinstance(value, float):
        if value != 0.0:
            yield 0.0
        if isfinite(value) and value != int(value):
            yield float(int(value))
    elif isinstance(value, str):
        yield from _texts(value, shape)
    elif isinstance(value, list):
        yield from _lists(value)
    elif isinstance(value, dict):
        for key in value:
            yield {other: each for other, each in value.items() if other != key}
        for key, each in value.items():
            for simple in islice(simpler(each), 2):
                yield {**value, key: simple}


def _integers(value: int, shape: Shape) -> Iterator[int]:
    """Towards 0: 0 itself, where the shape begins, powers of 2 of it, round numbers, one less."""
    if value < 0:
        yield 0
        yield -value
        yield -(-value >> 1)
        return
    if value == 0:
        return
    yield 0
    low, high = -1, value  # the smallest that is admitted, if all are from there on
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shape.admits(middle) else (middle, high)
    for least in (high, high + 1):
        if least < value:
            yield least
    for bits in (32, 16, 8, 4, 2, 1):
        if value >> bits:
            yield value >> bits
    for unit in (10 ** (len(str(value)) - 1), 1 << max(0, value.bit_length() - 4), 1 << 12):
        if 0 < value - value % unit < value:
            yield value - value % unit
    if value <= SMALL:
        yield value - 1


def _texts(value: str, shape: Shape) -> Iterator[str]:
    """Shorter ones; of the same length only zeros, for hex digits."""
    if not value:
        return
    half = (len(value) // 4 or 1) * 2 if len(value) > 2 else 1  # even, for pairs of digits
    yield ""
    for part in (value[:half], value[half:], value[:-2], value[:-1], value[1:]):
        if len(part) < len(value):
            yield part
    zeros = "0" * len(value)
    if value != zeros and shape.admits(zeros) and not shape.admits("z" * len(value)):
        yield zeros


def _lists(value: list[Json]) -> Iterator[list[Json]]:
    if not value:
        return
    half = len(value) // 2
    yield []
    if half:
        yield value[:half]
        yield value[half:]
    for at in range(min(len(value), SMALL)):
        yield value[:at] + value[at + 1 :]
    for at, each in enumerate(value[:SMALL]):
        for simple in islice(simpler(each), 2):
            yield [*value[:at], simple, *value[at + 1 :]]
