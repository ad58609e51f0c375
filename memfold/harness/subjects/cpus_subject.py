"""Subjects for traces of several CPUs: one handler for all local APICs, or a root for each CPU."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from memfold.devices.board import Board, Ram
from memfold.devices.percpu import Cpus, cpus
from memfold.devices.stages import STAGES
from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import BadStep, MapRow, NotReplayable, Step

__all__ = ["CpusSubject", "on_one_handler", "on_own_roots"]

BOARD = Board("cpus", 12, 64, 52, False, (Ram("ram", 0, 1 << 20),), (), 1 << 40, "")
"""A megabyte of RAM for CPUs to share; nothing else."""


class CpusSubject:
    """The CPUs of a fresh machine at one stage, with a megabyte of RAM to share."""

    def __init__(self, header: Mapping[str, Json], stage: str) -> None:
        """Raises `BadStep` when the header gives no number of CPUs from 1 to 255."""
        count = header.get("cpus")
        if type(count) is not int or not 1 <= count <= 255:
            raise BadStep(f"cpus {count!r}", "a number from 1 to 255")
        self._count = count
        self._cpus: Cpus = cpus(BOARD, STAGES[stage], count)

    def perform(self, step: Step) -> Facts:
        """Do one step; raises `NotReplayable` for a CPU that the machine has not."""
        args = step.args
        cpu = cast(int, args["cpu"])
        if cpu >= self._count:
            raise NotReplayable(f"{step.op}: no CPU {cpu}; this machine has {self._count}")
        if step.op == "apic_base":
            self._cpus.move_apic(cpu, cast(int, args["base"]))
        elif step.op == "write":
            self._cpus.write(cpu, cast(int, args["addr"]), bytes.fromhex(cast(str, args["data"])))
        else:
            data = self._cpus.read(cpu, cast(int, args["addr"]), cast(int, args["len"]))
            return {"data": data.hex()}
        return {}

    def map(self) -> list[MapRow]:
        """Each CPU has a map of its own; a trace of this family records none."""
        return []


def on_one_handler(header: Mapping[str, Json]) -> CpusSubject:
    """The way of 2011, as stages legacy, shim and convert have it."""
    return CpusSubject(header, "convert")


def on_own_roots(header: Mapping[str, Json]) -> CpusSubject:
    """A root for each CPU, as stages fold and remove have it."""
    return CpusSubject(header, "remove")
