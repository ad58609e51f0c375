"""The text of ``info mtree`` as QEMU prints it today (7.2): the trees, or the flat views.

QEMU lists groups of address spaces in the order of a hash table of pointers; here they come in the
order in which the spaces were made. All else is as there, quirks included: what a disabled region
contains is listed although the region itself is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from memfold.host.ranges import ADDRESS_LIMIT
from memfold.newapi.tree.region import Kind, MemoryRegion

if TYPE_CHECKING:
    from memfold.newapi.view.flatview import FlatRange
    from memfold.newapi.view.space import Space
    from memfold.newapi.view.world import World

__all__ = ["flat_root", "kind_text", "mtree", "mtree_flat"]


def kind_text(region: MemoryRegion) -> str:
    """What the lists call a region's kind: ``ram``, ``rom``, ``romd`` or ``i/o``."""
    while region.alias is not None:
        region = region.alias
    if region.kind is Kind.RAM:
        return "rom" if region.readonly else "ram"
    return "romd" if region.kind is Kind.ROM_DEVICE and region.readable else "i/o"


def mtree(world: World, *, disabled: bool = False) -> str:
    """``info mtree``; with `disabled` (``-D``) disabled regions too, marked."""
    targets: list[MemoryRegion] = []
    lines: list[str] = []
    for spaces in _grouped(world.spaces):
        lines += sorted(f"address-space: {space.name}" for space in spaces)
        lines += [*_tree(spaces[0].root, targets, disabled), ""]
    for target in targets:  # grows meanwhile: an alias in here may show yet another region
        lines.append(f"memory-region: {target.name}")
        lines += [*_tree(target, targets, disabled), ""]
    return "".join(f"{line}\n" for line in lines)


def _grouped(spaces: Sequence[Space]) -> list[list[Space]]:
    groups: dict[MemoryRegion, list[Space]] = {}
    for space in spaces:
        groups.setdefault(space.root, []).append(space)
    return list(groups.values())


def _tree(root: MemoryRegion, targets: list[MemoryRegion], disabled: bool) -> Iterator[str]:
    """The lines of one tree; what its aliases show is added to `targets`."""
    waiting = [(root, 1, 0)]
    while waiting:
        region, level, base = waiting.pop()
        start = (base + region.addr) % ADDRESS_LIMIT
        end = (start + max(0, region.size - 1)) % ADDRESS_LIMIT
        overflow = "[DETECTED OVERFLOW!] " if start < base or end < start else ""
        if region.alias is not None and region.alias not in targets:
            targets.append(region.alias)
        if region.enabled or disabled:
            yield overflow + "  " * level + _node(region, start, end)
        # Of children at one address the higher priority, which is listed first, comes first.
        inside = sorted(region.children, key=lambda child: child.addr)
        waiting += [(child, level + 1, start) for child in reversed(inside)]


def _node(region: MemoryRegion, start: int, end: int) -> str:
    alias = region.alias
    name = region.name
    if alias is not None:
        first = region.alias_offset
        last = first + max(0, region.size - 1)
        name = f"alias {name} @{alias.name} {first:016x}-{last:016x}"
    mark = "" if region.enabled else " [disabled]"
    return f"{start:016x}-{end:016x} (prio {region.priority}, {kind_text(region)}): {name}{mark}"


def mtree_flat(world: World) -> str:
    """``info mtree -f``: each distinct flat view once, with the spaces that have it."""
    views: dict[MemoryRegion | None, list[Space]] = {}
    for space in world.spaces:
        views.setdefault(flat_root(space.root), []).append(space)
    lines: list[str] = []
    for number, (root, spaces) in enumerate(views.items()):
        lines.append(f"FlatView #{number}")
        lines += [f" {_space(space)}" for space in spaces]
        lines.append(f" Root memory region: {root.name if root is not None else '(none)'}")
        lines += [f"  {_row(row)}" for row in spaces[0].view] or ["  No rendered FlatView"]
        lines.append("")
    return "".join(f"{line}\n" for line in lines)


def _space(space: Space) -> str:
    alias = space.root.alias
    shown = f", alias {alias.name}" if alias is not None else ""
    return f'AS "{space.name}", root: {space.root.name}{shown}'


def _row(row: FlatRange) -> str:
    region = row.region.itself
    kind = "rom" if row.readonly else kind_text(region)
    where = f" @{row.offset:016x}" if row.offset else ""
    return (
        f"{row.start:016x}-{row.end - 1:016x} (prio {region.priority}, {kind}): "
        f"{region.name}{where}"
    )


def flat_root(root: MemoryRegion) -> MemoryRegion | None:
    """The region a flat view counts as made from, by which QEMU shares views between spaces.

    Looks through a whole alias, and through a container whose only enabled child lies at its
    start, in the hope of an alias further down. None: nothing is enabled there.
    """
    region = root
    while region.enabled:
        inner = region.alias
        if inner is not None:
            if region.alias_offset or region.size < inner.size:
                return region
        elif region.terminates:
            return region
        else:
            enabled = [child for child in region.children if child.enabled]
            if not enabled:
                return None
            inner = enabled[0]
            if len(enabled) > 1 or inner.addr or region.size < inner.size:
                return region
        region = inner
    return None
