"""The old job queue: functions on a list of [number, name, priority]."""

from __future__ import annotations

__all__ = ["ListStore", "by_scan"]


class ListStore:
    """Jobs in a list, searched from the front."""

    def __init__(self) -> None:
        self._jobs: list[tuple[int, str, int]] = []
        self._last = 0

    def add(self, name: str, priority: int) -> int:
        self._last += 1
        self._jobs.append((self._last, name, priority))
        return self._last

    def remove(self, number: int) -> bool:
        before = len(self._jobs)
        self._jobs = [job for job in self._jobs if job[0] != number]
        return len(self._jobs) < before

    def jobs(self) -> list[tuple[int, str, int]]:
        return list(self._jobs)


def by_scan(jobs: list[tuple[int, str, int]]) -> tuple[int, str, int]:
    """The job to do next: of the highest priority the one that waits longest."""
    best = jobs[0]
    for job in jobs[1:]:
        if job[2] > best[2]:
            best = job
    return best
