"""Memory clients: who is told of every registration, and asked to log and to sync.

They are global, as the thread says: each is told guest-physical addresses of the whole map.
Order: the client registered last is called first. A negative answer ends the round.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["CPUPhysMemoryClient", "Clients"]


@dataclass(frozen=True, eq=False, slots=True)
class CPUPhysMemoryClient:
    """The callbacks of one memory client; the two for logging may be absent."""

    set_memory: Callable[[int, int, int, bool], None]
    """``(start, size, phys_offset, log_dirty)``, told *before* the page table changes."""
    sync_dirty_bitmap: Callable[[int, int], int]
    """``(start, end) -> status``: bring dirty flags up to date."""
    migration_log: Callable[[int], int]
    """``(0 or 1) -> status``: migration ends or begins."""
    log_start: Callable[[int, int], int] | None = None
    """``(start, size) -> status``."""
    log_stop: Callable[[int, int], int] | None = None
    """``(start, size) -> status``."""


class Clients:
    """The memory clients of one world, the newest first."""

    __slots__ = ("_clients",)

    def __init__(self) -> None:
        self._clients: list[CPUPhysMemoryClient] = []

    def add(self, client: CPUPhysMemoryClient) -> None:
        """Put a client in front."""
        self._clients.insert(0, client)

    def remove(self, client: CPUPhysMemoryClient) -> None:
        """Take a client out; one that is not there is ignored."""
        if client in self._clients:
            self._clients.remove(client)

    def set_memory(self, start: int, size: int, phys_offset: int, log_dirty: bool) -> None:
        """Tell all of a registration."""
        for client in tuple(self._clients):
            client.set_memory(start, size, phys_offset, log_dirty)

    def sync_dirty_bitmap(self, start: int, end: int) -> int:
        """Ask all to bring dirty flags up to date; the first negative answer, else 0."""
        return self._ask(lambda client: client.sync_dirty_bitmap(start, end))

    def migration_log(self, enable: int) -> int:
        """Tell all that migration begins (1) or ends (0); the first negative answer, else 0."""
        return self._ask(lambda client: client.migration_log(enable))

    def log_start(self, start: int, size: int) -> int:
        """Ask those that can to log a range; the first negative answer, else 0."""
        return self._ask(lambda c: c.log_start(start, size) if c.log_start else 0)

    def log_stop(self, start: int, size: int) -> int:
        """Ask those that can to stop logging a range; the first negative answer, else 0."""
        return self._ask(lambda c: c.log_stop(start, size) if c.log_stop else 0)

    def _ask(self, ask: Callable[[CPUPhysMemoryClient], int]) -> int:
        answers = map(ask, tuple(self._clients))
        return next((answer for answer in answers if answer < 0), 0)
