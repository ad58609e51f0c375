"""Which stage, and which components in which form there, a difference takes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from random import Random

import pytest

from memfold.equivalence import Configuration, Facts, NotReplayable, Step
from memfold.equivalence.search.bisect_forms import Blame, bisect_forms
from memfold.errors import BadInput
from tests.equivalence.search.worlds import COUNTERS, World, counters, steps, trace

STAGES = {
    "old": ("old",),
    "shim": ("old",),
    "convert": ("old", "new"),
    "clean": ("old", "new"),
    "new": ("new",),
}
TRACE = trace([*steps(60, 1), Step("sum", {}), *steps(10, 2)])


def wrong_when(
    bad: Callable[[Configuration], bool], op: str = "sum"
) -> Callable[[World, Step, Facts], None]:
    def fault(world: World, step: Step, facts: Facts) -> None:
        if step.op == op and bad(world.configuration):
            facts["result"] = "wrong"

    return fault


def together(*names: str, since: str = "convert") -> Callable[[Configuration], bool]:
    """Wrong where all of `names` are new, from the stage `since` on."""
    late = list(STAGES)[list(STAGES).index(since) :]
    return lambda c: c.stage.name in late and all(c.forms[name] == "new" for name in names)


def blame(fault: Callable[[World, Step, Facts], None], failing: str, budget: int = 40) -> Blame:
    made: list[Configuration] = []
    project = counters(fault, STAGES, made=made.append)
    found = bisect_forms(project, project.parse(failing), TRACE, budget)
    assert found is not None
    assert 2 * found.runs == len(made)  # each performed beside a fresh old one
    assert found.runs <= budget
    return found


@pytest.mark.parametrize("number", range(COUNTERS))
@pytest.mark.parametrize("failing", ["new", "shop@convert[*=new]"])
def test_one_of_twenty_is_named(number: int, failing: str) -> None:
    found = blame(wrong_when(together(f"c{number}")), failing)
    assert found.components == {f"c{number}": "new"}
    assert str(found.configuration) == f"shop@convert[c{number}=new]"
    assert found.told == f"c{number}=new at stage convert, by itself"
    assert found.whole


def test_two_that_are_wrong_only_together_are_named() -> None:
    pairs = list(combinations(range(COUNTERS), 2))
    for one, two in Random(7).sample(pairs, 60):
        found = blame(wrong_when(together(f"c{one}", f"c{two}")), "new")
        assert found.components == {f"c{one}": "new", f"c{two}": "new"}
        assert found.told == f"c{one}=new and c{two}=new at stage convert, only together"


def test_in_a_mix_only_what_is_mixed_is_looked_at() -> None:
    found = blame(wrong_when(together("c4")), "shop@clean[c2=new,c4=new,c17=new]")
    assert str(found.configuration) == "shop@convert[c4=new]"


def test_a_component_that_is_wrong_from_a_later_stage_on_is_named_there() -> None:
    found = blame(wrong_when(together("c9", since="clean")), "new")
    assert str(found.configuration) == "shop@clean[c9=new]"


def test_a_component_in_the_old_form_may_be_the_one() -> None:
    def bad(c: Configuration) -> bool:
        return c.stage.name == "clean" and c.forms["c3"] == "old" and c.forms["c5"] == "new"

    found = blame(wrong_when(bad), "shop@clean[*=new,c3=old]")
    assert found.components == {"c5": "new"}


def test_a_stage_that_is_wrong_whatever_the_forms_is_said() -> None:
    found = blame(wrong_when(lambda c: c.stage.name != "old"), "new")
    assert str(found.configuration) == "shop@shim"
    assert found.components == {}
    assert found.told == "stage shim itself: the same forms do not show it at stage old"


def test_a_last_stage_that_alone_is_wrong_is_told_from_its_forms() -> None:
    found = blame(wrong_when(lambda c: c.stage.name == "new"), "new")
    assert found.told == "stage new itself: the same forms do not show it at stage clean"


def test_where_forms_do_not_mix_it_says_what_cannot_be_told() -> None:
    stages = {"old": ("old",), "new": ("new",)}
    project = counters(wrong_when(lambda c: c.forms["c0"] == "new"), stages)
    found = bisect_forms(project, project.parse("new"), TRACE)
    assert found is not None
    assert found.components == {}
    assert found.told == (
        "stage new, or c0=new, c1=new and c2=new and 17 more: which cannot be told, since no other"
        " forms can be tried there"
    )


def test_another_difference_at_an_earlier_stage_is_not_it() -> None:
    def fault(world: World, step: Step, facts: Facts) -> None:
        forms, stage = world.configuration.forms, world.configuration.stage.name
        if stage == "convert" and forms["c1"] == "new" and step.op == "add":
            facts["raised"] = "ValueError: c1"
        elif stage == "clean" and forms["c1"] == "new" and step.op == "sum":
            facts["result"] = -1

    found = blame(fault, "shop@clean[*=new]")
    assert str(found.configuration) == "shop@clean[c1=new]"


def test_a_configuration_that_cannot_do_it_is_not_blamed() -> None:
    def fault(world: World, step: Step, facts: Facts) -> None:
        forms = world.configuration.forms
        if forms["c6"] == "new" and forms["c2"] == "old":
            raise NotReplayable("c6 needs c2")
        if forms["c6"] == "new" and step.op == "sum":
            facts["result"] = -1

    found = blame(fault, "new")
    assert found.components == {"c2": "new", "c6": "new"}


def test_the_first_of_two_differences_is_the_one_that_is_explained() -> None:
    def fault(world: World, step: Step, facts: Facts) -> None:
        new = {name for name, form in world.configuration.forms.items() if form == "new"}
        if step.op == "sum" and ("c3" in new or ("c15" in new and len(world.done) > 30)):
            facts["result"] = -1

    assert blame(fault, "new").components == {"c3": "new"}


def test_a_budget_that_is_used_up_is_said() -> None:
    fault = wrong_when(together("c4", "c11"))
    for budget in range(1, 20):
        found = blame(fault, "new", budget)
        assert found.configuration.forms["c4"] == found.configuration.forms["c11"] == "new"
        if not found.whole:
            assert found.told.endswith(", or a part of it: not all tried")
    assert found.whole
    project = counters(fault, STAGES)
    with pytest.raises(BadInput, match=r"^a budget of 0 replays; expected 1 or more$"):
        bisect_forms(project, project.parse("new"), TRACE, 0)


def test_no_difference_has_nobody_to_blame() -> None:
    project = counters(wrong_when(lambda _: False), STAGES)
    assert bisect_forms(project, project.parse("new"), TRACE) is None
