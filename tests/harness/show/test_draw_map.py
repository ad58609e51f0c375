"""`memfold map`: what the command tells of a region tree, in text and as data."""

from __future__ import annotations

import json
import re

import pytest

from memfold.devices.configuration import Configuration
from memfold.devices.machine import Machine
from memfold.harness.cli import main
from memfold.harness.recordings.golden import golden
from memfold.harness.show import draw_map
from memfold.newapi import MemoryRegion, MemoryRegionOps

GOLDEN = golden("mtree")


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    status = main(["map", *argv])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def memory_rows(text: str) -> list[str]:
    """The region lines of the flat view of memory."""
    (block,) = [part for part in text.split("\n\n") if 'AS "memory"' in part]
    return [line for line in block.splitlines() if "(prio" in line]


@pytest.mark.parametrize("board", ["versatilepb", "leon3_generic"])
@pytest.mark.parametrize("stage", ["fold[*=native]", "remove"])
def test_flat_rows_are_those_of_the_real_machine(
    capsys: pytest.CaptureFixture[str], board: str, stage: str
) -> None:
    status, out, _ = run(capsys, f"{board}@{stage}", "--format", "flat")
    assert status == 0
    assert memory_rows(out) == memory_rows((GOLDEN / f"{board}.flat.txt").read_text())


@pytest.mark.parametrize("board", ["versatilepb", "leon3_generic"])
def test_tree_rows_are_rows_of_the_real_machine(
    capsys: pytest.CaptureFixture[str], board: str
) -> None:
    status, out, _ = run(capsys, f"{board}@remove", "--format", "mtree", "--disabled")
    assert status == 0
    (memory,) = [part for part in out.split("\n\n") if "address-space: memory" in part]
    recorded = (GOLDEN / f"{board}.mtreeD.txt").read_text().splitlines()
    rows = memory.splitlines()[1:]
    assert len(rows) > 5
    assert [row for row in rows if row not in recorded] == []


def test_explain_draws_the_way_to_the_winner(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "versatilepb@remove", "--explain", "0x101f1018")
    assert status == 0
    assert out.splitlines() == [
        "0x101f1018: pl011 answers",
        "└── system 0x0-0xffffffffffffffff (prio 0, i/o)",
        "    └── pl011 0x101f1000-0x101f1fff (prio 0, i/o)  <== answers at offset 0x18",
    ]


def test_explain_names_the_old_device_where_an_old_call_decides(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for stage in ("convert", "fold"):
        status, out, _ = run(capsys, f"versatilepb@{stage}", "--explain", "0x101f1018")
        assert status == 0
        head = out.splitlines()[0]
        assert re.fullmatch(r"0x101f1018: pl011 answers, by the old call that was act \d+", head)


def crowded() -> Machine:
    """A machine with a cover of higher priority over half of its RAM, and RAM nobody sees."""
    machine = Machine(Configuration.parse("leon3_generic@remove"))
    world = machine.space.world
    cover = MemoryRegion.io(world, "cover", 0x1000, MemoryRegionOps())
    hidden = MemoryRegion.io(world, "hidden", 0x800, MemoryRegionOps())
    machine.root.add_subregion_overlap(0x40000000, cover, 1)
    machine.root.add_subregion_overlap(0x40000000, hidden, -1)
    return machine


def test_explain_draws_the_losers_and_gives_them_as_data(
    capsys: pytest.CaptureFixture[str],
) -> None:
    explained = draw_map.explain(crowded(), 0x40000010)
    draw_map.explanation(explained)
    assert capsys.readouterr().out.splitlines() == [
        "0x40000010: cover answers",
        "└── system 0x0-0xffffffffffffffff (prio 0, i/o)",
        "    ├── cover 0x40000000-0x40000fff (prio 1, i/o)  <== answers at offset 0x10",
        "    ├── leon3.ram 0x40000000-0x47ffffff (prio 0, ram)  (hidden by priority: cover)",
        "    └── hidden 0x40000000-0x400007ff (prio -1, i/o)  (hidden by priority: cover)",
    ]
    assert draw_map.explanation_json(explained) == {
        "addr": 0x40000010,
        "owner": "cover",
        "region": "cover",
        "offset": 0x10,
        "way": ["system", "cover"],
        "claim": None,
        "losers": [
            {"way": ["system", name], "reason": "hidden by priority", "culprit": "cover"}
            for name in ("leon3.ram", "hidden")
        ],
    }


def test_conflicts_and_dead_regions_are_told_a_line_each(
    capsys: pytest.CaptureFixture[str],
) -> None:
    machine = crowded()
    bar = MemoryRegion.container(machine.space.world, "bar", 0x1000)
    bar.add_subregion(0x800, MemoryRegion.container(bar.world, "vast", 0x1000))
    machine.root.add_subregion(0x90000000, bar)
    draw_map.conflicts(machine.space)
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 5
    assert out[3] == "vast (0x800-0x17ff in bar) is cut at 0x1000: 0x1000-0x17ff never shows"
    assert out[0].startswith("cover hides leon3.ram in system at 0x40000000-0x40000fff (declared,")
    assert out[-1] == "memory: 3 overlaps, 0 of which nobody decided"
    draw_map.dead(machine.space.world)
    assert capsys.readouterr().out.splitlines() == [
        "hidden: mapped, but visible nowhere",
        "  0x40000000-0x400007ff in memory: hidden by priority (cover)",
        "1 dead regions",
    ]


@pytest.mark.parametrize(
    ("option", "nothing"),
    [
        ("--dead", []),
        ("--conflicts", {"space": "memory", "regions": [], "claims": [], "clipped": []}),
    ],
)
def test_a_board_where_all_is_well_has_nothing_to_report(
    capsys: pytest.CaptureFixture[str], option: str, nothing: object
) -> None:
    status, out, _ = run(capsys, "leon3_generic@remove", option, "--json")
    assert (status, json.loads(out)) == (0, nothing)


def test_windows_on_an_empty_bus_are_all_that_versatilepb_has_dead(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, _ = run(capsys, "versatilepb@remove", "--dead", "--json")
    assert status == 0
    assert {
        (found["region"], fault["reason"], fault["culprit"])
        for found in json.loads(out)
        for fault in found["faults"]
    } <= {("pci-vbp-window", "alias shows nothing here", "pci_mem")}


def test_the_json_form_is_the_same_every_time(capsys: pytest.CaptureFixture[str]) -> None:
    texts = {run(capsys, "leon3_generic@remove", "--format", "json")[1] for _ in range(2)}
    (text,) = texts
    assert json.loads(text)["format"] == "memfold-map/1"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (
            ["versatilepb@remove", "--explain", "uart"],
            "--explain uart: no address; expected a number such as 0x101f1000",
        ),
        (["versatilepb@remove", "--explain", "-1"], "address -0x1 is not in 0x0..0xffffffff"),
        (["versatilepb@legacy", "--dead"], "versatilepb@legacy: no region tree at stage legacy"),
    ],
)
def test_bad_input_is_one_line(
    capsys: pytest.CaptureFixture[str], argv: list[str], message: str
) -> None:
    status, out, err = run(capsys, *argv)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
