"""The subject for legacy traces: deaths are facts, and bad steps are one clear error."""

from __future__ import annotations

import pytest

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import MapRow, NotReplayable, Step
from memfold.errors import MemfoldError
from memfold.harness.subjects.legacy_subject import LegacySubject, on_legacy

HEADER: dict[str, Json] = {
    "target": "arm-softmmu",
    "page_bits": 10,
    "phys_addr_bits": 32,
    "phys_addr_space_bits": 32,
    "big_endian": False,
    "io_mem_nb_entries": 128,
}


def fresh() -> LegacySubject:
    return on_legacy(HEADER)


def do(subject: LegacySubject, op: str, **args: Json) -> Facts:
    return subject.perform(Step(op, args))


def register(subject: LegacySubject, target: Json, start: int = 0, size: int = 1024) -> Facts:
    return do(
        subject,
        "phys_register",
        start=start,
        size=size,
        target=target,
        region_offset=0,
        log_dirty=False,
    )


def io(subject: LegacySubject, **changes: Json) -> Facts:
    widths: list[Json] = [True, True, False]
    args: dict[str, Json] = {"id": 3, "read": widths, "write": widths, "endian": "native"}
    return do(subject, "io_register", **(args | changes))


def test_calls_are_facts_and_the_map_shows_the_device() -> None:
    subject = fresh()
    assert io(subject) == {"ret": 48}
    assert register(subject, {"io": 3}) == {"phys_offset": 48}
    value = (3 * 0x01000193 ^ 6 * 0x9E3779B1 ^ 2 * 0x85EBCA6B) & 0xFFFF
    assert do(subject, "lduw_phys", addr=6) == {"ret": value, "calls": [[3, "r", 2, 6, value]]}
    assert do(subject, "ldl_phys", addr=4) == {"ret": 0}
    assert subject.map() == [MapRow(0, 1024, "i/o", "3", 0)]


def test_deaths_have_no_other_result() -> None:
    subject = fresh()
    io(subject)
    assert register(subject, {"io": 3}, size=0) == {"died": "SIGABRT"}
    register(subject, {"io": 3})
    do(subject, "io_unregister", id=3)
    io(subject, id=4)
    do(subject, "io_unregister", id=4)
    do(subject, "client_register", id=1, log=False)
    register(subject, "unassigned", size=16)
    assert do(subject, "read", addr=0x100, len=4) == {"died": "unbounded-recursion"}


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"io": 9}, "id 9 is not known; expected one made earlier"),
        ({"ram": 0, "off": 0}, r"target \{'ram': 0, 'off': 0\}; expected 'unassigned', an io or"),
        ("nowhere", "target 'nowhere'"),
    ],
)
def test_a_bad_target_is_one_error(target: Json, message: str) -> None:
    with pytest.raises(MemfoldError, match=message):
        register(fresh(), target)


def test_writing_past_a_mapping_is_one_error() -> None:
    subject = fresh()
    do(subject, "map", id=0, addr=0, len=16, is_write=True)
    with pytest.raises(
        MemfoldError, match="0x2 bytes at 0xf of the mapping; expected no more than its 0x10"
    ):
        do(subject, "map_write", id=0, off=15, hex="0102")


def test_an_operation_of_another_family_is_not_replayable() -> None:
    with pytest.raises(NotReplayable, match="readb: the old API has no such call"):
        do(fresh(), "readb", addr=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"io_mem_nb_entries": 512},
            "io_mem_nb_entries 512; expected 128, which 10 page bits make",
        ),
        ({"page_bits": None}, "a number is missing; expected page_bits, phys_addr_bits, "),
    ],
)
def test_a_bad_header_is_one_error(change: dict[str, Json], message: str) -> None:
    with pytest.raises(MemfoldError, match=message):
        on_legacy(HEADER | change)
