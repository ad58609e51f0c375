"""Naming one machine: ``board@stage[device=form,...]``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from memfold.devices.board import Board
from memfold.devices.boards import BOARDS
from memfold.devices.stages import STAGES, Stage
from memfold.errors import BadInput

__all__ = ["Configuration", "ConfigurationError"]

GRAMMAR = re.compile(r"(?P<board>[\w-]+)@(?P<stage>[\w-]+)(?:\[(?P<forms>[^\[\]]*)\])?\Z")


class ConfigurationError(BadInput):
    """A configuration that does not exist; the message names the part and what it could be."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """A board at a stage of the plan, and the form of each of its devices."""

    board: Board
    stage: Stage
    forms: Mapping[str, str]
    """Device name to form, for every device of the board."""

    @classmethod
    def of(cls, board: Board, stage: Stage, forms: Mapping[str, str]) -> Configuration:
        """The configuration with `forms` where given (``*`` for all others) and the default else.

        Raises `ConfigurationError` for a device the board has not, or a form the stage has not.
        """
        names = [slot.name for slot in board.slots]
        for device in forms:
            if device != "*":
                _choose("device", device, names, f" on {board.name}")
        for form in forms.values():
            _choose("form", form, stage.forms, f" at stage {stage.name}")
        default = forms.get("*", stage.forms[0])
        return cls(board, stage, {name: forms.get(name, default) for name in names})

    @classmethod
    def parse(cls, text: str) -> Configuration:
        """The configuration that `text` names.

        Raises `ConfigurationError` naming the part that is wrong and what it could be.
        """
        match = GRAMMAR.match(text)
        if match is None:
            raise ConfigurationError(
                f"{text!r} is not a configuration", "board@stage[device=form,...]"
            )
        board = BOARDS[_choose("board", match["board"], BOARDS, "")]
        stage = STAGES[_choose("stage", match["stage"], STAGES, "")]
        forms: dict[str, str] = {}
        for item in match["forms"].split(",") if match["forms"] else ():
            device, equals, form = item.partition("=")
            if not equals:
                raise ConfigurationError(f"{text!r}: {item!r} gives no form", "device=form")
            if device in forms:
                raise ConfigurationError(f"{text!r}: device {device!r} has two forms", "one")
            forms[device] = form
        return cls.of(board, stage, forms)

    @property
    def majority(self) -> str:
        """The form that most devices have."""
        forms = list(self.forms.values())
        return max(self.stage.forms, key=forms.count)

    @property
    def odd(self) -> dict[str, str]:
        """The devices that do not have the form most have."""
        return {name: form for name, form in self.forms.items() if form != self.majority}

    @property
    def is_mix(self) -> bool:
        """Whether more than one device stands out."""
        return len(self.odd) > 1

    def forms_text(self) -> str:
        """The forms in short: ``all native``, ``pl031=native``, ``native, pl031=legacy``."""
        rest = [f"{name}={form}" for name, form in self.odd.items()]
        return ", ".join([self.majority, *rest]) if rest else f"all {self.majority}"

    def __str__(self) -> str:
        parts = [f"*={self.majority}"] if self.majority != self.stage.forms[0] else []
        parts += [f"{name}={form}" for name, form in self.odd.items()]
        return f"{self.board.name}@{self.stage.name}" + (f"[{','.join(parts)}]" if parts else "")


def _choose(what: str, name: str, known: Iterable[str], where: str) -> str:
    if name not in known:
        raise ConfigurationError(f"unknown {what} {name!r}{where}", f"one of {', '.join(known)}")
    return name
