"""`World`: what the regions of one machine share, and its nesting transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Literal

from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.node import Change, Node, shown_in
from memfold.newapi.tree.profile import TODAY, Profile
from memfold.newapi.view.listener import Audience, MemoryListener
from memfold.newapi.view.space import Space, Watcher

if TYPE_CHECKING:
    from memfold.host.ram import RamList
    from memfold.host.ranges import AddrRange
    from memfold.newapi.tree.region import MemoryRegion
    from memfold.newapi.view.flatview import FlatRange

__all__ = ["World"]


class World:
    """One new world: its RAM list, its address spaces, its transaction depth. Knows no other.

    One thread a world: nothing here is locked. Two worlds in two threads share nothing.
    """

    __slots__ = (
        "_acts",
        "_audience",
        "_depth",
        "_global_log",
        "_journal",
        "_pending",
        "_spaces",
        "_updating",
        "big_endian",
        "byte_order",
        "profile",
        "ram_list",
        "watchers",
    )

    def __init__(
        self, ram_list: RamList, profile: Profile = TODAY, *, big_endian: bool = False
    ) -> None:
        """An empty world whose target has the given byte order."""
        self.ram_list = ram_list
        self.profile = profile
        self.big_endian = big_endian
        self.byte_order: Literal["little", "big"] = "big" if big_endian else "little"
        self.watchers: list[Watcher] = []
        """Told of every change; empty unless somebody asked, and then nothing is spent on it."""
        self._spaces: list[Space] = []
        self._audience = Audience()
        self._updating = False
        self._global_log = False
        self._depth = 0
        self._pending = False
        self._acts = 0
        self._journal: list[Change] = []

    @property
    def spaces(self) -> Sequence[Space]:
        """The address spaces, in the order in which they were made."""
        return self._spaces

    @property
    def listeners(self) -> Sequence[MemoryListener]:
        """Those of all spaces, lowest priority first."""
        return self._audience.listeners

    def next_act(self) -> int:
        """A number above all before: the act of adding, enabling or moving (or a claim)."""
        self._acts += 1
        return self._acts

    def add_watcher(self, watcher: Watcher) -> None:
        """Tell `watcher` of every change from now on.

        Raises `RegionError` inside a transaction: it would hear of half of it.
        """
        if self._depth:
            raise RegionError("cannot begin to watch inside a transaction")
        self.watchers.append(watcher)

    # Transactions

    @property
    def updating(self) -> bool:
        """Whether listeners are being told of an update just now."""
        return self._updating

    @property
    def in_transaction(self) -> bool:
        """Whether updates are held back now."""
        return self._depth > 0

    def transaction_begin(self) -> None:
        """Hold back all updates until the matching `transaction_commit`; nests."""
        self._depth += 1

    def transaction_commit(self) -> None:
        """Leave one transaction; the outermost one updates every space that changed.

        Raises `RegionError` when none is open. When a listener refuses the new map, the tree is put
        back as it was at the outermost begin, and the listener's error is raised.
        """
        if not self._depth:
            raise RegionError("commit without begin: no transaction is open")
        self._depth -= 1
        if not self._depth:
            self._update()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction as a block; when the block raises, its changes are taken back."""
        mark = len(self._journal)
        self.transaction_begin()
        try:
            yield
        except BaseException:
            self._roll_back(mark)
            self.transaction_commit()
            raise
        self.transaction_commit()

    def changed(self, region: Node, change: Change, *, always: bool = False) -> None:
        """Note a `change` made to `region`, and update unless in a transaction.

        A disabled region changes nothing that shows, unless `always`.
        """
        self._note(change)
        if always or region.enabled:
            self._mark(region)
            self._pending = True
        if not self._depth:
            self._update()

    def note(self, change: Change) -> None:
        """Note a change that alters no view."""
        self._note(change)
        if not self._depth:
            self._tell_watchers([])

    def _note(self, change: Change) -> None:
        """Journal a change and tell the watchers; when one raises, it is taken back."""
        self._journal.append(change)
        try:
            for watcher in self.watchers:
                watcher.noted(change)
        except BaseException:
            self._roll_back(len(self._journal) - 1)
            raise

    def apply(self, change: Change) -> None:
        """Carry out a change given as data; inside a transaction it is taken back with it."""
        change.apply()
        for region in change.involved():
            self._mark(region)
        self.changed(change.region, change, always=True)

    def update_again(self, space: Space) -> None:
        """Update `space` once more after the update that is going on."""
        space.stale = self._pending = True

    def _mark(self, region: Node) -> None:
        showing = set(map(id, shown_in(region)))
        for space in self._spaces:
            if id(space.root) in showing:
                space.stale = True

    def _roll_back(self, mark: int) -> None:
        for space in self._spaces:
            space.stale = True
        while len(self._journal) > mark:
            self._journal.pop().inverse().apply()

    def _update(self) -> None:
        """Bring every changed space up to date, in the order the spaces were made.

        A listener that changes the map meanwhile gets its update afterwards.
        """
        done: list[Change] = []
        try:
            while self._pending:
                self._pending = False
                spaces = tuple(self._spaces)
                try:
                    self.told_together(self.listeners, spaces, lambda space: space.bring_up())
                except BaseException:
                    self._give_up()
                    raise
                for space in spaces:
                    space.fresh = False
                done += self._journal
                self._journal.clear()
        finally:
            self._tell_watchers(done)

    def _give_up(self) -> None:
        """The tree is as at the last update that succeeded, and the spaces those that it told."""
        self._roll_back(0)
        self._pending = False
        self._spaces[:] = [space for space in self._spaces if not space.fresh]

    def told_together(
        self,
        listeners: Sequence[MemoryListener],
        spaces: Sequence[Space],
        show: Callable[[Space], None],
    ) -> None:
        """One update: `listeners` hear begin, what `show` tells of each space, and commit.

        All of it or nothing: when anything raises, a commit too, those told are told the inverse,
        and all who heard begin hear commit. Meanwhile changes wait, as in a transaction.
        """
        told = tuple(listeners)
        before, self._updating = self._updating, True
        begun: list[MemoryListener] = []
        shown: list[Space] = []
        committed: list[MemoryListener] = []
        self._depth += 1
        try:
            for listener in told:
                listener.begin()
                begun.append(listener)
            for space in spaces:
                shown.append(space)
                show(space)
            for listener in told:
                listener.commit()
                committed.append(listener)
        except BaseException:
            with ExitStack() as undo:  # last in, first out; each is done whatever another raises
                for listener in reversed(begun):
                    undo.callback(listener.commit)
                for space in shown:
                    undo.callback(space.revert)
                for listener in reversed(committed):
                    undo.callback(listener.begin)
            raise
        finally:
            self._depth -= 1
            self._updating = before
        for space in spaces:
            space.settle()

    def _tell_watchers(self, done: list[Change]) -> None:
        """Every change in `done` and, changes that show nowhere, in the journal is for good."""
        done += self._journal
        self._journal.clear()
        if done:
            for watcher in tuple(self.watchers):
                watcher.committed(done)

    # Spaces and listeners, kept by the spaces

    def add_space(self, space: Space) -> None:
        """Keep `space` up to date from now on (its constructor calls this)."""
        self._spaces.append(space)
        self._pending = True
        if not self._depth:
            self._update()

    def drop_space(self, space: Space) -> None:
        """Know nothing more of `space` (`AddressSpace.destroy` calls this)."""
        self._spaces.remove(space)

    def add_listener(self, listener: MemoryListener) -> None:
        """Tell `listener` when updates begin and end (`AddressSpace.register` calls this)."""
        self._audience = self._audience.plus(listener)

    def drop_listener(self, listener: MemoryListener) -> None:
        """Tell `listener` nothing more (`AddressSpace.unregister` calls this)."""
        self._audience = self._audience.minus(listener)

    @property
    def global_log(self) -> bool:
        """Whether all RAM is logged (migration)."""
        return self._global_log

    def log_global_start(self) -> None:
        """Log all RAM from now on."""
        self._global_log = True
        for listener in self._audience.of("log_global_start"):
            listener.log_global_start()

    def log_global_stop(self) -> None:
        """Log only what asked for it from now on."""
        self._global_log = False
        for listener in self._audience.of("log_global_stop"):
            listener.log_global_stop()

    # What regions ask

    def shows(self, region: Node) -> bool:
        """Whether `region` is in the tree of an address space, or shown there by an alias."""
        showing = set(map(id, shown_in(region)))
        return any(id(space.root) in showing for space in self._spaces)

    def root_of(self, region: Node) -> str | None:
        """The name of an address space that shows the tree from `region`, if one does."""
        return next((space.name for space in self._spaces if space.root is region), None)

    def tell_coalescing(self, region: Node) -> None:
        """Tell listeners which writes to `region` may be coalesced now."""
        for space in self._spaces:
            space.tell_coalescing(region)

    def tell_sync(self, region: Node) -> None:
        """Tell listeners that somebody is about to read the dirty bytes of `region`."""
        for space in self._spaces:
            space.tell_sync(region)

    def tell_reset(self, ram: AddrRange, mask: int) -> None:
        """Tell listeners that the dirty bits `mask` of these RAM addresses were cleared."""
        for listener in self._audience.of("log_reset"):
            listener.log_reset(ram, mask)

    def region_init(self, region: MemoryRegion) -> None:
        """Tell every listener of a new region with RAM."""
        for listener in self._audience.of("region_init"):
            listener.region_init(region)

    def region_destroy(self, region: MemoryRegion) -> None:
        """Tell every listener that `region` is gone."""
        for listener in self._audience.of("region_destroy"):
            listener.region_destroy(region)

    def find(self, region: Node, offset: int, size: int) -> FlatRange | None:
        """The first row, cut to them, of the `size` bytes at `offset` where `region` is mapped.

        None where nothing answers, or when no address space shows the tree it is in.
        """
        outermost = region
        while outermost.parent is not None:
            offset += outermost.addr
            outermost = outermost.parent
        for space in self._spaces:
            if space.root is outermost:
                return space.find(offset, size)
        return None
