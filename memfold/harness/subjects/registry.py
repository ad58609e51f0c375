"""Which world a trace is replayed on, and what of the recording that world answers for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.equivalence.facts import Facts
from memfold.equivalence.replay import Comparison
from memfold.equivalence.subject import MapRow, NotReplayable, Step, Subject
from memfold.equivalence.trace import Trace, TraceError
from memfold.errors import BadInput, MemfoldError
from memfold.harness.subjects.machine_subject import MachineSubject, recorded_facts

__all__ = ["SUBJECTS", "default_subject", "make_subject"]

SUBJECTS: Mapping[str, tuple[str, str]] = {
    "legacy": ("legacy", "memfold.harness.subjects.legacy_subject:on_legacy"),
    "folded": ("legacy", "memfold.harness.subjects.folded_subject:on_folded"),
    "shim": ("memory", "memfold.harness.subjects.shim_machine:on_shim"),
    "core": ("memory", "memfold.harness.subjects.core_machine:on_core"),
    "one-handler": ("cpus", "memfold.harness.subjects.cpus_subject:on_one_handler"),
    "own-roots": ("cpus", "memfold.harness.subjects.cpus_subject:on_own_roots"),
}
"""Subject name to the family of traces it performs and the function that makes it from a header.

Imported when asked for: a machine at stage remove runs with the old layers deleted.
"""


def default_subject(trace: Trace) -> str:
    """The subject that the header calls for: the layer recorded, or the machine when all is done.

    Raises `NotReplayable` for a machine trace of a board that is not built here.
    """
    if trace.family == "legacy":
        return "legacy"
    if trace.family == "memory":
        return "shim" if trace.header.get("version") == "v1.0" else "core"
    if trace.family == "cpus":
        return "own-roots"
    board = trace.header.get("machine")
    if board not in BOARDS:
        raise NotReplayable(f"no board {board!r} here; expected one of {', '.join(BOARDS)}")
    return f"{board}@remove"


def make_subject(name: str, trace: Trace) -> tuple[Subject, str, Comparison]:
    """A fresh subject for `trace`, the name the ledger has for it, and what is compared.

    Raises `BadInput` for an unknown name, or for a trace that the subject does not perform.
    """
    if name not in SUBJECTS and "@" not in name:
        known = f"one of {', '.join(SUBJECTS)} or board@stage[...]"
        raise BadInput(f"unknown subject {name!r}", known)
    family = SUBJECTS[name][0] if name in SUBJECTS else "machine"
    if family != trace.family:
        raise TraceError(trace.path, 1, f"a {trace.family} trace", f"{family} traces on {name}")
    if name not in SUBJECTS:
        configuration = Configuration.parse(name)
        if trace.header.get("machine") != configuration.board.name:
            wrong = f"recorded on {trace.header.get('machine')!r}"
            raise TraceError(trace.path, 1, wrong, f"traces of {configuration.board.name!r}")
        return _machine_subject(configuration), str(configuration), Comparison(_machine)
    module, function = SUBJECTS[name][1].split(":")
    try:
        subject, comparison = getattr(import_module(module), function)(trace.header)
    except BadInput as error:
        raise TraceError(trace.path, 1, f"header: {error.wrong}", error.expected) from error
    except MemfoldError as error:
        raise TraceError(trace.path, 1, f"header: {error}", "numbers that fit together") from error
    return cast(Subject, subject), name, cast(Comparison, comparison)


def _machine_subject(configuration: Configuration) -> Subject:
    try:
        return MachineSubject(configuration)
    except Exception as error:  # noqa: BLE001  # it is told at the first step
        return _Stillborn(error)


class _Stillborn:
    """A subject that could not be made: it crashes at its first step, of what was in the way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def perform(self, _step: Step) -> Facts:
        raise self._error

    def map(self) -> list[MapRow]:
        raise self._error


def _machine(_step: Step, facts: Facts) -> Facts:
    return {k: v for k, v in recorded_facts(facts).items() if v != []}
