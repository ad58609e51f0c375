"""The core of a folded world: memory clients of the old API are told of the tree's rows too.

Stands for what registering a row on the old layer told them. Deleted with `shim.folded`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.host.ranges import AddrRange
from memfold.newapi import Core, FlatRange, MemoryRegion
from memfold.shim.claimmap import Gaps

if TYPE_CHECKING:
    from memfold.shim.folded import Folded

__all__ = ["FoldedCore"]


class FoldedCore(Core):
    """Serves the map of both generations, and tells `Folded` how the tree's part of it changes."""

    def __init__(self, folded: Folded) -> None:
        super().__init__(folded.world)
        self._folded = folded
        self._gaps = Gaps()

    def region_del(self, row: FlatRange) -> None:
        """Forget the row; a row of the tree is told to clients, its dirty state asked for first."""
        if row.region not in self._folded.regions:
            if row.log_mask:
                self._folded.cpu_physical_sync_dirty_bitmap(row.start, row.end)
            self._folded.tell_gone(row)
            self._gaps.open(row.range)
        super().region_del(row)

    def region_add(self, row: FlatRange) -> None:
        """Serve the row; a row of the tree is told to clients."""
        super().region_add(row)
        if row.region not in self._folded.regions:
            self._folded.tell_shown(row)
            self._gaps.close(row.range)

    def commit(self) -> None:
        """Serve what was added; clients are told of old registrations that came back."""
        super().commit()
        self._folded.forget_walks()
        for gap in self._gaps.take():
            self._folded.tell_claims(gap)

    def log_start(self, row: FlatRange) -> None:
        """Ask memory clients to log the row's writes."""
        self._folded.cpu_physical_log_start(row.start, row.size)

    def log_stop(self, row: FlatRange) -> None:
        """Ask memory clients to stop logging."""
        self._folded.cpu_physical_log_stop(row.start, row.size)

    def log_sync(self, row: FlatRange) -> None:
        """Have memory clients bring the dirty bytes up to date."""
        self._folded.cpu_physical_sync_dirty_bitmap(row.start, row.end)

    def coalesced_add(self, part: AddrRange) -> None:
        """Let an accelerator batch writes to `part`."""
        self._folded.qemu_register_coalesced_mmio(part.start, part.size)

    def coalesced_del(self, row: AddrRange) -> None:
        """Batch nothing in `row` any more."""
        self._folded.qemu_unregister_coalesced_mmio(row.start, row.size)

    def region_init(self, region: MemoryRegion) -> None:
        """New RAM may be what an old descriptor of a bad ram address means."""
        if region.ram_addr is not None:
            self._folded.refresh()

    def region_destroy(self, region: MemoryRegion) -> None:
        """Its RAM is gone, and no old access ends in it any more."""
        self._folded.forget_region(region)
