"""Performing shards: a bounded number at a time, each result a file as soon as it is there.

What is present is not performed again; so whatever ends a campaign, the next one goes on. The
driver writes what workers return, the same way for processes and clusters: a shard is finished
when its file is there.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, TypeAlias

from memfold.equivalence.shards.pool import Pool
from memfold.equivalence.shards.shard import Shard, canonical, performed
from memfold.equivalence.shards.store import Store
from memfold.errors import BadInput

__all__ = ["DIED", "TRIES", "Done", "campaign"]

TRIES = 3
"""How often a shard may end its worker while no other is performed, before it is given up."""

DIED = "ended its worker each time it was tried"

Answer: TypeAlias = tuple[str, float]


@dataclass(frozen=True, slots=True)
class Done:
    """A shard that is finished."""

    key: str
    content: dict[str, Any]
    """What its file holds."""
    seconds: float
    """What a core worked for it."""


def campaign(
    shards: Iterable[Shard],
    opened: Callable[[], AbstractContextManager[Pool]],
    store: Store,
    over: Callable[[], bool] = lambda: False,
) -> Iterator[Done]:
    """Perform those of `shards` that `store` has not; each is told when its file is written.

    `opened` opens a pool, and another one when that breaks. Which worker broke it, nobody knows:
    the shards that were on their way are performed again one by one, and one that ends its worker
    even so is a result that says ``died``. When it is `over` no other shard is begun.

    Raises what a shard's function raises, and `BadInput` for a pool that cannot be mended.
    """
    run = _Run(shards, store, over)
    vain = 0
    while vain < TRIES and run.more():
        try:
            with opened() as pool:
                for done in run.through(pool):
                    vain = 0
                    yield done
        except BrokenExecutor:  # with nothing on its way
            vain += 1
    if vain:
        raise BadInput("the workers end before they begin", "workers that stay")


class _Run:
    """What is left to do."""

    def __init__(self, shards: Iterable[Shard], store: Store, over: Callable[[], bool]) -> None:
        self._shards = (shard for shard in shards if shard.key not in store)
        self._store, self._over = store, over
        self._next: deque[Shard] = deque()
        """One at most: known to be there before a pool is opened for it."""
        self._alone: deque[Shard] = deque()
        """Those that were on their way when a pool broke."""
        self._deaths: Counter[str] = Counter()

    def more(self) -> bool:
        """Whether there is a shard to begin."""
        if not self._next and not self._over():
            self._next.extend(each for each in [next(self._shards, None)] if each is not None)
        return bool(self._next or self._alone)

    def through(self, pool: Pool) -> Iterator[Done]:
        """Perform until there is no more, or `pool` broke.

        Raises `BrokenExecutor` when it is broken and nothing was on its way.
        """
        while self._alone:
            shard = self._alone[0]
            future = _submitted(pool, shard)
            wait([future])
            if _broken(future):
                self._deaths[shard.key] += 1
                if self._deaths[shard.key] == TRIES:
                    yield self._died(self._alone.popleft())
                return
            yield self._finished(self._alone.popleft(), future, pool)
        flight: dict[Future[Answer], Shard] = {}
        broken = False
        while not broken or flight:
            while not broken and len(flight) < pool.room() and self.more():
                try:
                    flight[_submitted(pool, self._next[0])] = self._next[0]
                except BrokenExecutor:
                    if not flight:
                        raise
                    broken = True
                else:
                    self._next.popleft()
            if not flight:
                return
            wait(flight, return_when=FIRST_COMPLETED)
            for future in [each for each in flight if each.done()]:
                shard = flight.pop(future)
                if _broken(future):
                    self._alone.append(shard)
                    broken = True
                else:
                    yield self._finished(shard, future, pool)

    def _finished(self, shard: Shard, future: Future[Answer], pool: Pool) -> Done:
        try:
            text, seconds = future.result()
        except pool.died:
            return self._died(shard)
        except CancelledError as error:
            raise BadInput("the workers were lost", "to begin again: what is done stays") from error
        return self._written(shard, {"result": json.loads(text)}, seconds)

    def _died(self, shard: Shard) -> Done:
        return self._written(shard, {"died": DIED}, 0.0)

    def _written(self, shard: Shard, what: dict[str, Any], seconds: float) -> Done:
        content = {**shard.json(), **what}
        self._store.write(shard.key, f"{canonical(content)}\n", seconds)
        return Done(shard.key, content, seconds)


def _submitted(pool: Pool, shard: Shard) -> Future[Answer]:
    return pool.executor.submit(performed, shard.function, {**shard.arguments}, shard.code)


def _broken(future: Future[Answer]) -> bool:
    """Whether it ended with its pool."""
    return not future.cancelled() and isinstance(future.exception(), BrokenExecutor)
