"""What claims over the old layer and over the core have in common. Deleted with both."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from legacy.physmem import PhysMem
from legacy.target import Target
from newapi import AddressSpace, FlatRange, MemoryRegion, World

__all__ = ["Lent", "SharedMap", "Stretch"]


class Stretch(NamedTuple):
    """Addresses that an old registration visits: whole pages, or bytes within one."""

    start: int
    end: int
    done: int
    """Bytes of the pages it visited before."""


class Lent(NamedTuple):
    """What answered a page when the page's descriptor was read."""

    region: MemoryRegion | None
    """None: an old registration."""
    offset: int
    """Of the page in the region."""
    page_offset: int
    """The old layer's region offset of the page."""


class SharedMap(PhysMem):
    """The old calls of a world that has regions too."""

    def __init__(self, target: Target, world: World) -> None:
        super().__init__(target, world.ram_list)
        self.world = world
        self._lent: dict[tuple[int, int], Lent] = {}

    def show(self, name: str, root: MemoryRegion) -> AddressSpace:
        """The address space of the tree under `root`, shown beside the claims."""
        raise NotImplementedError

    def _stretches(self, start: int, size: int) -> list[Stretch]:
        """What registering `size` bytes at `start` visits, by the old layer's rules."""
        return list(self._stretch(start, size))

    def _stretch(self, start: int, size: int) -> Iterator[Stretch]:
        bits, page = self._page_bits, self._byte_mask + 1
        done = 0
        for visit in self._visits(start, size):
            base = visit.page << bits
            if self._whole(visit):
                yield Stretch(base, base + (visit.pages << bits), done)
            else:
                # Nothing of the page is registered when `last` lies before `first`, and yet it
                # turns into a sub-page (rule 2): what follows `first` counts as claimed.
                end = visit.last + 1 if visit.first <= visit.last else page
                for at in range(0, visit.pages << bits, page):
                    yield Stretch(base + at + visit.first, base + at + end, done + at)
            done += visit.pages << bits

    def _page_of(self, addr: int) -> int:
        """Where the page of `addr` begins, as far as the page table looks at addresses."""
        return (addr >> self._page_bits & self._page_mask) << self._page_bits

    def _lend(self, page: int, desc: int, row: FlatRange | None) -> None:
        """Remember that `desc` stands for what `row` shows at `page`; None: not for a region."""
        if row is not None and row.start <= page and page + self.target.page_size <= row.end:
            first = row.start & ~self._byte_mask
            page_offset = (row.offset & ~self._byte_mask) + page - first
            self._lent[page, desc] = Lent(row.region, row.offset + page - row.start, page_offset)
        else:
            self._lent.pop((page, desc), None)

    def _there_anyway(self, space: AddressSpace, page: int, lent: Lent) -> bool:
        """Whether the tree, without claims, shows at `page` just what was lent."""
        return lent.region is not None and any(
            piece.region is lent.region and piece.offset + page - piece.start == lent.offset
            for piece in space.rendered
            if piece.start <= page and page + self.target.page_size <= piece.end
        )
