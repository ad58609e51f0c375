"""Both generations on one map, while the old layer holds it (stages `shim` and `convert`).

Stands before the old calls `cpu_register_physical_memory*` and `cpu_get_physical_page_desc` of
devices not yet converted, whose new form is `add_subregion`. Two rules say what an address answers.
Inside the tree, priority decides; between the tree's winner and the newest old registration the
later act wins. What vanishes brings back what it hid, old registrations included: else one region
unmapped would wipe the unconverted device beneath it. Deleted at the fold, where `shim.folded`
follows the same rules.
"""

from __future__ import annotations

from typing import NamedTuple

from legacy.constants import IO_MEM_SUBPAGE, IO_MEM_UNASSIGNED
from legacy.target import Target
from memfold.host.ranges import AddrRange
from newapi import AddressSpace, FlatRange, MemoryRegion, World
from shim.claimmap import Claimed, ClaimMap, Gaps, cut
from shim.onto_legacy import OntoLegacy
from shim.sharedmap import Lent, SharedMap, Stretch

__all__ = ["Claims"]

_U64 = (1 << 64) - 1


class Claim(NamedTuple):
    """What one old registration said, or the part of it that follows one rule.

    `phys_offset` and `region_offset` are those of the page that begins at `base`; from page to
    page the region offset grows by a page, and the descriptor too if it `advances`.
    """

    base: int
    phys_offset: int
    region_offset: int
    advances: bool
    log_dirty: bool
    age: int
    """`World.next_act` at the call: a registration is an act like adding a region."""

    @property
    def is_hole(self) -> bool:
        """Whether it says that nothing is here: an unregistration is a claim too."""
        return self.phys_offset == IO_MEM_UNASSIGNED

    def descriptor(self, page: int) -> int:
        """The old layer's descriptor for the page that begins at address `page`."""
        return self.phys_offset + (page - self.base) * self.advances & _U64

    def page_offset(self, page: int) -> int:
        """What callbacks are told for the first byte of the page that begins at `page`."""
        return self.region_offset + page - self.base & _U64


class Claims(SharedMap):
    """The old layer of a world with regions; it remembers what devices registered by old calls.

    Devices get it in place of `PhysMem`, and `show` shows the tree on it. A trace of old calls
    alone is answered exactly as `PhysMem` answers it.
    """

    def __init__(self, target: Target, world: World) -> None:
        super().__init__(target, world)
        self.claims: ClaimMap[Claim] = ClaimMap()
        """What old calls said last about each address."""
        self._space: AddressSpace | None = None
        self._passing = 0

    def show(self, name: str, root: MemoryRegion) -> AddressSpace:
        """The address space of the tree under `root`, on this old layer beside the claims."""
        self._space = AddressSpace(self.world, name, root, _ClaimsSink(self))
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
        stretches = self._stretches(start, size)
        shown = any(space.view.find_first(AddrRange(low, high)) for low, high, _ in stretches)
        lent = self._lent.get((start, phys_offset)) if size == self.target.page_size else None
        if lent is not None and (shown or lent.region is not None):
            if self._there_anyway(space, start, lent):
                self.claims.put(start, start + size, None)
                space.refresh()
                return
            region_offset = lent.page_offset
            self.clear(start, start + size)
        act = self.world.next_act()
        advances = self._advances(phys_offset)
        undo: list[tuple[int, int, list[Claimed[Claim]]]] = []
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
            page = self._page_of(addr)
            row = self._space.view.find(page)
            self._lend(page, desc, row)
            claim = self.claims.at(page)
            if row is None and claim is not None and not claim.is_hole:
                self._lent[page, desc] = Lent(None, 0, claim.page_offset(page))
        return desc

    def _settle(self, stretches: list[Stretch], log_dirty: bool, act: int) -> None:
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
        self._gaps = Gaps()

    def range_add(self, row: FlatRange) -> None:
        """Register the row, on pages cleared of the claims it hides."""
        if len(self._claims.claims):
            self._claims.clear(row.start, row.end)
            self._gaps.close(row.range)
        try:
            super().range_add(row)
        except BaseException:
            self._gaps.open(row.range)
            raise

    def range_del(self, row: FlatRange) -> None:
        """Unregister the row; what it hid comes back at the commit."""
        super().range_del(row)
        if len(self._claims.claims):
            self._gaps.open(row.range)

    def commit(self) -> None:
        """Register again the claims that nothing hides any more."""
        for gap in self._gaps.take():
            self._claims.expose(gap.start, gap.end)
