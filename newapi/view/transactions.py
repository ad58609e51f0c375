"""Transactions: changes noted, shown together, and taken back together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from memfold.host.ranges import AddrRange
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.node import Change, Extent, Node, shown_at
from memfold.newapi.view.listener import Audience, MemoryListener
from memfold.newapi.view.space import EVERYWHERE, Space, Watcher
from memfold.newapi.view.telling import all_of

__all__ = ["Transactions"]


class Transactions:
    """The changes of one world on their way to its spaces, listeners and watchers."""

    __slots__ = (
        "_audience",
        "_depth",
        "_floor",
        "_journal",
        "_pending",
        "_spaces",
        "_touched",
        "watchers",
    )

    def __init__(self) -> None:
        """Nothing is changed yet."""
        self.watchers: list[Watcher] = []
        """Told of every change; empty unless somebody asked, and then nothing is spent on it."""
        self._spaces: list[Space] = []
        self._audience = Audience()
        self._depth = 0
        self._floor = 0
        """The depth below which nobody may commit who is told of an update; 0: no update."""
        self._pending = False
        self._journal: list[Change] = []
        self._touched: list[Extent] = []
        """Where changes may show of which no space was told yet."""

    @property
    def spaces(self) -> Sequence[Space]:
        """The address spaces, in the order in which they were made."""
        return self._spaces

    @property
    def listeners(self) -> Sequence[MemoryListener]:
        """Those of all spaces, lowest priority first."""
        return self._audience.listeners

    def add_watcher(self, watcher: Watcher) -> None:
        """Tell `watcher` of every change from now on.

        Raises `RegionError` inside a transaction: it would hear of half of it.
        """
        if self._depth:
            raise RegionError("cannot begin to watch inside a transaction")
        self.watchers.append(watcher)

    @property
    def updating(self) -> bool:
        """Whether listeners are being told of an update just now."""
        return self._floor > 0

    @property
    def in_transaction(self) -> bool:
        """Whether updates are held back now."""
        return self._depth > 0

    def transaction_begin(self) -> None:
        """Hold back all updates until the matching `transaction_commit`; nests."""
        self._depth += 1

    def transaction_commit(self) -> None:
        """Leave one transaction; the outermost one updates every space that changed.

        Raises `RegionError` when none is open (a listener that is told of an update has to begin
        its own). When a listener refuses the new map, the tree is put back as it was at the
        outermost begin, and the listener's error is raised.
        """
        if self._depth == self._floor:
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
            raise
        finally:
            self.transaction_commit()

    def changed(self, region: Node, change: Change, *, always: bool = False) -> None:
        """Note a `change` made to `region`, and update unless in a transaction.

        A disabled region changes nothing that shows, unless `always`: no update is made of it. (It
        may count as a later act, by an alias of what was added, from the next update on.)
        """
        self._note(change)
        self._touched += change.touched()
        self._pending |= always or region.enabled
        if not self._depth:
            self._update()

    def note(self, change: Change) -> None:
        """Note a change that alters no view."""
        self._note(change)
        if not self._depth:
            self._tell_watchers([])

    def coalescing_changed(self, region: Node, change: Change) -> None:
        """Note that other ranges of `region` are coalesced, and tell listeners at once (golden
        memory rule 8), inside a transaction too; those told of an update hear it after that."""
        with self.transaction():
            self._note(change)
            if self.updating:
                self._touched.append(Extent(region, 0, region.size))
                self._pending = True
            else:
                self._round((), self._spaces, lambda space: space.tell_coalescing(region))

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
        self.changed(change.region, change, always=True)

    def update_again(self, space: Space, window: AddrRange) -> None:
        """Update `window` of `space` once more after the update that is going on."""
        space.mark(window)
        self._pending = True

    def mark_touched(self) -> None:
        """For spaces: every space that shows something of what was touched is to draw it again.

        What was between the two and is there no more was touched itself.
        """
        touched, self._touched = self._touched, []
        for region, low, high in shown_at(touched):
            for space in self._spaces:
                if space.root is region:
                    space.mark(AddrRange(low, high))

    def _roll_back(self, mark: int) -> None:
        """Take back every change noted after the first `mark`.

        Listeners who were told of coalescing at once are to be told again, by an update.
        """
        for space in self._spaces:
            space.mark(EVERYWHERE)
        undone = self._journal[mark:]
        del self._journal[mark:]
        for change in reversed(undone):
            change.inverse().apply()
        if any(space.lags() for space in self._spaces):
            self._pending = True

    def _update(self) -> None:
        """Bring every changed space up to date, in the order the spaces were made.

        All are rendered before anybody is told. What a listener changes meanwhile is shown, or
        taken back, by an update of its own, which follows; so is what a roll-back leaves to tell.
        """
        done: list[Change] = []
        refused: BaseException | None = None
        try:
            while self._pending and not self._depth:
                self._pending = False
                noted, spaces = len(self._journal), tuple(self._spaces)
                try:
                    self.mark_touched()
                    for space in spaces:
                        space.prepare()
                    self._round(self.listeners, spaces, lambda space: space.bring_up())
                except BaseException as error:
                    self._pending = False
                    self._roll_back(0)
                    if refused is not None:
                        self._pending = False
                        raise
                    refused = error
                else:
                    done += self._journal[:noted]
                    del self._journal[:noted]
            if refused is not None:
                raise refused
        finally:
            try:
                self._tell_watchers(done)
            finally:
                all_of(space.settle for space in self._spaces)

    def told_together(
        self,
        listeners: Sequence[MemoryListener],
        spaces: Sequence[Space],
        show: Callable[[Space], None],
    ) -> None:
        """One update: `listeners` hear begin, what `show` tells of each space, and commit.

        All of it or nothing: when anything raises, a commit too, those told are told the inverse,
        and all who heard begin hear commit. Changes that they make meanwhile are shown afterwards.
        """
        with self.transaction():
            self._round(tuple(listeners), tuple(spaces), show)

    def _round(
        self,
        listeners: Sequence[MemoryListener],
        spaces: Sequence[Space],
        show: Callable[[Space], None],
    ) -> None:
        begun: list[MemoryListener] = []
        shown: list[Space] = []
        committed: list[MemoryListener] = []
        floor = self._floor
        self._depth += 1
        self._floor = self._depth
        try:
            for listener in listeners:
                listener.begin()
                begun.append(listener)
            for space in spaces:
                shown.append(space)
                show(space)
            for listener in listeners:
                listener.commit()
                committed.append(listener)
        except BaseException:
            all_of(
                [
                    *(listener.begin for listener in reversed(committed)),
                    *(space.revert for space in reversed(shown)),
                    *(listener.commit for listener in begun),
                ]
            )
            raise
        finally:
            self._depth -= 1
            self._floor = floor

    def _tell_watchers(self, done: list[Change]) -> None:
        """Every change in `done` is for good, and outside a transaction what shows nowhere."""
        if not self._depth:
            done = [*done, *self._journal]
            self._journal.clear()
        if done:
            all_of(partial(watcher.committed, done) for watcher in self.watchers)
