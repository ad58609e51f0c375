"""How often tests on damaged input try: a little in the suite, as often as one likes on demand."""

from __future__ import annotations

import os

__all__ = ["often"]


def often(usually: int) -> int:
    """`usually`, or the number in MEMFOLD_VARIANTS when that is more."""
    return max(usually, int(os.environ.get("MEMFOLD_VARIANTS", "0")))
