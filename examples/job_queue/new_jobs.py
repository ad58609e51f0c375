"""The new job queue: jobs in a table by number, chosen by a key."""

from __future__ import annotations

__all__ = ["TableStore", "by_key"]


class TableStore:
    """Jobs in a table. A job that waits already is not put a second time."""

    def __init__(self) -> None:
        self._jobs: dict[int, tuple[int, str, int]] = {}
        self._last = 0

    def add(self, name: str, priority: int) -> int:
        for number, waiting, its in self._jobs.values():
            if (waiting, its) == (name, priority):
                return number
        self._last += 1
        self._jobs[self._last] = (self._last, name, priority)
        return self._last

    def remove(self, number: int) -> bool:
        return self._jobs.pop(number, None) is not None

    def jobs(self) -> list[tuple[int, str, int]]:
        return list(self._jobs.values())


def by_key(jobs: list[tuple[int, str, int]]) -> tuple[int, str, int]:
    """The job to do next: of the highest priority the one that waits longest."""
    return max(jobs, key=lambda job: (job[2], -job[0]))
