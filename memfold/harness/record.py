"""Turning a user's own run into a trace file that every other command takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from memfold.devices.configuration import Configuration
from memfold.equivalence.facts import Json
from memfold.equivalence.subject import Step
from memfold.equivalence.trace import Kind, TraceError, parse_step
from memfold.harness.machine_subject import MachineSubject
from memfold.harness.vocabulary import VOCABULARIES

__all__ = ["header", "read_steps", "record"]

MACHINE = VOCABULARIES["machine"]


def header(configuration: Configuration) -> dict[str, Json]:
    """The first line of a trace recorded on `configuration`."""
    return {
        "format": "phys-trace/1",
        "machine": configuration.board.name,
        "source": f"memfold {configuration}",
    }


def read_steps(path: str, lines: Iterable[str]) -> Iterator[Step]:
    """The steps in `lines`: words (``writel 0x101f1000 0x41``) or trace lines, facts ignored.

    Empty lines, ``#`` comments and a header are passed over. Raises `TraceError` naming the line.
    """
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].strip()
        if not text or '"format"' in text:
            continue
        entry = json.dumps(_from_words(path, number, text)) if text[0] != "{" else text
        step = parse_step(path, number, entry, MACHINE)
        if step.op not in MACHINE.leading:
            yield Step(step.op, step.args, {}, number)


def _from_words(path: str, line: int, text: str) -> dict[str, Json]:
    name, *words = text.split()
    op = MACHINE.ops.get(name)
    if op is None:
        known = ", ".join(sorted(MACHINE.ops.keys() - MACHINE.leading.keys()))
        raise TraceError(path, line, f"unknown op {name!r}", f"one of {known}")
    if len(words) != len(op.args):
        raise TraceError(path, line, f"{name}: {len(words)} arguments", " ".join([name, *op.args]))
    entry: dict[str, Json] = {"op": name}
    for (arg, kind), word in zip(op.args.items(), words, strict=True):
        entry[arg] = _value(word, kind)
    return entry


def _value(word: str, kind: Kind) -> Json:
    if kind in (Kind.UINT, Kind.INT):
        try:
            return int(word, 0)
        except ValueError:
            return word  # the vocabulary says what was expected
    return word == "true" if kind is Kind.BOOL else word


def record(configuration: Configuration, steps: Iterable[Step]) -> Iterator[dict[str, Json]]:
    """Perform `steps` on a fresh machine; yields the lines of the trace, header first."""
    yield header(configuration)
    subject = MachineSubject(configuration)
    for step in steps:
        facts = subject.perform(step)
        irqs = facts.pop("irq", [])
        assert isinstance(irqs, list)  # rows of interrupt changes, which stand before their cause
        for row in irqs:
            assert isinstance(row, list)
            yield {"op": "irq", "line": row[0], "level": row[1]}
        yield {"op": step.op, **step.args, **facts}
