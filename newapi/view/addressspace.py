"""An address space: one region tree, its flat view now, and the sink told of every change."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, TypeVar

from memfold.host.ranges import ADDRESS_LIMIT, AddrRange
from memfold.newapi.ask import conflicts as overlaps
from memfold.newapi.ask import explain as why
from memfold.newapi.ask.clipped import Clip, clipped
from memfold.newapi.tree.change import RootChange
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.interpose import follow
from memfold.newapi.tree.rules import check_alive
from memfold.newapi.view.flatview import FlatRange, FlatView, Piece, render, within
from memfold.newapi.view.listener import Broadcast
from memfold.newapi.view.sink import EventFd, MapSink

if TYPE_CHECKING:
    from memfold.newapi.ask.explain import ClaimSource
    from memfold.newapi.tree.region import MemoryRegion
    from memfold.newapi.view.world import World

__all__ = ["AddressSpace"]

T = TypeVar("T")

_EVERYWHERE = AddrRange(0, ADDRESS_LIMIT)


class AddressSpace:
    """What accesses of one kind (memory, ports, one CPU's view) see of the tree under `root`.

    Updates by itself at every outermost commit that changed something below `root`.
    """

    __slots__ = (
        "_before",
        "_behind",
        "_inverse",
        "claims",
        "dirty",
        "eventfds",
        "fresh",
        "name",
        "overlay",
        "rendered",
        "root",
        "sink",
        "updating",
        "view",
        "world",
    )

    def __init__(
        self, world: World, name: str, root: MemoryRegion, sink: MapSink | None = None
    ) -> None:
        """A space that tells `sink`, or the world's listeners when none is given.

        Raises `RegionError` for a root that is destroyed, and what the sink raises.
        """
        check_alive(root)
        self.world = world
        self.name = name
        self.root = root
        self.sink = Broadcast(self) if sink is None else sink
        self.rendered: list[Piece] = []
        """What the tree alone shows."""
        self.overlay: Callable[[list[Piece], AddrRange], list[Piece]] | None = None
        """Turns what the tree shows in a range into what is shown there, both ascending: where
        others share the map, their hook."""
        self.claims: ClaimSource | None = None
        """What the overlay puts in front, for reports; None where nobody shares the map."""
        self.updating = False
        self.view = FlatView([])
        self.eventfds: list[EventFd] = []
        self.dirty = True
        self.fresh = True
        """No update has succeeded yet."""
        self._inverse: list[tuple[Callable[..., None], object]] = []
        self._before = (self.rendered, self.view, self.eventfds)
        self._behind = False
        world.add_space(self)

    def set_root(self, root: MemoryRegion) -> None:
        """Show another tree from now on."""
        check_alive(root)
        if root.world is not self.world:
            raise RegionError(f"space {self.name}: region {root.name} is not of this world")
        change = RootChange(self, self.root, root)
        change.apply()
        self.world.changed(root, change, always=True)

    def rows_of(self, region: MemoryRegion) -> list[FlatRange]:
        """The rows that show `region`, ascending."""
        return [
            row for row in self.view.rows if row.region is region or row.region.subject is region
        ]

    def sync_dirty_bitmap(self) -> None:
        """Tell the sink that the dirty bytes behind every row are about to be read."""
        for row in self.view.rows:
            self.sink.log_sync(row)

    def find(self, addr: int, size: int) -> FlatRange | None:
        """The first row in `size` bytes from `addr`, cut to them; None when nothing answers."""
        wanted = AddrRange.sized(addr, size)
        row = self.view.find_first(wanted)
        return None if row is None else cut(row, wanted)

    def clipped(self) -> list[Clip]:
        """The children below the root that run past their parent's end."""
        return clipped(self.root)

    def tell_coalescing(self, region: MemoryRegion) -> None:
        """Per row of the region, ascending: the row is cleared, then its parts set (rule 8)."""
        for row in self.rows_of(region):
            self.sink.coalesced_del(row.range)
            for part in coalesced_parts(row):
                self.sink.coalesced_add(part)

    def render(self) -> list[Piece]:
        """What the tree shows now, whatever was last taken over."""
        return render(self.root)

    def update(self) -> None:
        """Render anew and tell the sink: deletions, then additions, then events.

        When the sink raises, `revert` puts it back.
        """
        self.dirty = False
        self._show(self.render(), _EVERYWHERE)

    def refresh(self, window: AddrRange = _EVERYWHERE) -> None:
        """Show the same tree again because the overlay changed: at once, even in a transaction.

        It did not change outside of `window`, and what is there costs no time.
        During an update of this space (a sink's callback asks) it follows that update. When the
        sink raises, everything is as before.
        """
        if self.updating:
            self.world.update_again(self)
            return
        self.world.transaction_begin()
        self.sink.begin()
        try:
            self._show(self.rendered, _EVERYWHERE if self._behind else window)
        except BaseException:
            self.revert()
            raise
        finally:
            self.sink.commit()
            self.world.transaction_commit()

    def _show(self, rendered: list[Piece], window: AddrRange) -> None:
        before = self.eventfds
        self._before = (self.rendered, self.view, before)
        self._inverse = []
        self.rendered = rendered
        shown = within(rendered, window)
        if self.overlay is not None:
            shown = self.overlay(shown, window)
        if self.world.shadows:
            follow(self.world)
        self.view, old, new = self.view.redrawn(window, shown)
        if before or any(row.region.eventfds for row in new):
            self.eventfds = [event for row in self.view.rows for event in row_events(row)]
        self.updating = True
        try:
            self._pass(old, new, adding=False)
            self._pass(old, new, adding=True)
            self._update_eventfds(before, self.eventfds)
        finally:
            self.updating = False
        self._behind = False

    def keep(self) -> None:
        """Nothing changed below the root: tell the sink just that."""
        for row in self.view.rows:
            self.sink.region_nop(row)

    def revert(self) -> None:
        """Undo the last `update`, as far as it got, by the inverse calls in reverse.

        All of them are made, and this space is as before, also when one raises.
        """
        self.rendered, self.view, self.eventfds = self._before
        self.dirty = self._behind = True
        inverse, self._inverse = self._inverse, []
        with ExitStack() as undo:
            for tell, told in inverse:
                undo.callback(tell, told)

    def _tell(self, act: Callable[[T], None], inverse: Callable[[T], None], told: T) -> None:
        act(told)
        self._inverse.append((inverse, told))

    def _pass(self, old: list[FlatRange], new: list[FlatRange], *, adding: bool) -> None:
        """One pass of the two-pass difference (golden rule 4), both lists ascending."""
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
                    self._delete(before)
                i += 1
            elif after is not None:
                if adding:
                    self._add(after)
                j += 1

    def _delete(self, row: FlatRange) -> None:
        sink = self.sink
        if row.region.coalesced:
            self._tell(sink.coalesced_del, self._coalesce, row.range)
        self._tell(sink.region_del, sink.region_add, row)

    def _add(self, row: FlatRange) -> None:
        sink = self.sink
        self._tell(sink.region_add, sink.region_del, row)
        for part in coalesced_parts(row):
            self._tell(sink.coalesced_add, sink.coalesced_del, part)

    def _coalesce(self, where: AddrRange) -> None:
        row = self._before[1].find(where.start)
        assert row is not None
        for part in coalesced_parts(row):
            self.sink.coalesced_add(part)

    def _kept(self, before: FlatRange, after: FlatRange) -> None:
        self.sink.region_nop(after)
        if before.log_mask and not after.log_mask:
            self._tell(self.sink.log_stop, self.sink.log_start, after)
        elif after.log_mask and not before.log_mask:
            self._tell(self.sink.log_start, self.sink.log_stop, after)

    def _update_eventfds(self, old: list[EventFd], new: list[EventFd]) -> None:
        """Merge the events wanted now against those set, both as rows and regions list them."""
        sink = self.sink
        i = j = 0
        while i < len(old) or j < len(new):
            before = old[i].key() if i < len(old) else None
            after = new[j].key() if j < len(new) else None
            if before is not None and (after is None or before < after):
                self._tell(sink.eventfd_del, sink.eventfd_add, old[i])
                i += 1
            elif after is not None and (before is None or after < before):
                self._tell(sink.eventfd_add, sink.eventfd_del, new[j])
                j += 1
            else:
                i += 1
                j += 1

    # Reports, defined in modules of their own; each costs only those who ask

    explain = why.explain
    conflicts = overlaps.conflicts
    claim_conflicts = overlaps.claim_conflicts


def cut(row: FlatRange, wanted: AddrRange) -> FlatRange:
    """The part of `row` inside `wanted`."""
    part = row.range.intersection(wanted)
    return row._replace(start=part.start, end=part.end, offset=row.offset + part.start - row.start)


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
