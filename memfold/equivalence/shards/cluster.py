"""The workers of a Dask cluster as an executor; needs the extra ``memfold[cluster]``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from memfold.equivalence.shards.pool import AHEAD, Pool
from memfold.errors import BadInput

__all__ = ["cluster"]

PATIENCE = 10
"""Seconds in which a scheduler has to answer."""


@contextmanager
def cluster(address: str) -> Iterator[Pool]:
    """The cluster whose scheduler is at `address`; workers may come and go.

    Raises `BadInput` without Dask, and where no scheduler answers.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        raise BadInput("Dask is not installed", "pip install 'memfold[cluster]'") from error
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        expected = "the address of a Dask scheduler, such as tcp://10.0.0.1:8786"
        raise BadInput(f"{address}: no scheduler answers", expected) from error
    with client:
        executor = client.get_executor(pure=False)
        yield Pool(
            executor, lambda: AHEAD * max(1, sum(client.nthreads().values())), (KilledWorker,)
        )
