"""A digest of large memory depends on what is in it, not on what was touched."""

from __future__ import annotations

from pathlib import Path

import pytest

from memfold.host import sparse
from memfold.host.memory import HostMemory


@pytest.mark.parametrize("tells", [True, False])
def test_zeros_that_were_touched_change_no_digest(
    monkeypatch: pytest.MonkeyPatch, tells: bool
) -> None:
    if not tells:
        monkeypatch.setattr(sparse, "PAGEMAP", Path("/nonexistent"))
    one, other = HostMemory(8 << 20).view, HostMemory(8 << 20).view
    one[0x300000] = 0
    bytes(other[0x500000:0x600000])
    assert sparse.digest(one) == sparse.digest(other)
    one[0x7FFFFF] = 1
    assert sparse.digest(one) != sparse.digest(other)
    other[0x7FFFFF] = 1
    assert sparse.digest(one) == sparse.digest(other)


def test_a_part_of_memory_has_a_digest_of_its_own() -> None:
    whole = HostMemory(1 << 20).view
    whole[0x12345] = 7
    part = HostMemory(1 << 19).view
    part[0x12345 - 0x12000] = 7
    assert sparse.digest(whole[0x12000 : 0x12000 + (1 << 19)]) == sparse.digest(part)
    assert sparse.digest(whole) != sparse.digest(part)


def test_digests_that_are_remembered_are_those_of_what_is_held() -> None:
    view = HostMemory(1 << 20).view
    made = []
    for value in [*range(100), *range(100)]:
        view[0x4567] = value
        made.append(sparse.digest(view))
    assert made[:100] == made[100:]
    assert len({*made}) == 100
    sparse._digests.clear()
    assert sparse.digest(view) == made[-1]
