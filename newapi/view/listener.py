"""Memory listeners: who is told of every change, in QEMU's order.

Towards lower priority numbers for what ends (a row or a log goes, an event is added), towards
higher ones for all else; of equal priorities the first registered counts as lower (golden memory
rule 11, scenario ``listener_order``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.newapi.tree.errors import RegionError
from memfold.newapi.view.sink import EventFd, MapSink

if TYPE_CHECKING:
    from memfold.host.ranges import AddrRange
    from memfold.newapi.view.addressspace import AddressSpace
    from memfold.newapi.view.flatview import FlatRange
    from memfold.newapi.view.world import World

__all__ = ["Broadcast", "Listeners", "MemoryListener", "SinkListener"]


class MemoryListener:
    """Told of the changes of one address space, or of all; override what matters."""

    def __init__(self, priority: int = 0, space: AddressSpace | None = None) -> None:
        """`space` None: every address space."""
        self.priority = priority
        self.space = space

    def begin(self) -> None:
        """An update of all spaces starts."""

    def commit(self) -> None:
        """The update is complete."""

    def region_add(self, space: AddressSpace, row: FlatRange) -> None:
        """`row` answers from now on."""

    def region_del(self, space: AddressSpace, row: FlatRange) -> None:
        """`row` no longer answers."""

    def region_nop(self, space: AddressSpace, row: FlatRange) -> None:
        """`row` answers as before."""

    def log_start(self, space: AddressSpace, row: FlatRange) -> None:
        """Dirty logging of `row` begins."""

    def log_stop(self, space: AddressSpace, row: FlatRange) -> None:
        """Dirty logging of `row` ends."""

    def log_sync(self, space: AddressSpace, row: FlatRange) -> None:
        """Somebody is about to read the dirty state of `row`."""

    def log_global_start(self) -> None:
        """All RAM is logged from now on (migration)."""

    def log_global_stop(self) -> None:
        """Only what asked for it is logged from now on."""

    def eventfd_add(self, space: AddressSpace, event: EventFd) -> None:
        """`event` is wanted from now on."""

    def eventfd_del(self, space: AddressSpace, event: EventFd) -> None:
        """`event` is no longer wanted."""

    def coalesced_add(self, space: AddressSpace, part: AddrRange) -> None:
        """Writes inside `part` may be coalesced."""

    def coalesced_del(self, space: AddressSpace, row: AddrRange) -> None:
        """No write inside `row` is coalesced any more."""


class SinkListener(MemoryListener):
    """A sink as a listener of one space: how the core is one."""

    def __init__(self, sink: MapSink, space: AddressSpace, priority: int = 0) -> None:
        super().__init__(priority, space)
        self._sink = sink
        self._updating = False

    def begin(self) -> None:
        """Passed on."""
        self._updating = True
        self._sink.begin()

    def commit(self) -> None:
        """Passed on."""
        self._updating = False
        self._sink.commit()

    def region_add(self, _: AddressSpace, row: FlatRange) -> None:
        """Passed on; a row told at registration is an update of its own."""
        self._sink.region_add(row)
        if not self._updating:
            self._sink.commit()

    def region_del(self, _: AddressSpace, row: FlatRange) -> None:
        """Passed on."""
        self._sink.region_del(row)

    def region_nop(self, _: AddressSpace, row: FlatRange) -> None:
        """Passed on."""
        self._sink.region_nop(row)

    def log_start(self, _: AddressSpace, row: FlatRange) -> None:
        """Passed on."""
        self._sink.log_start(row)

    def log_stop(self, _: AddressSpace, row: FlatRange) -> None:
        """Passed on."""
        self._sink.log_stop(row)

    def log_sync(self, _: AddressSpace, row: FlatRange) -> None:
        """Passed on."""
        self._sink.log_sync(row)

    def eventfd_add(self, _: AddressSpace, event: EventFd) -> None:
        """Passed on."""
        self._sink.eventfd_add(event)

    def eventfd_del(self, _: AddressSpace, event: EventFd) -> None:
        """Passed on."""
        self._sink.eventfd_del(event)

    def coalesced_add(self, _: AddressSpace, part: AddrRange) -> None:
        """Passed on."""
        self._sink.coalesced_add(part)

    def coalesced_del(self, _: AddressSpace, row: AddrRange) -> None:
        """Passed on."""
        self._sink.coalesced_del(row)


class Listeners:
    """The listeners of one world, lowest first."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._ascending: list[MemoryListener] = []
        self._global_log = False

    def register(self, listener: MemoryListener) -> None:
        """Add a listener and tell it, space by space, of global logging and of every row.

        When it raises it is not added.
        """
        self._ascending.append(listener)
        self._ascending.sort(key=lambda one: one.priority)
        try:
            self._replay(listener)
        except BaseException:
            self._ascending.remove(listener)
            raise

    def _replay(self, listener: MemoryListener) -> None:
        for space in self._world.spaces:
            if listener.space is None or listener.space is space:
                if self._global_log:
                    listener.log_global_start()
                for row in space.view:
                    listener.region_add(space, row)

    def unregister(self, listener: MemoryListener) -> None:
        """Tell a listener nothing more. Raises `RegionError` when it is not registered."""
        if listener not in self._ascending:
            raise RegionError("this memory listener is not registered")
        self._ascending.remove(listener)

    def begin(self) -> None:
        """Tell all."""
        for listener in self._ascending:
            listener.begin()

    def commit(self) -> None:
        """Tell all."""
        for listener in self._ascending:
            listener.commit()

    def log_global_start(self) -> None:
        """Log all RAM from now on."""
        self._global_log = True
        for listener in self._ascending:
            listener.log_global_start()

    def log_global_stop(self) -> None:
        """Log only what asked for it from now on."""
        self._global_log = False
        for listener in reversed(self._ascending):
            listener.log_global_stop()

    def of(self, space: AddressSpace) -> list[MemoryListener]:
        """Those that are told of `space`, lowest first."""
        return [one for one in self._ascending if one.space is None or one.space is space]


class Broadcast(MapSink):
    """The sink of a space without one of its own: tells the listeners."""

    def __init__(self, space: AddressSpace) -> None:
        self._space = space
        self._listeners = space.world.listeners

    def region_add(self, row: FlatRange) -> None:
        """Lowest first."""
        for listener in self._listeners.of(self._space):
            listener.region_add(self._space, row)

    def region_del(self, row: FlatRange) -> None:
        """Highest first."""
        for listener in reversed(self._listeners.of(self._space)):
            listener.region_del(self._space, row)

    def region_nop(self, row: FlatRange) -> None:
        """Lowest first."""
        for listener in self._listeners.of(self._space):
            listener.region_nop(self._space, row)

    def log_start(self, row: FlatRange) -> None:
        """Lowest first."""
        for listener in self._listeners.of(self._space):
            listener.log_start(self._space, row)

    def log_stop(self, row: FlatRange) -> None:
        """Highest first."""
        for listener in reversed(self._listeners.of(self._space)):
            listener.log_stop(self._space, row)

    def log_sync(self, row: FlatRange) -> None:
        """Lowest first."""
        for listener in self._listeners.of(self._space):
            listener.log_sync(self._space, row)

    def eventfd_add(self, event: EventFd) -> None:
        """Highest first."""
        for listener in reversed(self._listeners.of(self._space)):
            listener.eventfd_add(self._space, event)

    def eventfd_del(self, event: EventFd) -> None:
        """Lowest first."""
        for listener in self._listeners.of(self._space):
            listener.eventfd_del(self._space, event)

    def coalesced_add(self, part: AddrRange) -> None:
        """Lowest first."""
        for listener in self._listeners.of(self._space):
            listener.coalesced_add(self._space, part)

    def coalesced_del(self, row: AddrRange) -> None:
        """Highest first."""
        for listener in reversed(self._listeners.of(self._space)):
            listener.coalesced_del(self._space, row)
