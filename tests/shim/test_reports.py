"""`explain`, conflicts and dead regions where old registrations share the map with regions."""

from __future__ import annotations

from random import Random

import pytest

from memfold.legacy import IO_MEM_UNASSIGNED
from memfold.newapi import Claim, MemoryRegion, Reason, claim_conflicts, dead, explain
from tests.shim.mixed import PAGE, Kind, Mixed, each_kind

PAGES = 6


class RandomMix(Mixed):
    """Regions and old registrations of whole pages, in a random order of acts."""

    def __init__(self, kind: Kind, random: Random) -> None:
        super().__init__(kind)
        self.random = random
        self.regions: list[MemoryRegion] = []
        self.slots: dict[int, str] = {}
        for name in "ab":
            self.slots[self.slot(name)] = name
        for _ in range(random.randrange(2, 9)):
            self.act()

    def act(self) -> None:
        random = self.random
        at, pages = random.randrange(PAGES), random.randrange(1, 4)
        choice = random.randrange(6)
        region = random.choice(self.regions) if self.regions else None
        if choice <= 1:
            target = random.choice([*self.slots, IO_MEM_UNASSIGNED])
            self.old.cpu_register_physical_memory(at * PAGE, pages * PAGE, target)
        elif region is None or choice == 2:
            new = self.region(f"r{len(self.regions)}", pages * PAGE)
            self.regions.append(new)
            self.root.add_subregion_overlap(at * PAGE, new, random.randrange(2))
        elif choice == 3:
            region.set_enabled(not region.enabled)
        elif choice == 4:
            region.set_address(at * PAGE)
        elif region.parent is not None:
            self.root.del_subregion(region)

    def owner(self, claim: Claim) -> str | None:
        """Who answers a claim."""
        offset = getattr(claim, "phys_offset", None)
        return self.slots.get(offset) if isinstance(offset, int) else None


@each_kind
@pytest.mark.parametrize("seed", range(2))
def test_explain_agrees_with_dispatch_where_generations_mix(kind: Kind, seed: int) -> None:
    random = Random(seed)
    claimed = hidden = 0
    for _ in range(1200):
        mix = RandomMix(kind, random)
        for page in range(PAGES + 3):
            addr = page * PAGE + 8
            explained = explain(mix.space, addr)
            asked = mix.asked(addr)
            if explained.claim is not None and explained.claim_wins:
                claimed += 1
                hidden += explained.way is not None
                assert (asked and asked[0]) == mix.owner(explained.claim)
            elif explained.region is None:
                assert asked is None
            else:
                assert asked == (explained.region.name, explained.offset)
    assert claimed > 100
    assert hidden > 50


@each_kind
def test_claims_against_regions_are_reported_exactly(kind: Kind) -> None:
    random = Random(6)
    total = 0
    for _ in range(150):
        mix = RandomMix(kind, random)
        expected = set()
        for page in range(PAGES + 3):
            explained = explain(mix.space, page * PAGE)
            claim, way = explained.claim, explained.way
            if claim is not None and way is not None:
                wins = claim.act > way.act
                if wins or not claim.is_hole:
                    expected.add((page, way.region.name, claim.act, wins))
        reported = {
            (page, found.region.name, found.claim.act, found.claim_wins)
            for found in claim_conflicts(mix.space)
            for page in range(found.where.start // PAGE, found.where.end // PAGE)
        }
        assert reported == expected
        total += len(expected)
    assert total > 50


@each_kind
def test_dead_by_an_old_registration(kind: Kind) -> None:
    mixed = Mixed(kind)
    ram = mixed.region("ram", 2 * PAGE)
    mixed.root.add_subregion(0, ram)
    vga = mixed.slot("vga")
    mixed.old.cpu_register_physical_memory(0, PAGE, vga)
    mixed.root.add_subregion(4 * PAGE, over := mixed.region("over", PAGE))
    mixed.old.cpu_register_physical_memory(4 * PAGE, PAGE, vga)
    over.set_enabled(False)
    over.set_enabled(True)
    assert dead(mixed.world) == []  # an older claim is no fault, nor is half a region
    mixed.old.cpu_register_physical_memory(PAGE, PAGE, vga)
    (found,) = dead(mixed.world)
    assert found.region is ram
    assert [(fault.reason, str(fault.where)) for fault in found.faults] == [
        (Reason.CLAIM, "0x0-0xfff"),
        (Reason.CLAIM, "0x1000-0x1fff"),
    ]


@each_kind
def test_explain_names_the_region_that_a_later_old_call_hides(kind: Kind) -> None:
    mixed = Mixed(kind)
    bios = mixed.region("bios", 4 * PAGE)
    mixed.root.add_subregion(0, bios)
    mixed.old.cpu_register_physical_memory(PAGE, PAGE, mixed.slot("vga"))
    explained = explain(mixed.space, PAGE)
    assert explained.claim_wins
    (loser,) = explained.losers
    assert (str(loser.way), loser.reason) == ("system > bios", Reason.CLAIM)
    assert loser.culprit is explained.claim
    bios.set_enabled(False)
    bios.set_enabled(True)
    assert explain(mixed.space, PAGE).region is bios
