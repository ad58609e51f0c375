"""The command that tries all that is small: trees."""

from __future__ import annotations

import os
import random
import time
from functools import partial
from pathlib import Path

import click

from memfold.equivalence.shards import Shard, Store, campaign, cluster, processes
from memfold.harness.commands.options import answer, json_option
from memfold.harness.show import trees as show
from memfold.harness.trees.proof import Proof, Size
from memfold.harness.trees.shards import CHECK, LARGEST, shards

__all__ = ["trees"]

SAMPLE = 20
"""Seconds that a look at a scope takes."""


@click.command()
@click.argument("regions", type=click.IntRange(1, LARGEST[0]))
@click.argument("units", type=click.IntRange(1, LARGEST[1]))
@click.option("--reduced", is_flag=True, help="One for all that are alike by the symmetries.")
@click.option(
    "--hours", type=click.FloatRange(0), help=f"Go on for so long; default: {SAMPLE} seconds."
)
@click.option("--jobs", default=0, type=click.IntRange(0), help="Processes; 0: one a core.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask cluster instead of processes here.")
@click.option(
    "--store",
    "folder",
    default=".memfold/trees",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where results are kept.",
)
@json_option
def trees(
    regions: int,
    units: int,
    reduced: bool,
    hours: float | None,
    jobs: int,
    scheduler: str | None,
    folder: Path,
    as_json: bool,
) -> int:
    """Compare every tree of up to REGIONS regions over UNITS units, here and there in the scope.

    What was compared before, with the same code, is not compared again. Ends when all are done, or
    the time is up; exit 1 when one differs, 3 when processes died of one.
    """
    size = Size(regions, units, reduced)
    cores = jobs or os.cpu_count() or 1
    store, proof = Store(folder), Proof(size)
    took = store.seconds()
    wanted: list[Shard] = []
    for arguments in shards(regions, units, reduced=reduced):
        shard = Shard(CHECK, arguments)
        if shard.key in store:
            proof.add(store.read(shard.key), took.get(shard.key, 0.0))
        else:
            wanted.append(shard)
    random.Random(2011).shuffle(wanted)
    end = time.monotonic() + (SAMPLE if hours is None else hours * 3600)

    def over() -> bool:
        return proof.disagreement is not None or time.monotonic() >= end

    opened = partial(cluster, scheduler) if scheduler else partial(processes, cores)
    try:
        for done in campaign(wanted, opened, store, over):
            proof.add(done.content, done.seconds)
            show.progress(proof)
    finally:
        answer(as_json, partial(show.state, cores=cores), lambda found: found.json(cores), proof)
    return proof.status
