"""The process that a mutant is judged in: it injects the bug, makes the probes, says what shows.

Started by `judge` with a request, a line on its standard input; it answers with lines of JSON on
the file descriptor that its first argument names.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from memfold.equivalence.mutants.checks import CHECKS, Check, Probe, Scope, touched_by
from memfold.equivalence.mutants.inject import inject
from memfold.equivalence.projectfile import open_project, read_project
from memfold.equivalence.subject import fault_of
from memfold.errors import BadInput

__all__ = ["main"]

MEMORY = 8 << 30
"""Bytes of addresses that a mutant may take before it is out of memory."""
STATM = Path("/proc/self/statm")
"""Where the system tells how many pages of them are taken."""

Say = Callable[..., None]


def main() -> None:
    """Answer the request."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > MEMORY:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_live, daemon=True).start()
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as out:

        def say(*words: object) -> None:
            out.write(json.dumps(words) + "\n")
            out.flush()

        try:
            loaded = inject({Path(path): text for path, text in request["edits"].items()})
        except BadInput as error:
            say("bad", error.wrong, error.expected)
            return
        try:
            killed = any(_judged(task, request, say) for task in request["tasks"])
        except (Exception, RecursionError) as error:  # noqa: BLE001  # the mutant's, and it kills it
            say("crash", fault_of(error))
            return
        say("end", killed, bool(loaded))


def _live() -> None:
    """End when whoever asked is gone, whatever the mutant does."""
    sys.stdin.read()
    os._exit(1)


def _judged(task: Mapping[str, Any], request: Mapping[str, Any], say: Say) -> bool:
    """Make the probes of one project; whether one showed a difference and no more are wanted."""
    project = open_project(read_project(Path(task["project"])))
    name = project.name
    touched = tuple(task["touched"]) or tuple(
        each for path in request["edits"] for each in touched_by(project, Path(path))
    )
    killed = False
    for check, only in task["checks"].items():
        say("begin", name, check, "")
        scope = Scope(touched, task["ops"], task["seed"], only=tuple(filter(None, only)))
        for probe in _wanted(_check(check, task["extra"])(project, scope), only):
            _tidy()
            say("begin", name, check, probe.name)
            started = time.perf_counter()
            shown = probe.run()
            seconds = round(time.perf_counter() - started, 3)
            say("done", name, check, probe.name, shown.steps, seconds, shown.finding)
            if shown.finding:
                killed = True
                if not request["every"]:
                    return True
                if not only:
                    break  # this check has seen it; the others are asked too
    return killed


def _wanted(probes: Iterator[Probe], only: Collection[str]) -> Iterator[Probe]:
    """Those called so, and after the last of them no more are made up; all, where none is named."""
    left = {*only}
    for probe in probes:
        if not only:
            yield probe
        elif probe.name in left:
            yield probe
            left.remove(probe.name)
            if not left:
                return


def _tidy() -> None:
    """Have what earlier probes left behind freed, before it is all that a mutant may take."""
    with suppress(OSError):  # where addresses are limited they are told
        pages = int(STATM.read_text().split()[0])
        if pages * resource.getpagesize() > MEMORY // 2:
            gc.collect()


def _check(name: str, extra: Mapping[str, str]) -> Check:
    """One of every project's checks, or one that whoever asks brings as ``module:function``."""
    if name in CHECKS:
        return CHECKS[name]
    module, _, function = extra[name].partition(":")
    found: Check = getattr(import_module(module), function)
    return found


if __name__ == "__main__":
    main()
