"""What the project files of the two layers name: subjects without components, one a stage."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import cast

from memfold.equivalence.configuration import Configuration
from memfold.equivalence.project import Header
from memfold.equivalence.subject import Subject
from memfold.errors import BadInput, MemfoldError

__all__ = ["of_version", "old_layer", "subject"]

SUBJECTS: Mapping[str, str] = {
    "legacy": "legacy_subject:on_legacy",
    "folded": "folded_subject:on_folded",
    "shim": "shim_machine:on_shim",
    "core": "core_machine:on_core",
    "one-handler": "cpus_subject:on_one_handler",
    "own-roots": "cpus_subject:on_own_roots",
}
"""Imported when asked for: a machine at stage remove runs with the old layers deleted."""


def subject(configuration: Configuration, header: Header) -> Subject:
    """A fresh world for a trace with this header.

    Raises `BadInput` for a header whose numbers no world could have.
    """
    module, function = SUBJECTS[configuration.stage.name].split(":")
    make = getattr(import_module(f"memfold.harness.subjects.{module}"), function)
    try:
        return cast(Subject, make(header))
    except BadInput:
        raise
    except MemfoldError as error:
        raise BadInput(str(error), "numbers that fit together") from error


def old_layer(_: Header) -> str:
    """Recorded on the old layer, replayed on the old layer."""
    return "legacy"


def of_version(header: Header) -> str:
    """What was recorded of 1.0 is replayed on the shim, what was of 1.1 on the core."""
    return "shim" if header.get("version") == "v1.0" else "core"
