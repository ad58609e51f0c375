"""The pytest plugin: what pytest meets of a project becomes tests.

A project file (``memfold.toml``, or a ``pyproject.toml`` with ``[tool.memfold]``) is one test for
each of its ledger's entries, a trace of the project's own one for each configuration it is replayed
on. Nothing else of memfold is imported before pytest has met such a file.
"""

from __future__ import annotations

from pathlib import Path

import pytest

__all__ = ["pytest_addoption", "pytest_collect_file"]

SUFFIXES = (".jsonl", ".jsonl.gz", ".tar.gz")


def pytest_addoption(parser: pytest.Parser) -> None:
    """See pytest."""
    parser.addini(
        "memfold_on",
        "configurations that recorded traces are replayed on, or all; the last stage if not given",
        type="linelist",
        default=[],
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """See pytest."""
    if file_path.name in ("memfold.toml", "pyproject.toml"):
        if _may_be_project(file_path):
            from memfold.testing.collecting import project_file

            return project_file(file_path, parent)
    elif file_path.name.endswith(SUFFIXES) and _below_project(file_path.parent):
        from memfold.testing.collecting import trace_file

        return trace_file(file_path, parent)
    return None


def _below_project(folder: Path) -> bool:
    return any(
        _may_be_project(each / name)
        for each in (folder, *folder.parents)
        for name in ("memfold.toml", "pyproject.toml")
    )


def _may_be_project(file: Path) -> bool:
    """Whether it is worth to have a closer look."""
    try:
        return file.is_file() and (file.name == "memfold.toml" or b"memfold" in file.read_bytes())
    except OSError:
        return False
