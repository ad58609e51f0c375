"""What a campaign prints: its state, what more would cost, each failure and how to see it again."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from memfold.equivalence.shards.page import BILLION, MACHINES, duration
from memfold.equivalence.shards.tally import Tally

__all__ = ["failures", "progress", "state"]

SHOWN = 10
"""Failures that are told in full."""


def progress(tally: Tally) -> None:
    """One line on a terminal that is written over and over; nothing in a pipe."""
    if sys.stderr.isatty():
        click.echo(f"\r{tally.text()}\033[K", err=True, nl=False)


def state(tally: Tally, folder: Path, cores: int) -> None:
    """All there is to say."""
    if sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)
    click.echo(tally.text())
    if tally.rate:
        here, there = (duration(tally.cost(BILLION, n)) for n in (cores, cores * MACHINES))
        click.echo(f"rate      {tally.rate:,.0f} steps a second and core")
        click.echo(
            f"cost      10^9 steps: {here} on {cores} cores, {there} on {MACHINES} times as many"
        )
    ops = tally.counts["ops"]
    if ops:
        never = f"; never: {', '.join(tally.never)}" if tally.never else ""
        click.echo(f"coverage  {len(ops)} operations performed{never}")
    if tally.others:
        click.echo(f"besides   {tally.others:,} results of other code")
    click.echo(f"page      {folder / 'index.html'}")
    failures(tally, folder)


def failures(tally: Tally, folder: Path) -> None:
    """The failures, and the shards that ended their worker."""
    found = tally.failures
    for each in found[:SHOWN]:
        shrunk = tally.shrunk(each)
        click.echo(f"\n{(shrunk or each.seen)['text']}")
        click.echo(f"  seen     rows {each.count:,}, configurations {len(each.configurations):,}")
        click.echo(f"  again    {tally.replay_of(each, folder)}")
    if len(found) > SHOWN:
        click.echo(f"\n... and {len(found) - SHOWN} more failures")
    for shard in tally.deaths[:SHOWN]:
        names = shard.arguments["configurations"]
        shown = ", ".join(map(str, names)) if isinstance(names, list) else ""
        click.echo(f"\nseed {shard.arguments['seed']}: ended its worker each time: {shown}")
