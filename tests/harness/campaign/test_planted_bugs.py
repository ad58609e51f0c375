"""Realistic bugs of every class that used to go unseen, planted one at a time: the steps notice.

Each is a replacement in the source of one module. The recordings do not help here, but for what
every form shares.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import cache
from importlib import import_module
from types import ModuleType

import pytest

from memfold.devices.boards import BOARDS
from memfold.devices.configuration import MIGRATIONS, Configuration
from memfold.devices.stages import STAGES
from memfold.equivalence.campaign.made import generated_trace
from memfold.equivalence.campaign.work import Row, Work, perform
from memfold.harness.projects import named
from memfold.harness.recordings.evidence import Evidence

WRITE = "device.write(offset, size, value)"
READ = "device.read(offset, size)"

PLANTED = [
    # What is stored and never read back.
    ("fold[pci_vpb_config=native]", "pci_vpb_config.native", WRITE,
     "device.write(offset, 4, value)"),
    ("fold[flash=native]", "pflash_cfi01.native", WRITE, "device.write(offset, 4, value)"),
    ("legacy", "pflash_cfi01.legacy", "s.write(addr, size, value)", "s.write(addr, 4, value)"),
    # Places far from the beginning, the last of many.
    ("fold[flash=native]", "pflash_cfi01.native", WRITE,
     "device.write(offset & 0x1FFFFFF, size, value)"),
    ("fold[pci_vpb_config=native]", "pci_vpb_config.native", READ,
     "device.read(offset & 0xFFFF, size)"),
    ("fold[pl190=native]", "pl190.native", WRITE,
     "device.write(offset if offset != 0x23C else 0x238, size, value)"),
    ("fold[pl080=native]", "pl080.native", READ,
     "device.read(offset & ~0x80 if 0x180 <= offset < 0x200 else offset, size)"),
    # A change of the map in a special state.
    ("legacy", "pflash_cfi01.legacy", "register(device.readable))", "register(True))"),
    # What only a consumer sees.
    ("fold[pl110=native]", "pl110.native", "self._start, self._size, DIRTY",
     "self._start, 1024, DIRTY"),
    ("fold[pl110=native]", "pl110.native", "get_dirty(self._start + offset, size,",
     "get_dirty(self._start, size,"),
    # What only the map shows.
    ("fold[pci_vpb_regs=native]", "pci_vpb.native", "set_alias_offset(offset)",
     "set_alias_offset(offset >> 1)"),
    ("fold[pci_vpb_regs=native]", "pci_vpb.native", "aliases[window]",
     "aliases[window ^ 1 & ~window]"),
]  # fmt: skip


@cache
def work() -> Work:
    project = named("versatilepb")
    return Work.of(project, [generated_trace(project, 2011, 16_000)], [])


def run(text: str) -> Row:
    return perform(Configuration.parse(f"versatilepb@{text}"), work(), None)


def plant(monkeypatch: pytest.MonkeyPatch, module: ModuleType, old: str, new: str) -> None:
    """Have the functions and classes of `module` be those of its source with a replacement."""
    source = inspect.getsource(module)
    assert source.count(old) >= 1
    changed = dict(vars(module))
    exec(compile(source.replace(old, new), str(module.__file__), "exec"), changed)
    for name, value in changed.items():
        if getattr(value, "__module__", "") == module.__name__ or name in ("READ", "WRITE"):
            monkeypatch.setattr(module, name, value)


@pytest.mark.parametrize(("on", "module", "old", "new"), PLANTED)
def test_a_planted_bug_is_noticed(
    monkeypatch: pytest.MonkeyPatch, on: str, module: str, old: str, new: str
) -> None:
    work()
    plant(monkeypatch, import_module(f"memfold.devices.{module}"), old, new)
    assert run(on).differences


@pytest.mark.parametrize("on", ["legacy", "fold[flash=native]", "fold[pl110=native]"])
def test_nothing_is_noticed_where_nothing_is_planted(on: str) -> None:
    assert run(on).first == ""


def test_a_form_that_stands_alone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("memfold.devices.pl031.legacy")
    plant(monkeypatch, module, "sysbus_init_mmio(dev, 0x1000,", "sysbus_init_mmio(dev, 0x400,")
    project = named("versatilepb")
    broken = Work.of(project, [generated_trace(project, 2011, 3000)], [])
    row = perform(Configuration.parse("versatilepb@fold[pl031=native]"), broken, None)
    assert row.findings[0].vote == "2 of 3 forms agree: legacy is the odd one"


def test_a_wrong_board_contradicts_the_recordings(monkeypatch: pytest.MonkeyPatch) -> None:
    board = BOARDS["versatilepb"]
    evidence = Evidence(board)
    right = Configuration.of(board, STAGES["remove"], {})
    assert list(evidence.wrong(right, [])) == []
    short = replace(board, ram=(replace(board.ram[0], size=board.ram[0].size - 1024),))
    high = replace(
        board,
        slots=tuple(
            replace(slot, base=slot.base + 1024) if slot.name == "pl041" else slot
            for slot in board.slots
        ),
    )
    for wrong in (short, high):
        monkeypatch.setitem(BOARDS, board.name, wrong)
        assert list(
            evidence.wrong(Configuration(MIGRATIONS[board.name], STAGES["remove"], right.forms), [])
        )


def test_a_wire_that_a_transcript_contradicts_is_told() -> None:
    board = BOARDS["leon3_generic"]
    swapped = replace(
        board,
        slots=tuple(
            replace(slot, irqs={0: ("irqmp", 4)}) if slot.name == "uart" else slot
            for slot in board.slots
        ),
    )
    project = named(board.name)
    rows = [Configuration.of(board, STAGES["legacy"], {})]
    recorded = Work.of(project, [], rows).recorded
    assert list(Evidence(board).wrong(rows[0], recorded)) == []
    found = [name for name, _ in Evidence(swapped).wrong(rows[0], recorded)]
    assert found == ["uart"] * len(found)
    assert found
    assert Evidence(board).unseen(recorded) == [
        "2 of 4 interrupt wires change in no recording: gptimer:1, irqmp:0"
    ]
