"""What the program uses: a queue on any store, with any way of choosing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

__all__ = ["Job", "Queue", "Store"]

Job = tuple[int, str, int]
"""Number, name, priority."""


class Store(Protocol):
    """Where jobs wait."""

    def add(self, name: str, priority: int) -> int: ...

    def remove(self, number: int) -> bool: ...

    def jobs(self) -> list[Job]: ...


class Queue:
    """Jobs that wait to be done."""

    def __init__(self, store: Store, choose: Callable[[list[Job]], Job]) -> None:
        self._store, self._choose = store, choose

    def put(self, name: str, priority: int = 0) -> int:
        return self._store.add(name, priority)

    def take(self) -> str:
        waiting = self._store.jobs()
        if not waiting:
            raise LookupError("no job waits")
        number, name, _ = self._choose(waiting)
        self._store.remove(number)
        return name

    def cancel(self, job: int) -> bool:
        return self._store.remove(job)

    def size(self) -> int:
        return len(self._store.jobs())
