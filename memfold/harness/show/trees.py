"""What comparing small trees prints: how many agree, how fast, how long all of them take."""

from __future__ import annotations

import json
import sys

import click

from memfold.harness.trees.proof import Proof

__all__ = ["lasting", "progress", "state"]

_DAY = 24 * 60 * 60


def progress(proof: Proof) -> None:
    """One line on a terminal that is written over and over; nothing in a pipe."""
    if sys.stderr.isatty():
        click.echo(f"\r{proof.size}: {proof.trees:,} trees compared\033[K", err=True, nl=False)


def state(proof: Proof, cores: int) -> None:
    """All there is to say."""
    if sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)
    click.echo(f"{proof.size}: {proof.trees:,} of {proof.size.trees():,} trees compared")
    if proof.died:
        click.echo(f"{proof.died:,} shards ended their worker each time")
    if proof.disagreement is not None:
        click.echo("one differs:")
        click.echo(json.dumps(proof.disagreement, indent=1))
        return
    click.echo("core, shim and fold agree with painting in each")
    if proof.rate:
        click.echo(f"\n{proof.rate:,.0f} trees a second and core; all of them on {cores} cores:")
        for size, trees, seconds in proof.lasting(cores):
            click.echo(f"  {size!s:<22} {trees:>26,} trees {lasting(seconds):>16}")


def lasting(seconds: float) -> str:
    """A time for people."""
    for unit, name in ((365 * _DAY, "years"), (_DAY, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= unit:
            return f"{seconds / unit:,.1f} {name}"
    return f"{seconds:.1f} seconds"
