"""`World`: what the regions of one machine share, and its nesting transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Literal, Protocol

from memfold.newapi.ask import dead as unseen
from memfold.newapi.ask import jsonform
from memfold.newapi.ask import mtree as text
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.interpose import sweep
from memfold.newapi.tree.profile import TODAY, Profile
from memfold.newapi.tree.rules import shown_in
from memfold.newapi.view.listener import Listeners

if TYPE_CHECKING:
    from memfold.host.ram import RamList
    from memfold.newapi.tree.change import Change
    from memfold.newapi.tree.interpose import Interposer
    from memfold.newapi.tree.region import MemoryRegion
    from memfold.newapi.view.addressspace import AddressSpace

__all__ = ["Watcher", "World"]


class Watcher(Protocol):
    """Somebody who asked to hear of changes: a log, a report of conflicts."""

    def noted(self, change: Change) -> None:
        """A change was made just now, by the caller's caller; views may not show it yet."""

    def committed(self, changes: list[Change]) -> None:
        """These changes, in order, are for good and every view shows them."""


class World:
    """One new world: its RAM list, its address spaces, its transaction depth. Knows no other."""

    __slots__ = (
        "_acts",
        "_depth",
        "_journal",
        "_pending",
        "big_endian",
        "byte_order",
        "listeners",
        "profile",
        "ram_list",
        "shadows",
        "spaces",
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
        self.spaces: list[AddressSpace] = []
        self.listeners = Listeners(self)
        self._depth = 0
        self._pending = False
        self._acts = 0
        self._journal: list[Change] = []
        self.shadows: dict[tuple[MemoryRegion, tuple[Interposer, ...], bool], MemoryRegion] = {}
        """What stands for a region in flat views below interposers (see `tree.interpose`)."""
        self.watchers: list[Watcher] = []
        """Told of every change; empty unless somebody asked, and then nothing is spent on it."""

    def add_watcher(self, watcher: Watcher) -> None:
        """Tell `watcher` of every change from now on.

        Raises `RegionError` inside a transaction: it would hear of half of it.
        """
        if self._depth:
            raise RegionError("cannot begin to watch inside a transaction")
        self.watchers.append(watcher)

    def next_act(self) -> int:
        """A number above all before: the act of adding, enabling or moving (or a claim)."""
        self._acts += 1
        return self._acts

    def add_space(self, space: AddressSpace) -> None:
        """Keep `space` up to date from now on (its constructor calls this).

        When its sink refuses the rows, the space is not kept, and the sink's error is raised.
        """
        self.spaces.append(space)
        self._pending = True
        if not self._depth:
            self._update()

    # Transactions

    @property
    def in_transaction(self) -> bool:
        """Whether updates are held back now."""
        return self._depth > 0

    def transaction_begin(self) -> None:
        """Hold back all updates until the matching `transaction_commit`; nests."""
        self._depth += 1

    def transaction_commit(self) -> None:
        """Leave one transaction; the outermost one updates every space that changed.

        Raises `RegionError` when none is open. When a sink refuses the new map, the tree is put
        back as it was at the outermost begin, and the sink's error is raised.
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

    def changed(
        self,
        region: MemoryRegion,
        change: Change,
        *,
        always: bool = False,
        notify: bool = True,
    ) -> None:
        """Note a `change` made to `region`, and update unless in a transaction.

        A disabled region changes nothing that shows, unless `always`. `notify` false: another
        change of the same act follows.
        """
        self._journal.append(change)
        for watcher in self.watchers:
            watcher.noted(change)
        if always or region.enabled:
            self._mark(region)
            self._pending = True
        if notify and not self._depth:
            self._update()

    def note(self, change: Change) -> None:
        """Note a change that alters no view."""
        self._journal.append(change)
        for watcher in self.watchers:
            watcher.noted(change)
        if not self._depth:
            self._tell_watchers([])

    def apply(self, change: Change) -> None:
        """Carry out a change given as data; inside a transaction it is taken back with it."""
        change.apply()
        for region in change.involved():
            self._mark(region)
        self.changed(change.region, change, always=True)

    def update_again(self, space: AddressSpace) -> None:
        """Update `space` once more after the update that is going on."""
        space.dirty = self._pending = True

    def _mark(self, region: MemoryRegion) -> None:
        showing = {id(outer) for outer in shown_in(region)}
        for space in self.spaces:
            if id(space.root) in showing:
                space.dirty = True

    def _roll_back(self, mark: int) -> None:
        for space in self.spaces:
            space.dirty = True
        while len(self._journal) > mark:
            self._journal.pop().inverse().apply()

    def _update(self) -> None:
        """Bring every changed space up to date, in the order the spaces were made.

        A sink that changes the map meanwhile gets its update afterwards.
        """
        done: list[Change] = []
        try:
            while self._pending:
                self._update_once()
                done += self._journal
                self._journal.clear()
        finally:
            self._tell_watchers(done)

    def _update_once(self) -> None:
        self._pending = False
        spaces = tuple(self.spaces)
        updated: list[AddressSpace] = []
        self._depth += 1
        try:
            for space in spaces:
                space.sink.begin()
            self.listeners.begin()
            for space in spaces:
                if space.dirty:
                    updated.append(space)
                    space.update()
                else:
                    space.keep()
        except BaseException:
            with ExitStack() as undo:
                undo.callback(self._give_up)
                for space in updated:
                    undo.callback(space.revert)
            raise
        finally:
            for space in spaces:
                space.sink.commit()
            self.listeners.commit()
            self._depth -= 1
        for space in spaces:
            space.fresh = False
        if self.shadows:
            sweep(self)

    def _give_up(self) -> None:
        """The tree is as at the last update that succeeded, and the spaces those that it told."""
        self._roll_back(0)
        self._pending = False
        self.spaces[:] = [space for space in self.spaces if not space.fresh]

    def _tell_watchers(self, done: list[Change]) -> None:
        """Every change in `done` and, changes that show nowhere, in the journal is for good."""
        done += self._journal
        self._journal.clear()
        if done:
            for watcher in tuple(self.watchers):
                watcher.committed(done)

    # Regions with backing of their own

    def region_init(self, region: MemoryRegion) -> None:
        """Tell every sink of a new region with RAM."""
        for space in self.spaces:
            space.sink.region_init(region)

    def region_destroy(self, region: MemoryRegion) -> None:
        """Tell every sink that `region` is gone."""
        for space in self.spaces:
            space.sink.region_destroy(region)

    # Reports, defined in modules of their own; each costs only those who ask

    dead = unseen.dead
    mtree = text.mtree
    mtree_flat = text.mtree_flat
    json = jsonform.world_json
