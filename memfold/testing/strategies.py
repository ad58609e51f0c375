"""Values of a shape as hypothesis makes them: whatever fails gets as simple as it can be."""

from __future__ import annotations

from hypothesis import strategies as st

from memfold.equivalence.facts import Json
from memfold.equivalence.shapes import BOOL, Integer, Items, Shape

__all__ = ["values"]

SMALL = 16
MORE = 3
"""How many values a list has that it need not have, at most."""


def values(shape: Shape) -> st.SearchStrategy[Json]:
    """Values of `shape`, which can be made; small numbers and those at the ends more often.

    A shape that is known shrinks by what it is: each way to an integer draws just one, so that
    the shrinker can go from one to another. The rest shrinks by what its `make` draws.
    """
    if shape is BOOL:
        return st.booleans()
    if isinstance(shape, Integer):
        low, high = shape.low, shape.high
        small = max(low, 0), min(high, SMALL)
        ranges = [small] if small[0] <= small[1] else []
        ranges += [(low, high), (low, min(high, low + 1)), (max(low, high - 1), high)]
        return st.one_of([st.integers(*each) for each in ranges])
    if isinstance(shape, Items) and shape.of is not None:
        return st.lists(values(shape.of), min_size=shape.least, max_size=shape.least + MORE)
    return st.randoms(use_true_random=False).map(shape.make)
