"""Old registrations and regions on one map: the rules that hold before and after the fold.

Stands before the old calls `cpu_register_physical_memory*` of devices not yet converted, whose new
form is `add_subregion`. Two rules say what an address answers. Inside the tree, priority decides;
between the tree's winner and the newest old registration the later act wins. What vanishes brings
back what it hid, old registrations included: else one region unmapped would wipe the unconverted
device beneath it. Deleted with `shim.shared_physmem` and `shim.folded`, who build on it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from memfold.errors import MemfoldError
from memfold.host.ranges import AddrRange
from memfold.legacy.constants import IO_MEM_SHIFT, IO_MEM_SUBPAGE, IO_MEM_UNASSIGNED, reads_ram
from memfold.legacy.pagetable import Run
from memfold.legacy.physmem import PhysMem
from memfold.legacy.subpage import SubPage
from memfold.legacy.target import Target
from memfold.legacy.visits import visits
from memfold.newapi import (
    AddressSpace,
    FlatRange,
    MemoryListener,
    MemoryRegion,
    Overlay,
    Piece,
    World,
)
from memfold.shim.claimmap import Claimed, ClaimMap, Registration

__all__ = ["SharedMap", "SharedMapError", "Visited"]

_U64 = (1 << 64) - 1


class SharedMapError(MemfoldError):
    """An old call that needs the map came before there was one."""


class Visited(NamedTuple):
    """Addresses that an old registration visits: whole pages, or bytes within one."""

    start: int
    end: int
    done: int
    """Bytes of the pages it visited before."""


class _Lent(NamedTuple):
    """The region that answered a page when the page's descriptor was read."""

    region: MemoryRegion
    offset: int
    """Of the page in the region."""
    page_offset: int
    """The old layer's region offset of the page."""


class SharedMap(PhysMem, ABC):
    """The old calls of a world that has regions too; `show` shows its tree.

    A trace of old calls alone is answered exactly as `PhysMem` answers it.
    """

    def __init__(self, target: Target, world: World) -> None:
        super().__init__(target, world.ram_list)
        self.world = world
        self.claims = ClaimMap()
        """What old calls said last about each address."""
        self._space: AddressSpace | None = None
        self._lent: dict[tuple[int, int], _Lent] = {}

    def show(self, name: str, root: MemoryRegion) -> AddressSpace:
        """The one address space of this world: the tree under `root` beside the claims."""
        overlay = Overlay(self.claims, self._overlay)
        self._space = AddressSpace(self.world, name, root, self._listener(), overlay=overlay)
        return self._space

    @property
    def space(self) -> AddressSpace:
        """The address space shown; raises `SharedMapError` before `show`."""
        if self._space is None:
            raise SharedMapError(f"{self.target.name}: no address space is shown yet")
        return self._space

    # What differs between the two

    @abstractmethod
    def _listener(self) -> MemoryListener:
        """What serves the map."""

    @abstractmethod
    def _overlay(self, pieces: list[Piece], window: AddrRange, /) -> list[Piece]:
        """What is shown in `window`, where the tree alone would show `pieces`."""

    @abstractmethod
    def _tree_shows(self, start: int, end: int) -> bool:
        """Whether a region of the tree is visible in a range."""

    @abstractmethod
    def _show_claims(self, window: AddrRange, /) -> None:
        """Old calls have claimed parts of `window`, which is made of whole pages."""

    @abstractmethod
    def _leave_to_old_calls(self, stretches: Sequence[Visited], /) -> None:
        """Whole pages among what is registered next are to be what old calls alone made of them."""

    # Registering

    def register(
        self, start: int, size: int, phys_offset: int, region_offset: int, log_dirty: bool
    ) -> None:
        """The old layer's own call, which claims nothing."""
        super().cpu_register_physical_memory_log(start, size, phys_offset, region_offset, log_dirty)

    def cpu_register_physical_memory_log(
        self, start: int, size: int, phys_offset: int, region_offset: int, log_dirty: bool
    ) -> None:
        """Claim the range and register it as the old layer does; unassigned claims a hole.

        What old calls said before comes back first, in place of regions that hid it: so the old
        layer overwrites what it would overwrite without them. Raises what the old layer raises;
        the map is then as it was.
        """
        start &= self.addr_mask
        size &= _U64
        phys_offset &= _U64
        lent = self._region_lent(start, size, phys_offset)
        if lent is not None and self._there_anyway(start, lent):
            self._withdraw(start, size)
            return
        stretches = list(self._stretches(start, size)) if size else []
        act = self.world.next_act()
        with self._claims_brought_back(stretches, act), self._whole_or_not_at_all(stretches):
            self._leave_to_old_calls(stretches)
            if lent is not None:
                self.clear(start, start + size)
                region_offset = lent.page_offset
            self.register(start, size, phys_offset, region_offset, log_dirty)
            base, region_offset = start & ~self.byte_mask, region_offset & ~self.byte_mask
            advances = reads_ram(phys_offset & self.byte_mask)
            asked = Registration(base, phys_offset, region_offset, advances, log_dirty, act)
            for stretch in stretches:
                self._note(stretch, asked)
            first, last = min(s.start for s in stretches), max(s.end for s in stretches) - 1
            self._show_claims(AddrRange(first & ~self.byte_mask, (last | self.byte_mask) + 1))

    @contextmanager
    def _whole_or_not_at_all(self, stretches: Sequence[Visited]) -> Iterator[None]:
        """If the ``with`` block raises, what old calls made of the stretches is as it was before.

        Memory clients may have heard of it; so they did in 2011, before anything was done.
        """
        claimed = [(s.start, s.end, self.claims.within(s.start, s.end)) for s in stretches]
        try:
            with self.pages_kept([AddrRange(s.start, s.end) for s in stretches]):
                yield
        except BaseException:
            for start, end, rows in claimed:
                self.claims.restore(start, end, rows)
            self.space.refresh()
            raise

    @contextmanager
    def pages_kept(self, where: Sequence[AddrRange]) -> Iterator[None]:
        """If the ``with`` block raises, the old layer's pages there are as they were before."""
        used = self.io_table.used
        pages = [run for part in where for run in self._runs(part.start, part.end)]
        subpages = filter(None, (self._subpage_of(run.phys_offset) for run in pages))
        copies = [(sub, sub.copy()) for sub in subpages]
        try:
            yield
        except BaseException:
            self.page_table.restore(pages)
            for sub, copy in copies:
                sub.restore(copy)
            for slot, (before, now) in enumerate(zip(used, self.io_table.used, strict=True)):
                if now and not before and isinstance(self.io_table.opaque[slot], SubPage):
                    self.io_table.unregister(slot << IO_MEM_SHIFT)
            self.forget_walks()
            raise

    def _runs(self, start: int, end: int) -> Iterator[Run]:
        """What the pages of a range are."""
        first = start >> self.page_bits
        return self.page_table.runs(first, (end - 1 >> self.page_bits) + 1 - first)

    @contextmanager
    def _claims_brought_back(self, stretches: list[Visited], act: int) -> Iterator[None]:
        """Inside the ``with``, old claims stand before the regions that hid them.

        If it raises, they are hidden again.
        """
        hidden = [s for s in stretches if self._tree_shows(s.start, s.end)]
        before = [(s.start, s.end, self._renew(s, act)) for s in hidden]
        try:
            if hidden:
                self.space.refresh()
            yield
        except BaseException:
            for start, end, rows in reversed(before):
                self.claims.restore(start, end, rows)
            if hidden:
                self.space.refresh()
            raise

    def _renew(self, stretch: Visited, act: int) -> list[Claimed]:
        """Make the claims on a stretch as new as `act`; what they were.

        Where nobody claimed, a hole is claimed.
        """
        base = stretch.start & ~self.byte_mask
        hole = Registration(base, IO_MEM_UNASSIGNED, 0, False, False, act)
        before = self.claims.put(stretch.start, stretch.end, hole)
        for row in before:
            self.claims.put(row.start, row.end, row.claim._replace(act=act))
        return before

    def _note(self, stretch: Visited, asked: Registration) -> None:
        """Claim what the old layer made of a registration, with its own region offsets."""
        bits = self.page_bits
        whole = not (stretch.start | stretch.end) & self.byte_mask
        for run in self._runs(stretch.start, stretch.end):
            if whole or not run.phys_offset & IO_MEM_SUBPAGE:
                made = self._made(run, asked)
                self.claims.put(made.base, made.base + (run.pages << bits), made)
            else:
                phys_offset, region_offset = asked.on_page(asked.base + stretch.done)
                part = asked._replace(
                    base=run.page << bits, phys_offset=phys_offset, region_offset=region_offset
                )
                self.claims.put(stretch.start, stretch.end, part)

    def _made(self, run: Run, claim: Registration) -> Registration:
        """What `run` says, with the act of `claim`."""
        return claim._replace(
            base=run.page << self.page_bits,
            phys_offset=run.phys_offset,
            region_offset=run.region_offset,
            advances=run.advances,
        )

    def _stretches(self, start: int, size: int) -> Iterator[Visited]:
        """What a registration visits, by the old layer's rules."""
        bits, page = self.page_bits, self.byte_mask + 1
        done = 0
        for visit in visits(self.target, start, size):
            base = visit.page << bits
            if visit.whole:
                yield Visited(base, base + (visit.pages << bits), done)
            else:
                # Nothing of the page is registered when `last` lies before `first`, and yet it
                # turns into a sub-page (rule 2): what follows `first` counts as claimed.
                end = visit.last + 1 if visit.first <= visit.last else page
                for at in range(0, visit.pages << bits, page):
                    yield Visited(base + at + visit.first, base + at + end, done + at)
            done += visit.pages << bits

    def clear(self, start: int, end: int) -> None:
        """Unassign whole pages of the range, for their next owner to bring its region offset."""
        for run in self._assigned(start, end):
            at = run.page << self.page_bits
            self.register(at, run.pages << self.page_bits, IO_MEM_UNASSIGNED, 0, False)

    def _assigned(self, start: int, end: int) -> list[Run]:
        """What the whole pages of a range are assigned to."""
        first = start + self.byte_mask >> self.page_bits
        count = max(0, (end >> self.page_bits) - first)
        return [run for run in self.page_table.runs(first, count) if run.assigned]

    # Descriptors that old code saves and puts back

    def _region_lent(self, page: int, size: int, desc: int) -> _Lent | None:
        """The region that `desc`, put back on its page, stands for; None for a common descriptor.

        Once the region is gone another device may have its io slot or its RAM.
        """
        lent = self._lent.get((page, desc)) if size == self.target.page_size else None
        if lent is not None and lent.region.destroyed:
            del self._lent[page, desc]
            return None
        return lent

    def _lend(self, page: int, desc: int, row: FlatRange | None) -> None:
        """Remember that `desc` stands for what `row` shows at `page`; None: not for a region."""
        if row is not None and row.start <= page and page + self.target.page_size <= row.end:
            first = row.start & ~self.byte_mask
            page_offset = (row.offset & ~self.byte_mask) + page - first
            self._lent[page, desc] = _Lent(row.region, row.offset + page - row.start, page_offset)
        else:
            self._lent.pop((page, desc), None)

    def _there_anyway(self, page: int, lent: _Lent) -> bool:
        """Whether the tree, without claims, shows at `page` just what was lent."""
        return any(
            piece.region is lent.region and piece.offset + page - piece.start == lent.offset
            for piece in self.space.rendered
            if piece.start <= page and page + self.target.page_size <= piece.end
        )

    def _withdraw(self, page: int, size: int) -> None:
        """Let the tree answer a page again, as if no old call had spoken of it."""
        with self._whole_or_not_at_all([Visited(page, page + size, 0)]):
            self.clear(page, page + size)
            self.claims.put(page, page + size, None)
            self.space.refresh()

    def _subpage_of(self, desc: int) -> SubPage | None:
        if not desc & IO_MEM_SUBPAGE:
            return None
        sub = self.io_table.opaque[(desc & self.byte_mask) >> IO_MEM_SHIFT]
        return sub if isinstance(sub, SubPage) else None

    def _page_of(self, addr: int) -> int:
        """Where the page of `addr` begins, as far as the page table looks at addresses."""
        return (addr >> self.page_bits) % self.target.pages << self.page_bits
