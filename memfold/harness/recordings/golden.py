"""Where the recorded traces are that travel with the project: in the wheel, or in a checkout."""

from __future__ import annotations

from pathlib import Path

import memfold
from memfold.errors import MemfoldError

__all__ = ["golden"]


def golden(family: str) -> Path:
    """The folder of the recorded traces of `family`: legacy, memory, qtest or mtree.

    Raises `MemfoldError` when this installation carries none.
    """
    package = Path(memfold.__file__).parent
    places = [package / "golden", package.parent / "tests" / "golden"]
    for place in places:
        if (place / family).is_dir():
            return place / family
    raise MemfoldError(
        f"no recorded {family} traces: expected one of {', '.join(str(p / family) for p in places)}"
    )
