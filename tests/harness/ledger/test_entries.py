"""The ledgers: no entry is stale, and each of ours says all there is to say."""

from __future__ import annotations

import pytest

from memfold.equivalence.campaign.usage import usage
from memfold.equivalence.project import Project
from memfold.harness.projects import projects

OURS = [project for project in projects() if project.ledger.entries]


@pytest.mark.parametrize("project", OURS, ids=lambda project: project.name)
def test_every_entry_is_shown_by_its_own_demonstration(project: Project) -> None:
    counts = usage(project)
    assert len(counts) == len(project.ledger.entries) > 0
    assert [name for name, count in counts.items() if not count] == []
    for entry in project.ledger.entries:
        assert all((entry.old, entry.new, entry.why, entry.source, entry.demonstration))


def test_the_memory_api_has_most_of_them() -> None:
    assert sum(len(project.ledger.entries) for project in OURS) >= 25
