"""A device's forms beside each other."""

from __future__ import annotations

import json

import pytest

from memfold.devices.boards import BOARDS
from memfold.devices.stages import FORMS
from memfold.harness.cli import main
from memfold.harness.show.conversion import conversion

DEVICES = sorted({slot.type: slot.name for b in BOARDS.values() for slot in b.slots}.values())


@pytest.mark.parametrize("device", DEVICES)
def test_every_device_is_shown_in_every_form(device: str) -> None:
    its = conversion(device)
    assert list(its.calls) == list(FORMS)
    assert all(len(rows) == len(its.steps) for rows in its.calls.values())
    assert "READ" in its.sources["legacy"]
    assert "MemoryRegion" in its.sources["native"]
    assert any(rows for rows in its.calls["native"])


def test_a_bridged_device_is_called_as_its_legacy_form_is() -> None:
    its = conversion("pl031")
    assert its.calls["bridged"] == its.calls["legacy"]


def test_the_command_shows_sources_and_calls(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "pl031"]) == 0
    out = capsys.readouterr().out
    assert "=== pl031: legacy\n" in out
    assert "=== pl031: native\n" in out
    assert "cpu_register_io_memory" in out
    assert "carry(world, 'pl031', 0x1000, READ, WRITE, registers)\n" in out
    assert "\n--- legacy.py\n+++ native.py\n" in out
    assert "readb addr=0x101e8000" in out
    assert main(["diff", "pl031", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)["calls"]) == set(FORMS)


def test_an_unknown_device_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "pl99"]) == 2
    assert "unknown device 'pl99'; expected one of " in capsys.readouterr().err
