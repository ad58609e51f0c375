"""The core as traces of 1.1 want it."""

from __future__ import annotations

from memfold.equivalence.facts import Json
from memfold.equivalence.subject import Step
from memfold.harness.subjects.core_machine import CoreMachine
from memfold.harness.subjects.memory_subject import MemorySubject

HEADER: dict[str, Json] = {"version": "v1.1", "page_bits": 12, "big_endian": False}


def test_a_store_that_dirties_nothing_does_while_all_writes_are_logged() -> None:
    """Asked of 1.1: its core tracked dirty pages from global_log_start to global_log_stop."""
    subject = MemorySubject(CoreMachine(HEADER))
    subject.perform(Step("init", {"mr": "r", "kind": "ram", "size": 0x1000}))
    subject.perform(Step("add_subregion", {"parent": "system", "offset": 0x100000, "mr": "r"}))

    def dirtied(function: str) -> Json:
        bits: dict[str, Json] = {"mr": "r", "addr": 0, "size": 1, "client": 3}
        subject.perform(Step("reset_dirty", bits))
        subject.perform(Step("st", {"fn": function, "addr": 0x100000, "val": 1}))
        return subject.perform(Step("get_dirty", bits))["ret"]

    assert dirtied("stl_phys_notdirty") == 0
    subject.perform(Step("global_log_start", {}))
    assert (dirtied("stl_phys_notdirty"), dirtied("stq_phys_notdirty")) == (1, 0)
    subject.perform(Step("global_log_stop", {}))
    assert dirtied("stl_phys_notdirty") == 0
