"""Surviving old calls: each warns at the caller's line, with what to call instead."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from memfold.host.ram import RamList
from memfold.legacy import (
    IO_MEM_UNASSIGNED,
    PhysMem,
    SysBusDevice,
    Target,
    sysbus_init_mmio,
    sysbus_mmio_map,
)
from memfold.newapi import MemoryRegion, World
from memfold.shim.folded import Folded
from memfold.shim.oldcalls import OldCallError, OldCallPolicy, OldCallWarning, deprecated
from memfold.shim.replacements import REPLACEMENTS

TARGET = Target("test", 12, 32, 32, big_endian=False)


def folded() -> Folded:
    world = World(RamList(TARGET.page_bits))
    old = Folded(TARGET, world)
    old.show("memory", MemoryRegion.container(world, "system", 1 << 32))
    return old


def test_every_old_call_has_a_replacement_and_nothing_else_has() -> None:
    calls = {name for name in dir(PhysMem) if name[0] != "_" and callable(getattr(PhysMem, name))}
    no_call_of_2011 = {"forget_walks", "page_region_offset", "walk"}
    assert calls - no_call_of_2011 == REPLACEMENTS.keys()


def test_off_is_the_old_api_itself() -> None:
    old = folded()
    assert deprecated(old, "off") is old


def test_a_call_warns_at_the_line_that_made_it_and_works() -> None:
    old = deprecated(folded(), "warn")
    with pytest.warns(OldCallWarning) as caught:
        old.cpu_register_physical_memory(0x1000, 0x1000, IO_MEM_UNASSIGNED)
    (warning,) = caught
    assert str(warning.message) == (
        "cpu_register_physical_memory is an old call; "
        "use MemoryRegion.add_subregion(offset, region) instead"
    )
    source = Path(warning.filename).read_text().splitlines()
    assert "old.cpu_register_physical_memory(0x1000" in source[warning.lineno - 1]


def test_a_helper_of_the_old_layer_is_not_the_caller() -> None:
    old = deprecated(folded(), "warn")
    device = SysBusDevice(old)
    sysbus_init_mmio(device, 0x1000, IO_MEM_UNASSIGNED)
    with pytest.warns(OldCallWarning, match="cpu_register_physical_memory") as caught:
        sysbus_mmio_map(device, 0, 0x2000)
    (warning,) = caught
    assert warning.filename == __file__
    source = Path(__file__).read_text().splitlines()
    assert source[warning.lineno - 1].strip() == "sysbus_mmio_map(device, 0, 0x2000)"


@pytest.mark.parametrize("name", sorted(REPLACEMENTS))
def test_error_raises_before_anything_is_done(name: str) -> None:
    old = folded()
    with pytest.raises(OldCallError, match=f"^{name} is an old call; use .* instead$"):
        getattr(deprecated(old, "error"), name)()
    assert len(old.claims) == 0


@pytest.mark.parametrize("policy", ["warn", "error"])
def test_what_is_no_call_passes(policy: OldCallPolicy) -> None:
    old = folded()
    with warnings.catch_warnings(record=True, action="always") as caught:
        assert getattr(deprecated(old, policy), "target") is TARGET  # noqa: B009 (OldApi has no target)
    assert caught == []
