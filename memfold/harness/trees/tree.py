"""A small tree as data, and who answers in it by painting it from the lowest to the highest."""

from __future__ import annotations

from typing import NamedTuple

from memfold.equivalence.facts import Json
from memfold.newapi import Kind

__all__ = ["KINDS", "NOBODY", "PRIORITIES", "ROOT", "Region", "Tree", "painted", "told"]

ROOT = -1
"""The parent of what is added to the root."""
NOBODY = -1
"""Who answers where nothing does."""
KINDS = (Kind.IO, Kind.RAM, Kind.CONTAINER)
PRIORITIES = (0, 1)


class Region(NamedTuple):
    """One region: where it is, in units from the root's beginning, how it ranks, what it is."""

    parent: int
    """Index of an earlier region, or `ROOT`."""
    start: int
    end: int
    """May lie beyond the parent's."""
    priority: int = 0
    kind: Kind = Kind.IO

    def overlaps(self, sibling: Region) -> bool:
        """Whether another region of the same parent shares a unit with it."""
        return self.start < sibling.end and sibling.start < self.end


class Tree(NamedTuple):
    """A root of `units` units, and regions in the order in which they are added."""

    units: int
    regions: tuple[Region, ...] = ()

    def plus(self, region: Region) -> Tree:
        """This tree after one more addition."""
        return Tree(self.units, (*self.regions, region))

    def start_of(self, index: int) -> int:
        """Where a region, or the `ROOT`, begins."""
        return 0 if index == ROOT else self.regions[index].start

    def end_of(self, index: int) -> int:
        """Where a region, or the `ROOT`, ends."""
        return self.units if index == ROOT else self.regions[index].end


def painted(tree: Tree) -> list[int]:
    """Who answers at each unit, by index.

    This knows nothing of `memfold.newapi`: it goes from the lowest to the highest and lets each
    region paint over what is there, while a rendering goes from the highest down and fills gaps;
    and it ranks siblings itself.
    """
    inside: list[list[int]] = [[] for _ in range(len(tree.regions) + 1)]  # the last is the root's
    for index, region in enumerate(tree.regions):
        inside[region.parent].append(index)
    units = [NOBODY] * tree.units

    def paint(contents: list[int], low: int, high: int) -> None:
        # Sorting is stable: of equal priority the later one stays the later, and paints over.
        for index in sorted(contents, key=lambda each: tree.regions[each].priority):
            _, start, end, _, kind = tree.regions[index]
            start, end = max(low, start), min(high, end)
            if start < end:
                if kind is not Kind.CONTAINER:
                    units[start:end] = [index] * (end - start)
                paint(inside[index], start, end)

    paint(inside[ROOT], 0, tree.units)
    return units


def told(tree: Tree) -> dict[str, Json]:
    """A tree for people and files: each region's name is its number, counted from 1."""
    return {
        "units": tree.units,
        "regions": [
            {
                "region": number,
                "parent": "root" if region.parent == ROOT else region.parent + 1,
                "offset": region.start - tree.start_of(region.parent),
                "size": region.end - region.start,
                "priority": region.priority,
                "kind": region.kind.value,
            }
            for number, region in enumerate(tree.regions, 1)
        ],
    }
