"""Traces of old calls on the worlds where those calls share the map with regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from memfold.equivalence.facts import Json
from memfold.harness.subjects.legacy_subject import LegacySubject, legacy_target
from memfold.host.ram import RamList
from memfold.legacy import Target
from memfold.legacy.chart import chart
from memfold.newapi import MemoryRegion, World
from memfold.shim.folded import Folded
from memfold.shim.shared_physmem import SharedPhysMem
from memfold.shim.sharedmap import SharedMap

__all__ = ["on_claims", "on_folded"]

Old = TypeVar("Old", bound=SharedMap)


def on_folded(header: Mapping[str, Json]) -> LegacySubject:
    """The old calls on a fresh core, whose tree is empty; it answers for every fact recorded."""
    folded = _alone(Folded, legacy_target(header))
    return LegacySubject(folded, folded.target, folded.chart)


def on_claims(header: Mapping[str, Json]) -> LegacySubject:
    """The old calls on a fresh old layer with claims, beside an empty tree."""
    claims = _alone(SharedPhysMem, legacy_target(header))
    return LegacySubject(claims, claims.target, lambda: chart(claims))


def _alone(kind: type[Old], target: Target) -> Old:
    world = World(RamList(target.page_bits), big_endian=target.big_endian)
    old = kind(target, world)
    old.show("memory", MemoryRegion.container(world, "system", 1 << target.phys_addr_bits))
    return old
