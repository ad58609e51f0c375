"""A difference in words that a person can follow."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from memfold.equivalence import Facts, Intended, Json, Step
from memfold.equivalence.campaign.lockstep import compare
from memfold.equivalence.search.witness import witness
from tests.equivalence.search.worlds import World, counters, trace


def told(fault: Callable[[World, Step, Facts], None], made: list[Step], new: str = "new") -> str:
    project = counters(fault)
    old, its = project.parse("old"), project.parse(new)
    finding = next(compare(project, old, its, trace(made), Intended()))
    first = witness(project, old, its, trace(made), finding)
    assert witness(project, old, its, trace(made), finding) == first
    return first


def add(counter: str, by: Json, **more: Json) -> Step:
    return Step("add", {"counter": counter, "by": by, **more})


def test_it_says_what_was_done_what_was_shown_and_who_began() -> None:
    made = [add("c1", 3), add("c2", 5), add("c2", 7), Step("sum", {})]

    def fault(world: World, _: Step, facts: Facts) -> None:
        if world.configuration.forms["c2"] == "new" and world.sums.get("c2") == 12:
            world.sums["c2"] = 8
            facts["stored"] = [["c2", 8]]

    assert told(fault, made, "shop@convert[c2=new]").splitlines() == [
        "shop@convert[c2=new] differs from shop@old:",
        "  1. add counter=c1 by=3",
        "  2. add counter=c2 by=5",
        "  3. add counter=c2 by=7",
        "  4. sum",
        "    old shows result 0xf",
        "    new shows result 0xb",
        "Same start, same steps: result must be equal in all forms (level seen).",
        "First to differ: c2 (new, was old), at step 3 in stored, a hint (level kept):",
        '    old ["c2", 12]',
        '    new ["c2", 8]',
    ]


def test_what_has_to_be_equal_counts_more_than_what_need_not_be() -> None:
    def fault(world: World, step: Step, facts: Facts) -> None:
        if world.configuration.stage.name == "new":
            if step.op == "add":
                facts["stored"] = [["c1", -1]]  # as it always is in the new form, say
            else:
                facts["result"] = [["c4", 1]]

    assert told(fault, [add("c1", 1), Step("sum", {})]).splitlines()[-3:] == [
        "First to differ: c4 (new, was old), at step 2 in result:",
        "    old no such row",
        '    new ["c4", 1]',
    ]


def silent(world: World, step: Step, facts: Facts) -> None:
    if step.op == "sum" and "new" in world.configuration.forms.values():
        facts["result"] = None


def test_what_cannot_be_told_is_said() -> None:
    assert told(silent, [Step("sum", {})]).splitlines()[-2:] == [
        "Which counter began cannot be told: no fact that differs names one, and 20 have",
        "another form.",
    ]
    assert told(silent, [Step("sum", {})], "shop@convert[c7=new]").splitlines()[-1] == (
        "No fact names a counter, but only c7 (new, was old) has another form."
    )
    assert told(silent, [Step("sum", {})]).splitlines()[3] == "    new shows result null"


def test_a_row_that_is_missing_names_its_component_too() -> None:
    def fault(world: World, step: Step, facts: Facts) -> None:
        if world.configuration.forms["c5"] == "new":
            facts["stored"] = []
            if step.op == "sum":
                facts["result"] = 0

    assert told(fault, [add("c5", 1), Step("sum", {})]).splitlines()[-3:] == [
        "First to differ: c5 (new, was old), at step 1 in stored, a hint (level kept):",
        '    old ["c5", 1]',
        "    new no such row",
    ]


def test_who_the_last_step_names_is_who_it_is_about() -> None:
    def fault(world: World, step: Step, facts: Facts) -> None:
        if world.configuration.forms["c5"] == "new" and step.args.get("counter") == "c5":
            facts["result"] = 0

    lines = told(fault, [add("c1", 1), add("c5", 1)]).splitlines()
    assert lines[-1] == "The counter that the last step is about: c5 (new, was old)."


def test_a_crash_is_right_for_nobody() -> None:
    def fault(world: World, step: Step, _: Facts) -> None:
        if step.op == "sum" and world.configuration.stage.name == "new":
            raise BufferError("full")

    text = told(fault, [Step("sum", {})])
    assert "new shows raised BufferError: full" in text


def test_of_many_steps_the_last_are_told() -> None:
    lines = told(silent, [*([add("c1", 1)] * 1_234), Step("sum", {})]).splitlines()
    assert lines[0] == "shop@new differs from shop@old, after 1,230 other steps:"
    assert lines[1] == "  1231. add counter=c1 by=1"
    assert lines[5] == "  1235. sum"


def test_what_is_long_is_shortened_in_the_middle() -> None:
    lines = told(silent, [add("c1", 1, note="ab" * 500), Step("sum", {})]).splitlines()
    assert lines[1].startswith("  1. add counter=c1 by=1 note=abab")
    assert "..[1000].." in lines[1]
    assert lines[1].endswith("abab")


@settings(max_examples=60, deadline=None)
@given(
    made=st.lists(
        st.builds(
            add,
            st.one_of(st.sampled_from([f"c{n}" for n in range(20)]), st.text(max_size=200)),
            st.integers(0, 1 << 64),
            note=st.text("0123456789abcdef", max_size=300),
        ),
        max_size=4,
    )
)
def test_a_short_run_is_told_in_12_lines_of_80_columns(made: list[Step]) -> None:
    def fault(world: World, step: Step, facts: Facts) -> None:
        if step.op == "sum" and world.configuration.stage.name == "new":
            facts["result"] = 1 << 200
            facts["raised"] = "x y" * 100
        if step.op == "add" and world.configuration.stage.name == "new":
            facts["stored"] = [[step.args["counter"], "z" * 300]]

    lines = told(fault, [*made, Step("sum", {})]).split("\n")
    assert len(lines) <= 12
    assert all(len(line) <= 80 for line in lines)
