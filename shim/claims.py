"""The shared map while the old layer holds it (stages `shim` and `convert`).

Stands before the old calls `cpu_register_physical_memory*` and `cpu_get_physical_page_desc`;
`shim.sharedmap` has the rules. Claims are in the old layer's own page table, and so are the rows of
the tree, through `shim.onto_legacy`: a row is shown without what newer claims took of it. Deleted
at the fold, where `shim.folded` follows the same rules.
"""

from __future__ import annotations

from memfold.host.ranges import AddrRange
from newapi import FlatRange, MapSink, Piece
from shim.claimmap import Claim, Gaps, cut
from shim.onto_legacy import OntoLegacy
from shim.sharedmap import SharedMap

__all__ = ["Claims"]


class Claims(SharedMap):
    """The old layer of a world with regions; it remembers what devices registered by old calls.

    Devices get it in place of `PhysMem`.
    """

    def cpu_get_physical_page_desc(self, addr: int) -> int:
        """The raw descriptor of the page that holds `addr`.

        Registered again there later, it makes the page answer as it does now, even when the region
        that answers moves meanwhile. (Old code saves descriptors and puts them back.)
        """
        desc = super().cpu_get_physical_page_desc(addr)
        page = self._page_of(addr)
        self._lend(page, desc, self.space.view.find(page))
        return desc

    def _sink(self) -> MapSink:
        return _ClaimsSink(self)

    def _overlay(self, pieces: list[Piece]) -> list[Piece]:
        return cut(pieces, self.claims)

    def _tree_shows(self, start: int, end: int) -> bool:
        return self.space.view.find_first(AddrRange(start, end)) is not None

    def _claim_in_subpage(self, start: int, end: int, asked: Claim, _made: Claim, /) -> None:
        self.claims.put(start, end, asked)

    def expose(self, gap: AddrRange) -> None:
        """Register the claims in a range that no row covers any more."""
        for start, end, claim in self.claims.within(gap.start, gap.end):
            if not claim.is_hole:
                phys_offset, region_offset = claim.on_page(start & ~self._byte_mask)
                self.clear(start, end)
                self.register(start, end - start, phys_offset, region_offset, claim.log_dirty)


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
            self._claims.expose(gap)
