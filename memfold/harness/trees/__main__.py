"""``python -m memfold.harness.trees 3 8``: compare trees for a while, and say how long all take."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import islice
from typing import Any, NamedTuple

import click

from memfold.harness.trees.shards import LARGEST, check, count, shards

__all__ = ["Found", "compare", "lasting", "main"]

_SAMPLE = 5_000
"""About how many trees are compared at a time."""
_DAY = 24 * 60 * 60


class _Size(NamedTuple):
    """A scope, by its arguments."""

    regions: int
    units: int
    reduced: bool

    def __str__(self) -> str:
        return f"{self.regions} over {self.units}{', reduced' if self.reduced else ''}"

    def trees(self) -> int:
        """How many trees it has."""
        return count(self.regions, self.units, reduced=self.reduced)


_TOLD = (_Size(3, 8, False), _Size(4, 8, True), _Size(4, 16, True), _Size(4, 16, False))
"""Of these, such as have at most one region more are told of beside the one asked for."""


class Found(NamedTuple):
    """What a while of comparing came to."""

    trees: int
    seconds: float
    disagreement: object
    """None: there is none."""


@click.command(help=__doc__)
@click.argument("regions", type=click.IntRange(1, LARGEST[0]))
@click.argument("units", type=click.IntRange(1, LARGEST[1]))
@click.option("--reduced", is_flag=True, help="One for all that are alike by the symmetries.")
@click.option("--seconds", default=20.0, show_default=True, help="How long to compare trees.")
@click.option("--jobs", default=0, type=click.IntRange(0), help="Processes; 0: one a core.")
def main(regions: int, units: int, reduced: bool, seconds: float, jobs: int) -> None:
    """Compare trees, here and there in the scope, until the time is up or all are done."""
    asked = _Size(regions, units, reduced)
    total, jobs = asked.trees(), jobs or os.cpu_count() or 1
    found = compare(asked, seconds, jobs)
    click.echo(f"{asked}: {found.trees:,} of {total:,} trees compared")
    if found.disagreement is not None:
        click.echo("one differs:")
        click.echo(json.dumps(found.disagreement, indent=1))
        sys.exit(1)
    click.echo("core, shim and fold agree with painting in each")
    rate = found.trees / found.seconds
    click.echo(f"\n{rate:,.0f} trees a second in {jobs} processes; all of them at this rate:")
    for size in sorted({asked, *(each for each in _TOLD if each.regions <= regions + 1)}):
        trees = size.trees()
        click.echo(f"  {size!s:<22} {trees:>26,} trees {lasting(trees / rate):>16}")


def compare(asked: _Size, seconds: float, jobs: int) -> Found:
    """Small shards in random, always the same order, on `jobs` processes."""
    todo = list(shards(*asked[:2], reduced=asked.reduced, size=_SAMPLE))
    random.Random(2011).shuffle(todo)
    waiting = iter(todo)
    trees, disagreement = 0, None
    with ProcessPoolExecutor(jobs) as workers:
        begun = time.monotonic()
        running = {workers.submit(_check, shard) for shard in islice(waiting, jobs)}
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                result = future.result()
                trees += result["trees"]
                disagreement = disagreement or result["disagreement"]
                if disagreement is None and time.monotonic() - begun < seconds:
                    running |= {workers.submit(_check, shard) for shard in islice(waiting, 1)}
        return Found(trees, time.monotonic() - begun, disagreement)


def _check(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return check(**arguments)


def lasting(seconds: float) -> str:
    """A time for people."""
    for unit, name in ((365 * _DAY, "years"), (_DAY, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= unit:
            return f"{seconds / unit:,.1f} {name}"
    return f"{seconds:.1f} seconds"


if __name__ == "__main__":
    main(prog_name="python -m memfold.harness.trees")
