"""Intended differences between one handler for all local APICs and a root for each CPU."""

from __future__ import annotations

from typing import cast

from memfold.devices.percpu import APIC_BASE
from memfold.equivalence.ledger import Deviation, Entry, Ledger

__all__ = ["LEDGER"]


def _own_apic_was_moved(deviation: Deviation) -> bool:
    """Whether the CPU that reads has moved its APIC, and reads where it has ever been."""
    args = deviation.step.args
    places = {APIC_BASE}
    for step in deviation.trace.steps[: deviation.index]:
        if step.op == "apic_base" and step.args["cpu"] == args["cpu"]:
            places.add(cast(int, step.args["base"]))
    first = cast(int, args["addr"])
    end = first + cast(int, args["len"])
    return len(places) > 1 and any(first < at + 0x1000 and at < end for at in places)


LEDGER = Ledger(
    [
        Entry(
            id="apic-per-cpu",
            on=frozenset({"one-handler"}),
            scope="step",
            facts=frozenset({"data"}),
            condition=_own_apic_was_moved,
            old="an APIC that a guest moves answers at its first address and nowhere else: one"
            " handler serves the APICs of all CPUs and looks at the current one",
            new="each CPU has a root of its own with its own APIC in it, which moves as any region",
            why="the old layer cannot tell who makes an access: one CPU's mapping would be"
            " everyone's",
            source="thread of 2011-05-18: 'falls to dust if a guest actually tries to remap the"
            " APIC'; 'We could implement it with a per-cpu MemoryRegion'",
            demonstration="cpus/apic-moves.jsonl",
        ),
    ]
)
