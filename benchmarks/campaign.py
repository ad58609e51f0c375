"""What a campaign costs beside the shards: ``python -m benchmarks.campaign``.

The driver keys, sends, writes and counts each shard; the shards here do nothing else.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from memfold.equivalence.facts import Json
from memfold.equivalence.shards import Shard, Store, campaign, processes

__all__ = ["main", "nothing"]

COUNT = 2000


def nothing(_: Mapping[str, Json]) -> Json:
    """Rows enough for a file of the usual size."""
    return {"rows": ["x" * 1000] * 8, "failures": []}


def main() -> None:
    """Print milliseconds of the driver for a shard, and for one that is there already."""
    shards = [Shard("benchmarks.campaign:nothing", {"number": n}) for n in range(COUNT)]
    with tempfile.TemporaryDirectory() as folder:
        for what in ("performed", "there already"):
            started, worked = time.perf_counter(), time.process_time()
            done = sum(1 for _ in campaign(shards, partial(processes, 2), Store(Path(folder))))
            passed, cpu = time.perf_counter() - started, time.process_time() - worked
            each = f"{1000 * passed / COUNT:.2f} ms a shard, {1000 * cpu / COUNT:.2f} ms of a core"
            print(f"{COUNT} shards {what} ({done} files written): {each}")


if __name__ == "__main__":
    main()
