"""Replaying any number of recorded traces, each on the subject it calls for."""

from __future__ import annotations

from collections.abc import Iterable

from memfold.equivalence.campaign.replaying import replayed
from memfold.equivalence.replay import Report
from memfold.equivalence.subject import NotReplayable
from memfold.equivalence.trace import Trace
from memfold.harness.projects import performer

__all__ = ["replay_all"]


def replay_all(traces: Iterable[Trace], on: str | None) -> Report:
    """Replay `traces` on the subject named `on`, or on the one each header calls for.

    A machine trace of a board that is not built here counts as not replayable, and so does not end
    the replay of the folder it lies in. A trace that records no facts, though its operations have
    results (written by hand), is performed, and counted as compared with nothing.
    A subject that crashes ends its own trace with a difference, and no other. Raises `BadInput` for
    a subject that does not exist, a trace it does not perform, or a step that no subject could do.
    """
    total = Report()
    for trace in traces:
        try:
            project, configuration = performer(trace, on)
        except NotReplayable as reason:
            count = len(trace.steps)
            first = f"{trace.path}:1: {reason}"
            total.add(Report(1, count, unreplayable=count, first_unreplayable=first))
            continue
        total.add(replayed(project, trace, configuration))
    return total
