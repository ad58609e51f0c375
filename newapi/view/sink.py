"""The seam: whatever is told how an address space's rows change."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from memfold.host.ranges import AddrRange
    from memfold.newapi.tree.region import MemoryRegion
    from memfold.newapi.view.flatview import FlatRange

__all__ = ["EventFd", "MapSink"]


class EventFd(NamedTuple):
    """One event that the host signals when a guest writes there, at its absolute address."""

    addr: int
    size: int
    match_data: bool
    data: int
    fd: int

    def key(self) -> tuple[int, int, bool, int, int]:
        """The order that two sets are compared in; `data` counts only when it is matched."""
        return (self.addr, self.size, self.match_data, self.data if self.match_data else 0, self.fd)


class MapSink:
    """Told of one address space's changes: two passes per update, deletions and then additions.

    The old layer's calls are one sink, the core's dispatch is another, a test's recorder a third.
    A call that raises must have done nothing; the update is then undone by the inverse calls.
    A sink that derives from this class minds only what it overrides.
    """

    def begin(self) -> None:
        """An update starts."""

    def region_del(self, row: FlatRange) -> None:
        """`row` no longer answers."""

    def region_add(self, row: FlatRange) -> None:
        """`row` answers from now on."""

    def region_nop(self, row: FlatRange) -> None:
        """`row` answers as before; its logging may change next."""

    def log_start(self, row: FlatRange) -> None:
        """Dirty logging of `row` begins; otherwise it stays as it was."""

    def log_stop(self, row: FlatRange) -> None:
        """Dirty logging of `row` ends; otherwise it stays as it was."""

    def log_sync(self, row: FlatRange) -> None:
        """Somebody is about to read the dirty state of `row`."""

    def log_reset(self, ram: AddrRange, mask: int) -> None:
        """The dirty bits `mask` of these RAM addresses were cleared."""

    def coalesced_del(self, row: AddrRange) -> None:
        """No write inside `row` is coalesced any more."""

    def coalesced_add(self, part: AddrRange) -> None:
        """Writes inside `part` may be coalesced."""

    def eventfd_add(self, event: EventFd) -> None:
        """`event` is wanted from now on."""

    def eventfd_del(self, event: EventFd) -> None:
        """`event` is no longer wanted."""

    def commit(self) -> None:
        """The update is complete."""

    def region_init(self, region: MemoryRegion) -> None:
        """A region with backing of its own (RAM, ROM device) came into being, still unmapped."""

    def region_destroy(self, region: MemoryRegion) -> None:
        """`region` is gone for good; it was not mapped."""
