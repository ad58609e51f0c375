"""What the project files of the two layers name: subjects without components, one a stage."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from memfold.equivalence.configuration import Configuration
from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.project import Header
from memfold.equivalence.subject import Step, Subject, map_of
from memfold.errors import BadInput, MemfoldError

__all__ = ["of_version", "old_layer", "subject"]

SUBJECTS: Mapping[str, str] = {
    "legacy@legacy": "legacy_subject:on_legacy",
    "legacy@shared": "folded_subject:on_claims",
    "legacy@folded": "folded_subject:on_folded",
    "memory@shim": "shim_machine:on_shim",
    "memory@core": "core_machine:on_core",
    "mixed@rules": "mixed_subject:by_rules",
    "mixed@shared": "mixed_subject:on_shared",
    "mixed@folded": "mixed_subject:on_folded",
    "cpus@one-handler": "cpus_subject:on_one_handler",
    "cpus@own-roots": "cpus_subject:on_own_roots",
}
"""Imported when asked for: a machine at stage remove runs with the old layers deleted."""


def subject(configuration: Configuration, header: Header) -> Subject:
    """A fresh world for a trace with this header.

    Raises `BadInput` for a header whose numbers no world could have.
    """
    module, function = SUBJECTS[f"{configuration.migration.name}@{configuration.stage.name}"].split(
        ":"
    )
    make = getattr(import_module(f"memfold.harness.subjects.{module}"), function)
    try:
        made = cast(Subject, make(header))
        return AnyVersion(made, header, configuration.stage.name) if header.get("made_up") else made
    except BadInput:
        raise
    except MemfoldError as error:
        raise BadInput(str(error), "numbers that fit together") from error


class AnyVersion:
    """A world for steps that were made up for every version and backend: shows what all agree in.

    What the old layer is told, and how, differs by the backend, and errors have their own texts.
    """

    def __init__(self, subject: Subject, header: Header, stage: str) -> None:
        self._subject = subject
        self._is_shim = header["version"] == "v1.1" and stage == "shim"
        self._space = 1 << cast("int", header["phys_addr_bits"])

    def _asks_nothing_of_1_1(self, step: Step) -> bool:
        """Whether a misaligned load finds nothing: the shim answers that as 1.0 does."""
        size = {"w": 2, "l": 4}.get(str(step.args["fn"]).split("_")[0][-1], 0)
        addr = cast("int", step.args["addr"])
        if not (self._is_shim and size and addr % size):
            return False
        rows = map_of(self._subject) or []
        return not any(row.start <= addr < row.start + row.size for row in rows)

    def perform(self, step: Step) -> Facts:
        """Do one step."""
        facts = self._subject.perform(step)
        if "error" in facts:
            return {"abort": "refused"}
        rows = cast("list[list[Json]]", facts.pop("legacy_calls", []))
        kept: list[Json] = []
        for name, *numbers in rows:
            if "coalesced" in str(name):
                start, size = cast("list[int]", numbers)
                end = min(start + size, self._space)  # above it the old layer is told nothing
                kept += [[name, start, end - start]] if start < end else []
        if kept:
            facts["legacy_calls"] = kept
        if step.op == "ld" and self._asks_nothing_of_1_1(step):
            facts["ret"] = 0xFFFFFFFF  # 1.1 has a device there that refuses it: memory rule 12
        if step.op == "init" and step.args["kind"] == "rom_device":
            facts.pop("ret", None)  # 1.0 kept an io slot in it
        facts.pop("events", None)
        return facts


def old_layer(_: Header) -> str:
    """Recorded on the old layer, replayed on the old layer."""
    return "legacy"


def of_version(header: Header) -> str:
    """What was recorded of 1.0 is replayed on the shim, what was of 1.1 on the core."""
    return "shim" if header.get("version") == "v1.0" else "core"
