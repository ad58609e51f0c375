"""The files that one write of a guest goes through, in order: what to read to follow it."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

import memfold
from memfold.devices.machine import Machine

__all__ = ["Hop", "walk_of"]

_PACKAGE = f"{Path(memfold.__file__).parent}/"


class Hop(NamedTuple):
    """One function entered: its file from the package on, its name, its first line."""

    file: str
    function: str
    line: int


def walk_of(machine: Machine, addr: int, size: int, value: int) -> list[Hop]:
    """Every function of this package that a write of `size` bytes at `addr` enters, in order.

    It is written twice and the second one followed: at the first the old layer looks its pages up.
    What a device does because of the write, say raise an interrupt, is part of the walk. Raises
    what the machine raises.
    """
    hops: list[Hop] = []

    def enter(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(_PACKAGE):
            file = code.co_filename.removeprefix(_PACKAGE)
            hops.append(Hop(file, code.co_qualname, code.co_firstlineno))

    machine.store(addr, value, size)
    before = sys.getprofile()
    sys.setprofile(enter)
    try:
        machine.store(addr, value, size)
    finally:
        sys.setprofile(before)
    return hops
