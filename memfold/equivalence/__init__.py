"""The equivalence engine: subjects, observations, comparing, ledger. Imports no other floor."""

from memfold.equivalence.calls import Calls
from memfold.equivalence.compare import (
    ComparedNothing,
    Difference,
    Signature,
    differences,
    observe,
    signature,
)
from memfold.equivalence.configuration import Component, Configuration, Migration, Stage, configure
from memfold.equivalence.facts import CRASHED, RAISED, Facts, Json, Level, at_level, levels
from memfold.equivalence.finding import Finding
from memfold.equivalence.judge import Intended, judge
from memfold.equivalence.ledger import ABSENT, Deviation, Entry, Ledger, LedgerError
from memfold.equivalence.noise import noise
from memfold.equivalence.project import Header, Project, Sources
from memfold.equivalence.projectfile import ProjectError, find_project, open_project, read_project
from memfold.equivalence.replay import Comparison, Report, deviations, replay
from memfold.equivalence.shapes import BOOL, HEX, ID, INT, STR, UINT, Shape, shape
from memfold.equivalence.subject import (
    BadStep,
    Crashed,
    MapRow,
    NotReplayable,
    Step,
    Subject,
    UnknownName,
)
from memfold.equivalence.trace import Trace, TraceError, parse_trace, read_traces
from memfold.equivalence.vocabulary import Op, Vocabulary
from memfold.equivalence.writing import write_trace

__all__ = [
    "ABSENT",
    "BOOL",
    "CRASHED",
    "HEX",
    "ID",
    "INT",
    "RAISED",
    "STR",
    "UINT",
    "BadStep",
    "Calls",
    "ComparedNothing",
    "Comparison",
    "Component",
    "Configuration",
    "Crashed",
    "Deviation",
    "Difference",
    "Entry",
    "Facts",
    "Finding",
    "Header",
    "Intended",
    "Json",
    "Ledger",
    "LedgerError",
    "Level",
    "MapRow",
    "Migration",
    "NotReplayable",
    "Op",
    "Project",
    "ProjectError",
    "Report",
    "Shape",
    "Signature",
    "Sources",
    "Stage",
    "Step",
    "Subject",
    "Trace",
    "TraceError",
    "UnknownName",
    "Vocabulary",
    "at_level",
    "configure",
    "deviations",
    "differences",
    "find_project",
    "judge",
    "levels",
    "noise",
    "observe",
    "open_project",
    "parse_trace",
    "read_project",
    "read_traces",
    "replay",
    "shape",
    "signature",
    "write_trace",
]
