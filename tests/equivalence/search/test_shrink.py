"""From a run that shows a difference to the shortest steps that show the same one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memfold.equivalence import (
    Configuration,
    Entry,
    Facts,
    Intended,
    Project,
    Step,
    Trace,
    parse_trace,
    read_traces,
    replay,
    signature,
)
from memfold.equivalence.campaign.lockstep import compare
from memfold.equivalence.replay import EVERYTHING
from memfold.equivalence.search.recorded import write_shrunk
from memfold.equivalence.search.shrink import Shrunk, shrink
from memfold.errors import BadInput
from tests.equivalence.search.worlds import World, counters, steps, trace


def is_new(world: World) -> bool:
    return world.configuration.forms["c0"] == "new"


def after(*needed: Step) -> Callable[[World, Step, Facts], None]:
    """A new side that shows another sum once all of `needed` were done, in this order."""

    def fault(world: World, step: Step, facts: Facts) -> None:
        if step.op == "sum" and is_new(world):
            left = (each.args for each in world.done)
            if all(want.args in left for want in needed):
                facts["result"] = -1

    return fault


def planted(count: int, places: list[int], seed: int = 0) -> tuple[list[Step], list[Step]]:
    """`count` steps with one of a kind at each of `places`, and a sum at the end."""
    made = [step for step in steps(count, seed) if step.op != "sum"]
    made += [Step("add", {"counter": "c1", "by": 1})] * (count - len(made))
    marks = [Step("add", {"counter": "c3", "by": 1_000 + n}) for n in range(len(places))]
    for place, mark in zip(sorted(places), marks, strict=True):
        made[place] = mark
    return [*made, Step("sum", {}), *steps(count // 10, seed + 1)], marks


@contextmanager
def counted(project: Project) -> Iterator[tuple[Project, list[Configuration]]]:
    """The project, and every configuration that a subject is made for."""
    made: list[Configuration] = []

    def make(configuration: Configuration, header: object) -> object:
        made.append(configuration)
        return project.make(configuration, header)  # type: ignore[arg-type]

    yield replace(project, make=make), made  # type: ignore[arg-type]


def shrunk(project: Project, made: list[Step], budget: int = 150, new: str = "new") -> Shrunk:
    with counted(project) as (counting, subjects):
        found = shrink(counting, project.parse("old"), project.parse(new), trace(made), budget)
    assert found is not None
    replays = sum(1 for each in subjects if str(each) != "shop@old")
    assert replays == found.replays <= budget
    assert_sound(project, found, made)
    return found


def assert_sound(project: Project, found: Shrunk, made: list[Step]) -> None:
    """What was returned shows the difference first and last, and came of the steps in order."""
    first = next(compare(project, found.old, found.new, found.trace, Intended()))
    original = next(compare(project, found.old, found.new, trace(made), Intended()))
    assert first == found.finding
    assert first.difference is not None
    assert original.difference is not None
    assert first.difference.index == len(found.trace.steps) - 1
    assert signature(first.difference) == signature(original.difference)
    assert first.blamed[:1] == original.blamed[:1]
    left = iter(made)
    for step in found.trace.steps:
        assert any(each.op == step.op for each in left)


@pytest.mark.parametrize(
    "places", [[], [8_998], [5], [10, 4_500], [0, 3_000, 8_000], [7, 2_000, 5_000, 8_998]]
)
def test_a_difference_9000_steps_in_takes_5_steps_at_most_and_150_replays(
    places: list[int],
) -> None:
    made, needed = planted(9_000, places)
    found = shrunk(counters(after(*needed)), made)
    assert found.length == 9_001
    assert found.whole
    assert [step.args.get("by") for step in found.trace.steps] == [
        *(1_000 + n for n in range(len(places))),
        None,
    ]


def test_wherever_the_steps_are_that_it_takes() -> None:
    for seed in range(2):
        places = Random(seed).sample(range(9_000), 4)
        made, needed = planted(9_000, places, seed)
        found = shrunk(counters(after(*needed)), made)
        assert len(found.trace.steps) == 5


def test_arguments_become_as_simple_as_it_allows() -> None:
    def fault(world: World, step: Step, facts: Facts) -> None:
        by = step.args.get("by")
        if is_new(world) and step.op == "add" and isinstance(by, int) and by >= 300:
            facts["result"] = 0

    made = [*steps(50)[:3], Step("add", {"counter": "c7", "by": 987, "note": "c0de"})]
    made = [step for step in made if step.args.get("by", 0) in range(300)] + made[-1:]
    found = shrunk(counters(fault), made)
    # c7 is who is blamed, 300 the threshold; nobody asked for a note
    assert [(s.op, s.args) for s in found.trace.steps] == [("add", {"counter": "c7", "by": 300})]


def test_what_is_named_by_a_number_keeps_its_meaning() -> None:
    def fault(world: World, step: Step, facts: Facts) -> None:
        if is_new(world) and step.op == "close" and any(d.args.get("by") == 77 for d in world.done):
            facts["result"] = None

    made = steps(2_000, 3, doors=True)
    made[1_500] = Step("add", {"counter": "c1", "by": 77})
    found = shrunk(counters(fault), made)
    assert [step.op for step in found.trace.steps] in (
        ["open", "add", "close"],
        ["add", "open", "close"],
    )
    assert found.trace.steps[-1].args == {"door": 1}


def test_another_difference_on_the_way_is_not_taken_for_it() -> None:
    def fault(world: World, step: Step, facts: Facts) -> None:
        if not is_new(world) or step.op != "sum":
            return
        marks = [each.args.get("by") for each in world.done]
        if 1_000 in marks and 1_001 in marks:
            facts["result"] = -1
        elif 1_001 in marks:
            facts["result"] = "lost"  # of another kind

    made, _ = planted(500, [5, 300])
    found = shrunk(counters(fault), made)
    assert [step.args.get("by") for step in found.trace.steps] == [1_000, 1_001, None]
    assert found.finding.difference is not None
    assert found.finding.difference.observed == {"result": -1}


def test_a_crash_of_another_class_is_another_one() -> None:
    def fault(world: World, step: Step, _: Facts) -> None:
        marks = [each.args.get("by") for each in world.done]
        if is_new(world) and step.op == "add" and 1_001 in marks:
            raise KeyError("c3") if 1_000 in marks else ValueError("c3")

    made, _ = planted(500, [5, 300])
    found = shrunk(counters(fault), made)
    assert found.finding.difference is not None
    assert "KeyError" in str(found.finding.difference.observed)
    assert [step.args.get("by") for step in found.trace.steps] == [1_000, 1_001]


def test_what_the_ledger_intends_is_not_what_is_shrunk() -> None:
    def fault(world: World, step: Step, facts: Facts) -> None:
        if is_new(world) and step.op == "sum":
            facts["result"] = -2 if any(d.args.get("by") == 1_000 for d in world.done) else -1

    entry = Entry(
        id="sums-are-gone",
        on=frozenset({"convert", "new"}),
        facts=frozenset({"result"}),
        why="nobody needs them",
        ops=frozenset({"sum"}),
        becomes=-1,
    )
    made, _ = planted(300, [250])
    made[20] = made[40] = Step("sum", {})
    found = shrunk(counters(fault, entries=(entry,)), made, budget=150)
    assert [step.args.get("by") for step in found.trace.steps] == [1_000, None]


def test_of_many_steps_that_it_takes_those_about_the_component_are_tried_alone() -> None:
    def fault(world: World, step: Step, facts: Facts) -> None:
        its = [each for each in world.done if each.args.get("counter") == "c7"]
        if is_new(world) and step.args.get("counter") == "c7" and len(its) >= 40:
            facts["result"] = None

    found = shrunk(counters(fault), steps(2_500, 5))
    assert len(found.trace.steps) == 40


def test_whenever_the_budget_ends_the_difference_is_at_the_last_step() -> None:
    def fault(world: World, step: Step, facts: Facts) -> None:
        marks = [each.args.get("by") for each in world.done]
        sums = sum(1 for each in world.done if each.op == "sum")
        if is_new(world) and step.op == "sum" and 1_001 in marks:
            facts["result"] = -1 if 1_000 not in marks or sums > 3 else facts["result"]

    made, _ = planted(40, [5, 20])
    made[25:25] = [Step("sum", {})] * 3
    for budget in range(1, 30):
        shrunk(counters(fault), made, budget)


def test_no_difference_is_nothing_to_shrink() -> None:
    project = counters(after(Step("add", {"never": 0})))
    old, new = project.parse("old"), project.parse("new")
    assert shrink(project, old, new, trace(steps(100))) is None


def test_a_budget_that_is_too_small_is_said() -> None:
    made, needed = planted(100, [5])
    project = counters(after(*needed))
    old, new = project.parse("old"), project.parse("new")
    with pytest.raises(BadInput, match=r"^a budget of 0 replays; expected 1 or more$"):
        shrink(project, old, new, trace(made), 0)
    found = shrunk(project, made, 1)
    assert not found.whole
    assert len(found.trace.steps) == 101


def test_a_finding_that_is_not_the_first_is_refused() -> None:
    made, needed = planted(100, [5])
    project = counters(after(*needed))
    old, new = project.parse("old"), project.parse("new")
    found = shrunk(project, made)
    assert shrink(project, old, new, trace(made), finding=found.finding) is not None

    def everywhere(world: World, _: Step, facts: Facts) -> None:
        if is_new(world):
            facts["result"] = -1

    other = shrunk(counters(everywhere), made)
    with pytest.raises(BadInput, match=r"^a finding that is not the first difference of its trace"):
        shrink(project, old, new, trace(made), finding=other.finding)


def test_the_steps_become_a_trace_that_replays(tmp_path: Path) -> None:
    made, needed = planted(300, [5, 250])
    project = counters(after(*needed))
    found = shrunk(project, made)
    write_shrunk(tmp_path / "t.jsonl", project, found)
    lines = (tmp_path / "t.jsonl").read_text().splitlines()
    again = parse_trace("t.jsonl", iter(lines), {"shop": project.vocabulary})
    assert again is not None
    assert [(s.op, s.args) for s in again.steps] == [(s.op, s.args) for s in found.trace.steps]
    assert again.header["source"] == "shrunk from 301 steps on shop@old"
    for configuration, differences in ((found.old, 0), (found.new, 1)):
        subject = project.subject(configuration, again.header)
        report = replay(again, subject, str(configuration), EVERYTHING, project.ledger)
        assert len(report.differences) == differences


def test_a_trace_of_a_family_replays_too(tmp_path: Path) -> None:
    made, needed = planted(30, [5])
    project = replace(counters(after(*needed)), family="shops")
    old, new = project.parse("old"), project.parse("new")
    found = shrink(project, old, new, Trace("made up", "shops", {}, made))
    assert found is not None
    write_shrunk(tmp_path / "t.jsonl", project, found)
    (again,) = read_traces([tmp_path / "t.jsonl"], {"shops": project.vocabulary})
    assert project.performs(again)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    count=st.integers(1, 120),
    places=st.lists(st.integers(0, 119), max_size=4, unique=True),
    budget=st.integers(1, 150),
)
def test_whatever_is_returned_shows_the_difference_within_the_budget(
    seed: int, count: int, places: list[int], budget: int
) -> None:
    made, needed = planted(count, [place for place in places if place < count], seed)
    found = shrunk(counters(after(*needed)), made, budget)
    assert {step.args.get("by") for step in needed} <= {
        step.args.get("by") for step in found.trace.steps
    }
    if found.whole:
        assert len(found.trace.steps) == len(needed) + 1
