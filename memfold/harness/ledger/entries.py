"""The intended differences, as data."""

from __future__ import annotations

from memfold.equivalence.ledger import Ledger
from memfold.harness.ledger.memory import memory_entries
from memfold.harness.subjects import percpu_subject

__all__ = ["LEDGER"]

LEDGER = Ledger([*memory_entries(), *percpu_subject.ENTRIES])
