"""What the shards of these tests do, and a driver that can be killed: ``python -m`` this STORE."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from memfold.equivalence.facts import Json
from memfold.equivalence.shards import Shard, Store, campaign, processes
from memfold.errors import BadInput

__all__ = ["bad", "dies_once", "kills", "shard", "shards", "square"]


def square(arguments: Mapping[str, Json]) -> Json:
    """As slow as `seconds` says."""
    number, seconds = arguments["number"], arguments.get("seconds", 0.0)
    assert isinstance(number, int)
    assert isinstance(seconds, float)
    time.sleep(seconds)
    return {"square": number**2}


def kills(arguments: Mapping[str, Json]) -> Json:
    """Ends its worker, and notes in the file `log` that it did."""
    with Path(str(arguments.get("log", os.devnull))).open("a") as log:
        log.write("x")
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def dies_once(arguments: Mapping[str, Json]) -> Json:
    """Ends its worker the first time."""
    mark = Path(str(arguments["mark"]))
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "lived"


def bad(_: Mapping[str, Json]) -> Json:
    """Is given what nobody can use."""
    raise BadInput("a shard of nothing", "one of something")


def shard(name: str, **arguments: Json) -> Shard:
    """A shard that performs the function called `name` here."""
    return Shard(f"tests.equivalence.shards.functions:{name}", arguments)


def shards(count: int, seconds: float = 0.0) -> Iterator[Shard]:
    """So many squares."""
    return (shard("square", number=number, seconds=seconds) for number in range(count))


if __name__ == "__main__":
    for _ in campaign(shards(40, 0.02), partial(processes, 2), Store(Path(sys.argv[1]))):
        pass
