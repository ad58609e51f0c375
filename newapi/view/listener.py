"""Memory listeners: who is told of every change of one address space, in QEMU's order.

Towards lower priority numbers for what ends (a row or a log goes, an event is added), towards
higher ones for all else; of equal priorities the first registered counts as lower (golden memory
rule 11, scenario ``listener_order``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from memfold.newapi.tree.ops import EventFd

if TYPE_CHECKING:
    from memfold.host.ranges import AddrRange
    from memfold.newapi.tree.region import MemoryRegion
    from memfold.newapi.view.flatview import FlatRange

__all__ = ["INVERSE", "Audience", "MemoryListener"]


class MemoryListener:
    """Told of the changes of the one address space it is registered in; override what matters.

    The old layer's calls are one, the core's dispatch is another, a test's recorder a third. A call
    that raises must have done nothing: the update is then taken back by the inverse calls. Each
    update is two passes over the rows, deletions and then additions, both ascending.
    """

    priority = 0
    """See the module; a listener keeps the one it is registered with."""
    world: object = None
    """The only one it may serve, where it minds."""
    space: object = None
    """The space it is registered in, which sees to this."""

    def __init__(self, priority: int = 0, world: object = None) -> None:
        """See the attributes."""
        self.priority = priority
        self.world = world

    def check(self, rows: Sequence[FlatRange], /) -> None:
        """Raise `RegionError` when it does not serve just these rows; see `World.check`."""

    def unregistered(self) -> None:
        """It is told nothing more; all it holds for rows and regions it may let go."""

    def begin(self) -> None:
        """An update of all spaces starts."""

    def commit(self) -> None:
        """The update is complete."""

    def region_add(self, row: FlatRange, /) -> None:
        """`row` answers from now on."""

    def region_del(self, row: FlatRange, /) -> None:
        """`row` no longer answers."""

    def region_nop(self, row: FlatRange, /) -> None:
        """`row` answers as before; its logging may change next."""

    def log_start(self, row: FlatRange, /) -> None:
        """Dirty logging of `row` begins; otherwise it stays as it was."""

    def log_stop(self, row: FlatRange, /) -> None:
        """Dirty logging of `row` ends; otherwise it stays as it was."""

    def log_sync(self, row: FlatRange, /) -> None:
        """Somebody is about to read the dirty state of `row`."""

    def log_reset(self, ram: AddrRange, mask: int, /) -> None:
        """The dirty bits `mask` of these RAM addresses were cleared."""

    def log_global_start(self) -> None:
        """All RAM is logged from now on (migration)."""

    def log_global_stop(self) -> None:
        """Only what asked for it is logged from now on."""

    def coalesced_add(self, part: AddrRange, /) -> None:
        """Writes inside `part` may be coalesced."""

    def coalesced_del(self, row: AddrRange, /) -> None:
        """No write inside `row` is coalesced any more."""

    def eventfd_add(self, event: EventFd, /) -> None:
        """`event`, at its absolute address, is wanted from now on."""

    def eventfd_del(self, event: EventFd, /) -> None:
        """`event` is no longer wanted."""

    def region_init(self, region: MemoryRegion, /) -> None:
        """A region with backing of its own (RAM, ROM device) came into being, still unmapped."""

    def region_destroy(self, region: MemoryRegion, /) -> None:
        """`region` is gone for good; it was not mapped."""


INVERSE = {
    "region_add": "region_del",
    "region_del": "region_add",
    "log_start": "log_stop",
    "log_stop": "log_start",
    "coalesced_add": "coalesced_del",
    "eventfd_add": "eventfd_del",
    "eventfd_del": "eventfd_add",
    "log_global_start": "log_global_stop",
    "log_global_stop": "log_global_start",
    "region_init": "region_destroy",
}
"""What takes back what a listener was told."""

_DOWNWARDS = frozenset(
    ("region_del", "log_stop", "log_global_stop", "coalesced_del", "eventfd_add")
)


class Audience:
    """Listeners in the order of their priorities; for each event, those that mind."""

    def __init__(self, listeners: Sequence[MemoryListener] = ()) -> None:
        """`listeners` ascend."""
        self.listeners = tuple(listeners)
        self._minding: dict[str, list[MemoryListener]] = {}

    def __iter__(self) -> Iterator[MemoryListener]:
        return iter(self.listeners)

    def __contains__(self, listener: MemoryListener) -> bool:
        return listener in self.listeners

    def plus(self, new: MemoryListener) -> Audience:
        """These and `new`, above all of its own priority."""
        above = (i for i, one in enumerate(self.listeners) if one.priority > new.priority)
        place = next(above, len(self.listeners))
        return Audience((*self.listeners[:place], new, *self.listeners[place:]))

    def minus(self, gone: MemoryListener) -> Audience:
        """These without `gone`."""
        return Audience([one for one in self.listeners if one is not gone])

    def of(self, event: str) -> list[MemoryListener]:
        """Those that override `event`, in the order in which they are told of it."""
        minding = self._minding.get(event)
        if minding is None:
            own = getattr(MemoryListener, event)
            minding = [one for one in self.listeners if getattr(type(one), event) is not own]
            self._minding[event] = minding = minding[::-1] if event in _DOWNWARDS else minding
        return minding
