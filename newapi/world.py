"""`World`: what the regions of one machine share, and its nesting transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from newapi.errors import RegionError
from newapi.profile import TODAY, Profile
from newapi.tree import shown_in

if TYPE_CHECKING:
    from memfold.host.ram import RamList
    from newapi.addressspace import AddressSpace
    from newapi.region import MemoryRegion

__all__ = ["World"]


class World:
    """One new world: its RAM list, its address spaces, its transaction depth. Knows no other."""

    __slots__ = (
        "_acts",
        "_depth",
        "_journal",
        "_pending",
        "big_endian",
        "profile",
        "ram_list",
        "spaces",
    )

    def __init__(
        self, ram_list: RamList, profile: Profile = TODAY, *, big_endian: bool = False
    ) -> None:
        """An empty world whose target has the given byte order."""
        self.ram_list = ram_list
        self.profile = profile
        self.big_endian = big_endian
        self.spaces: list[AddressSpace] = []
        self._depth = 0
        self._pending = False
        self._acts = 0
        self._journal: list[Callable[[], None]] = []

    def next_act(self) -> int:
        """A number above all before: the age of an adding, enabling or moving (or a claim)."""
        self._acts += 1
        return self._acts

    def add_space(self, space: AddressSpace) -> None:
        """Keep `space` up to date from now on (its constructor calls this)."""
        self.spaces.append(space)
        self._pending = True
        if not self._depth:
            self._update()

    # Transactions

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
        undo: Callable[[], None],
        *,
        always: bool = False,
        notify: bool = True,
    ) -> None:
        """Note a change of `region` that `undo` takes back, and update unless in a transaction.

        A disabled region changes nothing that shows, unless `always`. `notify` false: another
        change of the same act follows.
        """
        self._journal.append(undo)
        if always or region.enabled:
            self._mark(region)
            self._pending = True
        if notify and not self._depth:
            self._update()

    def _mark(self, region: MemoryRegion) -> None:
        showing = {id(outer) for outer in shown_in(region)}
        for space in self.spaces:
            if id(space.root) in showing:
                space.dirty = True

    def _roll_back(self, mark: int) -> None:
        for space in self.spaces:
            space.dirty = True
        while len(self._journal) > mark:
            self._journal.pop()()

    def _update(self) -> None:
        """Bring every changed space up to date, in the order the spaces were made.

        A sink that changes the map meanwhile gets its update afterwards.
        """
        while self._pending:
            self._pending = False
            updated: list[AddressSpace] = []
            self._depth += 1
            try:
                for space in self.spaces:
                    space.sink.begin()
                for space in self.spaces:
                    if space.dirty:
                        updated.append(space)
                        space.update()
                    else:
                        space.keep()
            except BaseException:
                for space in reversed(updated):
                    space.revert()
                self._roll_back(0)
                self._pending = False
                raise
            finally:
                for space in self.spaces:
                    space.sink.commit()
                self._depth -= 1
            self._journal.clear()
        self._journal.clear()

    # Regions with backing of their own

    def region_init(self, region: MemoryRegion) -> None:
        """Tell every sink of a new region with RAM."""
        for space in self.spaces:
            space.sink.region_init(region)

    def region_destroy(self, region: MemoryRegion) -> None:
        """Tell every sink that `region` is gone."""
        for space in self.spaces:
            space.sink.region_destroy(region)
