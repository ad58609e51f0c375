"""Documents are tests: every command and snippet in them works as printed."""

from __future__ import annotations

import compileall
import doctest
import os
import signal
import subprocess
import sys
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

pytest_plugins = ["pytester"]  # only the topmost conftest.py may say so

ROOT = Path(__file__).parent
MADE = ("make test", "make check", "make demo")
"""Commands that run this very suite, or that CI runs beside it: here only make's plan is tested."""


signal.signal(signal.SIGINT, signal.default_int_handler)
"""A shell's background jobs ignore interrupts, and so would what a test starts and interrupts."""


def pytest_configure(config: pytest.Config) -> None:
    """See that memfold's bytecode is there, as where pip installed it: many tests start Python."""
    if not hasattr(config, "workerinput"):
        package = ROOT / "memfold"
        for folder in (package, *(path for path in package.iterdir() if path.is_symlink())):
            compileall.compile_dir(folder, quiet=2)


def run_console(example: Example) -> str | None:
    """Run each ``$ command`` of a console block and compare what it prints; ``...`` elides."""
    for block in str(example.parsed).split("$ ")[1:]:
        command, _, expected = block.partition("\n")
        if command in MADE:
            command = command.replace("make", "make --dry-run --always-make") + " >/dev/null"
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "COLUMNS": "120",
        }
        result = subprocess.run(
            command, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True
        )
        shown = result.stdout + result.stderr
        if not OutputChecker().check_output(expected, shown, ELLIPSIS) and expected.strip():
            return f"$ {command}\nexpected:\n{expected}\nprinted:\n{shown}"
        if result.returncode not in (0, 1):
            return f"$ {command}\nexit status {result.returncode}:\n{shown}"
    return None


pytest_collect_file = Sybil(
    parsers=[
        CodeBlockParser(language="console", evaluator=run_console),
        PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS),
    ],
    patterns=["*.md"],
    excludes=[".venv/*", "CHANGELOG.md"],
).pytest()
