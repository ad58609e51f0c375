"""Results in a folder, a file each: the files that are there are all that a campaign remembers."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from memfold.equivalence.writing import Unwritable, write_text
from memfold.errors import BadInput

__all__ = ["Store"]

RESULT = re.compile(r"[0-9a-f]{64}\.json")
SECONDS = "seconds.jsonl"
"""Where the times stand, apart from the results: these are the same in every run."""


class Store:
    """The results in `folder`. A file is written whole or not at all, and never changed.

    Raises `Unwritable` for a folder that cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._make(folder)

    def __contains__(self, key: str) -> bool:
        return self.path(key).exists()

    def path(self, key: str) -> Path:
        """Where the result called `key` is, or would be."""
        return self.folder / key[:2] / f"{key}.json"

    def write(self, key: str, content: str, seconds: float) -> None:
        """Keep a result, and first what it took: every result has its time."""
        path = self.path(key)
        self._make(path.parent)
        line = json.dumps({"key": key, "seconds": seconds})
        # One call, at the end of whatever is there: it is written by two campaigns at once as well.
        handle = os.open(self.folder / SECONDS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            os.write(handle, f"{line}\n".encode())
        finally:
            os.close(handle)
        write_text(path, content)

    def read(self, key: str) -> dict[str, Any]:
        """The result called `key`; raises `BadInput` for a file that is none."""
        return _read(self.path(key))

    def results(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every result with its key, in the order of the keys.

        Raises `BadInput` for a file that is none.
        """
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                if RESULT.fullmatch(path.name):
                    yield path.stem, _read(path)

    def seconds(self) -> dict[str, float]:
        """What each result took, by its key."""
        path = self.folder / SECONDS
        found: dict[str, float] = {}
        for line in path.read_text("utf-8").splitlines() if path.exists() else ():
            try:
                entry = json.loads(line)
                found[entry["key"]] = float(entry["seconds"])
            except (ValueError, KeyError, TypeError):
                continue  # a machine lost power while it was written
        return found

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unwritable(
                f"{folder}: {error.strerror or error}", "a place to write to"
            ) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: no result", "one; without the file it is made again") from error
    if not isinstance(content, dict) or not {"function", "arguments", "code"} <= content.keys():
        raise BadInput(f"{path}: no result", "one; without the file it is made again")
    return content
