"""Rules of the region tree: every check comes before the first change."""

from __future__ import annotations

from collections.abc import Iterator

from memfold.host.ranges import ADDRESS_LIMIT, AddrRange
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.node import Node

__all__ = [
    "check_alive",
    "check_can_add",
    "check_can_delete",
    "check_destroyable",
    "check_offset",
    "check_priority",
]


def check_offset(region: Node, offset: int) -> None:
    """An offset must be an integer in 0..2^64-1."""
    if type(offset) is not int:
        raise RegionError(f"region {region.name}: offset {offset!r} is no integer", region.name)
    if not 0 <= offset < ADDRESS_LIMIT:
        raise RegionError(
            f"region {region.name}: offset {offset:#x} is not in 0x0..{ADDRESS_LIMIT - 1:#x}",
            region.name,
        )


def check_priority(region: Node, priority: int) -> None:
    """A priority is an integer, of any sign."""
    if type(priority) is not int:
        raise RegionError(f"region {region.name}: priority {priority!r} is no integer", region.name)


def check_alive(region: Node) -> None:
    """Neither `region` nor, where it is an alias, anything it shows is destroyed."""
    shown: Node | None = region
    while shown is not None:
        if shown.destroyed:
            through = "" if shown is region else f", and alias {region.name} shows it"
            raise RegionError(f"region {shown.name} is destroyed{through}", shown.name)
        shown = shown.alias


def check_can_add(parent: Node, offset: int, child: Node) -> None:
    """A child has one parent, never contains itself, and lies at an offset in 0..2^64-1.

    It may show what contains it, through an alias: each turn of that shows it elsewhere, until a
    window on the way leaves nothing. One that never ends is refused when it is rendered.
    """
    check_offset(child, offset)
    wrong = f"cannot add {child.name} to {parent.name} at {offset:#x}: it"
    where = AddrRange.sized(offset, child.size)
    if child.parent is not None:
        raise RegionError(f"{wrong} is mapped already, as {child}", child.name, where)
    outer: Node | None = parent
    while outer is not None:
        if outer is child:
            raise RegionError(f"{wrong} would contain itself", child.name, where)
        outer = outer.parent


def check_can_delete(parent: Node, child: Node, offset: int | None) -> None:
    """Removal names the parent, the object and, where given, the offset: all must fit."""
    if child.parent is not parent:
        raise RegionError(f"cannot remove {child} from {parent.name}: it is not there", child.name)
    if offset is not None and offset != child.addr:
        raise RegionError(
            f"cannot remove {child.name} from {parent.name} at {offset:#x}: it is {child}",
            child.name,
            AddrRange.sized(offset, child.size),
        )


def check_destroyable(region: Node) -> None:
    """A region goes for good only when it is not mapped, holds nothing and was not destroyed."""
    name = region.name
    if region.destroyed:
        raise RegionError(f"region {name} is destroyed already", name)
    if region.parent is not None:
        raise RegionError(f"cannot destroy {region} while it is mapped", name)
    if region.children:
        inside = ", ".join(str(child) for child in region.children)
        raise RegionError(f"cannot destroy {name}: it still contains {inside}", name)


def all_aliases(region: Node) -> Iterator[Node]:
    """The aliases of `region`, and theirs."""
    waiting = list(region.aliases)
    while waiting:
        alias = waiting.pop()
        yield alias
        waiting += alias.aliases
