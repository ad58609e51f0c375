"""A tree and its views in a stable JSON form: the same map always gives the same text.

Regions are numbered in the order of a walk (roots of spaces first, then alias targets that lie in
no such tree), because names need not be unique. Addresses and sizes are numbers of bytes; a size
may be 2^64. New keys may come; those here stay, with their meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from memfold.newapi.ask.mtree import kind_text
from memfold.newapi.ask.viewdiff import ViewChange

if TYPE_CHECKING:
    from memfold.newapi.tree.region import MemoryRegion
    from memfold.newapi.view.flatview import FlatRange
    from memfold.newapi.view.world import World

__all__ = ["FORMAT", "changes_json", "world_json"]

FORMAT = "memfold-map/1"

Json: TypeAlias = "None | bool | int | str | list[Json] | dict[str, Json]"


def world_json(world: World) -> dict[str, Json]:
    """Every address space of `world`, every region that can be reached from one."""
    regions = _walk([space.root for space in world.spaces])
    numbers = {region: number for number, region in enumerate(regions)}
    return {
        "format": FORMAT,
        "spaces": [
            {
                "name": space.name,
                "root": numbers[space.root],
                "view": [_row(row, numbers) for row in space.view],
            }
            for space in world.spaces
        ],
        "regions": [_region(region, numbers) for region in regions],
    }


def _walk(roots: list[MemoryRegion]) -> list[MemoryRegion]:
    """Preorder; an alias target that no root contains comes after all that came before it."""
    found: dict[MemoryRegion, None] = {}
    later = list(roots)
    while later:
        stack = [later.pop(0)]
        while stack:
            region = stack.pop()
            if region in found:
                continue
            found[region] = None
            stack += reversed(region.children)
            if region.alias is not None:
                later.append(_outermost(region.alias))
    return list(found)


def _outermost(region: MemoryRegion) -> MemoryRegion:
    while region.parent is not None:
        region = region.parent
    return region


def _region(region: MemoryRegion, numbers: dict[MemoryRegion, int]) -> Json:
    alias = region.alias
    return {
        "id": numbers[region],
        "name": region.name,
        "kind": region.kind.value,
        "type": kind_text(region),
        "addr": region.addr,
        "size": region.size,
        "priority": region.priority,
        "overlap": region.overlap_declared,
        "enabled": region.enabled,
        "readonly": region.readonly,
        "readable": region.readable,
        "log_mask": region.log_mask,
        "coalesced": [[part.start, part.size] for part in region.coalesced],
        "interposers": [interposer.name for interposer in region.interposers],
        "alias": None
        if alias is None
        else {"target": numbers[alias], "offset": region.alias_offset},
        "children": [numbers[child] for child in region.children],
    }


def _row(row: FlatRange, numbers: dict[MemoryRegion, int]) -> dict[str, Json]:
    region = row.region.itself
    return {
        "start": row.start,
        "size": row.size,
        "region": numbers.get(region),
        "name": region.name,
        "offset": row.offset,
        "type": "rom" if row.readonly else kind_text(region),
        "log_mask": row.log_mask,
        "readable": row.readable,
        "readonly": row.readonly,
    }


def changes_json(changes: list[ViewChange]) -> list[Json]:
    """A difference of two views; regions by name alone, since they may be in no tree any more."""
    return [
        {
            "start": change.range.start,
            "size": change.range.size,
            "what": change.what,
            "before": None if change.before is None else _row(change.before, {}),
            "after": None if change.after is None else _row(change.after, {}),
        }
        for change in changes
    ]
