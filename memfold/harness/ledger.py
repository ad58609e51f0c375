"""The intended differences, as data."""

from __future__ import annotations

from memfold.equivalence.ledger import Ledger
from memfold.harness import percpu_subject
from memfold.harness.ledger_memory import memory_entries

__all__ = ["LEDGER"]

LEDGER = Ledger([*memory_entries(), *percpu_subject.ENTRIES])
