"""The state of the plan: what is converted, what still calls the old API, what blocks what."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from memfold.harness.cli import main
from memfold.harness.projects import configuration, named
from memfold.harness.show.status import Status, old_calls
from memfold.harness.show.status import status as status_of


def status(text: str) -> Status:
    return status_of(*configuration(text))


def state(text: str) -> tuple[list[str], list[str], int]:
    its = status(text)
    return its.blocks.get("fold", []), its.blocks.get("remove", []), sum(its.calls.values())


def test_at_legacy_everything_blocks() -> None:
    fold, remove, calls = state("versatilepb@legacy")
    assert fold == ["versatile.ram", "sysbus", "versatilepb"]
    assert remove[:4] == ["versatile.ram", "sysbus", "versatilepb", "pl190"]
    assert calls > 40


def test_once_there_is_a_tree_only_devices_block_the_removal() -> None:
    fold, remove, _ = state("versatilepb@convert[*=native,pl031=legacy,sp804=bridged]")
    assert fold == []
    assert set(remove) == {"pl031", "sp804"}


def test_only_legacy_forms_make_old_calls() -> None:
    its = status("versatilepb@convert[*=native,pl031=legacy]")
    assert its.calls == {"pl031/legacy.py": 2}
    assert state("versatilepb@remove") == ([], [], 0)


def test_a_device_with_a_peer_needs_it_first() -> None:
    its = status("versatilepb@convert")
    (window,) = (item for item in its.items if item.name == "pci_vpb_config")
    assert window.needs == ("sysbus", "pci_vpb_regs")
    assert window.forms == ("legacy", "bridged", "native")


def test_old_calls_are_counted_by_name_and_not_by_text(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text(
        "phys.cpu_register_physical_memory(0, 1, 2)\n"
        "sysbus_mmio_map(dev, 0, 1)\n"
        "'cpu_register_io_memory(x)'\n"
        "cpu_count = f.cpu_thing\n"
    )
    project = named("versatilepb")
    here = replace(project, sources=replace(project.sources, paths=(tmp_path,)))
    assert old_calls(here, ["x.py", "gone.py"]) == {"x.py": 2}


def test_the_command_prints_items_calls_and_what_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "leon3_generic@convert[*=native,uart=legacy]"]) == 0
    out = capsys.readouterr().out
    assert "    2 grlib_apbuart/legacy.py\n" in out
    assert "\ndevices: " in out
    assert "1 legacy" in out
    assert "    0 " not in out
    assert out.endswith("fold: ready\nremove: blocked by uart\n")
    assert main(["status", "leon3_generic", "--json"]) == 0
    its = json.loads(capsys.readouterr().out)
    assert its["configuration"] == "leon3_generic@convert"
    assert its["blocks"]["fold"] == []
