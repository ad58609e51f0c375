"""Our mutants: enough of them, each applies, each is of a class; a tenth of them is killed here."""

from __future__ import annotations

import os
from collections import Counter

from memfold.devices.boards import BOARDS
from memfold.equivalence.mutants.judge import Judge
from memfold.harness.mutants import chosen, drawn, judging, our_mutants, tenth
from memfold.harness.projects import known

SEED, QUICK_SEED = 2011, 8407
"""The second draws mutants of many files and classes, and few that show late."""


def test_there_are_enough() -> None:
    assert len(our_mutants()) >= 120


def test_every_edit_applies_and_leaves_python() -> None:
    for each in our_mutants():
        each.source()


def test_every_one_says_what_it_stands_for_and_who_should_see_it() -> None:
    checks = {"recorded", "recorded-map", "map", "generated", "crash", "timeout"}
    for each in our_mutants():
        assert each.kind, each.id
        assert each.why, each.id
        assert each.expect in checks, each.id
        assert set(each.projects) <= set(known()), each.id


def test_every_device_type_has_some() -> None:
    there = Counter(each.file.split("/")[1] for each in our_mutants() if each.file.count("/") == 2)
    types = {slot.type for board in BOARDS.values() for slot in board.slots}
    assert types <= there.keys()


def test_both_layers_the_shim_and_the_boards_have_some() -> None:
    floors = Counter(each.file.split("/")[0] for each in our_mutants())
    assert min(floors[name] for name in ("devices", "host", "legacy", "newapi", "shim")) >= 4


def test_a_board_judges_those_that_name_it() -> None:
    name, found = chosen("leon3_generic")
    assert name == "leon3_generic"
    assert found
    assert all("leon3_generic" in each.projects for each in found)


def test_the_tenth_is_the_same_for_a_seed_and_of_several_rooms() -> None:
    picked = tenth(our_mutants(), SEED)
    assert picked == tenth(our_mutants(), SEED)
    assert picked != tenth(our_mutants(), SEED + 1)
    assert len(picked) == len(our_mutants()) // 10
    assert len({each.file.split("/")[0] for each in picked}) >= 3
    fewer = tenth(our_mutants()[1:], SEED)
    assert len({each.id for each in picked} & {each.id for each in fewer}) >= len(picked) - 2


def test_some_that_are_quick_are_killed_and_nothing_intact_is() -> None:
    """As many as a tenth of all, of those that made-up steps of the layers judge."""
    quick = [each for each in our_mutants() if each.projects[:1] in (("mixed",), ("cpus",))]
    picked = drawn(quick, QUICK_SEED, len(our_mutants()) // 10)
    judge = Judge(judging("memfold", picked, 20_000, SEED, timeout=20, every=False))
    (matrix,) = judge.run("memfold", picked, os.cpu_count() or 1, lambda _: None)
    assert [each.mutant.id for each in matrix.survivors] == []
    assert matrix.false_alarms == []
    assert matrix.perfect
