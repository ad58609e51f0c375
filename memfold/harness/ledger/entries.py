"""The intended differences, as data."""

from __future__ import annotations

from memfold.equivalence.ledger import Ledger
from memfold.harness.ledger.cpus import CPUS_ENTRIES
from memfold.harness.ledger.memory import memory_entries

__all__ = ["LEDGER"]

LEDGER = Ledger([*memory_entries(), *CPUS_ENTRIES])
