"""Reports of a migration: lines of events, and what is made of them, a page and a comment."""

from memfold.equivalence.report.events import Events, JsonLines
from memfold.equivalence.report.markdown import markdown
from memfold.equivalence.report.output import FORMATS, write_reports
from memfold.equivalence.report.page import page
from memfold.equivalence.report.read import EventsError, read_events, recorded
from memfold.equivalence.report.recorded import Recorded
from memfold.equivalence.report.summary import Counted

__all__ = [
    "FORMATS",
    "Counted",
    "Events",
    "EventsError",
    "JsonLines",
    "Recorded",
    "markdown",
    "page",
    "read_events",
    "recorded",
    "write_reports",
]
