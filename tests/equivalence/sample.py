"""A job queue with an old and a new side, to try the engine on something that is no memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from memfold.equivalence import (
    INT,
    UINT,
    Calls,
    Component,
    Configuration,
    Entry,
    Json,
    Ledger,
    Migration,
    Op,
    Project,
    Shape,
    Stage,
    Subject,
    Vocabulary,
    levels,
    shape,
)

__all__ = ["KEEPS", "Old", "project"]

ANY = Shape("anything", lambda _: True)
RESULT = {"result": ANY, "raised": shape("text")}
WORDS = Vocabulary(
    {
        "put": Op({"name": shape("one of a b c")}, RESULT, {"retries": shape("int 0 3")}),
        "take": Op({}, RESULT),
        "cancel": Op({"job": shape("made by put.result")}, RESULT),
        "size": Op({}, RESULT),
    },
    levels(caller=["result", "raised"]),
    results=frozenset({"result", "raised"}),
)
__all__ += ["INT", "UINT", "WORDS"]


class Old:
    """Jobs in a list."""

    def __init__(self) -> None:
        self.jobs: list[tuple[int, str]] = []
        self.made = 0

    def put(self, name: str, retries: int = 0) -> int:
        self.made += 1
        self.jobs.append((self.made, name * (1 + retries)))
        return self.made

    def take(self) -> str:
        if not self.jobs:
            raise LookupError("no job")
        return self.jobs.pop(0)[1]

    def cancel(self, job: int) -> bool | None:
        left = [each for each in self.jobs if each[0] != job]
        gone = len(left) < len(self.jobs)
        self.jobs = left
        return gone

    def size(self) -> int:
        return len(self.jobs)


class Keeps(Old):
    """Cancels nothing while more than three jobs wait: intended."""

    def cancel(self, job: int) -> bool | None:
        return None if len(self.jobs) > 3 else super().cancel(job)


KEEPS = Entry(
    id="long-queue-keeps",
    on=frozenset({"convert", "new"}),
    ops=frozenset({"cancel"}),
    facts=frozenset({"result"}),
    why="a long queue cancels nothing",
)


def project(new: type[Old], ledger: Ledger | None = None) -> Project:
    """The migration from `Old` to `new`."""
    stages = {
        "old": Stage("old", "", ("old",)),
        "convert": Stage("convert", "", ("old", "new")),
        "new": Stage("new", "", ("new",)),
    }
    migration = Migration("jobs", stages, {"queue": Component("queue", ("old", "new"))})

    def make(configuration: Configuration, _: Mapping[str, Json]) -> Subject:
        return Calls(Old() if configuration.forms["queue"] == "old" else new())

    made = Project(migration, WORDS, make)
    return made if ledger is None else replace(made, ledger=ledger)
