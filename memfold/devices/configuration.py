"""Naming one machine: ``board@stage[device=form,...]``."""

from __future__ import annotations

from collections.abc import Mapping

from memfold.devices.board import Board
from memfold.devices.boards import BOARDS
from memfold.devices.stages import FORMS, STAGES, Stage
from memfold.equivalence import configuration as engine
from memfold.equivalence.configuration import Component, ConfigurationError, Migration

__all__ = ["MIGRATIONS", "Configuration", "ConfigurationError"]


def _migration(board: Board) -> Migration:
    """The migration of `board`: every device can have every form; who works on another's registers
    comes after it."""
    devices = {
        slot.name: Component(
            slot.name,
            FORMS,
            "device",
            ("sysbus", slot.peer) if slot.peer else ("sysbus",),
            {form: f"{slot.type}/{form}.py" for form in ("legacy", "native")},
        )
        for slot in board.slots
    }
    return Migration(board.name, STAGES, devices, "device")


MIGRATIONS = {board.name: _migration(board) for board in BOARDS.values()}


class Configuration(engine.Configuration):
    """A board at a stage of the plan, and the form of each of its devices."""

    __slots__ = ()

    @classmethod
    def of(cls, board: Board, stage: Stage, forms: Mapping[str, str]) -> Configuration:
        """The configuration with `forms` where given (``*`` for all others) and the default else.

        Raises `ConfigurationError` for a device the board has not, or a form the stage has not.
        """
        return cls.machine(engine.configure(MIGRATIONS[board.name], stage, forms))

    @classmethod
    def parse(cls, text: str) -> Configuration:
        """The configuration that `text` names.

        Raises `ConfigurationError` naming the part that is wrong and what it could be.
        """
        return cls.machine(engine.parse_configuration(text, MIGRATIONS, "board"))

    @classmethod
    def machine(cls, configuration: engine.Configuration) -> Configuration:
        """What the engine calls a configuration, as the machine it names."""
        return cls(configuration.migration, configuration.stage, configuration.forms)

    @property
    def board(self) -> Board:
        """The board."""
        return BOARDS[self.migration.name]

    @property
    def foundation(self) -> Stage:
        """The stage, and what a machine at it stands on."""
        return STAGES[self.stage.name]
