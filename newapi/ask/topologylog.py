"""A log of every change of the map, with the place in the code that asked for it, and undo."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.node import Change

if TYPE_CHECKING:
    from memfold.newapi.view.world import World

__all__ = ["CallSite", "LogEntry", "TopologyLog", "call_site"]

_INSIDE = ("memfold.newapi.", "memfold.shim.", "memfold.legacy.", "contextlib.")
"""Packages whose frames are never the caller's."""


class CallSite(NamedTuple):
    """The line of code that called the memory API."""

    path: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}, in {self.function}"


def call_site() -> CallSite:
    """The innermost line now running that belongs to neither generation of the API."""
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_inside(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    return CallSite(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname)


def _is_inside(module: str) -> bool:
    return f"{module}.".startswith(_INSIDE)


class LogEntry(NamedTuple):
    """What took effect together: one call, or all the calls of one outermost transaction."""

    number: int
    """1 for the first entry of the log."""
    changes: tuple[Change, ...]
    sites: tuple[CallSite, ...]
    """Who asked for each of the changes."""

    def __str__(self) -> str:
        return "; ".join(map(str, self.changes))


class TopologyLog:
    """Records every change of a world from its making to `close`; can take changes back.

    What it costs is paid by this world alone, and only while the log is open. Undoing is itself
    one transaction: listeners are told of just the difference, and one that refuses leaves map
    and log as they were. RAM contents and dirty bytes are no part of the map.
    """

    def __init__(self, world: World) -> None:
        """Raises `RegionError` inside a transaction."""
        self.world = world
        self.entries: list[LogEntry] = []
        self._sites: dict[int, tuple[Change, CallSite]] = {}
        self._undoing = False
        world.add_watcher(self)

    def close(self) -> None:
        """Record nothing more. Later changes are unknown to the log: it undoes nothing any more."""
        self.world.watchers.remove(self)

    def __iter__(self) -> Iterator[LogEntry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def noted(self, change: Change) -> None:
        """See `Watcher.noted`."""
        if not self._undoing:
            self._sites[id(change)] = (change, call_site())

    def committed(self, changes: list[Change]) -> None:
        """See `Watcher.committed`."""
        if not self._undoing:
            sites = tuple(self._sites[id(change)][1] for change in changes)
            self.entries.append(LogEntry(len(self.entries) + 1, tuple(changes), sites))
            self._sites.clear()

    def undo(self, count: int = 1) -> None:
        """Take the newest `count` entries back.

        Raises `RegionError` when there are fewer, the log is closed, a transaction is open, or
        one of their regions has been destroyed since; nothing is undone then.
        """
        if not 0 <= count <= len(self.entries):
            raise RegionError(f"cannot undo {count} entries: the log has {len(self.entries)}")
        if self not in self.world.watchers:
            raise RegionError(f"cannot undo {count} entries: the log is closed")
        if self.world.in_transaction:
            raise RegionError(f"cannot undo {count} entries inside a transaction")
        undone = self.entries[len(self.entries) - count :]
        changes = [change for entry in undone for change in entry.changes]
        for change in changes:
            for region, _, _ in change.touched():
                if region.destroyed:
                    raise RegionError(f"cannot undo {change}: region {region.name} is destroyed")
        self._undoing = True
        try:
            with self.world.transaction():
                for change in reversed(changes):
                    self.world.apply(change.inverse())
        finally:
            self._undoing = False
        del self.entries[len(self.entries) - count :]

    def of_act(self, act: int) -> tuple[Change, CallSite] | None:
        """The call that was act number `act`, and where it was made; None if not recorded."""
        for entry in reversed(self.entries):
            for change, site in zip(entry.changes, entry.sites, strict=True):
                if change.act == act:
                    return change, site
        return None
