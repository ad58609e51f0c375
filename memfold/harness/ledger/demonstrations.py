"""Replaying the ledger's own demonstrations: an entry that no longer shows is stale."""

from __future__ import annotations

from memfold.equivalence.ledger import Deviation, Entry
from memfold.equivalence.replay import deviations
from memfold.equivalence.trace import Trace, read_traces
from memfold.errors import MemfoldError
from memfold.harness.recordings.golden import golden
from memfold.harness.recordings.vocabulary import VOCABULARIES
from memfold.harness.subjects.registry import make_subject

__all__ = ["demonstration", "shown"]


def demonstration(entry: Entry) -> Trace:
    """The recorded trace that shows `entry`: a file, or a member of its folder's archive.

    Raises `MemfoldError` when it is not among the vendored recordings.
    """
    family, _, rest = entry.demonstration.partition("/")
    file = golden(family) / rest
    archive = file.parent.parent / f"{file.parent.name}.tar.gz"
    for trace in read_traces([file if file.exists() else archive], VOCABULARIES):
        if trace.path.endswith(f"/{file.name}"):
            return trace
    raise MemfoldError(f"ledger entry {entry.id}: no demonstration {entry.demonstration}")


def shown(entry: Entry) -> list[Deviation]:
    """What replaying the demonstration of `entry` on each of its subjects brings out."""
    trace = demonstration(entry)
    found: list[Deviation] = []
    for on in sorted(entry.on):
        subject, name, comparison = make_subject(on, trace)
        found += deviations(trace, subject, name, comparison)
    return found
