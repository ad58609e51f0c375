"""A scope in shards: each a function call that says how many trees it compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import gcd
from typing import Any

from memfold.equivalence.facts import Json
from memfold.errors import BadInput
from memfold.harness.trees.scope import Scope, scope_of
from memfold.harness.trees.tree import KINDS, NOBODY, PRIORITIES, Tree, painted, told
from memfold.harness.trees.worlds import Worlds

__all__ = ["CHECK", "LARGEST", "check", "count", "perform", "shards"]

LARGEST = (8, 32)
"""The most regions and units: each has a slot of the old layer for every length it may have."""
_SHARD = 1 << 14
"""About how many trees a shard has: a few seconds of a core."""
_VARIANTS = len(KINDS) * len(PRIORITIES)


def count(regions: int, units: int, *, reduced: bool = False) -> int:
    """How many trees of up to `regions` regions there are over `units` units.

    `reduced`: of all that are alike by the symmetries of `symmetry` just one. There are no more of
    these than over twice as many units as regions and one, however many units there are. They are
    counted without their kinds and priorities, which takes a few seconds for 4 regions.
    """
    return _scope(regions, units, reduced=reduced).count()


def shards(
    regions: int, units: int, *, reduced: bool = False, size: int = _SHARD
) -> Iterator[Mapping[str, Json]]:
    """The arguments of the calls of `check` that together compare every tree once.

    `size` is about how many trees each compares.
    """
    parts = -(-count(regions, units, reduced=reduced) // size)
    while gcd(parts, _VARIANTS) > 1:  # else a part would have one kind and priority alone
        parts += 1
    for part in range(parts):
        yield {
            "regions": regions,
            "units": units,
            "reduced": reduced,
            "part": part,
            "parts": parts,
        }


def check(regions: int, units: int, reduced: bool, part: int, parts: int) -> dict[str, Json]:
    """Compare every tree of one shard on every backend with what painting it says.

    Ends at the first that differs: ``trees`` were compared, this one included, and
    ``disagreement`` tells it, the tree that was there before, who answers at each unit, and what
    each backend read; ``alone`` says whether a fresh world shows it too. When something raised
    it is told instead. Without one it is None. Raises `BadInput` for a scope that cannot be.
    """
    scope = _scope(regions, units, reduced=reduced)
    if not 0 <= part < parts:
        raise BadInput(f"shard {part} of {parts}", f"one of 0..{parts - 1}")
    worlds: dict[int, Worlds] = {}
    before: dict[int, Tree] = {}
    trees = 0
    for tree in scope.trees(part, parts):
        trees += 1
        if tree.units not in worlds:
            worlds[tree.units] = Worlds(tree.units)
        wrong = _difference(worlds[tree.units], tree)
        if wrong is not None:
            found: dict[str, Json] = {"tree": told(tree)}
            if tree.units in before:
                found["before"] = told(before[tree.units])
            found["alone"] = _difference(Worlds(tree.units), tree) is not None
            return {"trees": trees, "disagreement": found | wrong}
        before[tree.units] = tree
    return {"trees": trees, "disagreement": None}


def perform(arguments: Mapping[str, Any]) -> Json:
    """`check` as the function of a shard of a campaign."""
    return check(**arguments)


CHECK = f"{__name__}:{perform.__name__}"


def _scope(regions: int, units: int, *, reduced: bool) -> Scope:
    if not (0 <= regions <= LARGEST[0] and 1 <= units <= LARGEST[1]):
        wrong = f"{regions} regions over {units} units"
        raise BadInput(wrong, f"0..{LARGEST[0]} regions over 1..{LARGEST[1]} units")
    return scope_of(regions, units, reduced=reduced)


def _difference(worlds: Worlds, tree: Tree) -> dict[str, Json] | None:
    """Show a tree; what is not as it was painted, or what was raised."""
    who = painted(tree)
    try:
        worlds.show(tree)
        if worlds.agree(who):
            return None
        answers: list[Json] = ["-" if index == NOBODY else index + 1 for index in who]
        return {"answers": answers, **worlds.told()}
    except Exception as error:  # noqa: BLE001  # whatever it is, this tree has brought it about
        return {"raised": f"{type(error).__name__}: {error}"}
