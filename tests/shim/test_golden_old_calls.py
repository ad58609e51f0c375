"""What the real code of 2011-05-18 did, through claims and on the fold: nothing may differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from memfold.equivalence.facts import Json
from memfold.equivalence.ledger import Ledger
from memfold.equivalence.replay import EVERYTHING, Report, replay
from memfold.equivalence.trace import read_traces
from memfold.harness.recordings.golden import golden
from memfold.harness.recordings.vocabulary import VOCABULARIES
from memfold.harness.subjects.folded_subject import on_claims, on_folded
from memfold.harness.subjects.legacy_subject import LegacySubject

Make = Callable[[Mapping[str, Json]], LegacySubject]
TARGETS = ("arm", "mips", "x86_64")


def replayed(name: str, make: Make, target: str) -> Report:
    """Every recorded trace of `target`, on fresh subjects; nothing counts as intended."""
    total = Report()
    for trace in read_traces([golden("legacy") / target], VOCABULARIES):
        total.add(replay(trace, make(trace.header), name, EVERYTHING, Ledger()))
    return total


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("name", "make"), [("claims", on_claims), ("folded", on_folded)])
def test_an_unconverted_device_notices_nothing(name: str, make: Make, target: str) -> None:
    report = replayed(name, make, target)
    assert report.ops > 10_000
    assert [str(difference) for difference in report.differences] == []
    assert report.unreplayable == 0
