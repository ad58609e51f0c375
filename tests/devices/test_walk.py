"""What a reader must open to follow one write."""

from __future__ import annotations

from itertools import groupby

import pytest

from memfold.devices.configuration import Configuration
from memfold.devices.machine import Machine
from memfold.devices.walk import Hop, walk_of

INTEGER_DIVISOR = 0x101F1024
"""A register of a PL011 that does no more than hold its value."""


def walk(configuration: str) -> list[Hop]:
    machine = Machine(Configuration.parse(configuration))
    hops = walk_of(machine, INTEGER_DIVISOR, 4, 0x15)
    assert machine.stores == [["pl011_2", 0x24, 0x15]] * 2
    return hops


@pytest.mark.parametrize(
    "stage",
    [
        "legacy", "shim", "convert", "convert[*=bridged]", "convert[*=native]",
        "fold", "fold[*=bridged]", "fold[*=native]", "remove",
    ],
)  # fmt: skip
def test_a_write_goes_down_through_at_most_seven_files(stage: str) -> None:
    files = [file for file, _ in groupby(walk(f"versatilepb@{stage}"), key=lambda hop: hop.file)]
    assert len(files) == len(set(files)) <= 7
    at_core = stage.startswith(("fold", "remove"))
    assert files[0] == ("newapi/access/core.py" if at_core else "devices/foundation.py")
    assert files[-2:] == ["devices/traced.py", "devices/pl011/registers.py"]


def test_the_whole_way_at_the_last_stage() -> None:
    assert [(hop.file, hop.function) for hop in walk("versatilepb@remove")] == [
        ("newapi/access/core.py", "Core.store"),
        ("newapi/tree/dispatch.py", "dispatch_write"),
        ("devices/pl011/native.py", "attach.<locals>.<lambda>"),
        ("devices/traced.py", "Traced.write"),
        ("devices/pl011/registers.py", "Pl011.write"),
    ]
