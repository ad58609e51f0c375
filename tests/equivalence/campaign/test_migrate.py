"""The main job: equal where all is well, and precise where one converted device is broken."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from memfold.devices.pl011 import native as pl011
from memfold.devices.pl011.registers import Pl011
from memfold.devices.pl031 import legacy as pl031_legacy
from memfold.devices.pl031 import native as pl031
from memfold.devices.pl031.registers import Pl031
from memfold.harness.cli import main
from memfold.host.irq import IrqLine
from memfold.newapi import AccessSizes, Endianness, MemoryRegion, MemoryRegionOps, World

OPS = "600"
ENOUGH = {"versatilepb": "18000", "leon3_generic": "3000"}
"""Steps that reach the floor of a board."""


def migrate(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str]:
    status = main(["migrate", "--ops", OPS, *argv])
    return status, capsys.readouterr().out


@pytest.mark.parametrize(
    "only",
    [
        "leon3_generic@legacy",
        "leon3_generic@shim",
        "leon3_generic@convert[*=native]",
        "versatilepb@convert[pl190=bridged]",
        "leon3_generic@fold[*=bridged]",
        "versatilepb@fold[*=native,sp804=legacy]",
    ],
)
def test_machines_of_every_stage_are_equivalent(
    capsys: pytest.CaptureFixture[str], only: str
) -> None:
    board = only.partition("@")[0]
    status, out = migrate(capsys, board, "--only", only, "--ops", ENOUGH[board])
    assert status == 0, out
    assert f"\n{board}: EQUIVALENT: all 1 configurations, " in out


def test_json_tells_rows_and_verdict_of_the_last_stage(capsys: pytest.CaptureFixture[str]) -> None:
    board = "leon3_generic"
    status, out = migrate(
        capsys, board, "--json", "--only", f"{board}@remove", "--ops", ENOUGH[board]
    )
    verdict = json.loads(out)
    (row,) = verdict["rows"]
    assert status == 0
    assert verdict["equivalent"] is True
    assert row["configuration"] == "leon3_generic@remove"
    assert row["steps"] > 20_000
    assert row["tallies"]["interrupts"] > 50
    assert row["reached"] == row["goals"] == 4


def offset_off_by_four(world: World, device: Pl031) -> MemoryRegion:
    ops = MemoryRegionOps(
        read=lambda _region, offset, size: device.read(offset + 4, size),
        write=lambda _region, offset, value, size: device.write(offset, size, value),
    )
    return MemoryRegion.io(world, "pl031", 0x1000, ops)


def swapped_byte_order(world: World, device: Pl031) -> MemoryRegion:
    ops = MemoryRegionOps(
        read=lambda _region, offset, size: device.read(offset, size),
        write=lambda _region, offset, value, size: device.write(offset, size, value),
        endianness=Endianness.BIG,
    )
    return MemoryRegion.io(world, "pl031", 0x1000, ops)


def lost_width(world: World, device: Pl031) -> MemoryRegion:
    ops = MemoryRegionOps(
        read=lambda _region, offset, size: device.read(offset, size),
        write=lambda _region, offset, value, size: device.write(offset, size, value),
        valid=AccessSizes(4, 4),
    )
    return MemoryRegion.io(world, "pl031", 0x1000, ops)


def line_not_connected(world: World, device: Pl011) -> MemoryRegion:
    # The builder hands the form a traced device: what is broken is the one inside.
    registers: Pl011 = object.__getattribute__(device, "_inner")
    registers._irq = IrqLine()
    return intact_pl011(world, device)


intact_pl011 = pl011.attach

BROKEN: list[tuple[str, object, Callable[..., MemoryRegion]]] = [
    ("pl031", pl031, offset_off_by_four),
    ("pl031", pl031, swapped_byte_order),
    ("pl031", pl031, lost_width),
    ("pl011_2", pl011, line_not_connected),
]


@pytest.mark.parametrize("stage", ["convert", "fold"])
@pytest.mark.parametrize(("device", "module", "attach"), BROKEN)
def test_a_broken_converted_device_is_named_with_stage_form_and_step(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    device: str,
    module: object,
    attach: Callable[..., MemoryRegion],
) -> None:
    monkeypatch.setattr(module, "attach", attach)
    status, out = migrate(capsys, "--only", f"versatilepb@{stage}[{device}=native]")
    assert status == 1
    assert f"versatilepb@{stage}[{device}=native]: first difference in " in out
    assert f"  stage    {stage}\n" in out
    assert f"  device   {device} (native)\n" in out
    assert ", step " in out
    assert "  before it:\n" in out
    assert "\nversatilepb: DIFFERENT: 1 of 1 configurations\n" in out


def test_a_broken_bridge_is_found_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    readb, readw, readl = pl031_legacy.READ
    monkeypatch.setattr(pl031_legacy, "READ", (readb, None, readl))
    status, out = migrate(capsys, "--only", "versatilepb@fold[pl031=bridged]")
    assert status == 1
    assert "  device   pl031 (bridged)\n" in out
    assert readw is not None


def test_a_users_own_trace_runs_on_every_machine(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "mine.jsonl"
    lines = [
        {"format": "phys-trace/1", "machine": "versatilepb", "source": "the lab"},
        {"op": "readl", "addr": 0x101E8FFC, "ret": 0xB1},
        {"op": "device_unmap", "device": "pl031"},
        {"op": "readl", "addr": 0x101E8FFC, "ret": 0},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    only = ("--only", "versatilepb@convert[pl031=native]", "--trace", str(path))
    assert migrate(capsys, *only, "--ops", ENOUGH["versatilepb"])[0] == 0
    path.write_text(path.read_text().replace("177", "178"))
    status, out = migrate(capsys, *only)
    assert status == 1
    assert f"first difference in {path}, step 0 (line 2)" in out
    assert "expected ret 0xb2 (the lab)" in out
    assert "observed ret 0xb1" in out
