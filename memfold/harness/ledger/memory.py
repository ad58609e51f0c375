"""Intended differences between the memory API of 1.0 and 1.1 and ours, as data.

Each is a defect that a model of the version shows on the trace at hand, and shows no longer when
just this defect is taken away: see `_Model.owes_to`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.ledger import ABSENT, Deviation, Entry, Ledger
from memfold.equivalence.subject import NotReplayable, Step
from memfold.equivalence.trace import Trace
from memfold.harness.ledger.historical.limits import HistoricalSubject
from memfold.harness.ledger.historical.v1_0 import DEFECTS, HistoricalMachine
from memfold.harness.ledger.historical.v1_1 import CORE_DEFECTS, HistoricalCore
from memfold.harness.subjects.core_machine import CoreMachine, compared_on_core
from memfold.harness.subjects.memory_subject import (
    MemoryMachine,
    MemorySubject,
    comparable,
    seen_by_guest,
)
from memfold.harness.subjects.shim_machine import ShimMachine
from memfold.host.ranges import AddrRange
from memfold.newapi import FlatRange

__all__ = ["LEDGER", "cut_since_whole"]

_NATIVE = {("shim", "v1.0"): comparable, ("core", "v1.1"): compared_on_core}
"""What is compared where a version's own backend performs its traces; else, what a guest sees."""


class _Model:
    """What a version with chosen defects shows on a trace; keeps the last trace's answers."""

    def __init__(
        self, version: str, defects: Sequence[str], machine: Callable[..., MemoryMachine]
    ) -> None:
        self._version = version
        self._defects = defects
        self._machine = machine
        self._trace: Trace | None = None
        self._on = ""
        self._facts: dict[frozenset[str], list[Facts]] = {}

    def _fact(self, deviation: Deviation, defects: Sequence[str]) -> Json | object:
        chosen = frozenset(defects)
        if self._trace is not deviation.trace or self._on != deviation.on:
            self._trace, self._on, self._facts = deviation.trace, deviation.on, {}
        if chosen not in self._facts:
            header = deviation.trace.header
            subject = HistoricalSubject(self._machine(header, chosen), header, chosen)
            compared = _NATIVE.get((deviation.on, self._version), seen_by_guest)
            self._facts[chosen] = [
                compared(step, _performed(subject, step)) for step in deviation.trace.steps
            ]
        return self._facts[chosen][deviation.index].get(deviation.fact, ABSENT)

    def owes_to(self, deviation: Deviation, defect: str) -> bool:
        """Whether a recorded fact is what the version shows, and owed to `defect`.

        The defects are taken away one after another: the one whose going first changes the fact
        is the one it is owed to.
        """
        if deviation.trace.header.get("version") != self._version or defect not in self._defects:
            return False
        at = self._defects.index(defect)
        return (
            self._fact(deviation, self._defects) == deviation.expected
            and self._fact(deviation, self._defects[at:]) == deviation.expected
            and self._fact(deviation, self._defects[at + 1 :]) != deviation.expected
        )


class _Other:
    """What the other backend, free of defects, shows on a trace, and its rows step by step.

    For differences between our own two backends: the recorded fact is the other one's, and the
    trace meets what makes them differ.
    """

    def __init__(self) -> None:
        self._trace: Trace | None = None
        self._on = ""
        self._facts: list[Facts] = []
        self._rows: list[tuple[FlatRange, ...]] = []

    def _perform(self, deviation: Deviation) -> None:
        if self._trace is deviation.trace and self._on == deviation.on:
            return
        self._trace, self._on = deviation.trace, deviation.on
        machine = (CoreMachine if deviation.on == "shim" else ShimMachine)(deviation.trace.header)
        subject = MemorySubject(machine)
        self._facts, self._rows = [], []
        for step in deviation.trace.steps:
            self._facts.append(seen_by_guest(step, _performed(subject, step)))
            self._rows.append(tuple(machine.memory.view))

    def explains(
        self, deviation: Deviation, met: Callable[[Deviation, list[tuple[FlatRange, ...]]], bool]
    ) -> bool:
        """Whether the other backend shows the recorded fact, and `met` holds of the rows so far."""
        if (deviation.on, deviation.trace.header.get("version")) in _NATIVE:
            return False
        self._perform(deviation)
        shown = self._facts[deviation.index].get(deviation.fact, ABSENT)
        return shown == deviation.expected and met(deviation, self._rows[: deviation.index + 1])


def _performed(subject: MemorySubject, step: Step) -> Facts:
    """What a step shows; nothing where the subject has no such call."""
    try:
        return subject.perform(step)
    except NotReplayable:
        return {}


def _accessed(deviation: Deviation) -> range:
    """The addresses that a step reads."""
    args = deviation.step.args
    addr = cast("int", args.get("addr", 0))
    size = args.get("len", 8)
    return range(addr, addr + cast("int", size))


def _nothing_misaligned(deviation: Deviation, rows: list[tuple[FlatRange, ...]]) -> bool:
    """A misaligned ``ld*_phys`` of an address that no row shows."""
    addr = _accessed(deviation).start
    function = str(deviation.step.args.get("fn", "")).partition("_")[0]
    part = {"lduw": 2, "ldl": 4, "ldq": 4}.get(function, 1)
    return addr % part != 0 and not any(row.start <= addr < row.end for row in rows[-1])


def _above_the_target(deviation: Deviation, _: list[tuple[FlatRange, ...]]) -> bool:
    """An access to an address that the target's address space does not have."""
    return _accessed(deviation)[-1] >> cast("int", deviation.trace.header["phys_addr_bits"]) != 0


def _wide_parts(deviation: Deviation, rows: list[tuple[FlatRange, ...]]) -> bool:
    """An 8-byte load of registers that answer 8 bytes to each of its two parts."""
    addr = _accessed(deviation).start
    return str(deviation.step.args.get("fn", "")).startswith("ldq") and any(
        row.start <= addr < row.end and row.region.ops.impl.min == 8 for row in rows[-1]
    )


def _sub_paged(deviation: Deviation, rows: list[tuple[FlatRange, ...]]) -> bool:
    """An access to a page that was cut since a row that had it whole last left it."""
    page = 1 << cast("int", deviation.trace.header["page_bits"])
    accessed = _accessed(deviation)
    pages = range(accessed.start // page, accessed[-1] // page + 1)
    return any(cut_since_whole(AddrRange.sized(n * page, page), rows) for n in pages)


def cut_since_whole(page: AddrRange, rows: list[tuple[FlatRange, ...]]) -> bool:
    """A whole row that comes to a cut page leaves the sub-page's offset; its going clears it."""
    cut, whole = False, None
    for view in rows:
        touching = [row for row in view if row.range.intersects(page)]
        now = touching[0] if touching and touching[0].range.covers(page) else None
        if whole is not None and (now is None or not now.same_as(whole)):
            cut = False
        cut = cut or (bool(touching) and now is None)
        whole = now
    return cut


def _recorded(deviation: Deviation) -> bool:
    """Whether it is one from a recording: steps that are made up keep to what versions agree in."""
    return not deviation.trace.header.get("made_up")


def _entries() -> tuple[Entry, ...]:
    """The entries for traces of 1.0 and 1.1, on the shim and on the core."""
    models = (
        _Model("v1.0", DEFECTS, HistoricalMachine),
        _Model("v1.1", CORE_DEFECTS, HistoricalCore),
    )

    def entry(
        name: str, facts: str, demonstration: str, *, old: str, new: str, why: str, source: str
    ) -> Entry:
        return Entry(
            id=name,
            on=frozenset({"shim", "core"}),
            scope="step",
            facts=frozenset(facts.split()),
            condition=lambda deviation: (
                _recorded(deviation) and any(m.owes_to(deviation, name) for m in models)
            ),
            demonstration=f"memory/{demonstration}.jsonl",
            old=old,
            new=new,
            why=why,
            source=source,
        )

    other = _Other()

    def between(
        name: str,
        met: Callable[[Deviation, list[tuple[FlatRange, ...]]], bool],
        demonstration: str,
        *,
        old: str,
        new: str,
        why: str,
        source: str,
    ) -> Entry:
        return Entry(
            id=name,
            on=frozenset({"shim", "core"}),
            scope="step",
            facts=frozenset({"data", "ret"}),
            condition=lambda deviation: _recorded(deviation) and other.explains(deviation, met),
            demonstration=f"memory/{demonstration}.jsonl",
            old=old,
            new=new,
            why=why,
            source=source,
        )

    return (
        entry(
            "address-width",
            "legacy_calls flat data ret calls events died",
            "v1.1-arm/scenarios/offset_above_4g",
            old="where the target's addresses have 32 bits, so have all offsets and addresses: "
            "what stands above is dropped",
            new="an address has 64 bits on every target; a region may lie where no guest gets to",
            why="an address was a target_phys_addr_t",
            source="traces memory/v1.0-arm and memory/v1.1-arm scenarios/offset_above_4g",
        ),
        entry(
            "whole-space",
            "legacy_calls flat data ret calls events died",
            "v1.1/scenarios/root_of_2_64",
            old="a row of 2^64 bytes, or an event before address 0, kills the process",
            new="both can be told",
            why="a size was counted in 128 bits and told in 64, with an assertion between",
            source="trace memory/v1.1/scenarios/root_of_2_64",
        ),
        entry(
            "root-address",
            "legacy_calls flat data ret calls events died",
            "v1.1/scenarios/root_mapped_elsewhere",
            old="a root that has a place in another tree is shown from there on",
            new="a root is shown from address 0 on",
            why="rendering added the root's own address as any region's",
            source="traces memory/v1.0 and memory/v1.1 scenarios/root_mapped_elsewhere",
        ),
        entry(
            "portio-word",
            "ret calls died",
            "v1.1/scenarios/old_portio_word_alone",
            old="a word at a port that the old list has neither a word nor a byte for aborts",
            new="it reads all ones, and writes go nowhere, as a byte does there",
            why="a word without a line of its own was made of bytes, with an assertion that there "
            "is a line that reads them, also when it is written",
            source="traces memory/v1.0 and memory/v1.1 scenarios/old_portio_word_alone",
        ),
        entry(
            "beyond-target",
            "legacy_calls flat data ret calls events died",
            "v1.0/scenarios/above_space_bits",
            old="a row above the target's address space is registered with the old layer, which "
            "maps it at what is left of its address",
            new="the old layer is told only of what lies in its address space",
            why="its page table has as many levels as the target's addresses need",
            source="trace memory/v1.0/scenarios/above_space_bits",
        ),
        entry(
            "page-levels",
            "data ret calls events legacy_calls died",
            "v1.1/scenarios/above_space_bits",
            old="a page is looked up by as many bits as the target's space needs, rounded up to "
            "whole tables: what lies above answers below, and the other way round; a row of all "
            "that is mapped once, what is left of it may abort",
            new="an address above the target's space is an address of its own",
            why="the page map has a fixed number of tables of 1024 entries",
            source="trace memory/v1.1/scenarios/above_space_bits",
        ),
        entry(
            "overlap",
            "legacy_calls flat data ret calls events died",
            "v1.0/scenarios/overlap_bug_middle_start",
            old="a lower region stays visible where a higher one starts inside a row already there",
            new="the higher priority hides it everywhere",
            why="gap filling ignored a region that starts strictly inside an already rendered row",
            source="golden README, defects of those versions",
        ),
        entry(
            "readonly-io",
            "legacy_calls data ret calls events died",
            "v1.0/scenarios/alias_readonly_io_v10_corrupts",
            old="read-only registers answer as another device: the ROM bit is added to the slot",
            new="registers answer as themselves; read-only matters to RAM alone",
            why="the ROM bit means something else in the descriptor of an io slot",
            source="golden README, defects of v1.0",
        ),
        entry(
            "romd-offset",
            "legacy_calls data ret events",
            "v1.0/scenarios/romd_alias_offset",
            old="reads of a ROM device mapped from an offset on see the start of its array",
            new="reads see the array from that offset on",
            why="the offset was told for writes only, as a region offset",
            source="golden README, defects of v1.0",
        ),
        entry(
            "romd-dirty",
            "legacy_calls died ret",
            "v1.0/random/0376",
            old="cleaning a ROM device's dirty pages cleans one page too many, and may abort",
            new="just the pages asked for are cleaned",
            why="the slot number inside the region's RAM address was taken for an offset",
            source="trace memory/v1.0/random/0376; golden README, memory 5: its ram_addr",
        ),
        entry(
            "pio-split",
            "data ret calls",
            "v1.0/scenarios/pio_split_region",
            old="all parts of a split port region count from the part registered last",
            new="every part counts from the region's start",
            why="one port range was kept per region",
            source="golden README, defects of v1.0; v1.1 keeps both",
        ),
        entry(
            "ram-strip",
            "data ret died",
            "v1.0/scenarios/ram_strip",
            old="RAM in a part of a page is looked for at its place in the page, as if that were "
            "a RAM address",
            new="it is RAM: served through a slot up to the page's end",
            why="the table of bytes kept a slot number for RAM, and no RAM address",
            source="trace memory/v1.0/scenarios/ram_strip; v1.1 keeps it, see subpage-edge",
        ),
        entry(
            "ram-split",
            "legacy_calls data ret calls events died",
            "v1.0/scenarios/subpage_over_ram",
            old="RAM cut inside a page, or mapped at odd addresses, crashes or reads 0",
            new="it is RAM: served through a slot up to the page's end",
            why="the cut address was put into the descriptor, whose low bits are a slot number",
            source="golden README, defects of v1.0",
        ),
        entry(
            "coalescing-kept",
            "legacy_calls",
            "v1.0/scenarios/rfc_example_bar",
            old="coalescing asked for while unmapped, or before a move, is lost",
            new="it is taken off a row that goes and set on a row that comes, before events",
            why="promise 5: it survives unmapping and moving without the client's help",
            source="mail of 2011-05-18: coalescing and dirty logging are all cleared",
        ),
        entry(
            "subpage-address",
            "legacy_calls data ret calls events",
            "v1.0/scenarios/unaligned_base_in_page",
            old="registers at a place not aligned in its page are told an address counted from it",
            new="they are told an address in the region, through a slot per misalignment",
            why="the old layer counts from whole pages",
            source="golden README, memory 13",
        ),
        entry(
            "client-replay",
            "events",
            "v1.0/scenarios/phys_client",
            old="a new memory client is told whole runs of RAM",
            new="it is told page by page",
            why="1.0 stood on a later old layer than that of May 2011",
            source="golden README, memory 14 and legacy 25",
        ),
        entry(
            "set-root",
            "data ret calls",
            "v1.1/scenarios/two_roots",
            old="after another root is set, the guest sees nothing",
            new="it sees the tree of the new root",
            why="the core listened to one root region instead of one address space",
            source="golden README, defects of v1.1",
        ),
        entry(
            "first-page-dirty",
            "ret",
            "v1.1/scenarios/dirty_over_two_ram_pages",
            old="a write to two pages of RAM that a guest has in one page dirties the first",
            new="it dirties both",
            why="only the page of the first byte was looked at",
            source="golden README, legacy 19; trace memory/v1.1/scenarios/dirty_over_two_ram_pages",
        ),
        entry(
            "subpage-edge",
            "data ret calls died",
            "v1.1/scenarios/subpage_extra_byte",
            old="part of a page is mapped one byte too far, or not at all when it ends the page; "
            "RAM there is looked for at its offset in the region, as if that were a RAM address",
            new="just its bytes are mapped, to its own RAM",
            why="the table of bytes took an end where it wanted the last byte",
            source="golden README, defects of v1.1",
        ),
        entry(
            "subpage-width",
            "data ret calls",
            "v1.1/random/0408",
            old="a device in a part of a page gets accesses that run past its end",
            new="an access ends where the region ends",
            why="in such a page the first byte chose the device and the page's end the width",
            source="golden README, legacy 7: the access keeps its width; trace v1.1/random/0408",
        ),
        between(
            "unassigned-misaligned",
            _nothing_misaligned,
            "v1.1/random/0026",
            old="a misaligned load of nothing is 0 on the old layer",
            new="it is all ones on a core with the profile of 1.1",
            why="1.1 made nothing a device, which refuses misaligned accesses",
            source="golden README, memory 12",
        ),
        between(
            "wide-parts",
            _wide_parts,
            "v1.0/scenarios/access_impl_8_8",
            old="each half of an 8-byte load is cut to 32 bits by the old io table",
            new="the core joins what the callbacks gave, whole",
            why="the old callbacks return 32 bits",
            source="traces memory/v1.0 and memory/v1.1 scenarios/access_impl_8_8",
        ),
        between(
            "old-space",
            _above_the_target,
            "v1.0/scenarios/above_space_bits",
            old="an address above the target's space is cut to it, and nothing is mapped up there",
            new="on the core it is an address of its own",
            why="the page table has as many levels as the target's addresses need",
            source="golden README, legacy 9; trace memory/v1.0/scenarios/above_space_bits",
        ),
        between(
            "old-sub-pages",
            _sub_paged,
            "v1.0/scenarios/subpage_crossing_small",
            old="in pages that hold part of a row the old layer loses tails and keeps old offsets",
            new="the core maps bytes",
            why="its page table works in pages",
            source="golden README, legacy 1, 2 and 5; both versions' subpage_crossing_small",
        ),
    )


LEDGER = Ledger(_entries())
