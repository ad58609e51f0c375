"""Simpler arguments for steps that show a difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memfold.equivalence import HEX, Facts, Json, Op, Step, Vocabulary, levels, shape
from memfold.equivalence.search.links import Line
from memfold.equivalence.search.simplify import simpler, simplified

SHAPES = {
    "small": shape("int 5 900"),
    "negative": shape("int -900 900"),
    "word": shape("one of red green"),
    "number": shape("one of 4 8 64"),
    "digits": HEX,
    "texts": shape("list of text"),
    "flag": shape("bool"),
}
WORDS = Vocabulary(
    {
        "do": Op({**SHAPES, "job": shape("made by do.result")}, {"result": shape("any")}, SHAPES),
        "init:ram": Op({"kind": shape("text"), "size": shape("uint")}, {}),
    },
    levels(all=["result"]),
    split={"init": "kind"},
)


def simple(args: dict[str, Json], shows: object = None, op: str = "do") -> dict[str, Json]:
    lines = [Line(0, Step(op, args))]
    check = shows if callable(shows) else (lambda _: True)
    tried: list[dict[str, Json]] = [args]

    def accept(some: Sequence[Line]) -> bool:
        good = bool(check(some[0].step.args))
        if good:
            tried.append(some[0].step.args)
        return good

    simplified(lines, WORDS, accept)
    return tried[-1]


@pytest.mark.parametrize(
    ("name", "value", "simplest"),
    [
        ("small", 700, 5),
        ("negative", -700, 0),
        ("word", "green", "green"),
        ("number", 64, 4),
        ("digits", "c0de", ""),
        ("texts", ["a", "b"], []),
        ("flag", True, False),
    ],
)
def test_what_needs_no_value_gets_the_simplest_that_is_admitted(
    name: str, value: Json, simplest: Json
) -> None:
    assert simple({name: value}, lambda args: name in args) == {name: simplest}
    assert simple({name: value}) == {}  # it is optional


@pytest.mark.parametrize(
    ("name", "value", "needs", "simplest"),
    [
        ("small", 777, lambda n: n >= 300, 300),
        ("small", 13, lambda n: n >= 11, 11),
        ("negative", -700, lambda n: n < 0, -1),
        ("digits", "00c0de00", lambda text: len(text) >= 4, "0000"),
        ("texts", ["a", "bcd", "e"], lambda texts: "b" in str(texts), ["b"]),
    ],
)
def test_a_value_becomes_as_simple_as_it_may_be(
    name: str, value: Json, needs: object, simplest: Json
) -> None:
    assert callable(needs)
    assert simple({name: value}, lambda args: needs(args[name]) if name in args else False) == {
        name: simplest
    }


def test_what_another_step_makes_stays_linked() -> None:
    lines = [Line(0, Step("do", {})), Line(1, Step("do", {"job": 9}), {"job": (0, "result")})]
    assert simplified(lines, WORDS, lambda _: True) == lines


def test_what_chooses_the_form_of_an_operation_stays() -> None:
    assert simple({"kind": "ram", "size": 64}, op="init") == {"kind": "ram", "size": 0}


def test_an_operation_nobody_declared_is_left_alone() -> None:
    assert simple({"size": 64}, op="other") == {"size": 64}


def nested() -> st.SearchStrategy[Any]:
    flat = st.none() | st.booleans() | st.integers(-(1 << 64), 1 << 64) | st.text(max_size=9)
    return flat | st.lists(flat, max_size=5).map(list) | st.dictionaries(st.text(), flat)


@given(nested(), st.data())
def test_going_on_comes_to_an_end(value: Json, data: st.DataObject) -> None:
    for _ in range(400):
        options = list(simpler(value))
        if not options:
            return
        value = data.draw(st.sampled_from(options[-3:]))
    raise AssertionError(value)


def test_facts_are_not_touched() -> None:
    facts: Facts = {"result": 1}
    lines = [Line(0, Step("do", {"small": 9}, facts))]
    assert simplified(lines, WORDS, lambda _: True)[0].step.facts is facts
