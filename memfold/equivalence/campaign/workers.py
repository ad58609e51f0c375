"""Processes that perform configurations: each row is told as it is done, and a death is a row."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pickle import PicklingError

from memfold.equivalence.campaign.work import DIED, Row, Work, perform
from memfold.equivalence.configuration import Configuration
from memfold.equivalence.finding import Finding
from memfold.equivalence.subject import raised_text
from memfold.equivalence.texts import printable
from memfold.errors import MemfoldError

__all__ = ["end_with_the_parent", "perform_groups"]

PR_SET_PDEATHSIG = 1
PATIENCE = 1.0
"""Seconds between two looks at the clock, where configurations have a time."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Configurations to perform one after another; the others are held against the first."""

    configurations: Sequence[Configuration]
    told: int = 0
    """How many at the beginning were told of before, by a worker that died later."""


@dataclass(slots=True)
class _Worker:
    """A process, which performs one group after another, and what it is at."""

    process: ForkProcess
    connection: Connection
    group: _Group = _Group(())
    done: int = 0
    since: float = 0.0
    over: bool = False

    @property
    def at(self) -> Configuration:
        """The configuration that it performs."""
        return self.group.configurations[self.done]

    def take(self, waiting: deque[_Group]) -> None:
        """It asked for one: perform the next of the groups that are waiting, or end."""
        group = waiting[0] if waiting else None
        try:
            self.connection.send(group)
        except OSError:  # it has died since; another will ask
            group = None
        self.over = group is None
        if group is not None:
            self.group, self.done, self.since = waiting.popleft(), 0, time.monotonic()

    @property
    def performing(self) -> bool:
        """Whether it has not done all of its group."""
        return self.done < len(self.group.configurations)


def perform_groups(
    groups: Sequence[Sequence[Configuration]], work: Work, jobs: int, timeout: float = 0
) -> Iterator[Row]:
    """Perform `groups` in `jobs` processes; yields each row as it is done.

    Within a group later configurations are held against what the first one showed. One that ends
    its process, or takes longer than `timeout` seconds (0: no limit), is a row that says so, and
    the others go on. Whatever ends this iterator, or this process, ends the workers.
    """
    # The work stays: neither this process nor a forked one need search it for garbage again.
    gc.freeze()
    waiting = deque(_Group(group) for group in groups)
    workers: list[_Worker] = []
    try:
        while waiting or workers:
            while waiting and len(workers) < jobs:
                workers.append(_started(work))
            connections = [worker.connection for worker in workers]
            ready = wait(connections, PATIENCE if timeout else None)
            for worker in [*workers]:
                if worker.connection in ready:
                    yield from _heard(worker, waiting)
                elif timeout and worker.performing and time.monotonic() - worker.since > timeout:
                    worker.process.kill()
                    yield from _died(worker, waiting, f"not done after {timeout:g} seconds")
                if worker.over:
                    worker.process.join()
                    worker.connection.close()
                    workers.remove(worker)
    finally:
        for worker in workers:
            worker.process.kill()
            worker.process.join()
            worker.connection.close()


def _heard(worker: _Worker, waiting: deque[_Group]) -> Iterator[Row]:
    """The rows that a worker has sent; and one more if it has died since."""
    while not worker.over and worker.connection.poll():
        try:
            row: Row | MemfoldError | None = worker.connection.recv()
        except (EOFError, ConnectionResetError):
            worker.over = True
            worker.process.join()
            if worker.performing:
                yield from _died(worker, waiting, _ending(worker.process.exitcode))
            return
        if row is None:
            worker.take(waiting)
            continue
        if isinstance(row, MemfoldError):
            raise row
        worker.done += 1
        worker.since = time.monotonic()
        if worker.done > worker.group.told:
            yield row


def _died(worker: _Worker, waiting: deque[_Group], how: str) -> Iterator[Row]:
    """The row of the configuration that a worker was at; the rest of its group waits again."""
    worker.over = True
    first, *_ = worker.group.configurations
    rest = worker.group.configurations[worker.done + 1 :]
    if rest and worker.done:
        waiting.append(_Group([first, *rest], told=1))
    elif rest:
        waiting.append(_Group(rest))
    if worker.done >= worker.group.told:
        row = Row(worker.at)
        row.found(Finding(worker.at, "", "", None, f"{DIED}{how}"))
        yield row


def _ending(code: int | None) -> str:
    """How a process ended that had more to do."""
    if code is not None and code < 0:
        return f"its process was killed by {signal.Signals(-code).name}"
    return f"its process ended with status {code}"


def _started(work: Work) -> _Worker:
    """A new worker; it shares the work without copying it."""
    context = multiprocessing.get_context("fork")
    ours, its = context.Pipe()
    process = context.Process(target=_perform_groups, args=(work, its), daemon=True)
    sys.stdout.flush()  # else what waits there is written twice
    process.start()
    its.close()
    return _Worker(process, ours)


def _perform_groups(work: Work, connection: Connection) -> None:
    """In a worker: ask for a group and perform it, until there is no more."""
    end_with_the_parent()
    try:
        while True:
            connection.send(None)
            group = connection.recv()
            if group is None:
                return
            _perform_group(group, work, connection)
    except MemfoldError as error:  # what is wrong with the input is told by the parent
        connection.send(error)


def _perform_group(group: _Group, work: Work, connection: Connection) -> None:
    """Perform a group, and send each row; nobody else needs what the first showed."""
    first: Row | None = None
    for configuration in group.configurations:
        row = perform(configuration, work, first)
        first = first or replace(row)
        row.shown = []
        try:
            connection.send(row)
        except (TypeError, ValueError, AttributeError, PicklingError) as error:
            told = Row(configuration)
            wrong = (
                f"{DIED}what it showed is nothing that JSON has: {printable(raised_text(error))}"
            )
            told.found(Finding(configuration, "", "", None, wrong))
            connection.send(told)


def end_with_the_parent() -> None:
    """An interrupt from the keyboard is the parent's, who ends the workers; so does its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 1:
        os._exit(1)
