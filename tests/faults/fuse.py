"""What fails when it is told to: everything that the library calls and has not written itself."""

from __future__ import annotations

from collections import Counter
from typing import Any

from memfold.host.memory import HostMemory
from memfold.host.ram import RamList
from memfold.host.ranges import AddrRange
from memfold.legacy.constants import ReadFuncs, WriteFuncs
from memfold.legacy.iotable import IoTable
from memfold.legacy.subpage import SubPage
from memfold.legacy.target import Target
from memfold.newapi import Change, Core, EventFd, FlatRange, MemoryListener, MemoryRegion, World
from memfold.newapi.view.telling import coalesced_parts, row_events

__all__ = ["FaultError", "FragileCore", "FragileRam", "FragileTable", "Fuse", "Heard", "Watch"]


class FaultError(Exception):
    """What is raised where the fuse blows."""


class Fuse:
    """Blows at the call number `left` from now; 0: never."""

    def __init__(self) -> None:
        self.left = 0
        self.for_good = False
        """Whether every later call fails too."""
        self.blown = ""
        """Where it blew."""

    def set(self, left: int, *, for_good: bool = False) -> None:
        """Be ready for a run."""
        self.left, self.for_good, self.blown = left, for_good, ""

    def trips(self, where: str) -> bool:
        """Whether it blows here."""
        if self.blown:
            return self.for_good
        if not self.left:
            return False
        self.left -= 1
        if not self.left:
            self.blown = where
        return bool(self.blown)

    def hit(self, where: str) -> None:
        """A call: raise if it blows here."""
        if self.trips(where):
            raise FaultError(where)


class Heard(MemoryListener):
    """Keeps all it is told, strictly; a call that raises does nothing."""

    def __init__(self, fuse: Fuse, name: str, priority: int = 0) -> None:
        super().__init__(priority)
        self.fuse, self.name = fuse, name
        self.open = self.all_logged = False
        self.rows: dict[int, FlatRange] = {}
        self.logged: set[int] = set()
        self.parts: Counter[AddrRange] = Counter()
        self.events: Counter[EventFd] = Counter()
        self.with_ram: set[str] = set()
        self.then: Any = None
        """Done once, when the next row is added."""

    def _hit(self, what: str) -> None:
        self.fuse.hit(f"{self.name}.{what}")

    def known(self) -> object:
        """All that it keeps, for comparison."""
        rows = [(r.start, r.end, r.region.name, r.offset, r.readonly) for r in self.rows.values()]
        kept = (sorted(self.logged), sorted(+self.parts), sorted(+self.events))
        return sorted(rows), kept, sorted(self.with_ram), self.all_logged, self.open

    def check(self, rows: Any) -> None:
        for row in rows:
            assert self.rows[row.start].same_as(row), (self.name, row)
        assert len(self.rows) == len(rows), self.name
        assert self.logged == {row.start for row in rows if row.log_mask}, self.name
        assert +self.parts == Counter(p for row in rows for p in coalesced_parts(row)), self.name
        assert +self.events == Counter(e for row in rows for e in row_events(row)), self.name
        assert not self.open, self.name

    def begin(self) -> None:
        self._hit("begin")
        assert not self.open
        self.open = True

    def commit(self) -> None:
        self._hit("commit")
        self.open = False

    def region_add(self, row: FlatRange) -> None:
        self._hit("region_add")
        assert self.open
        assert not any(row.range.intersects(other.range) for other in self.rows.values())
        if self.then is not None:
            then, self.then = self.then, None
            then()
        self.rows[row.start] = row
        if row.log_mask:
            self.logged.add(row.start)

    def region_del(self, row: FlatRange) -> None:
        self._hit("region_del")
        assert self.open
        assert self.rows.pop(row.start).same_as(row)
        self.logged.discard(row.start)

    def region_nop(self, row: FlatRange) -> None:
        self._hit("region_nop")
        assert self.rows[row.start].same_as(row)

    def log_start(self, row: FlatRange) -> None:
        self._hit("log_start")
        assert row.start not in self.logged
        self.logged.add(row.start)

    def log_stop(self, row: FlatRange) -> None:
        self._hit("log_stop")
        self.logged.remove(row.start)

    def log_sync(self, _: FlatRange) -> None:
        self._hit("log_sync")

    def log_global_start(self) -> None:
        self._hit("log_global_start")
        self.all_logged = True

    def log_global_stop(self) -> None:
        self._hit("log_global_stop")
        self.all_logged = False

    def coalesced_add(self, part: AddrRange) -> None:
        self._hit("coalesced_add")
        self.parts[part] += 1

    def coalesced_del(self, row: AddrRange) -> None:
        self._hit("coalesced_del")
        for part in [part for part in self.parts if row.covers(part)]:
            del self.parts[part]

    def eventfd_add(self, event: EventFd) -> None:
        self._hit("eventfd_add")
        self.events[event] += 1

    def eventfd_del(self, event: EventFd) -> None:
        self._hit("eventfd_del")
        assert self.events[event] > 0
        self.events[event] -= 1

    def region_init(self, region: MemoryRegion) -> None:
        self._hit("region_init")
        self.with_ram.add(region.name)

    def region_destroy(self, region: MemoryRegion) -> None:
        if region.itself is region:
            self.with_ram.discard(region.name)
        self._hit("region_destroy")

    def unregistered(self) -> None:
        assert not self.rows or self.fuse.for_good
        self._hit("unregistered")


class FragileCore(Core):
    """A core whose calls fail before they have done anything."""

    def __init__(self, world: World, fuse: Fuse) -> None:
        super().__init__(world)
        self.fuse = fuse

    def region_add(self, row: FlatRange) -> None:
        self.fuse.hit("core.region_add")
        super().region_add(row)

    def region_del(self, row: FlatRange) -> None:
        self.fuse.hit("core.region_del")
        super().region_del(row)

    def commit(self) -> None:
        self.fuse.hit("core.commit")
        super().commit()


class FragileRam(RamList):
    """The host may have no memory left."""

    def __init__(self, fuse: Fuse) -> None:
        super().__init__(12)
        self._fuse = fuse

    def _insert(self, name: str, size: int, memory: HostMemory | None) -> int:
        self._fuse.hit("ram.alloc")
        return super()._insert(name, size, memory)


class Watch:
    """Is told of every change, and keeps those that are for good."""

    def __init__(self, fuse: Fuse) -> None:
        self.fuse = fuse
        self.for_good: list[str] = []

    def noted(self, _: Change) -> None:
        """See `Watcher.noted`."""
        self.fuse.hit("watch.noted")

    def committed(self, changes: list[Change]) -> None:
        """See `Watcher.committed`; it can refuse nothing any more."""
        self.for_good += map(str, changes)
        self.fuse.hit("watch.committed")


class FragileTable(IoTable):
    """An io table that may seem to be full."""

    __slots__ = ("_fuse",)

    def __init__(self, fuse: Fuse, target: Target) -> None:
        super().__init__(target)
        self._fuse = fuse

    @property
    def free(self) -> int:
        """How many slots seem to be free."""
        return 0 if self._fuse.trips("io slots free") else super().free

    def register(self, read: ReadFuncs, write: WriteFuncs, opaque: Any, endian: int) -> int:
        """No slot where the fuse blows; but a sub-page is made when a free one has been seen."""
        if not isinstance(opaque, SubPage) and self._fuse.trips("io slot"):
            return -1
        return super().register(read, write, opaque, endian)
