"""What a map silently does to regions, for those who care to ask; nobody pays who does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from memfold.host.ranges import AddrRange

if TYPE_CHECKING:
    from memfold.newapi.tree.region import MemoryRegion

__all__ = ["Clip", "clipped"]


class Clip(NamedTuple):
    """A child that runs past its parent's end (golden memory rule 13: cut in silence)."""

    region: MemoryRegion
    lost: AddrRange
    """The addresses in the parent that never show."""

    def __str__(self) -> str:
        return f"{self.region} is cut at {self.lost.start:#x}: {self.lost} never shows"


def clipped(root: MemoryRegion) -> list[Clip]:
    """Every child at or below `root` that its parent cuts, outermost first."""
    clips: list[Clip] = []
    waiting = [root]
    while waiting:
        parent = waiting.pop()
        for child in parent.children:
            lost = AddrRange(max(parent.size, child.addr), child.addr + child.size)
            if lost:
                clips.append(Clip(child, lost))
        waiting += reversed(parent.children)
    return clips
