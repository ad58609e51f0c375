"""What the subjects of memory traces do that the recorded traces at hand do not show."""

from __future__ import annotations

import pytest

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import Step
from memfold.harness.subjects.core_machine import on_core
from memfold.harness.subjects.memory_subject import MemorySubject
from memfold.harness.subjects.shim_machine import on_shim
from memfold.harness.subjects.synthetic import value_read
from memfold.host.ram import BadRamAddress, RamList

MAKERS = {"shim": on_shim, "core": on_core}


def header(version: str) -> dict[str, Json]:
    return {
        "format": 1,
        "api": "memory",
        "version": version,
        "target": "x86_64",
        "page_bits": 12,
        "phys_addr_bits": 52,
        "target_phys_addr_t_bits": 64,
        "big_endian": 0,
    }


def subject_of(version: str, on: str) -> MemorySubject:
    return MAKERS[on](header(version))


def do(subject: MemorySubject, op: str, **args: Json) -> Facts:
    return subject.perform(Step(op, args))


both_ways = pytest.mark.parametrize(
    ("version", "on"), [("v1.0", "shim"), ("v1.1", "core"), ("v1.0", "core"), ("v1.1", "shim")]
)


@both_ways
@pytest.mark.parametrize("highest", [-1, 0xFFFF_FFFF])
def test_priority_minus_one_was_the_highest(version: str, on: str, highest: int) -> None:
    """Golden memory rule 1: priorities were unsigned."""
    subject = subject_of(version, on)
    for dev, (name, priority) in enumerate((("top", highest), ("low", 0), ("mid", 1))):
        do(subject, "init", mr=name, kind="io", size=4096, dev=dev)
        do(
            subject,
            "add_subregion_overlap",
            parent="system",
            offset=4096,
            mr=name,
            priority=priority,
        )
    assert [row.name for row in subject.map()] == ["top"]


@both_ways
def test_set_dirty_of_1_0_had_no_size(version: str, on: str) -> None:
    subject = subject_of(version, on)
    do(subject, "init", mr="ram", kind="ram", size=3 * 4096)
    do(subject, "reset_dirty", mr="ram", addr=0, size=3 * 4096, client=0)
    do(subject, "set_dirty", mr="ram", addr=0, size=2 * 4096)
    dirty = [
        do(subject, "get_dirty", mr="ram", addr=page * 4096, size=1, client=0)["ret"]
        for page in range(3)
    ]
    assert dirty == [1, int(version == "v1.1"), 0]


@both_ways
def test_a_word_at_the_last_port_goes_on_at_port_0(version: str, on: str) -> None:
    subject = subject_of(version, on)
    do(subject, "init", mr="p", kind="io", size=1, dev=9)
    do(subject, "add_subregion", parent="io", offset=0, mr="p")
    first = value_read(9, 0, 1)
    assert do(subject, "in", port=0xFFFF, size=2) == {
        "ret": first << 8 | 0xFF,
        "calls": [["p", "r", 1, 0, first]],
    }
    assert do(subject, "out", port=0xFFFF, size=2, val=0xBBAA)["calls"] == [["p", "w", 1, 0, 0xBB]]


@both_ways
def test_only_an_error_that_stands_for_a_death_is_one(
    version: str, on: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = subject_of(version, on)
    do(subject, "init", mr="io1", kind="io", size=4096, dev=1)
    assert "error" in do(subject, "del_subregion", parent="system", mr="io1")
    for kind in ("ram", "ram_ptr"):
        assert "error" in do(subject, "init", mr="none", kind=kind, size=0)

    def broken(*_: object) -> None:
        raise BadRamAddress("ram address", 0x1234)

    monkeypatch.setattr(RamList, "free", broken)
    do(subject, "init", mr="ram", kind="ram", size=4096)
    with pytest.raises(BadRamAddress, match="0x1234"):
        do(subject, "destroy", mr="ram")


def test_registers_as_large_as_the_space_are_charted_without_their_tables() -> None:
    """A second-level table for each of 2^30 places would not fit in memory."""
    subject = subject_of("v1.0", "shim")
    do(subject, "init", mr="all", kind="io", size=1 << 52, dev=1)
    assert do(subject, "page_desc", addr=0x40_0000) == {"ret": None}
    do(subject, "add_subregion", parent="system", offset=0, mr="all")
    here = {"phys_offset": 6 << 3, "region_offset": 0x40_0000}
    assert do(subject, "page_desc", addr=0x40_0000) == {"ret": here}


def test_find_of_nothing_finds_a_row_around_it() -> None:
    subject = subject_of("v1.1", "core")
    do(subject, "init", mr="d", kind="io", size=4096, dev=1)
    do(subject, "add_subregion", parent="system", offset=4096, mr="d")
    found = [do(subject, "find", mr="system", addr=4096 + n, size=0)["ret"] for n in (0, 16, 4096)]
    assert found == [
        None,
        {
            "mr": "d",
            "offset_within_region": 16,
            "size": 0,
            "offset_within_address_space": 4112,
            "readonly": 0,
        },
        None,
    ]
