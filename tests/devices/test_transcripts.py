"""Every device, in every form, against what QEMU 7.2 did: values and interrupts."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from memfold.equivalence.facts import Facts
from memfold.equivalence.subject import Step
from memfold.equivalence.trace import Trace, read_traces
from memfold.harness.recordings.vocabulary import VOCABULARIES
from tests.devices.bench import FORMS, PLACES, Bench

ARCHIVES = sorted((Path(__file__).parent.parent / "golden" / "qtest").glob("*.tar.gz"))
WIDTHS = {"b": 1, "w": 2, "l": 4, "q": 8}


@lru_cache(maxsize=1)
def traces(archive: Path) -> list[Trace]:
    """What is in an archive, read once for all forms: they are tried one after another."""
    return list(read_traces([archive], VOCABULARIES))


def perform(bench: Bench, step: Step) -> Facts:
    facts: Facts = {}
    args = step.args
    if step.op == "clock_step":
        assert isinstance(args["ns"], int)
        bench.clock.step(args["ns"])
        facts["now"] = bench.clock.now
    elif step.op.startswith("read"):
        assert isinstance(args["addr"], int)
        facts["ret"] = bench.load(args["addr"], WIDTHS[step.op[-1]])
    else:
        assert isinstance(args["addr"], int)
        assert isinstance(args["val"], int)
        bench.store(args["addr"], WIDTHS[step.op[-1]], args["val"])
    if irqs := bench.take_irqs():
        facts["irq"] = [list(row) for row in irqs]
    return facts


def bench_for(trace: Trace, form: str) -> Bench:
    machine, base = trace.header["machine"], trace.header["base"]
    assert isinstance(machine, str)
    assert isinstance(base, int)
    return Bench(PLACES[machine, base], form)


def test_every_recorded_device_has_an_archive() -> None:
    assert len(ARCHIVES) == 21


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda path: path.name.split(".")[0])
def test_a_device_answers_as_recorded(archive: Path, form: str) -> None:
    steps = 0
    for trace in traces(archive):
        bench = bench_for(trace, form)
        for step in trace.steps:
            steps += 1
            assert perform(bench, step) == step.facts, f"{trace.path}:{step.line} {step}"
    assert steps > 800
