"""What the shards of a campaign name, in every process and on every machine that has memfold.

A project of a user's own is the one of the folder that the worker was started in.
"""

from __future__ import annotations

from collections.abc import Mapping

from memfold.equivalence.facts import Json
from memfold.equivalence.shards.rounds import rows_of, shrunk_of
from memfold.harness.projects import named

__all__ = ["ROUND", "SHRINK", "perform_round", "perform_shrink"]


def perform_round(arguments: Mapping[str, Json]) -> Json:
    """See `rows_of`."""
    return rows_of(named(str(arguments["project"])), arguments)


def perform_shrink(arguments: Mapping[str, Json]) -> Json:
    """See `shrunk_of`."""
    return shrunk_of(named(str(arguments["project"])), arguments)


ROUND, SHRINK = (f"{__name__}:{each.__name__}" for each in (perform_round, perform_shrink))
