"""Whether a tree is whole: what every change must leave true. For tests and for doubts."""

from __future__ import annotations

from collections.abc import Iterable

from memfold.host.ranges import ADDRESS_LIMIT
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.region import MemoryRegion

__all__ = ["check_tree"]


def check_tree(roots: Iterable[MemoryRegion]) -> None:
    """Raise `RegionError` for the first region, at or below `roots` or shown there, that is not as
    a tree has it: parents and children, aliases and targets know each other; winners stand first;
    nothing is gone that is shown, nor its RAM."""
    waiting = [*roots]
    seen = set(waiting)
    while waiting:
        region = waiting.pop()
        wrong = _wrong(region)
        if wrong is not None:
            raise RegionError(f"region {region.name} {wrong}", region.name)
        inner = [*region.children, *([] if region.alias is None else [region.alias])]
        waiting += [one for one in inner if one not in seen]
        seen.update(inner)


def _wrong(region: MemoryRegion) -> str | None:
    if region.destroyed:
        return "is shown and destroyed"
    priorities = [child.priority for child in region.children]
    if priorities != sorted(priorities, reverse=True):
        return f"has children in the order of priorities {priorities}"
    found = [each for each in region._children.within(0, ADDRESS_LIMIT) if each.size]
    if found != [each for each in region.children if each.size]:
        return "does not find its children"
    if len(set(region.children)) < len(region.children):
        return "contains a region twice"
    for child in region.children:
        if child.parent is not region:
            return f"contains {child}"
    if region.alias is not None and region not in region.alias.aliases:
        return f"is an alias that {region.alias.name} does not know"
    if region.parent is not None and region not in region.parent.children:
        return f"is not among the children of {region.parent.name}"
    blocks = region.world.ram_list.blocks
    if region.ram_addr is not None and not any(region.ram_addr in b.range for b in blocks):
        return f"has RAM at {region.ram_addr:#x}, where there is none"
    return None
