"""A seeded share of `tests.faults.rig`."""

from __future__ import annotations

import pytest

from tests.faults.bench import KINDS
from tests.faults.rig import run


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_fails_all_is_as_before_or_as_after(kind: str) -> None:
    failed = run(kind, first=0, worlds=15)
    assert failed.total() > 600
    assert {"begin", "commit", "region_add", "region_del", "noted"} <= failed.keys()
