"""Parts of the program that have not."""

from __future__ import annotations

from job_queue import Queue
from old_jobs import ListStore, by_scan


def backups() -> Queue:
    return Queue(ListStore(), by_scan)


def reports() -> Queue:
    waiting = Queue(ListStore(), by_scan)
    waiting.put("totals", priority=2)
    return waiting
