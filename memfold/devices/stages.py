"""The plan as data: its five stages, what each stands on, and which device forms it allows.

From the thread: "New API implemented on top of old API, convert all devices, fold old API into
new." This module is the record of the migration and outlives it.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FORMS", "STAGES", "Stage"]

FORMS = ("legacy", "bridged", "native")
"""How far a device is: on the old API; its old callbacks carried in a region; converted."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the plan."""

    name: str
    title: str
    map: str
    """What holds the map and serves accesses: ``physmem`` (the old layer) or ``core``."""
    tree: bool
    """Whether board, RAM and buses are regions."""
    old_api: str
    """Where a device's old calls go: ``physmem``, ``claims``, ``folded`` or ``gone``."""
    forms: tuple[str, ...]
    """The forms a device may have; the first is the one it has unless told otherwise."""


STAGES = {
    stage.name: stage
    for stage in (
        Stage("legacy", "the old API alone", "physmem", False, "physmem", ("legacy",)),
        Stage("shim", "the new API on top of the old", "physmem", True, "claims", ("legacy",)),
        Stage("convert", "devices change over", "physmem", True, "claims", FORMS),
        Stage("fold", "the old API on top of the new", "core", True, "folded", FORMS),
        Stage("remove", "the old API is gone", "core", True, "gone", ("native",)),
    )
}
