"""Where the recorded traces are that travel with memfold."""

from __future__ import annotations

from pathlib import Path

import memfold
from memfold.errors import BadInput

__all__ = ["PREFIX", "UnknownRecording", "golden", "trace_path"]

ROOT = Path(memfold.__file__).parent / "golden"
"""In a checkout a link to tests/golden."""

PREFIX = "golden:"
"""What a path begins with that means a recording of ours, wherever memfold is installed."""

SHOWN = 30
"""How many names an error lists."""


class UnknownRecording(BadInput):
    """No recording has this name; the error lists what there is beside it."""


def golden(name: str) -> Path:
    """The file or folder of recordings called `name`, such as ``legacy`` or ``legacy/arm``.

    Raises `UnknownRecording` when there is none.
    """
    path = ROOT / name
    if ".." not in path.parts and path.is_relative_to(ROOT) and path.exists():
        return path
    folder = ROOT
    for part in Path(name).parts:
        if part in ("..", "/") or not (folder / part).is_dir():
            break
        folder /= part
    names = sorted(
        f"{PREFIX}{each.relative_to(ROOT)}"
        for each in folder.iterdir()
        if each.suffix != ".md" and each.name != "mtree"  # maps, no traces
    )
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    raise UnknownRecording(
        f"{PREFIX}{name}: no such recording", f"one of {', '.join(names[:SHOWN])}{more}"
    )


def trace_path(text: str) -> Path:
    """The path that a user means: a file or folder, or with ``golden:`` before it one of ours."""
    return golden(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else Path(text)
