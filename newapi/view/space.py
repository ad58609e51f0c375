"""What a world knows of its address spaces, and of those who watch it change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from memfold.host.ranges import ADDRESS_LIMIT, AddrRange
from memfold.newapi.tree.node import Change, Node

if TYPE_CHECKING:
    from memfold.newapi.tree.region import MemoryRegion
    from memfold.newapi.view.claims import ClaimSource
    from memfold.newapi.view.flatview import FlatView, Piece

__all__ = ["EVERYWHERE", "Space", "Watcher"]

EVERYWHERE = AddrRange(0, ADDRESS_LIMIT)


class Watcher(Protocol):
    """Somebody who asked to hear of changes: a log, a report of conflicts."""

    def noted(self, change: Change) -> None:
        """A change was made just now, by the caller's caller; views may not show it yet."""

    def committed(self, changes: list[Change]) -> None:
        """These changes, in order, are for good and every view shows them."""


class Space(Protocol):
    """What a world and those who ask it know of one address space."""

    @property
    def name(self) -> str:
        """For people."""

    @property
    def root(self) -> MemoryRegion:
        """The tree that it shows lies under this region."""

    @property
    def view(self) -> FlatView:
        """Who answers where, now."""

    @property
    def rendered(self) -> Sequence[Piece]:
        """What the tree alone shows."""

    @property
    def claims(self) -> ClaimSource | None:
        """Others who share the map."""

    def mark(self, window: AddrRange) -> None:
        """In `window` the tree may show something else now than what is shown."""

    def prepare(self) -> None:
        """Work out what the tree shows now where it was marked; nobody is told yet."""

    def bring_up(self) -> None:
        """Show what was prepared, and tell its listeners."""

    def revert(self) -> None:
        """Take back what the update that is going on has told and shown."""

    def settle(self) -> None:
        """The update is over: let go of what is shown no more."""

    def tell_coalescing(self, region: Node) -> None:
        """Tell its listeners which writes to `region` may be coalesced now."""

    def lags(self) -> bool:
        """Whether its listeners were told of other coalescing than regions have."""

    def tell_sync(self, region: Node) -> None:
        """See `NodeWorld.tell_sync`."""

    def check(self) -> None:
        """See `World.check`."""
