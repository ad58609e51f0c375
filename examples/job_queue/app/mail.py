"""A part of the program that has changed over."""

from __future__ import annotations

from job_queue import Queue
from new_jobs import TableStore, by_key


def outbox() -> Queue:
    return Queue(TableStore(), by_key)
