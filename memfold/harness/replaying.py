"""Replaying any number of recorded traces, each on the subject it calls for."""

from __future__ import annotations

from collections.abc import Iterable

from memfold.equivalence.replay import Report, replay
from memfold.equivalence.trace import Trace
from memfold.harness.ledger import LEDGER
from memfold.harness.subjects import default_subject, make_subject

__all__ = ["replay_all"]


def replay_all(traces: Iterable[Trace], on: str | None) -> Report:
    """Replay `traces` on the subject named `on`, or on the one each header calls for.

    Raises `MemfoldError` for a subject that does not exist or does not perform such traces.
    """
    total = Report()
    for trace in traces:
        subject, kind, comparison = make_subject(on or default_subject(trace), trace)
        total.add(replay(trace, subject, kind, comparison, LEDGER))
    return total
