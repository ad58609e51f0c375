"""The sequences that were searched for: they are read as written, and what they miss is known."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any

import pytest

from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.devices.stages import STAGES
from memfold.equivalence.compare import observe
from memfold.harness.campaign.corpus import (
    FIRST,
    FLOWS,
    FOLDER,
    SAID,
    corpus,
    flows,
    kind_of,
    last,
    row_text,
    rows_of,
)
from memfold.harness.campaign.generate import generate
from memfold.harness.subjects.machine_subject import MachineSubject
from tests.harness.campaign.bench import MODELS

PACKAGE = Path(str(import_module("memfold.devices").__file__)).parent
FORMS = ("__init__.py", "legacy.py", "native.py")

UNREACHED: dict[str, set[str]] = {
    # What only the search for sequences asks.
    "pflash_cfi01/registers.py": {"return self._readable"},
    # A list without an end moves memory for seconds; a test of the device has one.
    "pl080/registers.py": {
        'raise DmaError(n, f"its list does not end after {moved:#x} elements")',
    },
}
"""Statements of the models that runs at the defaults may leave out, by file; what it takes."""


def test_a_corpus_is_written_as_it_is_read() -> None:
    for path in sorted(FOLDER.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.removeprefix(FIRST)
            assert " ".join(map(row_text, rows_of(words))) == words


def test_a_flow_is_said_what_it_shows() -> None:
    for path in sorted(FLOWS.glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith(SAID)
        said = [line for line in lines if line.startswith(SAID)]
        assert len(flows(path.stem, Random(1))) + len(last(path.stem)) == len(lines) - len(said)
        assert len({*said}) == len(said)


def test_bytes_on_two_wires_come_out_as_they_went_in() -> None:
    bench = MODELS["sbcon_i2c"].maker()()
    rows = rows_of("xd0085aa5 xd008 xd1=2")
    levels = []
    for row in rows:
        (value, *_) = bench.perform(row)
        if row[0] == "readl":
            levels.append(value >> 1 & 1)
    bits = levels[-16:]
    assert int("".join(map(str, bits)), 2) == 0x5AA5


def test_every_type_that_has_states_has_a_corpus() -> None:
    kinds = {kind_of(slot) for board in BOARDS.values() for slot in board.slots}
    without = {kind for kind in kinds if not corpus(kind)}
    assert without == {"grlib_ahbpnp", "grlib_apbpnp", "pci_vpb_selfconfig"}


def statements(path: Path) -> Iterator[int]:
    """The first lines of what stands in functions."""
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.stmt) and node is not function:
                    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
                    if not text and not isinstance(node, ast.FunctionDef | ast.Pass):
                        yield node.lineno


@cache
def run() -> dict[str, set[int]]:
    """The lines of the models that a run at the defaults reaches, on every board."""
    reached: dict[str, set[int]] = {}

    def trace(frame: FrameType, _event: str, _arg: object) -> Any:
        lines = reached.get(frame.f_code.co_filename)
        if lines is None:
            return None
        first = frame.f_lineno

        def local(frame: FrameType, _event: str, _arg: object) -> Any:
            lines.add(frame.f_lineno)
            return local

        lines.add(first)
        return local

    for path in PACKAGE.glob("*/*.py"):
        reached[str(path)] = set()
    # What is remembered of an earlier test would not be reached again.
    for name, module in [*sys.modules.items()]:
        if name.startswith("memfold.devices."):
            for each in vars(module).values():
                if hasattr(each, "cache_clear"):
                    each.cache_clear()
    for board in BOARDS.values():
        steps = generate(board, 2011, 18_000)
        sys.settrace(trace)
        try:
            subject = MachineSubject(Configuration.of(board, STAGES["remove"], {}))
            for _ in observe(subject, steps):
                pass
        finally:
            sys.settrace(None)
    return reached


TYPES = sorted({slot.type for board in BOARDS.values() for slot in board.slots})


@pytest.mark.parametrize("kind", TYPES)
def test_the_generated_steps_reach_every_statement_of_a_model(kind: str) -> None:
    for path in sorted((PACKAGE / kind).glob("*.py")):
        if path.name not in FORMS:
            lines = path.read_text(encoding="utf-8").splitlines()
            missed = {lines[n - 1].strip() for n in set(statements(path)) - run()[str(path)]}
            assert missed <= UNREACHED.get(f"{kind}/{path.name}", set())
