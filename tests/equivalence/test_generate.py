"""Steps made up from a vocabulary."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memfold.equivalence import Op, Vocabulary, levels, shape
from memfold.equivalence.campaign.made import generated_trace
from memfold.equivalence.generate import MadeValues, generated, possible
from memfold.equivalence.shapes import (
    BOOL,
    HEX,
    ID,
    INT,
    STR,
    UINT,
    Shape,
    ShapeError,
    either,
    items,
)
from memfold.equivalence.vocabulary import VocabularyError
from tests.equivalence.sample import WORDS, Old, project

MAKABLE = {
    "uint": UINT,
    "int": INT,
    "bool": BOOL,
    "text": STR,
    "hex": HEX,
    "small": shape("int -3 9"),
    "one": shape("one of a b 7"),
    "many": items(shape("int 0 3"), least=1),
    "both": either(BOOL, STR),
    "list": shape("list of one of x y"),
}


@given(name=st.sampled_from(sorted(MAKABLE)), seed=st.integers())
def test_a_shape_admits_what_it_makes(name: str, seed: int) -> None:
    its = MAKABLE[name]
    assert its.can_be_made
    assert its.admits(its.make(Random(seed)))


def test_the_ends_of_a_range_are_made_often() -> None:
    rng = Random(1)
    made = Counter(UINT.make(rng) for _ in range(2000))
    assert made[0] > 20
    assert made[1 << 64] > 20


@pytest.mark.parametrize(
    "text", ["", "integer", "int 3", "int 3 1", "one of", "made by put", "int a b"]
)
def test_a_text_that_names_no_shape_says_what_does(text: str) -> None:
    with pytest.raises(ShapeError, match=r"no shape .*; expected one of uint, int, bool"):
        shape(text)


def test_the_same_seed_makes_the_same_steps() -> None:
    its = project(Old)
    assert generated_trace(its, 5, 200) == generated_trace(its, 5, 200)
    assert generated_trace(its, 5, 200) != generated_trace(its, 6, 200)
    assert len(generated_trace(its, 5, 200).steps) == 200


def test_every_operation_is_made_and_arguments_name_what_was_shown() -> None:
    steps = generated_trace(project(Old), 5, 400).steps
    assert {step.op for step in steps} == set(WORDS.ops)
    made: set[int] = set()
    puts = 0
    for step in steps:
        puts += step.op == "put"
        if step.op == "cancel":
            made.add(int(str(step.args["job"])))
            assert 1 <= int(str(step.args["job"])) <= puts
    assert len(made) > 5
    assert {"retries" in step.args for step in steps if step.op == "put"} == {True, False}


def test_what_can_never_be_made_is_an_error() -> None:
    its = Vocabulary({"get": Op({"id": ID}, {"result": INT})}, levels(all=["result"]))
    with pytest.raises(VocabularyError, match="get: no value of id can be made up"):
        possible(its, MadeValues())
    waits = Vocabulary(
        {"get": Op({"id": shape("made by get.result")}, {"result": INT})}, levels(all=["result"])
    )
    with pytest.raises(VocabularyError, match="no operation can be the first"):
        list(generated(waits, Random(0), 1, lambda _: {}))


def test_what_cannot_be_made_says_so() -> None:
    assert not Shape("x", lambda _: True).can_be_made
    assert not items(ID).can_be_made
    assert not either(ID, INT).can_be_made
