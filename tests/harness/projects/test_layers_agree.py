"""Steps made up for the layers: every world of a layer shows the same, and the rules do too."""

from __future__ import annotations

from collections import Counter

import pytest

from memfold.equivalence.campaign.lockstep import compare
from memfold.equivalence.campaign.made import generated_trace, generated_traces
from memfold.equivalence.judge import Intended
from memfold.harness.campaign.mixed.kind import KINDS
from memfold.harness.projects import named


@pytest.mark.parametrize(("name", "count"), [("mixed", 4000), ("legacy", 2500), ("memory", 2500)])
def test_all_worlds_of_a_layer_agree(name: str, count: int) -> None:
    project = named(name)
    first, *others = map(project.parse, project.migration.stages)
    for trace in generated_traces(project, 77, count):
        for other in others:
            found = next(compare(project, first, other, trace, Intended()), None)
            assert found is None, found.text()


@pytest.mark.parametrize("name", ["mixed", "legacy", "memory"])
def test_the_same_seed_makes_the_same_runs(name: str) -> None:
    project = named(name)
    runs = generated_traces(project, 5, 900)
    assert runs == generated_traces(project, 5, 900)
    assert runs[0] == generated_trace(project, 5, 900)
    assert runs != generated_traces(project, 6, 900)
    assert sum(len(run.steps) for run in runs) >= 900
    assert [run.path for run in runs[:2]] == [
        "generated steps, seed 5",
        "generated steps, seed 5, run 2",
    ]


def test_runs_in_mixed_worlds_do_everything_that_can_be_done() -> None:
    project = named("mixed")
    runs = generated_traces(project, 3, len(KINDS) * 1000)
    done = Counter(step.op for run in runs for step in run.steps)
    assert done.keys() == set(project.vocabulary.named())
