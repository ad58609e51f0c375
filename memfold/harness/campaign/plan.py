"""The rows of a migration: which machines prove each stage of the plan."""

from __future__ import annotations

from random import Random

from memfold.devices.board import Board
from memfold.devices.configuration import Configuration
from memfold.devices.stages import STAGES, Stage

__all__ = ["plan", "with_earlier"]


def plan(board: Board, mixes: int, seed: int) -> list[Configuration]:
    """Every machine that has to be equivalent, stage by stage.

    At each stage the pure machines (all devices in one form), then, where forms mix, every change
    of form of a single device: from all-legacy, and once the map is folded also from all-native.
    Last `mixes` mixes of forms, reproducible from `seed`, the same at each such stage.
    """
    rows: list[Configuration] = []
    for stage in STAGES.values():
        rows += (Configuration.of(board, stage, {"*": form}) for form in stage.forms)
        if len(stage.forms) > 1:
            bases = ("legacy", "native") if stage.map == "core" else ("legacy",)
            rows += (
                Configuration.of(board, stage, {"*": base, slot.name: form})
                for base in bases
                for slot in board.slots
                for form in stage.forms
                if form != base
            )
            rows += _mixes(board, stage, mixes, seed)
    return rows


def with_earlier(configuration: Configuration) -> list[Configuration]:
    """The machine, after the one at the first stage that allows its forms, if that is another."""
    forms = set(configuration.forms.values())
    first = next(stage for stage in STAGES.values() if forms <= set(stage.forms))
    if first is configuration.stage:
        return [configuration]
    return [Configuration(configuration.board, first, configuration.forms), configuration]


def _mixes(board: Board, stage: Stage, count: int, seed: int) -> list[Configuration]:
    """`count` different mixes of forms, or as many as the board's devices allow."""
    rng = Random(f"{board.name}/mixes/{seed}")
    forms, devices = len(stage.forms), len(board.slots)
    possible = forms**devices - forms - forms * (forms - 1) * devices
    chosen: dict[str, Configuration] = {}
    while len(chosen) < min(count, possible):
        each = {slot.name: rng.choice(stage.forms) for slot in board.slots}
        mix = Configuration.of(board, stage, each)
        if mix.is_mix:
            chosen[str(mix)] = mix
    return list(chosen.values())
