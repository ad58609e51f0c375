"""A board's map is compared with the one that the real machine printed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from memfold.equivalence.mutants.checks import Scope
from memfold.equivalence.project import Project
from memfold.equivalence.subject import MapRow
from memfold.harness.mutants.maps import real_map, recorded_map
from memfold.harness.projects import named


def probed(project: Project) -> list[str]:
    return [probe.run().finding for probe in recorded_map(project, Scope())]


@pytest.mark.parametrize("board", ["versatilepb", "leon3_generic"])
def test_no_stage_differs(board: str) -> None:
    found = probed(named(board))
    assert len(found) >= 9
    assert not any(found)


def test_a_map_that_is_a_page_short_is_told_row_by_row() -> None:
    class Short:
        def map(self) -> list[MapRow]:
            first, *others = real_map("versatilepb")
            return [first._replace(size=first.size - 1024), *others]

        def perform(self, _: object) -> dict[str, object]:
            return {}

    project = replace(named("versatilepb"), make=lambda *_: Short())  # type: ignore[arg-type]  # has a map
    assert probed(project)[0].splitlines() == [
        "versatilepb@remove: its map is not the real machine's",
        "  expected 0x0-0x7ffffff ram versatile.ram @0x0",
        "  observed 0x0-0x7fffbff ram versatile.ram @0x0",
    ]
