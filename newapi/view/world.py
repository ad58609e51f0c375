"""`World`: what the regions of one machine share: RAM, spaces, listeners."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from memfold.newapi.tree.checking import check_tree
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.node import Node, shown_in
from memfold.newapi.tree.profile import TODAY, Profile
from memfold.newapi.view.listener import MemoryListener
from memfold.newapi.view.space import Space
from memfold.newapi.view.telling import Telling, all_of
from memfold.newapi.view.transactions import Transactions

if TYPE_CHECKING:
    from memfold.host.ram import RamList
    from memfold.host.ranges import AddrRange
    from memfold.newapi.tree.region import MemoryRegion

__all__ = ["World"]


class World(Transactions):
    """One new world: its RAM list, its address spaces, its transaction depth. Knows no other.

    One thread a world: nothing here is locked. Two worlds in two threads share nothing.
    """

    __slots__ = (
        "_acts",
        "_global_log",
        "big_endian",
        "byte_order",
        "profile",
        "ram_list",
    )

    def __init__(
        self, ram_list: RamList, profile: Profile = TODAY, *, big_endian: bool = False
    ) -> None:
        """An empty world whose target has the given byte order."""
        super().__init__()
        self.ram_list = ram_list
        self.profile = profile
        self.big_endian = big_endian
        self.byte_order: Literal["little", "big"] = "big" if big_endian else "little"
        self._global_log = False
        self._acts = 0

    def check(self) -> None:
        """Raise `RegionError` for the first thing found wrong; for tests, and for doubts.

        Looked at are the trees and, outside a transaction, every view against a new rendering, what
        listeners serve against the view, and that no change waits to be shown. Renders every space.
        """
        check_tree(space.root for space in self._spaces)
        if self._depth:
            return
        self.mark_touched()
        if self._journal or self._pending:
            raise RegionError(f"changes wait outside of a transaction: {self._journal}")
        for space in self._spaces:
            space.check()

    def next_act(self) -> int:
        """A number above all before: the act of adding, enabling or moving (or a claim)."""
        self._acts += 1
        return self._acts

    # Spaces and listeners, kept by the spaces

    def add_space(self, space: Space) -> None:
        """Keep `space` up to date from now on (its constructor calls this)."""
        self._spaces.append(space)
        self._pending = True
        if not self._depth:
            self._update()

    def drop_space(self, space: Space) -> None:
        """Know nothing more of `space` (`AddressSpace.destroy` calls this)."""
        if space in self._spaces:
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
        """Log all RAM from now on; as before when a listener refuses."""
        Telling(self._audience).whole("log_global_start")
        self._global_log = True

    def log_global_stop(self) -> None:
        """Log only what asked for it from now on; as before when a listener refuses."""
        Telling(self._audience).whole("log_global_stop")
        self._global_log = False

    # What regions ask

    def shows(self, region: Node) -> bool:
        """Whether `region` is in the tree of an address space, or shown there by an alias."""
        showing = set(map(id, shown_in(region)))
        return any(id(space.root) in showing for space in self._spaces)

    def root_of(self, region: Node) -> str | None:
        """The name of an address space that shows the tree from `region`, if one does."""
        return next((space.name for space in self._spaces if space.root is region), None)

    def tell_sync(self, region: Node) -> None:
        """Tell listeners that somebody is about to read the dirty bytes of `region`."""
        all_of(partial(space.tell_sync, region) for space in self._spaces)

    def tell_reset(self, ram: AddrRange, mask: int) -> None:
        """Tell listeners that the dirty bits `mask` of these RAM addresses were cleared."""
        all_of(partial(one.log_reset, ram, mask) for one in self._audience.of("log_reset"))

    def region_init(self, region: MemoryRegion) -> None:
        """Tell every listener of a new region with RAM; when one refuses, its RAM is freed and
        those told hear that it is gone."""
        telling = Telling(self._audience)
        try:
            telling.tell("region_init", region)
        except BaseException:
            if region.ram_addr is not None:
                self.ram_list.free(region.ram_addr)
            telling.take_back()
            raise

    def region_destroy(self, region: MemoryRegion) -> None:
        """Tell every listener that `region` is gone; all of them, also when one raises."""
        all_of(partial(one.region_destroy, region) for one in self._audience.of("region_destroy"))
