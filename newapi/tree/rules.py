"""Rules of the region tree: every check comes before the first change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memfold.host.ranges import ADDRESS_LIMIT, AddrRange
from memfold.newapi.tree.errors import RegionError

if TYPE_CHECKING:
    from memfold.newapi.tree.region import MemoryRegion

__all__ = [
    "check_alive",
    "check_can_add",
    "check_can_delete",
    "check_destroyable",
    "check_offset",
    "check_same_world",
    "insert_child",
    "shown_in",
]


def place(region: MemoryRegion) -> str:
    """The region and where it lies in its parent, for messages."""
    where = AddrRange.sized(region.addr, region.size)
    return f"{region.name} ({where} in {region.parent.name if region.parent else 'nothing'})"


def shown_in(region: MemoryRegion) -> Iterator[MemoryRegion]:
    """`region` and every region that shows it: parents, aliases, their parents, each once."""
    seen = {id(region)}
    waiting = [region]
    while waiting:
        shown = waiting.pop()
        yield shown
        for outer in (shown.parent, *shown.aliases):
            if outer is not None and id(outer) not in seen:
                seen.add(id(outer))
                waiting.append(outer)


def check_offset(region: MemoryRegion, offset: int) -> None:
    """An offset must lie in 0..2^64-1."""
    if not 0 <= offset < ADDRESS_LIMIT:
        raise RegionError(
            f"region {region.name}: offset {offset:#x} is not in 0x0..{ADDRESS_LIMIT - 1:#x}"
        )


def check_alive(region: MemoryRegion) -> None:
    """Neither `region` nor, where it is an alias, anything it shows is destroyed."""
    shown: MemoryRegion | None = region
    while shown is not None:
        if shown.destroyed:
            through = "" if shown is region else f", and alias {region.name} shows it"
            raise RegionError(f"region {shown.name} is destroyed{through}")
        shown = shown.alias


def check_same_world(region: MemoryRegion, other: MemoryRegion) -> None:
    """Regions of two worlds never meet, nor does anything touch a destroyed one."""
    for one in (region, other):
        check_alive(one)
    if region.world is not other.world:
        raise RegionError(f"regions {region.name} and {other.name} belong to different worlds")


def check_can_add(parent: MemoryRegion, offset: int, child: MemoryRegion) -> None:
    """A child has one parent, never contains itself, and lies at an offset in 0..2^64-1."""
    check_same_world(parent, child)
    check_offset(child, offset)
    if child.parent is not None:
        raise RegionError(
            f"cannot add {child.name} to {parent.name} at {offset:#x}: "
            f"it is mapped already, as {place(child)}"
        )
    if any(outer is child for outer in shown_in(parent)):
        raise RegionError(
            f"cannot add {child.name} to {parent.name} at {offset:#x}: it would contain itself"
        )


def check_can_delete(parent: MemoryRegion, child: MemoryRegion, offset: int | None) -> None:
    """Removal names the parent, the object and, where given, the offset: all must fit."""
    check_same_world(parent, child)
    if child.parent is not parent:
        raise RegionError(f"cannot remove {place(child)} from {parent.name}: it is not there")
    if offset is not None and offset != child.addr:
        raise RegionError(
            f"cannot remove {child.name} from {parent.name} at {offset:#x}: it is {place(child)}"
        )


def check_destroyable(region: MemoryRegion) -> None:
    """A region goes for good only when nothing holds it and it holds nothing."""
    if region.destroyed:
        raise RegionError(f"region {region.name} is destroyed already")
    if region.parent is not None:
        raise RegionError(f"cannot destroy {place(region)} while it is mapped")
    if region.children:
        inside = ", ".join(place(child) for child in region.children)
        raise RegionError(f"cannot destroy {region.name}: it still contains {inside}")
    for space in region.world.spaces:
        if space.root is region:
            raise RegionError(f"cannot destroy {region.name}: it is the root of {space.name}")
    for alias in _aliases(region):
        if alias.parent is not None or alias.is_root():
            raise RegionError(f"cannot destroy {region.name}: alias {place(alias)} shows it")


def _aliases(region: MemoryRegion) -> Iterator[MemoryRegion]:
    """The aliases of `region`, and theirs."""
    for alias in region.aliases:
        yield alias
        yield from _aliases(alias)


def insert_child(parent: MemoryRegion, child: MemoryRegion) -> None:
    """Put `child` before the first sibling of at most its own priority (golden rule 1)."""
    siblings = parent.children
    index = 0
    while index < len(siblings) and siblings[index].priority > child.priority:
        index += 1
    siblings.insert(index, child)
