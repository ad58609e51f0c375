"""What else may share a map with a tree: claims of old code, newer or older than its regions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from memfold.host.ranges import AddrRange
    from memfold.newapi.view.flatview import Piece

__all__ = ["Claim", "ClaimSource", "Overlay"]


class Claim(Protocol):
    """What old code, outside the tree, registered for some addresses."""

    @property
    def act(self) -> int:
        """The act number of the registration."""

    @property
    def is_hole(self) -> bool:
        """Whether it says that nothing answers."""


class ClaimSource(Protocol):
    """Where the claims on one address space are kept."""

    def at(self, addr: int) -> Claim | None:
        """The newest claim on `addr`."""

    def within(self, start: int, end: int) -> Sequence[tuple[int, int, Claim]]:
        """(start, end, newest claim) of each stretch in ``start <= a < end``, ascending."""


class Overlay(NamedTuple):
    """Others who share the map of a space."""

    claims: ClaimSource
    """What they say, for reports."""
    shown: Callable[[list[Piece], AddrRange], list[Piece]]
    """Turns what the tree shows in a range into what is shown there, both ascending."""
