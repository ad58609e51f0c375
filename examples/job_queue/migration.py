"""One queue to compare: its parts in the forms that a configuration says."""

from __future__ import annotations

from job_queue import Queue
from new_jobs import TableStore, by_key
from old_jobs import ListStore, by_scan

from memfold.equivalence import Calls, Configuration, Header, Subject


def subject(configuration: Configuration, _: Header) -> Subject:
    """A fresh queue."""
    store = ListStore() if configuration.forms["store"] == "old" else TableStore()
    choose = by_scan if configuration.forms["choice"] == "old" else by_key
    return Calls(Queue(store, choose))
