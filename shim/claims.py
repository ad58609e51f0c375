"""Both generations on one map, while the old layer holds it (stages `shim` and `convert`).

Stands before the old calls `cpu_register_physical_memory*` and `cpu_get_physical_page_desc` of
devices not yet converted, whose new form is `add_subregion`. Two rules say what an address answers.
Inside the tree, priority decides; between the tree's winner and the newest old registration the
later act wins. What vanishes brings back what it hid, old registrations included: else one region
unmapped would wipe the unconverted device beneath it. Deleted at the fold, where `shim.folded`
follows the same rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from legacy.constants import IO_MEM_SUBPAGE, IO_MEM_UNASSIGNED
from legacy.physmem import PhysMem
from legacy.target import Target
from memfold.host.ranges import AddrRange
from newapi import AddressSpace, FlatRange, MemoryRegion, World
from shim.claimmap import Claim, Claimed, ClaimMap, cut
from shim.onto_legacy import OntoLegacy

__all__ = ["Claims"]

_U64 = (1 << 64) - 1


class _Lent(NamedTuple):
    """What answered a page when its descriptor was read."""

    region: MemoryRegion | None
    """None: a claim."""
    offset: int
    """Of the page in the region."""
    page_offset: int
    """The old layer's region offset of the page."""


class Claims(PhysMem):
    """The old layer of a world with regions; it remembers what devices registered by old calls.

    Devices get it in place of `PhysMem`, and `show` shows the tree on it. A trace of old calls
    alone is answered exactly as `PhysMem` answers it.
    """

    def __init__(self, target: Target, world: World) -> None:
        super().__init__(target, world.ram_list)
        self.claims = ClaimMap()
        """What old calls said last about each address."""
        self._world = world
        self._space: AddressSpace | None = None
        self._passing = 0
        self._lent: dict[tuple[int, int], _Lent] = {}

    def show(self, name: str, root: MemoryRegion) -> AddressSpace:
        """The address space of the tree under `root`, on this old layer beside the claims."""
        self._space = AddressSpace(self._world, name, root, _ClaimsSink(self))
        self._space.overlay = lambda pieces: cut(pieces, self.claims)
        self._space.claims = self.claims
        return self._space

    # Old calls

    def cpu_register_physical_memory_log(
        self, start: int, size: int, phys_offset: int, region_offset: int, log_dirty: bool
    ) -> None:
        """Claim the range and register it as the old layer does; unassigned claims a hole.

        Regions are cut back first, so that nothing of the tree is in the old layer's page tables
        where it overwrites. Raises what the old layer raises; the map is then as it was.
        """
        space = self._space
        if space is None or not size:
            self.register(start, size, phys_offset, region_offset, log_dirty)
            return
        start &= self._addr_mask
        phys_offset &= _U64
        stretches = list(self._stretches(start, size))
        shown = any(space.view.find_first(AddrRange(low, high)) for low, high, _ in stretches)
        lent = self._lent.get((start, phys_offset)) if size == self.target.page_size else None
        if lent is not None and (shown or lent.region is not None):
            if self._still_there(space, start, lent):
                self.claims.put(start, start + size, None)
                space.refresh()
                return
            region_offset = lent.page_offset
            self.clear(start, start + size)
        act = self._world.next_act()
        advances = self._advances(phys_offset)
        undo: list[tuple[int, int, list[Claimed]]] = []
        for low, high, done in stretches:
            base = low & ~self._byte_mask
            page_offset = (region_offset & ~self._byte_mask) + done & _U64
            claim = Claim(
                base, phys_offset + done * advances & _U64, page_offset, advances, log_dirty, act
            )
            undo.append((low, high, self.claims.put(low, high, claim)))
        try:
            if shown:
                self._passing = act
                space.refresh()
            self.register(start, size, phys_offset, region_offset, log_dirty)
        except BaseException:
            for low, high, before in reversed(undo):
                self.claims.restore(low, high, before)
            if shown:
                space.refresh()
            raise
        finally:
            self._passing = 0
        self._settle(stretches, log_dirty, act)

    def cpu_get_physical_page_desc(self, addr: int) -> int:
        """The raw descriptor of the page that holds `addr`.

        Registered again there later, it makes the page answer as it does now, even when the region
        that answers moves meanwhile. (Old code saves descriptors and puts them back.)
        """
        desc = super().cpu_get_physical_page_desc(addr)
        if self._space is not None:
            page = (addr >> self._page_bits & self._page_mask) << self._page_bits
            self._lend(self._space, page, desc)
        return desc

    def _lend(self, space: AddressSpace, page: int, desc: int) -> None:
        row = space.view.find(page)
        claim = self.claims.at(page)
        self._lent.pop((page, desc), None)
        if row is not None:
            if row.start <= page and page + self.target.page_size <= row.end:
                first = row.start & ~self._byte_mask
                page_offset = (row.offset & ~self._byte_mask) + page - first
                offset = row.offset + page - row.start
                self._lent[page, desc] = _Lent(row.region, offset, page_offset)
        elif claim is not None and not claim.is_hole:
            self._lent[page, desc] = _Lent(None, 0, claim.page_offset(page))

    def _still_there(self, space: AddressSpace, page: int, lent: _Lent) -> bool:
        """Whether the tree alone would answer the page just as it did when it was lent."""
        if lent.region is None:
            return False
        return any(
            piece.region is lent.region and piece.offset + page - piece.start == lent.offset
            for piece in space.rendered
            if piece.start <= page and page + self.target.page_size <= piece.end
        )

    def _stretches(self, start: int, size: int) -> Iterator[tuple[int, int, int]]:
        """What an old registration visits: ranges of whole pages or within one page, and for each
        the bytes of pages visited before it."""
        bits = self._page_bits
        done = 0
        for visit in self._visits(start, size):
            base = visit.page << bits
            if self._whole(visit):
                yield base, base + (visit.pages << bits), done
            else:
                end = visit.last + 1 if visit.first <= visit.last else self._byte_mask + 1
                for at in range(0, visit.pages << bits, 1 << bits):
                    yield base + at + visit.first, base + at + end, done + at
            done += visit.pages << bits

    def _settle(self, stretches: list[tuple[int, int, int]], log_dirty: bool, act: int) -> None:
        """Note what the old layer made of it: its own region offsets, and RAM in whole pages."""
        bits = self._page_bits
        for low, high, _ in stretches:
            whole = not (low | high) & self._byte_mask
            first = low >> bits
            for run in self._pages.runs(first, (high - 1 >> bits) + 1 - first):
                if whole or not run.phys_offset & IO_MEM_SUBPAGE:
                    base = run.page << bits
                    claim = Claim(
                        base, run.phys_offset, run.region_offset, run.advances, log_dirty, act
                    )
                    self.claims.put(base, base + (run.pages << bits), claim)

    # For the tree

    def register(
        self, start: int, size: int, phys_offset: int, region_offset: int, log_dirty: bool
    ) -> None:
        """The old layer's own call, which claims nothing."""
        super().cpu_register_physical_memory_log(start, size, phys_offset, region_offset, log_dirty)

    def clear(self, start: int, end: int) -> None:
        """Unassign whole pages of the range, for their next owner to bring its region offset."""
        bits = self._page_bits
        first = start + self._byte_mask >> bits
        for run in list(self._pages.runs(first, max(0, (end >> bits) - first))):
            if run.assigned:
                self.register(run.page << bits, run.pages << bits, IO_MEM_UNASSIGNED, 0, False)

    def expose(self, start: int, end: int) -> None:
        """Register the claims in a range that no row covers any more."""
        for low, high, claim in self.claims.within(start, end):
            if not claim.is_hole and claim.age != self._passing:
                page = low & ~self._byte_mask
                self.clear(low, high)
                self.register(
                    low,
                    high - low,
                    claim.descriptor(page),
                    claim.page_offset(page),
                    claim.log_dirty,
                )


class _ClaimsSink(OntoLegacy):
    """Rows of the tree as old registrations that hide claims and give them back."""

    def __init__(self, claims: Claims) -> None:
        super().__init__(claims, claims.target.page_bits, claims)
        self._register = claims.register
        self._claims = claims
        self._vacated: list[AddrRange] = []

    def range_add(self, row: FlatRange) -> None:
        """Register the row, on pages cleared of the claims it hides."""
        if len(self._claims.claims):
            self._claims.clear(row.start, row.end)
            self._vacated = [
                part
                for gap in self._vacated
                for part in (
                    AddrRange(gap.start, min(gap.end, row.start)),
                    AddrRange(max(gap.start, row.end), gap.end),
                )
                if part
            ]
        try:
            super().range_add(row)
        except BaseException:
            self._vacated.append(row.range)
            raise

    def range_del(self, row: FlatRange) -> None:
        """Unregister the row; what it hid comes back at the commit."""
        super().range_del(row)
        if len(self._claims.claims):
            self._vacated.append(row.range)

    def commit(self) -> None:
        """Register again the claims that nothing hides any more."""
        vacated, self._vacated = self._vacated, []
        for gap in vacated:
            self._claims.expose(gap.start, gap.end)
