"""The shared map while the old layer holds it (stages `shim` and `convert`).

Stands before the old calls `cpu_register_physical_memory*` and `cpu_get_physical_page_desc`;
`shim.sharedmap` has the rules. Claims are in the old layer's own page table, and so are the rows of
the tree, through `shim.onto_legacy`: a row is shown without what newer claims took of it. Deleted
at the fold, where `shim.folded` follows the same rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from memfold.host.ranges import AddrRange
from memfold.legacy.constants import IO_MEM_SUBPAGE, IO_MEM_UNASSIGNED, reads_ram
from memfold.legacy.subpage import SubPage
from memfold.legacy.target import Target
from memfold.newapi import FlatRange, Kind, MemoryListener, Piece, World
from memfold.shim.claimmap import Gaps, Registration, cut
from memfold.shim.onto_legacy import OntoLegacy
from memfold.shim.sharedmap import SharedMap, Visited

__all__ = ["SharedPhysMem"]


class SharedPhysMem(SharedMap):
    """The old layer of a world with regions; it remembers what devices registered by old calls.

    Devices get it in place of `PhysMem`.
    """

    def __init__(self, target: Target, world: World) -> None:
        super().__init__(target, world)
        self._laid_aside: dict[int, int] = {}
        self._copies: list[int] = []
        self._divided: set[int] = set()
        """Pages that old calls made sub-pages of; others are so for the sake of rows alone."""

    def cpu_get_physical_page_desc(self, addr: int) -> int:
        """The raw descriptor of the page that holds `addr`.

        Registered again there later, it makes the page answer as it does now, even when the region
        that answers moves meanwhile. (Old code saves descriptors and puts them back.) For a page
        that regions have parts of this takes an io slot: raises `IoSlotsExhausted` without one.
        """
        desc = super().cpu_get_physical_page_desc(addr)
        page = self._page_of(addr)
        sub = self._subpage_of(desc)
        if sub is not None and self._tree_shows(page, page + self.target.page_size):
            return self._copy_of(sub)
        self._lend(page, desc, self.space.view.find(page))
        return desc

    def _copy_of(self, sub: SubPage) -> int:
        """The descriptor of a sub-page like `sub` that regions coming and going do not change."""
        for desc in self._copies:
            known = self._subpage_of(desc)
            if known is not None and known.same_as(sub):
                return desc
        self._copies.append(sub.copy().place() | IO_MEM_SUBPAGE)
        return self._copies[-1]

    def _listener(self) -> MemoryListener:
        return _ClaimsListener(self)

    def _overlay(self, pieces: list[Piece], _window: AddrRange, /) -> list[Piece]:
        return cut(pieces, self.claims)

    def _tree_shows(self, start: int, end: int) -> bool:
        return self.space.view.find_first(AddrRange(start, end)) is not None

    def _show_claims(self, _window: AddrRange, /) -> None:
        """The old layer has registered them."""

    def _leave_to_old_calls(self, stretches: Sequence[Visited], /) -> None:
        """A sub-page made for rows alone goes: a page that is assigned would keep its region offset
        (rule 1), which old calls gave it none of, or another. One of theirs returns."""
        for stretch in stretches:
            if (stretch.start | stretch.end) & self.byte_mask:
                continue
            first, end = stretch.start >> self.page_bits, stretch.end >> self.page_bits
            for number in sorted(page for page in self._divided if first <= page < end):
                self._use_again(number)
            for run in [*self._runs(stretch.start, stretch.end)]:
                page = AddrRange.sized(run.page << self.page_bits, self.target.page_size)
                claim = self.claims.at(page.start)
                claimed = claim is not None and claim.on_page(page.start)[0] == run.phys_offset
                divided = run.page in self._divided or claimed
                if self._subpage_of(run.phys_offset) is not None and not divided:
                    self.clear(page.start, page.end)
                    self.expose(page)

    def _note(self, stretch: Visited, asked: Registration) -> None:
        super()._note(stretch, asked)
        first, end = stretch.start >> self.page_bits, stretch.end - 1 >> self.page_bits
        if (stretch.start | stretch.end) & self.byte_mask:
            if self.page_table.get(first)[0] & IO_MEM_SUBPAGE:
                self._divided.add(first)
        else:
            self._divided = {page for page in self._divided if not first <= page <= end}

    # The old layer never gives a sub-page's io slot back: covering one and uncovering it would soon
    # use all of them up. So a sub-page that is covered is laid aside and used again.

    @contextmanager
    def pages_kept(self, where: Sequence[AddrRange]) -> Iterator[None]:
        """See `SharedMap.pages_kept`; what was laid aside is so again."""
        laid_aside, divided = self._laid_aside.copy(), self._divided.copy()
        try:
            with super().pages_kept(where):
                yield
        except BaseException:
            self._laid_aside, self._divided = laid_aside, divided
            raise

    def _withdraw(self, page: int, size: int) -> None:
        """See `SharedMap._withdraw`; a page that the tree has whole stays as it is registered."""
        row = self.space.view.find(page)
        if row is None or row.end < page + size:
            super()._withdraw(page, size)
        else:
            self.claims.put(page, page + size, None)

    def clear(self, start: int, end: int) -> None:
        """See `SharedMap.clear`; sub-pages are laid aside."""
        for run in self._assigned(start, end):
            if run.phys_offset & IO_MEM_SUBPAGE:
                self._laid_aside[run.page] = run.phys_offset
        super().clear(start, end)

    def register(
        self, start: int, size: int, phys_offset: int, region_offset: int, log_dirty: bool
    ) -> None:
        """See `SharedMap.register`; a sub-page laid aside takes what covers its page in part."""
        for at in (start, start + size):
            if at & self.byte_mask:
                self._use_again(at >> self.page_bits)
        super().register(start, size, phys_offset, region_offset, log_dirty)

    def _use_again(self, page: int) -> None:
        """Make an unassigned page the sub-page that was laid aside for it, with nothing on it."""
        desc = self._laid_aside.pop(page, None)
        if desc is None or self._subpage_of(desc) is None:  # or whose slot was given back
            return
        if self.page_table.get(page)[0] == IO_MEM_UNASSIGNED:
            base, last = page << self.page_bits, self.byte_mask
            super().register(base, last + 1, desc, 0, False)
            # In two parts: unassigning all of it would unassign the page, not its bytes.
            super().register(base, last, IO_MEM_UNASSIGNED, 0, False)
            super().register(base + last, 1, IO_MEM_UNASSIGNED, 0, False)

    def expose(self, gap: AddrRange) -> None:
        """Register the claims in a range that no row covers any more.

        A page at its edge that still says what the claim says is left alone: a row was to cover a
        part of it and did not, and registering that part would make a sub-page of it.
        """
        for start, end, claim in self.claims.within(gap.start, gap.end):
            if claim.is_hole:
                continue
            if self._says(claim, start):
                start = start + self.byte_mask & ~self.byte_mask
            if self._says(claim, end):
                end &= ~self.byte_mask
            if start < end:
                phys_offset, region_offset = claim.on_page(start & ~self.byte_mask)
                self.register_all(start, end - start, phys_offset, region_offset, claim.log_dirty)

    def _says(self, claim: Registration, addr: int) -> bool:
        """Whether the page of `addr` is still what `claim` made of it."""
        page = addr >> self.page_bits
        return self.page_table.get(page) == claim.on_page(page << self.page_bits)

    def register_all(
        self, start: int, size: int, phys_offset: int, region_offset: int, log_dirty: bool
    ) -> None:
        """The old layer's own call, twice where one would lose bytes.

        It visits as many pages as the size makes, counted from the page of an unaligned start: the
        tail beyond is lost (rule 2, device-unaligned-multi-page).
        """
        head = -start & self.byte_mask
        if 0 < head < size:
            self.register(start, head, phys_offset, region_offset, log_dirty)
            start, size = start + head, size - head
            phys_offset += self.target.page_size * reads_ram(phys_offset & self.byte_mask)
            region_offset += self.target.page_size
        self.register(start, size, phys_offset, region_offset, log_dirty)


class _ClaimsListener(OntoLegacy):
    """Rows of the tree as old registrations that hide claims and give them back."""

    def __init__(self, shared: SharedPhysMem) -> None:
        super().__init__(shared, shared.target, shared)
        self._register = shared.register_all
        self._shared = shared
        self._gaps = Gaps()

    def region_add(self, row: FlatRange) -> None:
        """Register the row, on pages cleared of what it hides: claims, or a sub-page left over."""
        row = self._told_row(row)
        if not row.range:
            return
        with self._shared.pages_kept([row.range]):
            self._shared.clear(row.start, row.end)
            shown = self._whole_pages(row) if row.region.kind is Kind.RAM else row
            if shown.range:
                super().region_add(shown)
        self._gaps.close(row.range)

    def _whole_pages(self, row: FlatRange) -> FlatRange:
        """What the old layer can show of a row of RAM, perhaps nothing.

        It knows RAM in whole pages only. Where old devices have a part of one, its rest is lost to
        both (rule 5, subpage-over-ram-kills-rest-of-page); misaligned RAM has no descriptor.
        """
        assert row.region.ram_addr is not None
        mask = self._shared.target.page_size - 1
        if row.region.ram_addr + row.offset - row.start & mask:
            return row.part(row.start, row.start)
        return row.part(row.start + mask & ~mask, row.end)

    def region_del(self, row: FlatRange) -> None:
        """Unregister the row; what it hid comes back at the commit."""
        part = self._told_row(row).range
        if part:
            with self._shared.pages_kept([part]):
                super().region_del(row)
            self._gaps.open(part)

    def commit(self) -> None:
        """Register again the claims that nothing hides any more.

        Registers return without a new io slot. Not so always where RAM had part of a page, which
        the old layer maps whole: `IoSlotsExhausted` is then raised, and the update taken back.
        """
        with self._gaps.taken() as gaps, self._shared.pages_kept(gaps):
            for gap in gaps:
                self._shared.expose(gap)
