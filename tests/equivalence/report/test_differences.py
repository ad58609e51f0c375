"""Differences of a kind are told once, the ledger in the order of its urgency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from memfold.equivalence.report import Recorded, recorded
from memfold.equivalence.report.differences import groups_of, untold
from memfold.equivalence.report.summary import uses_of
from tests.equivalence.report.runs import TODAY, Kind, performed, told


def with_first(change: Mapping[str, Any]) -> Recorded:
    """A migration with three times the same difference, the first of them changed."""
    events, _ = performed(Kind(bad=["roof"], ops=4), mixes=0)
    contents: list[Any] = [each["content"] for each in events.events if "content" in each]
    first = next(each for each in contents if each["event"] == "difference")
    first.update(change)
    return recorded(events.events)


def test_one_kind_is_one_group_whatever_was_shown() -> None:
    (group,) = groups_of(with_first({"observed": {"glow": 99}}))
    assert len(group.configurations) == 3
    assert len(group.witnesses) == 2


def test_the_witness_is_the_one_with_the_fewest_steps_before_it() -> None:
    (group,) = groups_of(with_first({"index": 300}))
    found = group.first.finding.difference
    assert found is not None
    assert found.index == 3


def test_another_way_to_deviate_is_another_kind_and_the_rarer_one_comes_later() -> None:
    common, rare = groups_of(with_first({"observed": {}}))
    assert (len(common.configurations), len(rare.configurations)) == (2, 1)


def test_a_title_is_short() -> None:
    step = {"op": "light", "args": {"lamp": "x" * 500}, "line": 0}
    titles = [group.title for group in groups_of(with_first({"step": step}))]
    assert all(len(title) < 180 for title in titles)


def test_what_is_only_counted_is_counted() -> None:
    whole = told(Kind(bad=["roof"], ops=90))
    assert untold(whole) == sum(row.differences for row in whole.verdict.rows) - len(whole.told)
    assert untold(whole) > 0


def test_the_ledger_begins_with_what_is_expired_and_ends_with_what_never_is() -> None:
    whole = told(Kind())
    (entry,) = whole.ledger
    dates = [None, "9.0", TODAY + timedelta(40), TODAY + timedelta(2), TODAY - timedelta(2), "1.0"]
    ledger = [replace(entry, id=str(each), expires=each) for each in dates]
    uses = uses_of(replace(whole, ledger=ledger), TODAY)
    assert [use.entry.expires for use in uses] == [dates[n] for n in (4, 5, 3, 2, 0, 1)]
    assert [use.expired for use in uses] == [True, True, False, False, False, False]
    assert [use.soon for use in uses] == [True, True, True, False, False, False]
