"""An address space: one region tree, its flat view now, and who is told of every change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

from memfold.host.ranges import AddrRange
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.node import Extent, Node
from memfold.newapi.tree.region import MemoryRegion
from memfold.newapi.tree.rules import check_alive
from memfold.newapi.view.claims import ClaimSource, Overlay
from memfold.newapi.view.flatview import FlatRange, FlatView, Piece, Stretches
from memfold.newapi.view.listener import Audience, MemoryListener
from memfold.newapi.view.render import render
from memfold.newapi.view.shown import NOTHING, Redrawn, Shown, coalesced_in, drawn, redrawn
from memfold.newapi.view.space import EVERYWHERE
from memfold.newapi.view.standin import StandIns
from memfold.newapi.view.telling import Telling, all_of, coalesced_parts
from memfold.newapi.view.world import World

__all__ = ["AddressSpace", "RootChange"]


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
        self.space.mark(EVERYWHERE)

    def inverse(self) -> RootChange:
        """The change that takes this one back."""
        return RootChange(self.space, self.after, self.before)

    def touched(self) -> tuple[Extent, ...]:
        """All of both roots."""
        return tuple(Extent(root, 0, root.size) for root in (self.before, self.after))

    def __str__(self) -> str:
        return f"{self.space.name}: root {self.before.name} -> {self.after.name}"


class AddressSpace:
    """What accesses of one kind (memory, ports, one CPU's view) see of the tree under `root`.

    Updates by itself at every outermost commit that changed something below `root`, and tells its
    listeners: deletions, then additions, then events.
    """

    __slots__ = (
        "_audience",
        "_before",
        "_gone",
        "_name",
        "_next",
        "_now",
        "_overlay",
        "_root",
        "_stand_ins",
        "_telling",
        "_windows",
        "_world",
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
        self._windows = [EVERYWHERE]
        """Where the tree may show something else than is shown; in no order."""
        self._name = name
        self._root = root
        self._overlay = overlay
        self._now = self._before = NOTHING
        self._audience = Audience()
        self._stand_ins = StandIns()
        self._telling = Telling(self._audience)
        self._next: Redrawn | None = None
        self._gone = False
        try:
            for listener in listeners:
                self.register(listener)
            world.add_space(self)
        except BaseException:
            if self._now is not NOTHING:
                leave = partial(self._tell_only, self._audience, self._now, NOTHING)
                all_of([leave, self._leave])
            else:
                self._leave()
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
        return self._now.rendered.rows

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
        self._check_alive("cannot show another root")
        self._check_root(self._name, root)
        change = RootChange(self, self._root, root)
        change.apply()
        self.world.changed(root, change, always=True)

    def _check_root(self, name: str, root: MemoryRegion) -> None:
        check_alive(root)
        if root.world is not self._world:
            wrong = f"space {name}: region {root.name} is not of this world"
            raise RegionError(wrong, root.name, space=name)

    def destroy(self) -> None:
        """Tell every listener that nothing answers any more, and be gone.

        Raises `RegionError` for a space that is gone already, and inside a transaction; when a
        listener refuses, all is as before.
        """
        self._check_alive("cannot destroy it")
        if self.world.in_transaction:
            raise self._error("cannot destroy it inside a transaction")
        try:
            with self.world.transaction():
                self._tell_only(self._audience, self._now, NOTHING)
                self._gone = True
                self.world.drop_space(self)
        finally:
            if self._gone:
                self._leave()

    def _leave(self) -> None:
        """Show nothing; the world and the listeners forget the space, whatever one raises."""
        self._gone = True
        self._now = NOTHING
        self.world.drop_space(self)
        all_of([self.settle, *(partial(self._forget, one) for one in self._audience)])

    def _check_alive(self, what: str) -> None:
        if self._gone:
            raise self._error(f"{what}: it is destroyed already")

    def _error(self, wrong: str) -> RegionError:
        return RegionError(f"space {self._name}: {wrong}", space=self._name)

    # Listeners

    def register(self, listener: MemoryListener) -> None:
        """Tell `listener` of all that is shown now, and of every change from now on.

        Raises `RegionError` for one that is registered already, here or elsewhere, or is made for
        another world, and inside an update; when it raises itself it is not registered.
        """
        if not isinstance(listener, MemoryListener):
            raise self._error(f"cannot register {listener!r}: it is no MemoryListener")
        wrong = f"cannot register {type(listener).__name__}"
        self._check_alive(wrong)
        if listener.space is not None:
            raise self._error(f"{wrong}: it is registered already, and serves one space alone")
        if listener.world is not None and listener.world is not self.world:
            raise self._error(f"{wrong}: it is made for another world")
        if self.world.updating:
            raise self._error(f"{wrong} while listeners are told of an update")
        with self.world.transaction():
            self._tell_only(Audience([listener]), NOTHING, self._now, joining=True)
            self._audience = self._audience.plus(listener)
            self.world.add_listener(listener)
            listener.space = self

    def unregister(self, listener: MemoryListener) -> None:
        """Tell `listener` that nothing answers any more, and then nothing more.

        Raises `RegionError` when it is not registered here, and inside an update; when it raises
        itself it stays registered.
        """
        wrong = f"cannot unregister {type(listener).__name__}"
        if listener not in self._audience:
            raise self._error(f"{wrong}: it is not registered here")
        if self.world.updating:
            raise self._error(f"{wrong} while listeners are told of an update")
        with self.world.transaction():
            self._tell_only(Audience([listener]), self._now, NOTHING)
            self._forget(listener)

    def _forget(self, listener: MemoryListener) -> None:
        self._audience = self._audience.minus(listener)
        self.world.drop_listener(listener)
        listener.space = None
        listener.unregistered()

    def _tell_only(
        self, audience: Audience, before: Shown, after: Shown, *, joining: bool = False
    ) -> None:
        """Tell some listeners, and no others, how `before` turns into `after`."""

        def tell(_: object) -> None:
            self._open(audience)
            if joining and self.world.global_log:
                self._telling.tell("log_global_start")
            self._tell(Redrawn(before.view.rows, after.view.rows, after), before)

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

    def lags(self) -> bool:
        """For the world: whether its listeners were told of other coalescing than regions have."""
        return coalesced_in(self.view.rows) != self._now.coalesced

    def tell_coalescing(self, region: Node) -> None:
        """For the world: per row, ascending, it is cleared and then its parts set (rule 8)."""
        self._open(self._audience)
        before, after = self._now.coalesced, dict(self._now.coalesced)
        for row in self.view.rows:
            if row.region.itself is region:
                wanted = coalesced_parts(row)
                self._telling.coalesced(row, before.get(row.start, ()), wanted)
                after.pop(row.start, None)
                if row.region.itself.coalesced:
                    after[row.start] = wanted
        self._now = self._now._replace(coalesced=after)

    # Questions

    def rows_of(self, region: Node) -> list[FlatRange]:
        """The rows that show `region`, ascending."""
        return [row for row in self.view.rows if row.region.itself is region]

    def find(self, addr: int, size: int) -> FlatRange | None:
        """The first row in `size` bytes from `addr`, cut to them; None when nothing answers."""
        row = self.view.find_first(AddrRange.sized(addr, size))
        return None if row is None else row.part(addr, addr + size)

    def render(self, window: AddrRange = EVERYWHERE) -> list[Piece]:
        """What the tree shows in `window` now, whatever was last taken over."""
        return render(self._root, self._stand_ins, window)

    # Updates

    @property
    def stale(self) -> bool:
        """Whether the view may no longer be what the tree shows."""
        return bool(self._windows)

    def mark(self, window: AddrRange) -> None:
        """For the world: in `window` the tree may show something else now than is shown."""
        self._windows.append(window)

    def prepare(self) -> None:
        """For the world: work out what the tree shows now; nobody is told yet."""
        windows, self._windows = self._windows, []  # a listener may mark others meanwhile
        if not windows:
            self._next = None
            return
        rendered, changed = drawn(self._now.rendered, windows, self.render)
        if self._audience.of("region_nop"):
            changed = [EVERYWHERE]  # who minds what stays is told of each row
        self._next = self._redrawn(rendered, changed)

    def bring_up(self) -> None:
        """For the world: show what was prepared; a space that is the same tells that rows stay."""
        self._open(self._audience)
        if self._next is None:
            self._telling.kept(self.view.rows)
        else:
            self._show(self._next)

    def _open(self, audience: Audience) -> None:
        """An update of this space begins: what it tells and shows can be taken back to here."""
        self._telling, self._before = Telling(audience), self._now

    def refresh(self, window: AddrRange = EVERYWHERE) -> None:
        """Show the same tree again because the overlay changed: at once, even in a transaction.

        It did not change outside of `window`, and what is there costs no time.
        During an update (a listener asks) it follows that update. When a listener
        raises, everything is as before.
        """
        if self.world.updating:
            self.world.update_again(self, window)
            return
        self.world.mark_touched()
        changed = self._redrawn(self._now.rendered, [window, *self._windows])

        def show(_: object) -> None:
            self._open(self._audience)
            self._show(changed)

        self.world.told_together(self.listeners, [self], show)

    def _redrawn(self, rendered: Stretches[Piece], windows: Iterable[AddrRange]) -> Redrawn:
        return redrawn(self._now, rendered, windows, self._overlay)

    def _show(self, changed: Redrawn) -> None:
        before, self._now = self._now, changed.shown
        self._tell(changed, before)

    def _tell(self, changed: Redrawn, before: Shown) -> None:
        old, new, after = changed
        self._telling.rows(old, new, before.coalesced, after.coalesced)
        self._telling.events(before.eventfds, after.eventfds)

    def revert(self) -> None:
        """For the world: take back what the update that is going on has told, the latest first.

        All of them are made, and this space is as before, also when one raises.
        """
        if self._now is not self._before:
            self.mark(EVERYWHERE)
        self._now = self._before
        self._telling.take_back()

    def settle(self) -> None:
        """For the world: an update is over; let go of stand-ins not shown any more.

        Those that only a claim hides are kept: they return with their rows.
        """
        if not self._stand_ins:
            return
        now = self._now
        shown = (piece.region for piece in now.rendered), (row.region for row in now.view.rows)
        gone = self._stand_ins.sweep(chain(*shown))
        all_of(partial(self.world.region_destroy, one) for one in gone)

    def check(self) -> None:
        """For the world: raise `RegionError` unless the view, and what listeners serve, is what a
        new rendering shows. A space that no update has reached yet is not looked at."""
        if self.stale and self._now is NOTHING:
            return
        fresh = self._redrawn(Stretches(self.render()), [EVERYWHERE])
        wrong = self._now.differs_from(fresh, stale=self.stale)
        if wrong is not None:
            raise self._error(wrong)
        for listener in self._audience:
            listener.check(self.view.rows)
