"""The code that a result depends on, as a number: other code, another result."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import memfold
from memfold.equivalence.projectfile import find_project

__all__ = ["code_of", "digest"]

SOURCES = (".py", ".toml", ".so")
"""How the names of files end that are code."""


def code_of(project: str = "") -> str:
    """The hash of memfold's code, and of all below the folder of the project called `project`.

    The project is the working folder's; another one is memfold's own, and hashed with memfold.
    It is taken once: what a process has imported does not change when a file does.
    """
    return _code_of(project, Path.cwd())


@cache
def _code_of(project: str, here: Path) -> str:
    folders = [Path(memfold.__file__).parent]
    own = find_project(here) if project else None
    if own is not None and own.name == project:
        folders.append(own.path.parent)
    return digest(folders)


def digest(folders: Iterable[Path]) -> str:
    """One hash of the code in `folders`, wherever these are, and of the version of Python."""
    whole = hashlib.sha256(f"Python {sys.version_info[0]}.{sys.version_info[1]}".encode())
    for folder in folders:
        for path in sorted(_sources(folder)):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            whole.update(f"\n{path.relative_to(folder).as_posix()} {content}".encode())
        whole.update(b"\n")
    return whole.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    """The files of code below `folder`, but for hidden folders and environments of Python."""
    for place, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [
            each
            for each in folders
            if not each.startswith((".", "__pycache__"))
            and not Path(place, each, "pyvenv.cfg").exists()
        ]
        yield from (Path(place, name) for name in names if name.endswith(SOURCES))
