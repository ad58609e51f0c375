"""An address space: one region tree, its flat view now, and who is told of every change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from memfold.host.ranges import ADDRESS_LIMIT, AddrRange
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.node import Node
from memfold.newapi.tree.ops import EventFd
from memfold.newapi.tree.region import MemoryRegion
from memfold.newapi.tree.rules import check_alive
from memfold.newapi.view.claims import ClaimSource, Overlay
from memfold.newapi.view.flatview import FlatRange, FlatView, Piece, within
from memfold.newapi.view.listener import Audience, MemoryListener
from memfold.newapi.view.render import render
from memfold.newapi.view.standin import StandIns
from memfold.newapi.view.telling import Telling, coalesced_parts, row_events
from memfold.newapi.view.world import World

__all__ = ["AddressSpace", "RootChange"]

_EVERYWHERE = AddrRange(0, ADDRESS_LIMIT)


class RootChange(NamedTuple):
    """An address space shows another tree."""

    space: AddressSpace
    before: MemoryRegion
    after: MemoryRegion

    @property
    def region(self) -> MemoryRegion:
        """The root shown after the change."""
        return self.after

    @property
    def act(self) -> int:
        """No act."""
        return 0

    def apply(self) -> None:
        """Show the tree `after` the change."""
        self.space._root = self.after

    def inverse(self) -> RootChange:
        """The change that takes this one back."""
        return RootChange(self.space, self.after, self.before)

    def involved(self) -> tuple[MemoryRegion, ...]:
        """Both roots."""
        return (self.before, self.after)

    def __str__(self) -> str:
        return f"{self.space.name}: root {self.before.name} -> {self.after.name}"


class _Shown(NamedTuple):
    """What a space shows at one time."""

    rendered: list[Piece]
    view: FlatView
    eventfds: list[EventFd]


_NOTHING = _Shown([], FlatView([]), [])


class AddressSpace:
    """What accesses of one kind (memory, ports, one CPU's view) see of the tree under `root`.

    Updates by itself at every outermost commit that changed something below `root`, and tells its
    listeners: deletions, then additions, then events.
    """

    __slots__ = (
        "_audience",
        "_before",
        "_behind",
        "_name",
        "_now",
        "_overlay",
        "_root",
        "_stand_ins",
        "_telling",
        "_world",
        "fresh",
        "stale",
    )

    def __init__(
        self,
        world: World,
        name: str,
        root: MemoryRegion,
        *listeners: MemoryListener,
        overlay: Overlay | None = None,
    ) -> None:
        """A space of `world` that shows the tree under `root` and tells `listeners`.

        `overlay`: others who share the map. Raises `RegionError` for a root that is destroyed or of
        another world, and what a listener raises; the space is then not kept.
        """
        self._world = world
        self._check_root(name, root)
        self.stale = True
        self.fresh = True
        self._name = name
        self._root = root
        self._overlay = overlay
        self._now = self._before = _NOTHING
        self._audience = Audience()
        self._stand_ins = StandIns()
        self._telling = Telling(self._audience)
        self._behind = False
        try:
            for listener in listeners:
                self.register(listener)
            world.add_space(self)
        except BaseException:
            for listener in self._audience:
                self._forget(listener)
            raise

    @property
    def world(self) -> World:
        """The world whose regions it shows."""
        return self._world

    @property
    def name(self) -> str:
        """For people."""
        return self._name

    @property
    def root(self) -> MemoryRegion:
        """The tree that it shows lies under this region."""
        return self._root

    @property
    def view(self) -> FlatView:
        """Who answers where, now."""
        return self._now.view

    @property
    def rendered(self) -> Sequence[Piece]:
        """What the tree alone shows, whoever shares the map."""
        return self._now.rendered

    @property
    def claims(self) -> ClaimSource | None:
        """What others who share the map say; None where nobody does."""
        return None if self._overlay is None else self._overlay.claims

    @property
    def listeners(self) -> Sequence[MemoryListener]:
        """Who is told of every change, lowest priority first."""
        return self._audience.listeners

    def set_root(self, root: MemoryRegion) -> None:
        """Show another tree from now on."""
        self._check_root(self._name, root)
        change = RootChange(self, self._root, root)
        change.apply()
        self.world.changed(root, change, always=True)

    def _check_root(self, name: str, root: MemoryRegion) -> None:
        check_alive(root)
        if root.world is not self._world:
            wrong = f"space {name}: region {root.name} is not of this world"
            raise RegionError(wrong, root.name)

    def destroy(self) -> None:
        """Tell every listener that nothing answers any more, and be gone.

        Raises `RegionError` inside a transaction; when a listener raises, all is as before.
        """
        if self.world.in_transaction:
            raise RegionError(f"cannot destroy space {self.name} inside a transaction")
        self._tell_only(self._audience, self._now, _NOTHING)
        for listener in self._audience:
            self._forget(listener)
        self.world.drop_space(self)
        self._now = _NOTHING
        self.settle()

    # Listeners

    def register(self, listener: MemoryListener) -> None:
        """Tell `listener` of all that is shown now, and of every change from now on.

        Raises `RegionError` for one that is registered already, here or elsewhere, or is made for
        another world, and inside an update; when it raises itself it is not registered.
        """
        if not isinstance(listener, MemoryListener):
            raise RegionError(f"space {self.name}: {listener!r} is no MemoryListener")
        wrong = f"space {self.name}: cannot register {type(listener).__name__}"
        if listener.space is not None:
            raise RegionError(f"{wrong}: it is registered already, and serves one space alone")
        if listener.world is not None and listener.world is not self.world:
            raise RegionError(f"{wrong}: it is made for another world")
        if self.world.updating:
            raise RegionError(f"{wrong} while listeners are told of an update")
        self._tell_only(Audience([listener]), _NOTHING, self._now, joining=True)
        self._audience = self._audience.plus(listener)
        self.world.add_listener(listener)
        listener.space = self

    def unregister(self, listener: MemoryListener) -> None:
        """Tell `listener` that nothing answers any more, and then nothing more.

        Raises `RegionError` when it is not registered here, and inside an update; when it raises
        itself it stays registered.
        """
        wrong = f"space {self.name}: cannot unregister {type(listener).__name__}"
        if listener not in self._audience:
            raise RegionError(f"{wrong}: it is not registered here")
        if self.world.updating:
            raise RegionError(f"{wrong} while listeners are told of an update")
        self._tell_only(Audience([listener]), self._now, _NOTHING)
        self._forget(listener)

    def _forget(self, listener: MemoryListener) -> None:
        self._audience = self._audience.minus(listener)
        self.world.drop_listener(listener)
        listener.space = None

    def _tell_only(
        self, audience: Audience, before: _Shown, after: _Shown, *, joining: bool = False
    ) -> None:
        """Tell some listeners, and no others, how `before` turns into `after`."""

        def tell(_: object) -> None:
            self._open(audience)
            if joining and self.world.global_log:
                for listener in audience.of("log_global_start"):
                    listener.log_global_start()
            self._telling.rows(before.view.rows, after.view.rows)
            self._telling.events(before.eventfds, after.eventfds)

        self.world.told_together(audience.listeners, [self], tell)

    def sync_dirty_bitmap(self) -> None:
        """Tell listeners that the dirty bytes behind every row are about to be read."""
        for row in self.view.rows:
            for listener in self._audience.of("log_sync"):
                listener.log_sync(row)

    def tell_sync(self, region: Node) -> None:
        """For the world: see `NodeWorld.tell_sync`."""
        for row in self.rows_of(region):
            for listener in self._audience.of("log_sync"):
                listener.log_sync(row)

    def tell_coalescing(self, region: Node) -> None:
        """For the world: per row, ascending, it is cleared and then its parts set (rule 8)."""
        for row in self.rows_of(region):
            for listener in self._audience.of("coalesced_del"):
                listener.coalesced_del(row.range)
            for part in coalesced_parts(row):
                for listener in self._audience.of("coalesced_add"):
                    listener.coalesced_add(part)

    # Questions

    def rows_of(self, region: Node) -> list[FlatRange]:
        """The rows that show `region`, ascending."""
        return [row for row in self.view.rows if row.region.itself is region]

    def find(self, addr: int, size: int) -> FlatRange | None:
        """The first row in `size` bytes from `addr`, cut to them; None when nothing answers."""
        row = self.view.find_first(AddrRange.sized(addr, size))
        return None if row is None else row.part(addr, addr + size)

    def render(self) -> list[Piece]:
        """What the tree shows now, whatever was last taken over."""
        return render(self._root, self._stand_ins)

    # Updates

    def bring_up(self) -> None:
        """For the world: show what the tree shows now; a space not stale tells that rows stay."""
        self._open(self._audience)
        if self.stale:
            self.stale = False  # a listener may make it so again meanwhile
            self._show(self.render(), _EVERYWHERE)
        else:
            self._telling.kept(self.view.rows)

    def _open(self, audience: Audience) -> None:
        """An update of this space begins: what it tells and shows can be taken back to here."""
        self._telling, self._before = Telling(audience), self._now

    def refresh(self, window: AddrRange = _EVERYWHERE) -> None:
        """Show the same tree again because the overlay changed: at once, even in a transaction.

        It did not change outside of `window`, and what is there costs no time.
        During an update (a listener asks) it follows that update. When a listener
        raises, everything is as before.
        """
        if self.world.updating:
            self.world.update_again(self)
            return

        def show(_: object) -> None:
            self._open(self._audience)
            self._show(self._now.rendered, _EVERYWHERE if self._behind else window)

        self.world.transaction_begin()
        try:
            self.world.told_together(self.listeners, [self], show)
        finally:
            self.world.transaction_commit()

    def _show(self, rendered: list[Piece], window: AddrRange) -> None:
        shown = within(rendered, window)
        if self._overlay is not None:
            shown = self._overlay.shown(shown, window)
        view, old, new = self.view.redrawn(window, shown)
        events = before = self._now.eventfds
        if before or any(row.region.itself.eventfds for row in new):
            events = [event for row in view.rows for event in row_events(row)]
        self._now = _Shown(rendered, view, events)
        self._telling.rows(old, new)
        self._telling.events(before, events)
        self._behind = False

    def revert(self) -> None:
        """For the world: take back what the update that is going on has told, the latest first.

        All of them are made, and this space is as before, also when one raises.
        """
        if self._now is not self._before:
            self.stale = self._behind = True
        self._now = self._before
        self._telling.take_back()

    def settle(self) -> None:
        """For the world: the update has succeeded; let go of stand-ins not shown any more."""
        self._open(self._audience)
        for gone in self._stand_ins.sweep(row.region for row in self.view.rows):
            self.world.region_destroy(gone)
