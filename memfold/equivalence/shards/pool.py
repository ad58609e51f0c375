"""Where shards are performed: any executor, and the processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from memfold.equivalence.campaign.workers import end_with_the_parent

__all__ = ["AHEAD", "Pool", "processes"]

AHEAD = 2
"""Shards for each worker that are on their way: the next one waits there when one is done."""


@dataclass(frozen=True, slots=True)
class Pool:
    """An executor, and what a campaign has to know of it."""

    executor: Executor
    room: Callable[[], int]
    """How many shards may be on their way now."""
    died: tuple[type[BaseException], ...] = ()
    """What a future raises whose worker died each time, where that breaks no other future."""


@contextmanager
def processes(jobs: int) -> Iterator[Pool]:
    """`jobs` processes of this machine. They end with the block, and with this process."""
    before = multiprocessing.active_children()
    context = multiprocessing.get_context("fork")
    sys.stdout.flush()  # else what waits there is written twice
    executor = ProcessPoolExecutor(jobs, context, end_with_the_parent)
    try:
        executor.submit(os.getpid).result()  # the first one starts them all
        yield Pool(executor, lambda: AHEAD * jobs)
    finally:
        # Whoever leaves early waits for no shard: that was not begun, as far as anyone knows.
        for child in multiprocessing.active_children():
            if child not in before:
                child.kill()
        executor.shutdown(wait=True, cancel_futures=True)
