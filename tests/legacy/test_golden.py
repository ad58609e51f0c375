"""What the real code of 2011-05-18 did: every recorded fact, on `PhysMem`."""

from __future__ import annotations

from pathlib import Path

import pytest

from memfold.equivalence.trace import read_traces
from memfold.harness.projects.replaying import replay_all
from memfold.harness.recordings.golden import golden
from memfold.harness.recordings.vocabulary import VOCABULARIES

LEGACY = golden("legacy")
SCENARIOS = sorted(LEGACY.glob("*/scenarios/*.jsonl"))
RANDOM = sorted(LEGACY.glob("*/random.tar.gz"))


def assert_replays(path: Path) -> int:
    report = replay_all(read_traces([path], VOCABULARIES), "legacy")
    assert [str(difference) for difference in report.differences] == []
    assert report.unreplayable == 0
    assert not report.intended.entries
    return report.ops


def test_the_recordings_are_all_here() -> None:
    assert len(SCENARIOS) == 3 * 91
    assert [path.parent.name for path in RANDOM] == ["arm", "mips", "x86_64"]


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda p: f"{p.parent.parent.name}-{p.stem}")
def test_scenario(path: Path) -> None:
    assert assert_replays(path) > 0


@pytest.mark.parametrize("path", RANDOM, ids=lambda p: p.parent.name)
def test_random(path: Path) -> None:
    assert assert_replays(path) > 10_000
