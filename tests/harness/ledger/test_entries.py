"""The ledger itself: no entry is stale."""

from __future__ import annotations

from memfold.harness.ledger.demonstrations import shown
from memfold.harness.ledger.entries import LEDGER


def test_every_entry_is_shown_by_its_own_demonstration() -> None:
    counts = LEDGER.demonstrated(shown)
    assert len(counts) == len(LEDGER.entries) > 10
    assert [name for name, count in counts.items() if not count] == []
