"""The boards against the maps that the real machines printed."""

from __future__ import annotations

import re

import pytest

from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration
from memfold.devices.machine import DeviceFault, Machine, MachineError
from memfold.devices.stages import STAGES
from memfold.equivalence.subject import MapRow
from memfold.harness.recordings.golden import golden

GOLDEN = golden("mtree")
ROW = re.compile(r"  ([0-9a-f]{16})-([0-9a-f]{16}) \(prio \d+, ([a-z/]+)\): ([^@]+?)(?: @(\w+))?$")

boards = pytest.mark.parametrize("board", BOARDS)


def recorded(board: str) -> list[MapRow]:
    """The rows of the real machine's flat view of memory."""
    text = (GOLDEN / f"{board}.flat.txt").read_text()
    (view,) = (view for view in text.split("\n\n") if " Root memory region: system\n" in view)
    rows: list[MapRow] = []
    for line in view.splitlines():
        if match := ROW.match(line):
            start, end = int(match[1], 16), int(match[2], 16)
            rows.append(
                MapRow(start, end + 1 - start, match[3], match[4], int(match[5] or "0", 16))
            )
    return rows


def built(configuration: str) -> list[MapRow]:
    return Machine(Configuration.parse(configuration)).map()


@boards
@pytest.mark.parametrize("stage", ["fold[*=native]", "remove"])
def test_once_all_is_native_the_flat_view_is_the_real_one(board: str, stage: str) -> None:
    rows = built(f"{board}@{stage}")
    assert len(rows) > 5
    assert rows == recorded(board)


@boards
@pytest.mark.parametrize(
    "stage",
    ["legacy", "shim", "convert", "convert[*=bridged]", "convert[*=native]", "fold", "remove"],
)
def test_at_every_stage_the_ranges_are_the_real_ones(board: str, stage: str) -> None:
    ranges = [(row.start, row.size) for row in built(f"{board}@{stage}")]
    assert ranges == [(row.start, row.size) for row in recorded(board)]


@pytest.mark.parametrize("stage", ["legacy", "shim", "convert[*=native]", "fold", "remove"])
def test_a_device_that_raises_is_named_and_the_machine_goes_on(
    stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from memfold.devices.pl031.registers import Pl031

    def burnt(*_: object) -> int:
        raise RuntimeError("burnt out")

    monkeypatch.setattr(Pl031, "read", burnt)
    machine = Machine(Configuration.parse(f"versatilepb@{stage}"))
    for _ in range(2):
        with pytest.raises(
            DeviceFault, match=r"^pl031: read of 4 bytes at 0x0 raised RuntimeError"
        ):
            machine.load(0x101E8000, 4)
    assert machine.load(0x101F1FFC, 4) == 0xB1
    machine.unmap_device("pl031")
    assert machine.load(0x101E8000, 4) == 0


@pytest.mark.parametrize("stage", ["legacy", "shim", "convert[*=native]", "fold", "remove"])
def test_a_device_may_be_unplugged_moved_and_put_back(stage: str) -> None:
    machine = Machine(Configuration.parse(f"versatilepb@{stage}"))
    home = machine.map()
    machine.unmap_device("pl031")
    machine.unmap_device("pl031")
    assert machine.load(0x101E8FFC, 4) == 0
    machine.map_device("pl031", 0x70000000)
    assert machine.load(0x70000FFC, 4) == 0xB1
    assert machine.device_at(0x70000000) == "pl031"
    machine.map_device("pl031", 0x101E8000)
    assert machine.map() == home


@pytest.mark.parametrize("stage", ["legacy", "shim", "convert[*=native]", "fold", "remove"])
@pytest.mark.parametrize(
    ("addr", "message"),
    [
        (
            0xFFFFF800,
            "pl031 does not fit at 0xfffff800-0x1000007ff: addresses of versatilepb end at "
            "0xffffffff",
        ),
        (
            0x70000010,
            "pl031 does not fit at 0x70000010-0x7000100f: its place in a page of 0x400 bytes is "
            "0x0",
        ),
    ],
)
def test_a_device_that_does_not_fit_is_refused_and_stays_where_it_was(
    stage: str, addr: int, message: str
) -> None:
    machine = Machine(Configuration.parse(f"versatilepb@{stage}"))
    before = machine.map()
    with pytest.raises(MachineError) as caught:
        machine.map_device("pl031", addr)
    assert str(caught.value) == message
    assert machine.map() == before
    assert machine.load(0x101E8FFC, 4) == 0xB1


def test_characters_need_a_serial_port() -> None:
    machine = Machine(Configuration.parse("versatilepb@remove"))
    machine.feed("pl011", b"a")
    with pytest.raises(MachineError, match="pl031 has no serial port: 2 characters"):
        machine.feed("pl031", b"ab")


def test_an_unknown_device_names_the_known_ones() -> None:
    machine = Machine(Configuration.parse("leon3_generic@remove"))
    for act in (machine.unmap_device, lambda name: machine.map_device(name, 0)):
        with pytest.raises(MachineError, match=r"no device 'uart9' on this board; expected one of"):
            act("uart9")


@pytest.mark.parametrize("stage", STAGES)
def test_what_goes_past_the_last_address_goes_on_at_0(stage: str) -> None:
    """Found by steps that were made up: the core lost what the old layer, of 32 bits, wrote."""
    machine = Machine(Configuration.parse(f"versatilepb@{stage}"))
    machine.write(0xFFFFFFFE, b"abcdef")
    assert machine.read(0, 4) == b"cdef"
    assert machine.read(0xFFFFFFFC, 8) == bytes(4) + b"cdef"
    machine.store(0xFFFFFFFD, 0x44332211, 4)
    assert machine.load(0, 4) == int.from_bytes(b"\x44def", "little")
