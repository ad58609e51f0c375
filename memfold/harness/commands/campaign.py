"""The command that goes on and on: campaign."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial
from itertools import islice
from pathlib import Path

import click

from memfold.equivalence.shards import Pool, Shard, Store, cluster, processes
from memfold.equivalence.shards import campaign as performed
from memfold.equivalence.shards.page import write_state
from memfold.equivalence.shards.rounds import a_round, rounds
from memfold.equivalence.shards.tally import Tally
from memfold.harness.commands.names import NAME
from memfold.harness.commands.options import json_option, steps_options
from memfold.harness.projects import named
from memfold.harness.projects.sharded import ROUND, SHRINK
from memfold.harness.show import campaign as show

__all__ = ["campaign"]

EVERY = 30
"""Seconds between two writings of the page."""


@click.command()
@click.argument("name", metavar="[NAME]", required=False, type=NAME)
@click.option("--hours", type=click.FloatRange(0), help="Go on for so long.")
@click.option("--shards", type=click.IntRange(0), help="Go on to the shard of this number.")
@steps_options
@click.option(
    "--mixes", default=64, show_default=True, type=click.IntRange(0), help="Mixes of a round."
)
@click.option("--jobs", default=0, type=click.IntRange(0), help="Processes; 0: one a core.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask cluster instead of processes here.")
@click.option(
    "--store",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where results are kept; default: .memfold/campaign/NAME.",
)
@click.option("--status", "only_status", is_flag=True, help="Perform nothing; tell what is there.")
@json_option
def campaign(
    name: str | None,
    hours: float | None,
    shards: int | None,
    ops: int,
    seed: int,
    mixes: int,
    jobs: int,
    scheduler: str | None,
    folder: Path | None,
    only_status: bool,
    as_json: bool,
) -> int:
    """Perform the plan with the steps of --seed, of the next seed, and so on.

    What was performed before, with the same code, is not performed again: an interrupted campaign
    goes on where it was. Without --hours and --shards it is one round. Differences that are the
    same are one failure, and each is shrunk.

    Exit status: 0 no failure, 1 failures, 2 bad input, 3 undecided, since workers died.
    """
    project = named(name)
    folder = folder or Path(".memfold", "campaign", project.name)
    cores = jobs or os.cpu_count() or 1
    if only_status and not folder.is_dir():
        raise click.UsageError(f"{folder}: no campaign; memfold campaign {project.name} begins one")
    store, tally = Store(folder), Tally(project, SHRINK)
    seconds = store.seconds()
    for key, content in store.results():
        tally.add(key, content, seconds.get(key, 0.0))
    try:
        if not only_status:
            endless = rounds(ROUND, project, seed, ops, mixes)
            one = a_round(ROUND, project, seed, ops, mixes)
            wanted: Iterable[Shard] = one if shards is hours is None else islice(endless, shards)
            opened = partial(cluster, scheduler) if scheduler else partial(processes, cores)
            _perform(wanted, opened, store, tally, _deadline(hours), cores)
    except KeyboardInterrupt:
        _tell(tally, folder, cores, as_json)
        raise
    _tell(tally, folder, cores, as_json)
    return tally.status


def _tell(tally: Tally, folder: Path, cores: int, as_json: bool) -> None:
    write_state(folder, tally, cores)
    if as_json:
        click.echo(json.dumps(tally.json(), indent=1))
    else:
        show.state(tally, folder, cores)


def _deadline(hours: float | None) -> Callable[[], bool]:
    end = None if hours is None else time.monotonic() + hours * 3600
    return lambda: end is not None and time.monotonic() >= end


def _perform(
    shards: Iterable[Shard],
    opened: Callable[[], AbstractContextManager[Pool]],
    store: Store,
    tally: Tally,
    over: Callable[[], bool],
    cores: int,
) -> None:
    """Perform `shards`, then what remains to be done about failures, which may show others."""
    written = time.monotonic()
    while shards:
        for done in performed(shards, opened, store, over):
            tally.add(done.key, done.content, done.seconds)
            show.progress(tally)
            if time.monotonic() - written > EVERY:
                write_state(store.folder, tally, cores)
                written = time.monotonic()
        shards = [each for each in tally.remaining() if each.key not in store]
        over = _deadline(None)
