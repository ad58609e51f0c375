"""Which trees there are: all of them up to a size, or one for all that are alike; how many."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cache
from itertools import combinations, islice
from math import prod
from typing import NamedTuple

from memfold.harness.trees.symmetry import depends, groups, key
from memfold.harness.trees.tree import KINDS, PRIORITIES, ROOT, Region, Tree
from memfold.newapi import Kind

__all__ = ["Full", "Reduced", "Scope", "scope_of"]

_SHOWING = tuple(kind for kind in KINDS if kind is not Kind.CONTAINER)
_SHARED = 2
"""Parts differ in their first so many regions."""


class Scope(ABC):
    """Trees of up to `regions` regions in a root of up to `units` units, in a fixed order."""

    def __init__(self, regions: int, units: int) -> None:
        self.regions = regions
        self.units = units

    @abstractmethod
    def roots(self) -> Iterator[Tree]:
        """The trees without a region that the others grow from."""

    @abstractmethod
    def grown(self, tree: Tree) -> Iterator[Tree]:
        """The trees that have one region more."""

    @abstractmethod
    def has(self, tree: Tree) -> bool:
        """Whether a tree that has grown belongs to the scope, or merely leads to others."""

    @abstractmethod
    def count(self) -> int:
        """How many trees it has, without making them."""

    def trees(self, part: int = 0, parts: int = 1) -> Iterator[Tree]:
        """One of `parts` parts of the trees, each as soon as possible after what it grows from.

        A tree of fewer than two regions is in the first part.
        """
        shared = min(_SHARED, self.regions)
        if part == 0:
            for regions in range(shared):
                yield from filter(self.has, self._of(regions))
        for tree in self._every(shared, part, parts):
            yield from self._from(tree)

    def _every(self, regions: int, first: int, step: int) -> Iterator[Tree]:
        """Of those of just so many regions (`_of`), every `step`-th from number `first` on."""
        return islice(self._of(regions), first, None, step)

    def _of(self, regions: int) -> Iterator[Tree]:
        """Those of just so many regions, and others that lead to larger ones."""
        if regions == 0:
            yield from self.roots()
        else:
            for tree in self._of(regions - 1):
                yield from self.grown(tree)

    def _from(self, tree: Tree) -> Iterator[Tree]:
        if self.has(tree):
            yield tree
        if len(tree.regions) < self.regions:
            for larger in self.grown(tree):
                yield from self._from(larger)


class Full(Scope):
    """Every tree.

    A region lies anywhere in its parent's first `units` units, may have any earlier region as its
    parent, either priority, any of the three kinds.
    """

    def __init__(self, regions: int, units: int) -> None:
        super().__init__(regions, units)
        self._choices = [
            Region(ROOT, start, end, priority, kind)
            for start, end in combinations(range(units + 1), 2)
            for priority in PRIORITIES
            for kind in KINDS
        ]
        """What a region may be, wherever its parent is."""

    def roots(self) -> Iterator[Tree]:
        """See `Scope.roots`."""
        yield Tree(self.units)

    def grown(self, tree: Tree) -> Iterator[Tree]:
        """See `Scope.grown`."""
        for parent in range(ROOT, len(tree.regions)):
            for choice in self._choices:
                yield self._with(tree, parent, choice)

    def _with(self, tree: Tree, parent: int, choice: Region) -> Tree:
        """The tree with a choice at its place in `parent`."""
        base = tree.start_of(parent)
        _, start, end, priority, kind = choice
        return tree.plus(Region(parent, base + start, base + end, priority, kind))

    def _every(self, regions: int, first: int, step: int) -> Iterator[Tree]:
        """See `Scope._every`: these are made without those between them."""
        for number in range(first, self._exactly(regions), step):
            tree, left = Tree(self.units), number
            for parents in range(1, regions + 1):
                each = self._exactly(regions) // self._exactly(parents)
                (parent, choice), left = divmod(left // each, len(self._choices)), left % each
                tree = self._with(tree, parent + ROOT, self._choices[choice])
            yield tree

    def has(self, _: Tree) -> bool:
        """All of them."""
        return True

    def count(self) -> int:
        """See `Scope.count`."""
        return sum(map(self._exactly, range(self.regions + 1)))

    def _exactly(self, regions: int) -> int:
        """How many have just so many regions."""
        return prod(len(self._choices) * parents for parents in range(1, regions + 1))


@cache
def _counted(regions: int, units: int) -> int:
    """How many reduced trees there are whose root has just so many units."""
    return Reduced(regions, units).count_from(Tree(units))


class _Place(NamedTuple):
    """Where a region may come next."""

    parent: int
    start: int
    end: int


class Reduced(Scope):
    """One tree for all that are alike by the symmetries: see `symmetry.canonical`.

    Made directly, not by sorting out: no region is longer than its parent; every unit but the last
    ends where a region begins or ends, so that there are at most two more units than twice the
    regions, less one; and no region could have been added before one that it comes after and that
    is greater (so each order that counts is made once: Anisimov and Knuth's normal form).
    """

    def roots(self) -> Iterator[Tree]:
        """See `Scope.roots`."""
        for units in range(1, min(self.units, 2 * self.regions + 1) + 1):
            yield Tree(units)

    def grown(self, tree: Tree) -> Iterator[Tree]:
        """See `Scope.grown`."""
        left = self.regions - len(tree.regions) - 1
        empty = _empty(tree.regions)
        for place in self._places(tree):
            unfilled = len(empty) - (place.parent in empty)
            if unfilled > left:
                continue
            kinds = KINDS if unfilled < left else _SHOWING
            for priority in PRIORITIES:
                for kind in kinds:
                    yield tree.plus(Region(*place, priority, kind))

    def _places(self, tree: Tree) -> Iterator[_Place]:
        units, regions = tree
        bounds = _bounds(tree)
        more = 2 * (self.regions - len(regions) - 1)  # places where something can yet begin or end
        for parent in range(ROOT, len(regions)):
            low, high = tree.start_of(parent), tree.end_of(parent)
            for start in range(low, high):
                for end in range(start + 1, high + 1):
                    known = bounds | 1 << start | 1 << end
                    place = _Place(parent, start, end)
                    if units + 1 - known.bit_count() <= more and _in_order(regions, place):
                        yield place

    def has(self, tree: Tree) -> bool:
        """No unit ends where nothing does, no empty container, no 1 that could be a 0."""
        if _empty(tree.regions) or _bounds(tree).bit_count() != tree.units + 1:
            return False
        for group in groups(tree.regions):
            if all(tree.regions[each].priority for each in group):
                return False
        return True

    def count(self) -> int:
        """See `Scope.count`."""
        return sum(_counted(self.regions, tree.units) for tree in self.roots())

    def count_from(self, tree: Tree) -> int:
        """How many begin with the places of `tree`, with whatever kinds and priorities.

        In each place with contents there are three kinds, in others two; in a group of n siblings
        that meet there are 2^n priorities, less the one choice that all are 1.
        """
        regions = tree.regions
        count = 0
        if _bounds(tree).bit_count() == tree.units + 1:
            count = 1
            outer = {region.parent for region in regions}
            for index in range(len(regions)):
                count *= len(KINDS if index in outer else _SHOWING)
            for group in groups(regions):
                count *= len(PRIORITIES) ** len(group) - 1
        if len(regions) < self.regions:
            count += sum(self.count_from(tree.plus(Region(*each))) for each in self._places(tree))
        return count


def _empty(regions: tuple[Region, ...]) -> list[int]:
    """The containers with nothing in them."""
    empty = [index for index, region in enumerate(regions) if region.kind is Kind.CONTAINER]
    if empty:
        outer = {region.parent for region in regions}
        empty = [index for index in empty if index not in outer]
    return empty


def _bounds(tree: Tree) -> int:
    """Where something begins or ends, one bit each; the root counts too."""
    bounds = 1 | 1 << tree.units
    for region in tree.regions:
        bounds |= 1 << region.start | 1 << region.end
    return bounds


def _in_order(regions: tuple[Region, ...], place: _Place) -> bool:
    """Whether what comes next at `place` must come after what was added before, as far as that is
    greater."""
    regions = (*regions, Region(*place))
    last = len(regions) - 1
    own = None
    for index in reversed(range(last)):
        if depends(regions, last, index):
            return True
        if own is None:
            own = key(regions, last)
        if own < key(regions, index):
            return False
    return True


def scope_of(regions: int, units: int, *, reduced: bool) -> Scope:
    """The trees of up to so many regions over so many units."""
    return Reduced(regions, units) if reduced else Full(regions, units)
