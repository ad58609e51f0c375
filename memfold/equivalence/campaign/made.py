"""The steps that are made up for a project: one long run, and short ones on fresh subjects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import cycle
from random import Random

from memfold.equivalence.compare import act
from memfold.equivalence.facts import RAISED, Facts
from memfold.equivalence.generate import generated
from memfold.equivalence.plan import reference
from memfold.equivalence.project import Project
from memfold.equivalence.subject import BadStep, NotReplayable, Step
from memfold.equivalence.trace import Trace

__all__ = ["generated_trace", "generated_traces", "own_runs", "remarks"]

SHORT = (5, 15, 40, 100)
"""Steps of the short runs, in turn: what happens early in a life happens in each of them."""


def generated_traces(project: Project, seed: int, count: int) -> list[Trace]:
    """At least `count` steps for `project`, always the same for the same `seed`.

    A project with steps of its own has one run of them, one with runs of its own those. Others have
    half in one long run and half in short ones.
    """
    if project.runs is not None:
        return list(own_runs(project, seed, count))
    if project.steps is not None:
        return [generated_trace(project, seed, count)]
    traces = [generated_trace(project, seed, count - count // 2)]
    left = count // 2
    for number, length in enumerate(cycle(SHORT), 2):
        if left <= 0:
            return traces
        traces.append(generated_trace(project, seed, min(length, left), number))
        left -= length
    return traces


def generated_trace(project: Project, seed: int, count: int, run: int = 1) -> Trace:
    """At least `count` steps in one run; another `run` has others.

    Of a project with runs of its own it is the first of these, which may be shorter.
    """
    if project.runs is not None:
        return next(own_runs(project, seed, count))
    name = _name(seed, run)
    family = project.family or project.name
    if project.steps is not None:
        return Trace(name, family, {}, list(project.steps(seed, count)))
    subject = project.subject(reference(project.migration), {})
    rng = Random(f"{project.name}/{seed}/{run}".encode(errors="surrogatepass"))

    def perform(step: Step) -> Facts:
        try:
            return act(subject, step)
        except (BadStep, NotReplayable):
            raise
        except (Exception, SystemExit):  # noqa: BLE001  # it is told when the steps are compared
            return {}

    steps = [step for step, _ in generated(project.vocabulary, rng, count, perform)]
    return Trace(name, family, {}, steps)


def _name(seed: int, run: int) -> str:
    return f"generated steps, seed {seed}" + (f", run {run}" if run > 1 else "")


def own_runs(project: Project, seed: int, count: int) -> Iterator[Trace]:
    """The runs of a project that makes its own, one by one as they are asked for."""
    assert project.runs is not None  # whoever asks has seen to it
    family = project.family or project.name
    for run, (header, steps) in enumerate(project.runs(seed, count), 1):
        yield Trace(_name(seed, run), family, header, list(steps))


def remarks(
    project: Project, traces: Sequence[Trace], shown: Sequence[Sequence[Facts]]
) -> Iterator[str]:
    """What a reader should know of steps that prove little: operations that never were performed,
    and those that raised each time, as `shown` where the plan begins."""
    done: Counter[str] = Counter()
    raised: Counter[str] = Counter()
    for trace, kept in zip(traces, shown, strict=True):
        for step, facts in zip(trace.steps, kept, strict=False):
            done[step.op] += 1
            raised[step.op] += RAISED in facts
    if project.steps is None and project.runs is None:
        if never := [op for op in project.vocabulary.named() if not done[op]]:
            yield f"never performed: {', '.join(never)}"
        if always := [op for op in project.vocabulary.named() if done[op] == raised[op] > 0]:
            yield f"raised every time: {', '.join(always)}"
