"""What both versions could not take in their functions' arguments: for the ledger alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import Step
from memfold.errors import MemfoldError
from memfold.harness.subjects.memory_subject import MemoryMachine, MemorySubject
from memfold.host.ranges import ADDRESS_LIMIT
from memfold.newapi import MemoryRegion
from memfold.newapi.view.space import Space
from memfold.newapi.view.telling import row_events

__all__ = [
    "HistoricalDeath",
    "HistoricalSubject",
    "address_bits",
    "check_64_bits",
    "check_port_word",
]

_CUT = dict.fromkeys(
    (
        *("add_coalescing", "add_subregion", "add_subregion_overlap", "init"),
        *("set_alias_offset", "set_offset"),
    ),
    "offset",
) | dict.fromkeys(
    (
        *("add_eventfd", "del_eventfd", "find", "get_dirty", "set_dirty", "reset_dirty"),
        *("ld", "st", "read", "write", "write_rom", "page_desc", "set_address"),
    ),
    "addr",
)
"""The argument of each operation that was an address of the target's."""


class HistoricalDeath(MemfoldError):
    """The process stopped here: an assertion, or ports registered twice."""


def address_bits(header: Mapping[str, Json], defects: frozenset[str]) -> int:
    """The bits of an address or offset: those of the target's, where that is a defect."""
    return int(cast("int", header["target_phys_addr_t_bits"])) if "address-width" in defects else 64


def check_64_bits(space: Space) -> None:
    """A row's size and an event's address had to fit in 64 bits, or the process died."""
    if any(row.size >= ADDRESS_LIMIT for row in space.view):
        raise HistoricalDeath(f"a row of {space.name} has 2^64 bytes")
    if any(event.addr < 0 for row in space.view for event in row_events(row)):
        raise HistoricalDeath(f"an event of {space.name} lies before address 0")


def check_port_word(region: MemoryRegion, offset: int, is_write: bool) -> None:
    """A word that an old port list has no line for goes to the line that reads its byte.

    There had to be one, and for a write it had to write too.
    """
    lines = region.ops.old_portio
    word = [line for line in lines if line.covers(offset, 2)]
    if lines and not any(line.write if is_write else line.read for line in word):
        byte = next((line for line in lines if line.covers(offset, 1) and line.read), None)
        if byte is None or (is_write and byte.write is None):
            raise HistoricalDeath(f"region {region.name} has no byte at {offset:#x}")


class HistoricalSubject(MemorySubject):
    """Performs traces as a version with defects in its functions' arguments did."""

    def __init__(
        self, machine: MemoryMachine, header: Mapping[str, Json], defects: frozenset[str]
    ) -> None:
        super().__init__(machine)
        self._mask = (1 << address_bits(header, defects)) - 1
        self._whole_space = "whole-space" in defects

    def perform(self, step: Step) -> Facts:
        """Cut what the target's addresses cannot hold; die of what 64 bits cannot."""
        name = _CUT.get(step.op, "")
        value = step.args.get(name)
        if isinstance(value, int) and value > self._mask:
            step = replace(step, args={**step.args, name: value & self._mask})
        if step.op == "set_coalescing" and self._whole_space:
            region = self.regions[cast("str", step.args["mr"])]
            if region.size >= ADDRESS_LIMIT:
                return {"error": f"region {region.name} has 2^64 bytes"}
        facts = super().perform(step)
        if step.op == "find" and isinstance(found := facts.get("ret"), dict):
            start = cast("int", found["offset_within_address_space"]) & self._mask
            facts["ret"] = {**found, "offset_within_address_space": start}
        return facts
