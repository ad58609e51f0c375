"""Judging mutants: each in a fresh process, several at a time; what killed it is then tried intact.

A finding proves nothing where the intact program shows one too. So every probe that killed is made
once more without any mutant, and a probe that hung has to be far quicker there.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from memfold.equivalence.facts import Json
from memfold.equivalence.mutants.matrix import CRASH, TIMEOUT, Matrix, Outcome, Result
from memfold.equivalence.mutants.mutant import Mutant
from memfold.errors import BadInput

__all__ = ["Judge", "Judging"]

FAR_BELOW = 4
"""A probe hung when it took as many times as long as it takes intact."""
LAST_WORDS = 10
"""Seconds that a process which said nothing more may take to end."""
LONGEST = 1200
"""Seconds for one probe of the intact program."""


@dataclass(frozen=True, slots=True)
class Judging:
    """How mutants are judged."""

    projects: Mapping[str, Path]
    """The project files, by name."""
    checks: Mapping[str, Sequence[str]]
    """By project: the names of its checks, the cheapest first."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Checks that are not every project's, as ``module:function``."""
    ops: int = 20_000
    seed: int = 2011
    timeout: float = 20.0
    """Seconds without a word after which a process is ended."""
    every: bool = False
    """Whether every check is asked, also when one has killed already."""


class Judge:
    """Judges mutants; its processes are its own, and none is left when it is closed."""

    def __init__(self, how: Judging) -> None:
        self._how = how
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def run(
        self, name: str, mutants: Sequence[Mutant], jobs: int, tell: Callable[[Result], None]
    ) -> Iterator[Matrix]:
        """Judge `mutants`, `jobs` at a time; tells of each when it is done.

        Yields the matrix as far as it is when interrupted from the keyboard, and passes that on;
        else once, at the end. Raises `BadInput` for an edit that does not apply, before any runs.
        """
        started = time.perf_counter()
        sources = {mutant.id: mutant.source() for mutant in mutants}
        done: dict[str, Result] = {}

        def matrix(false_alarms: Sequence[str] = ()) -> Matrix:
            there = [done[mutant.id] for mutant in mutants if mutant.id in done]
            seconds = time.perf_counter() - started
            return Matrix(name, there, len(mutants), seconds, false_alarms)

        try:
            with ThreadPoolExecutor(jobs) as pool:
                waiting = {pool.submit(self.judged, each, sources[each.id]) for each in mutants}
                try:
                    while waiting:
                        ready, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                        for future in ready:
                            result = future.result()
                            done[result.mutant.id] = result
                            tell(result)
                except BaseException:
                    self.close()
                    pool.shutdown(cancel_futures=True)
                    raise
                alarms = self._tried_intact([*done.values()], pool)
        except KeyboardInterrupt:
            yield matrix()
            raise
        yield matrix(alarms)

    def close(self) -> None:
        """End every process that runs."""
        with self._lock:
            self._closed = True
            for process in self._running:
                _end(process)

    def judged(self, mutant: Mutant, source: str) -> Result:
        """What comes of one mutant. Raises `BadInput` for one of the harness's own files."""
        tasks = [
            self._task(name, mutant.touches, dict.fromkeys(self._checks(name, mutant), ()))
            for name in self._judges(mutant)
        ]
        started = time.perf_counter()
        result = self._asked({str(mutant.path): source}, tasks, self._how.timeout, mutant)
        result.seconds = time.perf_counter() - started
        return result

    def _judges(self, mutant: Mutant) -> list[str]:
        """The projects that judge it, as far as they are asked."""
        asked = self._how.projects
        return [each for each in mutant.projects if each in asked] or [*asked]

    def _checks(self, project: str, mutant: Mutant) -> list[str]:
        known = self._how.checks[project]
        return [each for each in mutant.checks or known if each in known]

    def _task(
        self, project: str, touched: Sequence[str], checks: Mapping[str, Sequence[str]]
    ) -> dict[str, Any]:
        return {
            "project": str(self._how.projects[project]),
            "touched": list(touched),
            "checks": checks,
            "extra": dict(self._how.extra),
            "ops": self._how.ops,
            "seed": self._how.seed,
        }

    def _asked(
        self,
        edits: Mapping[str, str],
        tasks: Sequence[Mapping[str, Any]],
        timeout: float,
        mutant: Mutant,
        every: bool = False,
    ) -> Result:
        """Have a process judge, and hear what it says."""
        request = {"edits": edits, "tasks": tasks, "every": every or self._how.every}
        result = Result(mutant)
        with tempfile.TemporaryFile() as errors:
            process, answers = self._started(request, errors)
            said = TIMEOUT
            try:
                said = _Hearing(result, answers, timeout).hear()
            finally:
                with self._lock:
                    self._running.discard(process)
                answers.close()
                if said == "":  # it is about to say why, elsewhere
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(LAST_WORDS)
                _end(process)
            status = process.returncode
            if said == "":  # it ended without a last word
                errors.seek(0)
                result.by = CRASH
                result.reason = _last_words(
                    status, errors.read()[-10_000:].decode(errors="replace")
                )
        return result

    def _started(
        self, request: Mapping[str, Any], errors: IO[bytes]
    ) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
        reading, writing = os.pipe()
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        with self._lock:
            if self._closed:
                os.close(reading)
                os.close(writing)
                raise KeyboardInterrupt
            process = subprocess.Popen(
                # -P: what is imported is found where it is found here, not in the current folder.
                [sys.executable, "-P", "-m", "memfold.equivalence.mutants.child", str(writing)],
                stdin=subprocess.PIPE,
                stdout=errors,
                stderr=errors,
                pass_fds=(writing,),
                env=environment,
                start_new_session=True,  # an interrupt is ours to answer
            )
            self._running.add(process)
        os.close(writing)
        assert process.stdin is not None
        with suppress(BrokenPipeError):  # it died at once, of what its standard error says
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
        return process, os.fdopen(reading, "rb", buffering=0)

    # Without any mutant

    def _tried_intact(self, results: Sequence[Result], pool: ThreadPoolExecutor) -> list[str]:
        """Make the probes that killed once more, intact; those that show a difference there too.

        A mutant that hung where the intact program is not far quicker has survived.
        """
        wanted: dict[str, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
        for result in results:
            for name in self._judges(result.mutant):
                wanted[name].update()  # that it can be opened is tried in any case
            for each in result.outcomes:
                if each.finding or (each is result.kill and result.by in (CRASH, TIMEOUT)):
                    wanted[each.project][each.check][each.probe] = None
        nobody = Mutant("intact", Path(), "", "", "", "")
        tasks = [
            self._task(project, (), its)
            for project, checks in wanted.items()
            for its in [{name: [*probes]} for name, probes in checks.items()] or [{}]
        ]
        asked: list[Future[Result]] = [
            pool.submit(self._asked, {}, [task], LONGEST, nobody, True) for task in tasks
        ]
        ends = [future.result() for future in asked]
        intact = [outcome for end in ends for outcome in end.outcomes]
        crashed = [each.reason for each in ends if each.by in (CRASH, TIMEOUT)]
        took = {(each.project, each.check, each.probe): each.seconds for each in intact}
        for result in results:
            kill = result.kill
            if result.by == TIMEOUT and kill is not None:
                seconds = took.get((kill.project, kill.check, kill.probe), 0.0)
                if seconds * FAR_BELOW > self._how.timeout:
                    result.by = ""
                    result.reason = f"timeout, but intact it takes {seconds:.1f} s too"
        return crashed + [each.finding for each in intact if each.finding]


class _Hearing:
    """What one process says, noted in a result."""

    def __init__(self, result: Result, answers: IO[bytes], timeout: float) -> None:
        self._result = result
        self._answers = answers
        self._timeout = timeout
        self._rest = b""

    def hear(self) -> str:
        """Listen until the process has said its last word, which is returned; empty: it ended."""
        result = self._result
        for word, *more in self._words():
            if word == "begin":
                self._begin(more)
            elif word == "done":
                project, check, probe, steps, seconds, finding = more
                result.outcomes[-1] = Outcome(project, check, probe, steps, seconds, finding)
                if finding and not result.by:
                    result.by = str(check)
            elif word == "bad":
                raise BadInput(f"mutant {result.mutant.id}: {more[0]}", str(more[1]))
            elif word == CRASH:
                self._begin([])
                result.by, result.reason = result.by or CRASH, str(more[0])
                return str(word)
            elif word == TIMEOUT:
                result.by = result.by or TIMEOUT
                result.reason = f"no word for {self._timeout:g} s"
                return str(word)
            elif word == "end":
                self._drop_unmade()
                if not result.by and not more[1]:
                    result.reason = f"no check imports {result.mutant.file}"
                return str(word)
        return ""

    def _begin(self, more: list[Any]) -> None:
        self._drop_unmade(keep=not more)
        if more:
            project, check, probe = map(str, more)
            self._result.outcomes.append(Outcome(project, check, probe, 0, 0.0, ""))

    def _drop_unmade(self, *, keep: bool = False) -> None:
        """A check that began is no outcome until a probe of it has."""
        outcomes = self._result.outcomes
        if outcomes and not outcomes[-1].probe and not keep:
            outcomes.pop()

    def _words(self) -> Iterator[list[Any]]:
        while True:
            ready, _, _ = select.select([self._answers], [], [], self._timeout)
            if not ready:
                yield [TIMEOUT]
                return
            chunk = self._answers.read(1 << 16)
            if not chunk:
                return
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines:
                heard: Json = json.loads(line)
                assert isinstance(heard, list)  # the child's own words
                yield heard


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it started, unless it has ended."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if process.stdin is not None:
        with suppress(BrokenPipeError):
            process.stdin.close()


def _last_words(status: int | None, text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    if status is not None and status < 0:
        return f"ended by {signal.Signals(-status).name}" + (f": {lines[-1]}" if lines else "")
    return lines[-1] if lines else f"ended with status {status}"
