"""The ratchet: it only turns one way, and its baseline is not trusted."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memfold.equivalence.callsites import Calls, Counts
from memfold.equivalence.facts import Json
from memfold.equivalence.ratchet import (
    LARGEST,
    Baseline,
    BaselineError,
    Record,
    Verdict,
    baseline_for,
    parse_baseline,
    read_baseline,
    render_baseline,
    write_baseline,
)
from memfold.equivalence.writing import Unwritable
from memfold.errors import BadInput
from tests.often import often

DAY = date(2011, 7, 31)
BASELINE = Baseline(
    ("old($$$)",),
    ("new($$$)",),
    (Record(DAY, 5, 0), Record(date(2011, 8, 31), 3, 2, "v1.0")),
    {"a.c": 2, "b.c": 1},
)


def counts(**old: int) -> Counts:
    """So many old calls in the files a.c, b.c, ..."""
    files = {f"{name}.c": Calls(tuple(range(1, n + 1)), ()) for name, n in old.items()}
    return Counts(files, len(files), {}, ())


def verdict(**old: int) -> Verdict:
    return Verdict.of(BASELINE, counts(**old), date(2011, 9, 30))


def test_more_old_calls_than_in_the_last_record_is_growth() -> None:
    assert verdict(a=3, b=1).grew
    assert not verdict(a=2, b=1).grew
    assert not verdict(a=2).grew
    assert verdict(a=2, b=1, c=1).grown() == {"c.c": (1,)}


def test_calls_that_move_are_no_growth_but_are_told() -> None:
    moved = verdict(a=1, c=2)
    assert not moved.grew
    assert moved.grown() == {"c.c": (1, 2)}
    assert moved.changes() == {"a.c": -1, "b.c": -1, "c.c": 2}


def test_the_first_count_changes_nothing() -> None:
    first = Verdict.of(Baseline(("old",), ()), counts(a=3), DAY)
    assert not first.grew
    assert first.changes() == {"a.c": 0}
    assert first.history == (Record(DAY, 3, 0),)
    assert first.last == first.now


def test_the_history_ends_with_the_count() -> None:
    now = verdict(a=1)
    assert now.history == (*BASELINE.records, Record(date(2011, 9, 30), 1, 0))
    same = Verdict.of(Baseline((), (), (Record(DAY, 1, 0),), {"a.c": 1}), counts(a=1), DAY)
    assert same.history == (Record(DAY, 1, 0),)


def test_a_clock_behind_the_last_record_does_not_go_back() -> None:
    now = Verdict.of(BASELINE, counts(a=1), DAY).now
    assert now.day == date(2011, 8, 31)


@pytest.mark.parametrize("label", ["x" * 41, "a\nb", "\x1b[31m", "\udc80"])
def test_a_label_that_no_record_can_have_is_refused(label: str) -> None:
    with pytest.raises(BadInput, match=r"^label .*; expected 1 to 40 printable characters$"):
        Verdict.of(BASELINE, counts(a=1), DAY, label)


def test_a_record_keeps_the_old_calls_by_file() -> None:
    now = verdict(a=1, b=0)
    after = BASELINE.with_record(now.now, now.counts)
    assert after.records == (*BASELINE.records, now.now)
    assert after.files == {"a.c": 1}
    assert parse_baseline("r", render_baseline(after)) == after


def test_a_record_may_be_as_large_as_is_said() -> None:
    widest = Baseline(("o",), (), (Record(DAY, 10**9, 0, "x" * 40),), {"f" * 4096: 10**9})
    assert parse_baseline("r", render_baseline(widest)) == widest


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 3)), st.sampled_from("abcde"))
def test_one_more_old_call_anywhere_always_fails(old: dict[str, int], where: str) -> None:
    before = counts(**old)
    kept = BASELINE.with_record(Record(date(2011, 9, 30), before.old, 0), before)
    assert not Verdict.of(kept, before, DAY).grew
    after = Verdict.of(kept, counts(**{**old, where: old.get(where, 0) + 1}), DAY)
    assert after.grew
    assert list(after.grown()) == [f"{where}.c"]


# The file


def test_a_baseline_is_written_whole_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "ratchet.json"
    assert read_baseline(path) is None
    write_baseline(path, BASELINE)
    assert read_baseline(path) == BASELINE
    assert [each.name for each in tmp_path.iterdir()] == ["ratchet.json"]


def test_a_baseline_that_cannot_be_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ratchet.json"
    path.write_text("before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Unwritable, match="No space left"):
        write_baseline(path, BASELINE)
    assert path.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["ratchet.json"]


def test_a_link_to_a_baseline_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("ratchet.json")
    write_baseline(tmp_path / "link.json", BASELINE)
    assert (tmp_path / "link.json").is_symlink()
    assert read_baseline(tmp_path / "ratchet.json") == BASELINE


def test_a_baseline_is_for_its_own_patterns(tmp_path: Path) -> None:
    path = tmp_path / "r"
    write_baseline(path, BASELINE)
    assert baseline_for(path, [], [], first=False) == BASELINE
    assert baseline_for(path, ["old($$$)"], ["new($$$)"], first=True) == BASELINE
    for old, new in [(["old($$$)"], []), ([], ["new($$$)"]), (["o"], ["new($$$)"])]:
        with pytest.raises(BaselineError) as error:
            baseline_for(path, old, new, first=True)
        assert str(error.value) == (
            f"{path}: counts other patterns; "
            "expected --old 'old($$$)' --new 'new($$$)', or another --baseline"
        )


def test_without_a_baseline_it_is_said_how_to_make_one(tmp_path: Path) -> None:
    path = tmp_path / "r"
    assert baseline_for(path, ["old"], ["new"], first=True) == Baseline(("old",), ("new",))
    with pytest.raises(BaselineError, match=r"r: no baseline; expected --update to make it"):
        baseline_for(path, ["old"], [], first=False)
    with pytest.raises(BaselineError, match=r"r: no baseline, and no patterns; expected --old"):
        baseline_for(path, [], [], first=True)


def changed(**parts: Json) -> str:
    whole = json.loads(render_baseline(BASELINE))
    return json.dumps({**whole, **parts})


RECORD: dict[str, Json] = {"date": "2011-07-31", "old": 3, "new": 0}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not JSON: "),
        ("<<<<<<< HEAD", "not JSON: "),
        ("[" * 100_000, "nested too deep; expected a file that --update wrote"),
        ("9" * 5000, "not JSON: "),
        ('{"old": 1, "old": 2}', "not JSON: a key that is there twice; expected "),
        ("[]", "other parts; expected an object of format, old, new, records, files"),
        (changed(more=1), "other parts; expected an object of "),
        (changed(format="x"), 'format is "x"; expected one of memfold-ratchet/1'),
        (changed(old=[]), "old is []; expected a list (not empty) of: a string"),
        (changed(new=[1]), "new is [1]; expected a list of: a string"),
        (changed(records=[]), "records is []; expected a list of records, not empty"),
        (changed(records=[1]), "records[0] is 1; expected a date as 2011-07-31, old and new"),
        (changed(records=[{**RECORD, "old": -1}]), "records[0] is "),
        (changed(records=[{**RECORD, "old": True}]), "records[0] is "),
        (changed(records=[{**RECORD, "old": 3.0}]), "records[0] is "),
        (changed(records=[{**RECORD, "old": 10**9 + 1}]), "records[0] is "),
        (changed(records=[{**RECORD, "new": "1"}]), "records[0] is "),
        (changed(records=[{**RECORD, "date": "20110731"}]), "records[0] is "),
        (changed(records=[{**RECORD, "date": "2011-02-30"}]), "records[0] is "),
        (changed(records=[{**RECORD, "date": 1}]), "records[0] is "),
        (changed(records=[{**RECORD, "label": ""}]), "records[0] is "),
        (changed(records=[{**RECORD, "label": "\x1b[2J"}]), "records[0] is "),
        (changed(records=[{**RECORD, "more": 1}]), "records[0] is "),
        (changed(records=[{"date": "2011-07-31", "old": 3}]), "records[0] is "),
        (
            changed(records=[{**RECORD, "date": "2011-08-01"}, RECORD]),
            "records[1] is of 2011-07-31, after 2011-08-01; expected records in the order of ",
        ),
        (changed(files=[]), "files is []; expected a file's name (1 to 4096 printable "),
        (changed(files={"a": 3, "b": 0}), "files is "),
        (changed(files={"a\n": 3}), "files is "),
        (changed(files={"a": 2, "b\x1b": 1}), "files is "),
        (changed(files={"a": "3"}), "files is "),
        (changed(files={"a": 2}), "files add up to 2, the last record has 3; expected the same"),
    ],
)
def test_a_baseline_that_is_none_is_one_line(text: str, message: str) -> None:
    with pytest.raises(BaselineError) as error:
        parse_baseline("r.json", text)
    assert str(error.value).startswith(f"r.json: {message}")
    assert "\n" not in str(error.value)
    assert error.value.path == "r.json"


def test_a_baseline_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match="Is a directory; expected a readable file"):
        read_baseline(tmp_path)
    text = render_baseline(BASELINE)
    (tmp_path / "large").write_text(text + " " * (LARGEST - len(text)))
    assert read_baseline(tmp_path / "large") == BASELINE
    (tmp_path / "large").write_text(text + " " * (LARGEST - len(text) + 1))
    with pytest.raises(BaselineError, match="larger than 4 MiB; expected a file that --update"):
        read_baseline(tmp_path / "large")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe{")
    with pytest.raises(BaselineError, match="not JSON"):
        read_baseline(tmp_path / "bytes")


VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A baseline with a part of another kind, or with text put in or taken out."""
    whole: dict[str, Json] = json.loads(render_baseline(BASELINE))
    if draw(st.booleans()):
        whole[draw(st.sampled_from([*whole, "more"]))] = draw(VALUES)
    if draw(st.booleans()):
        keys = ["date", "label", "old", "new", "more"]
        records = [{**RECORD, draw(st.sampled_from(keys)): draw(VALUES)} for _ in range(2)]
        whole["records"] = [*records]
    text = json.dumps(whole)
    if draw(st.booleans()):
        start, end = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
        text = text[:start] + draw(st.text(max_size=5)) + text[end:]
    return text


@settings(max_examples=often(100))
@given(damaged())
def test_a_damaged_baseline_is_read_back_or_one_error(text: str) -> None:
    try:
        found = parse_baseline("r", text)
    except BaselineError:
        return
    assert parse_baseline("r", render_baseline(found)) == found
