"""Intended differences between the memory API of 1.0 and 1.1 and ours, as data."""

from __future__ import annotations

from collections.abc import Callable

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.ledger import ABSENT, Deviation, Entry
from memfold.equivalence.trace import Trace
from memfold.harness.historical import DEFECTS, HistoricalMachine
from memfold.harness.memory_subject import MemorySubject, comparable

__all__ = ["memory_entries"]


class _History:
    """What 1.0 with chosen defects shows on a trace; keeps the last trace's answers."""

    def __init__(self) -> None:
        self._trace: Trace | None = None
        self._facts: dict[frozenset[str], list[Facts]] = {}

    def fact(self, deviation: Deviation, defects: frozenset[str]) -> Json | object:
        """The deviating fact as the model shows it."""
        if deviation.trace is not self._trace:
            self._trace, self._facts = deviation.trace, {}
        if defects not in self._facts:
            subject = MemorySubject(HistoricalMachine(deviation.trace.header, defects))
            self._facts[defects] = [
                comparable(step, subject.perform(step)) for step in deviation.trace.steps
            ]
        return self._facts[defects][deviation.index].get(deviation.fact, ABSENT)


def _owed_to(defect: str, history: _History) -> Callable[[Deviation], bool]:
    """Whether the recorded fact is what 1.0 with its defects shows, and owed to this one.

    The defects are taken away one after another: the one whose going first changes the fact is
    the one it is owed to.
    """
    later = frozenset(DEFECTS[DEFECTS.index(defect) + 1 :])

    def condition(deviation: Deviation) -> bool:
        if deviation.trace.header.get("version") != "v1.0":
            return False
        with_it = history.fact(deviation, later | {defect})
        without = history.fact(deviation, later)
        everything = history.fact(deviation, frozenset(DEFECTS))
        return everything == with_it == deviation.expected and without != deviation.expected

    return condition


def memory_entries() -> tuple[Entry, ...]:
    """The entries; they share one model of 1.0."""
    history = _History()

    def defect(
        name: str, facts: str, demonstration: str, *, old: str, new: str, why: str, source: str
    ) -> Entry:
        return Entry(
            name,
            frozenset({"shim"}),
            frozenset(facts.split()),
            _owed_to(name, history),
            old,
            new,
            why,
            source,
            f"memory/v1.0/{demonstration}.jsonl",
        )

    return (
        defect(
            "overlap",
            "legacy_calls flat data ret calls events died",
            "scenarios/overlap_bug_middle_start",
            old="a lower region stays visible where a higher one starts inside a row already there",
            new="the higher priority hides it everywhere",
            why="gap filling ignored a region that starts strictly inside an already rendered row",
            source="golden README, defects of those versions; fixed in QEMU by d26a8caea3",
        ),
        defect(
            "readonly-io",
            "legacy_calls data ret calls events died",
            "scenarios/alias_readonly_io_v10_corrupts",
            old="read-only registers answer as another device: the ROM bit is added to the slot",
            new="registers answer as themselves; read-only matters to RAM alone",
            why="the ROM bit means something else in the descriptor of an io slot",
            source="golden README, defects of v1.0",
        ),
        defect(
            "romd-offset",
            "legacy_calls data ret events",
            "scenarios/romd_alias_offset",
            old="reads of a ROM device mapped from an offset on see the start of its array",
            new="reads see the array from that offset on",
            why="the offset was told for writes only, as a region offset",
            source="golden README, defects of v1.0",
        ),
        defect(
            "romd-dirty",
            "legacy_calls died",
            "random/0376",
            old="cleaning a ROM device's dirty pages cleans one page too many, and may abort",
            new="just the pages asked for are cleaned",
            why="the slot number inside the region's RAM address was taken for an offset",
            source="trace memory/v1.0/random/0376; memory rule 5: a rom_device's ram_addr",
        ),
        defect(
            "pio-split",
            "data ret calls",
            "scenarios/pio_split_region",
            old="all parts of a split port region count from the part registered last",
            new="every part counts from the region's start",
            why="one port range was kept per region",
            source="golden README, defects of v1.0; memory/v1.1 keeps both",
        ),
        defect(
            "ram-split",
            "legacy_calls data ret calls events died",
            "scenarios/subpage_over_ram",
            old="RAM cut inside a page, or mapped at odd addresses, crashes or reads 0",
            new="it is RAM: served through a slot up to the page's end",
            why="the cut address was put into the descriptor, whose low bits are a slot number",
            source="golden README, defects of v1.0",
        ),
        defect(
            "coalescing-kept",
            "legacy_calls",
            "scenarios/rfc_example_bar",
            old="coalescing asked for while unmapped, or before a move, is lost",
            new="it is taken off a row that goes and set on a row that comes, before events",
            why="promise 5: it survives unmapping and moving without the client's help",
            source="mail of 2011-05-18: coalescing and dirty logging are all cleared",
        ),
        defect(
            "subpage-address",
            "legacy_calls data ret calls events",
            "scenarios/unaligned_base_in_page",
            old="registers at a place not aligned in its page are told an address counted from it",
            new="they are told an address in the region, through a slot per misalignment",
            why="the old layer counts from whole pages",
            source="golden README, memory 13",
        ),
        defect(
            "client-replay",
            "events",
            "scenarios/phys_client",
            old="a new memory client is told whole runs of RAM",
            new="it is told page by page",
            why="1.0 stood on a later old layer than that of May 2011",
            source="golden README, memory 14 and legacy 25",
        ),
    )
