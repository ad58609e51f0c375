"""The rows of a migration."""

from __future__ import annotations

from collections import Counter

from memfold.devices.configuration import MIGRATIONS, Configuration
from memfold.equivalence.plan import plan, with_earlier

BOARD = MIGRATIONS["versatilepb"]
DEVICES = len(BOARD.components)


def test_every_stage_has_its_pure_machines_and_single_changes() -> None:
    rows = plan(BOARD, 0, 0)
    assert Counter(row.stage.name for row in rows) == {
        "legacy": 1,
        "shim": 1,
        "convert": 3 + 2 * DEVICES,
        "fold": 3 + 4 * DEVICES,
        "remove": 1,
    }
    assert len({str(row) for row in rows}) == len(rows)


def test_a_single_change_leaves_all_other_devices_alone() -> None:
    for row in plan(BOARD, 0, 0):
        kinds = Counter(row.forms.values())
        assert len(kinds) == 1 or sorted(kinds.values()) == [1, DEVICES - 1]


def test_the_fold_is_also_tried_from_the_converted_side() -> None:
    rows = {str(row) for row in plan(BOARD, 0, 0)}
    assert "versatilepb@fold[*=native,pl031=legacy]" in rows
    assert "versatilepb@fold[*=native,pl031=bridged]" in rows
    assert "versatilepb@convert[*=native,pl031=legacy]" not in rows


def test_random_mixes_are_reproducible_and_the_same_at_every_stage() -> None:
    def mixes(seed: int) -> list[str]:
        plain = {str(row) for row in plan(BOARD, 0, 0)}
        return [str(row) for row in plan(BOARD, 5, seed) if str(row) not in plain]

    assert mixes(1) == mixes(1) != mixes(2)
    convert, fold = (
        [name for name in mixes(1) if f"@{stage}[" in name] for stage in ("convert", "fold")
    )
    assert [name.replace("convert", "fold") for name in convert] == fold
    assert len(fold) == 5


def test_one_row_alone_is_preceded_by_the_first_stage_that_allows_its_forms() -> None:
    def names(text: str) -> list[str]:
        return [str(row) for row in with_earlier(Configuration.parse(text))]

    assert names("versatilepb@legacy") == ["versatilepb@legacy"]
    assert names("versatilepb@fold") == ["versatilepb@legacy", "versatilepb@fold"]
    assert names("versatilepb@remove") == ["versatilepb@convert[*=native]", "versatilepb@remove"]
    assert names("versatilepb@fold[pl031=bridged]") == [
        "versatilepb@convert[pl031=bridged]",
        "versatilepb@fold[pl031=bridged]",
    ]
