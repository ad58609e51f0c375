"""The equivalence engine: subjects, observations, comparing, ledger. Imports no other floor."""

from memfold.equivalence.compare import Difference, differences, observe
from memfold.equivalence.facts import CRASHED, Facts, Json, Level, at_level
from memfold.equivalence.ledger import Deviation, Entry, Ledger, LedgerError
from memfold.equivalence.replay import Comparison, Report, deviations, replay
from memfold.equivalence.shapes import BOOL, HEX, ID, INT, STR, UINT, Shape
from memfold.equivalence.subject import (
    BadStep,
    Crashed,
    MapRow,
    NotReplayable,
    Step,
    Subject,
    UnknownName,
)
from memfold.equivalence.trace import (
    Op,
    Trace,
    TraceError,
    Vocabulary,
    parse_trace,
    read_traces,
)

__all__ = [
    "BOOL",
    "CRASHED",
    "HEX",
    "ID",
    "INT",
    "STR",
    "UINT",
    "BadStep",
    "Comparison",
    "Crashed",
    "Deviation",
    "Difference",
    "Entry",
    "Facts",
    "Json",
    "Ledger",
    "LedgerError",
    "Level",
    "MapRow",
    "NotReplayable",
    "Op",
    "Report",
    "Shape",
    "Step",
    "Subject",
    "Trace",
    "TraceError",
    "UnknownName",
    "Vocabulary",
    "at_level",
    "deviations",
    "differences",
    "observe",
    "parse_trace",
    "read_traces",
    "replay",
]
