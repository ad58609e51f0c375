"""What a machine shows is made for the step that shows it."""

from __future__ import annotations

from json import dumps

import pytest

from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.equivalence.campaign.made import generated_traces
from memfold.equivalence.facts import Json
from memfold.harness.projects import named
from memfold.harness.subjects.machine_subject import MachineSubject


def spoil(value: Json) -> None:
    """Empty `value`, as deep as it goes."""
    for each in value.values() if isinstance(value, dict) else value:  # type: ignore[union-attr]
        if isinstance(each, list | dict):
            spoil(each)
    value.clear()  # type: ignore[union-attr]


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("stage", ["legacy", "fold"])
def test_what_is_shown_is_nobody_elses(board: str, stage: str) -> None:
    (trace, *_) = generated_traces(named(board), 2011, 2000)
    spoilt, kept = (MachineSubject(Configuration.parse(f"{board}@{stage}")) for _ in range(2))
    shown = []
    for step in trace.steps:
        facts = kept.perform(step)
        shown.append((facts, dumps(facts)))
        its = spoilt.perform(step)
        assert its == facts
        spoil(its)
    assert all(dumps(facts) == then for facts, then in shown)
