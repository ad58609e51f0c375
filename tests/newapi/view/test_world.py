"""One thread a world: worlds share nothing, so each of many threads may have one of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier

from tests.newapi.trees import SPAN, RandomWorld

THREADS = 4


def story(seed: int, barrier: Barrier | None) -> list[object]:
    """What a world shows while it is built and changed; with `barrier`, beside others."""
    if barrier is not None:
        barrier.wait()
    tree = RandomWorld(Random(seed))
    shown: list[object] = []
    for _ in range(150):
        tree.change()
        shown.append([(row.start, row.end, row.region.name, row.offset) for row in tree.space.view])
        shown.append([tree.dispatched(addr) for addr in range(0, SPAN, 5)])
    return shown


def test_worlds_in_threads_do_not_meet() -> None:
    alone = [story(seed, None) for seed in range(THREADS)]
    barrier = Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        beside = list(pool.map(lambda seed: story(seed, barrier), range(THREADS)))
    assert beside == alone
