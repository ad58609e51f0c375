"""What `memfold walk` tells: the functions that one write of a guest enters, in order."""

from __future__ import annotations

from dataclasses import dataclass

import click

from memfold.devices.configuration import Configuration
from memfold.devices.machine import Machine
from memfold.devices.walk import Hop, walk_of
from memfold.equivalence.facts import Json

__all__ = ["Walked", "walked"]

HELD = {"versatilepb": 0x101F1024, "leon3_generic": 0x8000010C}
"""A register that does no more than hold its value: a serial port's divisor."""
VALUE = 0x15


@dataclass(frozen=True, slots=True)
class Walked:
    """The walk of one write of 4 bytes."""

    configuration: Configuration
    addr: int
    answers: str | None
    """The device at the address, or the RAM."""
    hops: list[Hop]

    def draw(self) -> None:
        """A line a hop."""
        answers = "nobody answers" if self.answers is None else f"{self.answers} answers"
        click.echo(f"writel {self.addr:#x} on {self.configuration}: {answers}")
        width = max((len(hop.file) for hop in self.hops), default=0)
        for hop in self.hops:
            click.echo(f"  {hop.file:{width}}  {hop.function.replace('.<locals>', '')}")
        files = len({hop.file for hop in self.hops})
        click.echo(f"{len(self.hops)} functions in {files} files")

    def json(self) -> Json:
        """The same as data."""
        return {
            "configuration": str(self.configuration),
            "addr": self.addr,
            "answers": self.answers,
            "hops": [dict(hop._asdict()) for hop in self.hops],
        }


def walked(configuration: Configuration, addr: int | None) -> Walked:
    """Follow a write at `addr`, or at a register of the board's that just holds its value."""
    where = HELD[configuration.board.name] if addr is None else addr
    machine = Machine(configuration)
    rows = machine.map()
    owners = (row.name for row in rows if row.start <= where < row.start + row.size)
    answers = machine.device_at(where) or next(owners, None)
    return Walked(configuration, where, answers, walk_of(machine, where, 4, VALUE))
