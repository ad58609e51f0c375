"""Small scopes are compared whole, larger ones here and there; what is broken is found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest

from memfold.equivalence.facts import Json
from memfold.errors import BadInput
from memfold.harness.trees import check, count, shards
from memfold.newapi import FlatRange, Kind
from memfold.newapi.tree import node
from memfold.newapi.view import render
from memfold.newapi.view.flatview import Piece
from memfold.shim.onto_legacy import OntoLegacy


def checked(arguments: Mapping[str, Any]) -> dict[str, Json]:
    return check(**arguments)


@pytest.mark.parametrize("reduced", [False, True])
def test_all_trees_of_two_regions_over_two_units_agree(reduced: bool) -> None:
    results = [checked(each) for each in shards(2, 2, reduced=reduced, size=200)]
    assert all(each["disagreement"] is None for each in results)
    assert sum(cast("int", each["trees"]) for each in results) == count(2, 2, reduced=reduced)


@pytest.mark.parametrize(
    ("regions", "units", "reduced", "part", "parts"),
    [
        (3, 4, False, 1_234, 7_200),
        (3, 8, False, 56_789, 93_312),
        (3, 8, True, 150, 451),
        (4, 3, True, 1_034, 4_001),
    ],
)
def test_a_slice_of_a_larger_scope_agrees(
    regions: int, units: int, reduced: bool, part: int, parts: int
) -> None:
    result = check(regions, units, reduced, part, parts)
    assert result["disagreement"] is None
    assert cast("int", result["trees"]) > 100


def found(regions: int, units: int) -> dict[str, Any]:
    """The first disagreement; a shard says the same again, and as JSON."""
    for each in shards(regions, units):
        result = checked(each)
        assert result == checked(each) == json.loads(json.dumps(result))
        if result["disagreement"] is not None:
            return cast("dict[str, Any]", result["disagreement"])
    raise AssertionError("all trees agree")


def test_a_lower_priority_that_hides_a_higher_one_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(node, "rank", lambda priority, added: (priority, -added))
    wrong = found(2, 2)
    (first, second), units = wrong["tree"]["regions"], wrong["answers"]
    assert (first["parent"], second["parent"]) == ("root", "root")
    assert first["priority"] != second["priority"]
    assert wrong["core"] == wrong["shim"] == wrong["fold"] != units
    assert wrong["alone"] is True


def test_an_earlier_one_that_hides_its_later_equal_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(node, "rank", lambda priority, added: (-priority, added))
    assert found(2, 2)["alone"] is True


def test_a_gap_that_is_not_filled_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    filled = render._fill_gaps

    def fill_gaps(starts: list[int], pieces: list[Piece], new: Piece) -> None:
        if not any(each.start <= new.start < each.end for each in pieces):
            filled(starts, pieces, new)

    monkeypatch.setattr(render, "_fill_gaps", fill_gaps)
    assert found(2, 2)["alone"] is True


def test_a_row_that_the_shim_leaves_behind_is_found_with_the_tree_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def region_del(shim: OntoLegacy, row: FlatRange) -> None:
        if row.region.kind is not Kind.RAM:
            deleted(shim, row)

    deleted = OntoLegacy.region_del
    monkeypatch.setattr(OntoLegacy, "region_del", region_del)
    wrong = found(1, 2)
    assert wrong["core"] == wrong["fold"] != wrong["shim"]
    assert wrong["before"]["regions"][0]["kind"] == "ram"
    assert wrong["alone"] is False


def test_what_is_raised_is_a_disagreement(monkeypatch: pytest.MonkeyPatch) -> None:
    def region_add(_: OntoLegacy, row: FlatRange) -> None:
        raise ZeroDivisionError(f"at {row.start}")

    monkeypatch.setattr(OntoLegacy, "region_add", region_add)
    wrong = found(1, 2)
    assert wrong["raised"] == "ZeroDivisionError: at 0"


@pytest.mark.parametrize(
    ("regions", "units", "message"),
    [
        (9, 8, "9 regions over 8 units; expected 0..8 regions over 1..32 units"),
        (-1, 8, "-1 regions over 8 units; expected 0..8 regions over 1..32 units"),
        (3, 0, "3 regions over 0 units; expected 0..8 regions over 1..32 units"),
        (3, 33, "3 regions over 33 units; expected 0..8 regions over 1..32 units"),
    ],
)
def test_a_scope_that_cannot_be_is_bad_input(regions: int, units: int, message: str) -> None:
    with pytest.raises(BadInput) as raised:
        count(regions, units)
    assert str(raised.value) == message
    with pytest.raises(BadInput):
        check(regions, units, False, 0, 1)


def test_a_shard_that_cannot_be_is_bad_input() -> None:
    with pytest.raises(BadInput) as raised:
        check(1, 1, False, 3, 3)
    assert str(raised.value) == "shard 3 of 3; expected one of 0..2"
