"""What the project files of our boards name: subjects, steps, and what a board's wires have to do.

Nothing here is known to the commands: a board is a project like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from memfold.devices.board import Board
from memfold.devices.boards import BOARDS
from memfold.devices.configuration import MIGRATIONS, Configuration
from memfold.equivalence import configuration as engine
from memfold.equivalence.configuration import Component
from memfold.equivalence.coverage import Cell
from memfold.equivalence.project import Fixture, Header
from memfold.equivalence.subject import Step, Subject, UnknownName
from memfold.equivalence.trace import Trace
from memfold.harness.campaign.generate import generate
from memfold.harness.projects import callbacks
from memfold.harness.recordings.evidence import Evidence
from memfold.harness.subjects.covering import cells_of
from memfold.harness.subjects.machine_subject import (
    MACHINE_OPS,
    MachineSubject,
    check_device,
    goal,
)
from memfold.shim import folded, shared_physmem

__all__ = ["LEON3_GENERIC", "VERSATILEPB", "BoardProject", "subject"]


LATER = (folded, shared_physmem)
"""What a machine imports when its stage has it: workers that are forked find it imported."""

KEPT = "kept"
"""The `kind` of a recording of our own: the board as it was before anything was converted."""


def subject(configuration: engine.Configuration, header: Header) -> Subject:
    """A fresh machine; of a recording it is not counted what is tried: few perform it."""
    its = Configuration.machine(configuration)
    return MachineSubject(its, header.get("kind") == KEPT, watched=not header)


FOUNDATION = {"legacy": "foundation.py"}


class BoardProject:
    """What the project file of one board names."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.components: dict[str, Component] = {**MIGRATIONS[board.name].components}
        turned = {"legacy": "legacy"}
        rams = tuple(ram.name for ram in board.ram)
        self.fixtures = (
            *(Fixture(name, "ram", turned, "native", files=FOUNDATION) for name in rams),
            Fixture("sysbus", "bus", turned, "native", rams, FOUNDATION),
            Fixture(board.name, "board", turned, "native", ("sysbus",), FOUNDATION),
        )

    def steps(self, seed: int, count: int) -> Iterator[Step]:
        """See `generate`."""
        return iter(generate(self.board, seed, count))

    def goals(self) -> Collection[tuple[str, str]]:
        """Every interrupt output that leads somewhere has to be raised and lowered."""
        return {goal(name, output) for name, output in self.board.wires}

    def cells(self) -> Collection[Cell]:
        """See `cells_of`."""
        return cells_of(self.board)

    def about(self, header: Header) -> Collection[str] | None:
        """The device that a transcript exercises: the one mapped at its base. What was kept of the
        whole board is repeated where no device stands out."""
        if header.get("kind") == KEPT:
            return {self.board.name}
        if "base" not in header:
            return None
        return {slot.name for slot in self.board.slots if slot.base == header["base"]}

    def audit(
        self, configuration: engine.Configuration, traces: Sequence[Trace]
    ) -> Iterator[tuple[str, str]]:
        """See `Evidence.wrong`, and `callbacks.wrong`."""
        machine = Configuration.machine(configuration)
        yield from Evidence(self.board).wrong(machine, traces)
        yield from callbacks.wrong(machine)

    def unseen(self, traces: Sequence[Trace]) -> Collection[str]:
        """See `Evidence.unseen`."""
        return Evidence(self.board).unseen(traces)

    def check(self, step: Step) -> None:
        """Raises `UnknownName` for an operation or a device that the board has not."""
        if step.op not in MACHINE_OPS:
            known = f"one of {', '.join(sorted(MACHINE_OPS))}"
            raise UnknownName(f"{self.board.name} has no such thing", known)
        check_device(step, self.board)


VERSATILEPB = BoardProject(BOARDS["versatilepb"])
LEON3_GENERIC = BoardProject(BOARDS["leon3_generic"])
