"""Trees that differ in nothing a view can show, and which one of them stands for all.

Five symmetries, each a function from a tree to one that shows the same; one after another they
lead from every tree to the one that stands for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from memfold.harness.trees.tree import ROOT, Region, Tree
from memfold.newapi import Kind

__all__ = [
    "SYMMETRIES",
    "Alike",
    "Key",
    "Symmetry",
    "canonical",
    "cut",
    "depends",
    "groups",
    "key",
    "merged",
    "ordered",
    "ranked",
    "showing",
]

Key: TypeAlias = tuple[object, ...]


class Alike(NamedTuple):
    """A tree that shows what another shows."""

    tree: Tree
    was: tuple[int, ...]
    """For each of its regions, which one of the other tree it is."""


def _only(tree: Tree, kept: list[int]) -> Alike:
    """Just these regions, in this order; each comes after its parent."""
    now = {old: new for new, old in enumerate(kept)} | {ROOT: ROOT}
    regions = (tree.regions[old] for old in kept)
    renamed = (region._replace(parent=now[region.parent]) for region in regions)
    return Alike(Tree(tree.units, tuple(renamed)), tuple(kept))


def cut(tree: Tree) -> Alike:
    """What of a region lies beyond its parent's end is cut off, and all of it if nothing is left.

    Nobody sees it: the parent clips it. (Nothing begins before its parent.)
    """
    kept: list[int] = []
    for index, region in enumerate(tree.regions):
        if region.parent == ROOT or region.parent in kept:
            end = min(region.end, tree.end_of(region.parent))
            if region.start < end:
                cut_off = region._replace(end=end)
                regions = tree.regions
                tree = Tree(tree.units, (*regions[:index], cut_off, *regions[index + 1 :]))
                kept.append(index)
    return _only(tree, kept)


def showing(tree: Tree) -> Alike:
    """A container with nothing in it is left out, and then perhaps the one it was in."""
    kept: list[int] = []
    for index in reversed(range(len(tree.regions))):
        holds = any(tree.regions[each].parent == index for each in kept)
        if holds or tree.regions[index].kind is not Kind.CONTAINER:
            kept.append(index)
    return _only(tree, kept[::-1])


def groups(regions: tuple[Region, ...]) -> Iterator[list[int]]:
    """The regions, siblings together that overlap, or are linked by some that do."""
    left = list(range(len(regions)))
    while left:
        group = [left.pop(0)]
        for one in group:
            near = [
                each
                for each in left
                if regions[each].parent == regions[one].parent
                and regions[each].overlaps(regions[one])
            ]
            left = [each for each in left if each not in near]
            group += near
        yield group


def ranked(tree: Tree) -> Alike:
    """Siblings that overlap, or are linked by some that do, all of the priority 1, have 0 instead.

    Priorities are compared among siblings alone, and matter only where two of these meet.
    """
    regions = list(tree.regions)
    for group in groups(tree.regions):
        if all(regions[each].priority for each in group):
            for each in group:
                regions[each] = regions[each]._replace(priority=0)
    return Alike(Tree(tree.units, tuple(regions)), tuple(range(len(regions))))


def merged(tree: Tree) -> Alike:
    """Neighbouring units between which nothing begins or ends become one.

    A rendering only adds up, and compares, where regions begin and end.
    """
    bounds = {at for region in tree.regions for at in (region.start, region.end)}
    places = sorted({0, tree.units} | bounds)
    now = {place: index for index, place in enumerate(places)}
    regions = tuple(
        region._replace(start=now[region.start], end=now[region.end]) for region in tree.regions
    )
    return Alike(Tree(now[tree.units], regions), tuple(range(len(regions))))


def depends(regions: tuple[Region, ...], later: int, earlier: int) -> bool:
    """Whether it matters that `later` was added after `earlier`: is that its parent, or a sibling
    that overlaps it?"""
    one, two = regions[later], regions[earlier]
    return one.parent == earlier or (one.parent == two.parent and one.overlaps(two))


def key(regions: tuple[Region, ...], index: int) -> Key:
    """What tells a region from all others, whatever the order of additions: where it is, how many
    siblings before it are just there (these overlap, so their order is kept), and its parent's."""
    if index == ROOT:
        return ()
    parent, start, end, *_ = region = regions[index]
    before = sum(each[:3] == region[:3] for each in regions[:index])
    return (start, end, before, key(regions, parent))


def ordered(tree: Tree) -> Alike:
    """Of all orders of addition between which nothing depends, the first in the dictionary.

    Two additions can change places unless one `depends` on the other: the children of every region
    are the same then, but for the order of some that do not overlap.
    """
    regions = tree.regions
    left = {index: key(regions, index) for index in range(len(regions))}
    order: list[int] = []
    while left:
        free = (
            index
            for index in left
            if not any(depends(regions, index, each) for each in left if each < index)
        )
        order.append(min(free, key=left.__getitem__))
        del left[order[-1]]
    return _only(tree, order)


Symmetry: TypeAlias = Callable[[Tree], Alike]

SYMMETRIES: tuple[Symmetry, ...] = (cut, showing, ranked, merged, ordered)


def canonical(tree: Tree) -> Tree:
    """The tree that stands for all that differ from it by these symmetries only."""
    for symmetry in SYMMETRIES:
        tree = symmetry(tree).tree
    return tree
