"""Which world a trace is replayed on, and what of the recording that world answers for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.equivalence.facts import Facts
from memfold.equivalence.replay import Comparison
from memfold.equivalence.subject import NotReplayable, Step, Subject
from memfold.equivalence.trace import Trace
from memfold.errors import MemfoldError
from memfold.harness.subjects.machine_subject import MachineSubject, recorded_facts

__all__ = ["SUBJECTS", "default_subject", "make_subject"]

SUBJECTS: Mapping[str, tuple[str, str]] = {
    "legacy": ("legacy", "memfold.harness.subjects.legacy_subject:on_legacy"),
    "folded": ("legacy", "memfold.harness.subjects.folded_subject:on_folded"),
    "shim": ("memory", "memfold.harness.subjects.shim_machine:on_shim"),
    "core": ("memory", "memfold.harness.subjects.core_machine:on_core"),
    "one-handler": ("cpus", "memfold.harness.subjects.percpu_subject:on_one_handler"),
    "own-roots": ("cpus", "memfold.harness.subjects.percpu_subject:on_own_roots"),
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
    """A fresh subject for `trace`, its kind as the ledger names it, and what is compared.

    Raises `MemfoldError` for an unknown name, or a subject that does not perform such traces.
    """
    if name not in SUBJECTS and "@" not in name:
        raise MemfoldError(
            f"unknown subject {name!r}; expected one of {', '.join(SUBJECTS)} or board@stage[...]"
        )
    family = SUBJECTS[name][0] if name in SUBJECTS else "machine"
    if family != trace.family:
        raise MemfoldError(
            f"{trace.path}:1: a {trace.family} trace; {name} performs {family} traces"
        )
    if name not in SUBJECTS:
        configuration = Configuration.parse(name)
        if trace.header.get("machine") != configuration.board.name:
            raise MemfoldError(
                f"{trace.path}:1: recorded on {trace.header.get('machine')!r}; "
                f"{name} performs traces of {configuration.board.name!r}"
            )
        return MachineSubject(configuration), str(configuration), Comparison(_machine)
    module, function = SUBJECTS[name][1].split(":")
    try:
        subject, comparison = getattr(import_module(module), function)(trace.header)
    except MemfoldError as error:
        raise MemfoldError(f"{trace.path}:1: {error}") from error
    return cast(Subject, subject), name, cast(Comparison, comparison)


def _machine(_step: Step, facts: Facts) -> Facts:
    return {k: v for k, v in recorded_facts(facts).items() if v != []} | {
        k: v for k, v in facts.items() if k == "fault"
    }
