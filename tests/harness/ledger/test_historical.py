"""The models of 1.0 and 1.1, all defects on, show what was recorded: conditions rest on that."""

from __future__ import annotations

import pytest

from memfold.equivalence.replay import Comparison, deviations
from memfold.equivalence.trace import Trace, read_traces
from memfold.harness.ledger.historical.limits import HistoricalSubject
from memfold.harness.ledger.historical.v1_0 import DEFECTS, HistoricalMachine
from memfold.harness.ledger.historical.v1_1 import CORE_DEFECTS, HistoricalCore
from memfold.harness.recordings.golden import golden
from memfold.harness.recordings.vocabulary import VOCABULARIES
from memfold.harness.subjects.core_machine import compared_on_core
from memfold.harness.subjects.memory_subject import comparable

FOLDERS = sorted(path.name for path in golden("memory").iterdir())


def differs(trace: Trace) -> bool:
    """Whether the model of the version shows a fact that was not recorded, or lacks one."""
    header = trace.header
    if header["version"] == "v1.0":
        every = frozenset(DEFECTS)
        old = HistoricalSubject(HistoricalMachine(header, every), header, every)
        return bool(deviations(trace, old, "shim", Comparison(comparable, frozenset({"mtree"}))))
    every = frozenset(CORE_DEFECTS)
    new = HistoricalSubject(HistoricalCore(header, every), header, every)
    texts = frozenset({"mtree", "page_desc"})
    return bool(deviations(trace, new, "core", Comparison(compared_on_core, texts)))


@pytest.mark.parametrize("folder", FOLDERS)
def test_with_all_defects_every_recorded_fact_is_shown(folder: str) -> None:
    traces = list(read_traces([golden("memory") / folder], VOCABULARIES))
    assert [trace.path for trace in traces if differs(trace)] == []
    assert len(traces) >= 89
