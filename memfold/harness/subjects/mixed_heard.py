"""What listeners and memory clients of a mixed world are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from memfold.equivalence.facts import Json
from memfold.harness.subjects.memory_subject import flat_row
from memfold.host.ranges import AddrRange
from memfold.legacy import IO_MEM_ROM, CPUPhysMemoryClient
from memfold.legacy.constants import IO_MEM_UNASSIGNED
from memfold.newapi import EventFd, FlatRange, MemoryListener

__all__ = ["Pages", "Rows", "event_row"]


class Rows(MemoryListener):
    """Notes the rows of the tree that it is told of, and whatever else."""

    def __init__(
        self, who: int, is_trees: Callable[[FlatRange], bool], told: Callable[[Json], None]
    ) -> None:
        super().__init__(who)
        self._who = who
        self._is_trees = is_trees
        self._told = told

    def _note(self, event: str, row: FlatRange) -> None:
        if self._is_trees(row):
            self._told([self._who, *cast("list[Json]", event_row(event, row))])

    def region_add(self, row: FlatRange) -> None:
        self._note("add", row)

    def region_del(self, row: FlatRange) -> None:
        self._note("del", row)

    def log_start(self, row: FlatRange) -> None:
        self._note("log_start", row)

    def log_stop(self, row: FlatRange) -> None:
        self._note("log_stop", row)

    def log_sync(self, row: FlatRange) -> None:
        self._note("sync", row)

    def log_global_start(self) -> None:
        self._told([self._who, "log_global_start"])

    def log_global_stop(self) -> None:
        self._told([self._who, "log_global_stop"])

    def coalesced_add(self, part: AddrRange) -> None:
        self._told([self._who, "coalesced_add", part.start, part.size])

    def coalesced_del(self, row: AddrRange) -> None:
        self._told([self._who, "coalesced_del", row.start, row.size])

    def eventfd_add(self, event: EventFd) -> None:
        self._told([self._who, "eventfd_add", *map(int, event.key())])

    def eventfd_del(self, event: EventFd) -> None:
        self._told([self._who, "eventfd_del", *map(int, event.key())])


def event_row(event: str, row: FlatRange) -> Json:
    """A row, after what is said of it."""
    return [event, *cast("list[Json]", flat_row(row))]


class Pages:
    """What memory clients hear: the newer one answers `answer`, and keeps what it heard last of
    each page."""

    def __init__(self, page_size: int, space: int, counts_nothing: Callable[[], bool]) -> None:
        """`counts_nothing`: whether it is told that a page is still unassigned."""
        self.answer = 0
        self.told: list[Json] = []
        self._page_size, self._space = page_size, space
        self._counts_nothing = counts_nothing
        self._heard: dict[int, Json] = {}

    def clients(self) -> tuple[CPUPhysMemoryClient, CPUPhysMemoryClient]:
        """The older, who hears of no page, and the newer."""
        return self._client(("older",), lambda *_: None), self._client((), self._hear)

    def heard(self) -> list[Json]:
        """What was heard last of each page that is assigned, ascending."""
        return [self._heard[page] for page in sorted(self._heard)]

    def _client(
        self, by: tuple[str, ...], hear: Callable[[int, int, int, bool], None]
    ) -> CPUPhysMemoryClient:
        return CPUPhysMemoryClient(
            hear,
            lambda start, end: self._tell(*by, "sync", start, end),
            lambda enable: self._tell(*by, "migration", enable),
            lambda start, size: self._tell(*by, "log_start", start, size),
            lambda start, size: self._tell(*by, "log_stop", start, size),
        )

    def _tell(self, *row: Json) -> int:
        self.told.append([*row])
        return 0 if row[0] == "older" else self.answer

    def _hear(self, start: int, size: int, phys_offset: int, log: bool) -> None:
        page = self._page_size
        low = phys_offset & page - 1
        for far in range(start & -page, start + size, page):
            at = far % self._space
            if phys_offset == IO_MEM_UNASSIGNED:
                if self._heard.pop(at, None) is None and self._counts_nothing():
                    self.told.append(["nothing", at])  # and it was so
                continue
            said = "other"
            if low in (0, IO_MEM_ROM):
                addr = phys_offset - low + far - (start & -page)
                said = f"{'rom' if low else 'ram'} {addr:#x}"
            self._heard[at] = [at, said, int(log)]
