"""The intended differences, as data."""

from __future__ import annotations

from memfold.equivalence.ledger import Ledger

__all__ = ["LEDGER"]

LEDGER = Ledger([])
