"""Interrupt lines: a level, one handler that is told it, and observers of its changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

__all__ = ["IrqHandler", "IrqLine", "allocate"]

IrqHandler: TypeAlias = Callable[[int, int], None]
"""Called as ``handler(n, level)``: `n` is the line's number at its handler, `level` 0 or 1."""


def unconnected(n: int, level: int) -> None:
    """What a line is wired to until a board connects it."""


class IrqLine:
    """One wire. Whoever drives it calls `set`; whoever receives it was given as `handler`.

    The handler is told every `set`, changed or not, because controllers that latch pulses count
    them. Observers see changes only, after the handler: that is how the recorded traces list them.
    """

    __slots__ = ("_handler", "_observers", "level", "n")

    def __init__(self, handler: IrqHandler = unconnected, n: int = 0) -> None:
        self.level = 0
        self.n = n
        self._handler = handler
        self._observers: list[IrqHandler] = []

    def set(self, level: int) -> None:
        """Drive the line to `level`; any non-zero value is 1."""
        level = 1 if level else 0
        changed = level != self.level
        self.level = level
        self._handler(self.n, level)
        if changed:
            for observer in self._observers:
                observer(self.n, level)

    def raise_(self) -> None:
        """Drive the line to 1."""
        self.set(1)

    def lower(self) -> None:
        """Drive the line to 0."""
        self.set(0)

    def pulse(self) -> None:
        """Drive the line to 1 and back to 0 at once."""
        self.set(1)
        self.set(0)

    def observe(self, observer: IrqHandler) -> None:
        """Have `observer` called on every later change of level."""
        self._observers.append(observer)


def allocate(handler: IrqHandler, n: int) -> list[IrqLine]:
    """`n` lines that share one handler, numbered from 0: the inputs of a controller."""
    return [IrqLine(handler, i) for i in range(n)]
