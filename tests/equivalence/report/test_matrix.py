"""The matrix: which components a difference is about, and which form at which stage."""

from __future__ import annotations

from memfold.equivalence.plan import reference
from memfold.equivalence.report.events import Event
from memfold.equivalence.report.matrix import Cell, State, cells_of, concerned, whole_stages
from memfold.equivalence.report.read import recorded
from tests.equivalence.report.runs import Kind, performed, told


def states(kind: Kind) -> dict[tuple[str, str, str], State]:
    cells = cells_of(told(kind))
    return {(name, at, each.form): each.state for (name, at), of in cells.items() for each in of}


def test_a_component_is_different_in_the_form_and_at_the_stages_that_show_it() -> None:
    found = states(Kind(bad=["roof"]))
    different = {key for key, state in found.items() if state is State.DIFFERENT}
    assert different == {("roof", "mixed", "new"), ("roof", "done", "new")}
    assert {state for key, state in found.items() if key not in different} == {State.EQUAL}


def test_what_is_intended_counts_where_least_else_has_changed() -> None:
    found = states(Kind(meant=["roof"]))
    intended = {key for key, state in found.items() if state is State.INTENDED}
    # At the last stage both have changed, and nobody can tell them apart.
    assert intended == {("roof", "mixed", "new"), ("roof", "done", "new"), ("hall", "done", "new")}


def test_a_cell_counts_configurations() -> None:
    cells = cells_of(told(Kind(bad=["roof"])))
    assert cells["roof", "mixed"] == [
        Cell("old", State.EQUAL, 2, 2, 0),
        Cell("new", State.DIFFERENT, 2, 2, 2),
    ]
    assert cells["hall", "start"] == [Cell("old", State.EQUAL, 1, 1, 0)]


def test_what_was_not_performed_is_not_equal() -> None:
    events: list[Event] = performed(Kind())[0].events
    cases = [number for number, each in enumerate(events) if each["type"] == "test_case"]
    cells = cells_of(recorded(events[: cases[0] + 1]))
    assert cells["hall", "start"] == [Cell("old", State.EQUAL, 1, 1, 0)]
    assert {cell.state for (_, at), of in cells.items() if at != "start" for cell in of} == {
        State.UNFINISHED
    }


def test_a_difference_that_names_nobody_is_about_all_that_have_changed() -> None:
    kind = Kind(bad=["roof"])
    events, _ = performed(kind, mixes=0)
    for event in events.events:
        content = event.get("content")
        if isinstance(content, dict) and content.get("event") == "difference":
            content["blamed"] = []
    cells = cells_of(recorded(events.events))
    assert {cells[name, "done"][0].state for name in ("hall", "roof")} == {State.DIFFERENT}
    # Where one stands out by its form, it is about that one.
    assert [cell.different for cell in cells["roof", "mixed"]] == [0, 2]


def test_stages_are_judged_as_a_whole_without_components_too() -> None:
    stages = whole_stages(told(Kind(bad=["roof"])))
    assert {name: (cell.performed, cell.different) for name, cell in stages.items()} == {
        "start": (1, 0),
        "mixed": (4, 2),
        "done": (1, 1),
    }
    assert [*whole_stages(told(Kind(components=[])))] == ["start", "mixed", "done"]


def test_what_has_not_changed_over_has_nothing_intended() -> None:
    events, _ = performed(Kind(meant=["hall"]), only="lamps@mixed[hall=new]")
    cells = cells_of(recorded(events.events))
    assert cells["hall", "mixed"][1].state is State.INTENDED
    assert cells["roof", "mixed"][0].state is State.EQUAL


def test_a_difference_is_about_the_closest_one_that_its_step_names() -> None:
    kind = Kind(components=["hall", "roof", "yard"], bad=["roof"])
    told_ = told(kind)
    row = next(
        r for r in told_.verdict.rows if str(r.configuration) == "lamps@mixed[*=new,yard=old]"
    )
    assert row.findings[0].blamed == ("roof", "yard")
    assert concerned(row, reference(told_.migration).forms) == {"roof"}
