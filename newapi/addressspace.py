"""An address space: one region tree, its flat view now, and the sink told of every change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memfold.host.ranges import AddrRange
from newapi.errors import RegionError
from newapi.flatview import FlatRange, FlatView, Piece, flatten, render
from newapi.sink import EventFd, MapSink

if TYPE_CHECKING:
    from newapi.region import MemoryRegion
    from newapi.world import World

__all__ = ["AddressSpace"]


class AddressSpace:
    """What accesses of one kind (memory, ports, one CPU's view) see of the tree under `root`.

    Updates by itself at every outermost commit that changed something below `root`.
    """

    __slots__ = ("dirty", "eventfds", "name", "pieces", "root", "sink", "view", "world")

    def __init__(self, world: World, name: str, root: MemoryRegion, sink: MapSink) -> None:
        self.world = world
        self.name = name
        self.root = root
        self.sink = sink
        self.pieces: list[Piece] = []
        self.view = FlatView([])
        self.eventfds: list[EventFd] = []
        self.dirty = True
        world.add_space(self)

    def set_root(self, root: MemoryRegion) -> None:
        """Show another tree from now on."""
        if root.world is not self.world or root.destroyed:
            raise RegionError(f"space {self.name}: region {root.name} is not of this world")
        before = self.root

        def undo() -> None:
            self.root = before

        self.root = root
        self.world.changed(root, undo, always=True)

    def rows_of(self, region: MemoryRegion) -> list[FlatRange]:
        """The rows that show `region`, ascending."""
        return [row for row in self.view.rows if row.region is region]

    def prepare(self) -> tuple[list[Piece], FlatView]:
        """Render anew and let the sink refuse; nothing has changed when this raises."""
        pieces = render(self.root)
        view = flatten(pieces)
        self.sink.check(view.rows)
        return pieces, view

    def update(self, pieces: list[Piece], view: FlatView) -> None:
        """Take over a new view: deletions, then additions, then events."""
        old = self.view
        self.pieces, self.view, self.dirty = pieces, view, False
        self._pass(old.rows, view.rows, adding=False)
        self._pass(old.rows, view.rows, adding=True)
        self._update_eventfds()

    def _pass(self, old: list[FlatRange], new: list[FlatRange], *, adding: bool) -> None:
        """One pass of the two-pass difference (golden rule 4), both lists ascending."""
        sink = self.sink
        i = j = 0
        while i < len(old) or j < len(new):
            before = old[i] if i < len(old) else None
            after = new[j] if j < len(new) else None
            if before is not None and after is not None and before.same_as(after):
                if adding:
                    self._kept(before, after)
                i += 1
                j += 1
            elif before is not None and (after is None or before.start <= after.start):
                if not adding:
                    if before.region.coalesced:
                        sink.coalesced_del(before.range)
                    sink.range_del(before)
                i += 1
            elif after is not None:
                if adding:
                    sink.range_add(after)
                    for part in coalesced_parts(after):
                        sink.coalesced_add(part)
                j += 1

    def _kept(self, before: FlatRange, after: FlatRange) -> None:
        if before.log_mask and not after.log_mask:
            self.sink.log_stop(after)
        elif after.log_mask and not before.log_mask:
            self.sink.log_start(after)

    def _update_eventfds(self) -> None:
        """Merge the events wanted now against those set, both as rows and regions list them."""
        old, new = self.eventfds, [event for row in self.view.rows for event in row_events(row)]
        self.eventfds = new
        i = j = 0
        while i < len(old) or j < len(new):
            before = old[i].key() if i < len(old) else None
            after = new[j].key() if j < len(new) else None
            if before is not None and (after is None or before < after):
                self.sink.eventfd_del(old[i])
                i += 1
            elif after is not None and (before is None or after < before):
                self.sink.eventfd_add(new[j])
                j += 1
            else:
                i += 1
                j += 1


def coalesced_parts(row: FlatRange) -> list[AddrRange]:
    """The coalesced ranges of the row's region that show in `row`, at absolute addresses."""
    base = row.start - row.offset
    parts = [part.shift(base).intersection(row.range) for part in row.region.coalesced]
    return [part for part in parts if part]


def row_events(row: FlatRange) -> list[EventFd]:
    """The events of the row's region that touch `row`, at absolute addresses (golden rule 9)."""
    base = row.start - row.offset
    return [
        event._replace(addr=event.addr + base)
        for event in row.region.eventfds
        if AddrRange.sized(event.addr + base, event.size).intersects(row.range)
    ]
