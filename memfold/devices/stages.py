"""The plan as data: its five stages, what each stands on, and which device forms it allows.

From the thread: "New API implemented on top of old API, convert all devices, fold old API into
new." This module is the record of the migration and outlives it.
"""

from __future__ import annotations

from dataclasses import dataclass

from memfold.equivalence import configuration as engine

__all__ = ["FORMS", "STAGES", "Stage"]

FORMS = ("legacy", "bridged", "native")
"""How far a device is: on the old API; its old callbacks carried in a region; converted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(engine.Stage):
    """One stage of the plan, and what a machine at it stands on."""

    map: str
    """What holds the map and serves accesses: ``physmem`` (the old layer) or ``core``."""
    tree: bool
    """Whether board, RAM and buses are regions."""
    old_api: str
    """Where a device's old calls go: ``physmem``, ``claims``, ``folded`` or ``gone``."""


def _stage(name: str, title: str, holder: str, tree: bool, old_api: str, *forms: str) -> Stage:
    return Stage(name=name, title=title, forms=forms, map=holder, tree=tree, old_api=old_api)


STAGES = {
    stage.name: stage
    for stage in (
        _stage("legacy", "the old API alone", "physmem", False, "physmem", "legacy"),
        _stage("shim", "the new API on top of the old", "physmem", True, "claims", "legacy"),
        _stage("convert", "devices change over", "physmem", True, "claims", *FORMS),
        _stage("fold", "the old API on top of the new", "core", True, "folded", *FORMS),
        _stage("remove", "the old API is gone", "core", True, "gone", "native"),
    )
}
