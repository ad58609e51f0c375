"""PS/2 keyboard and mouse: how they answer commands, as QEMU 7.2 models them.

Nobody types or moves here; what a guest can see are the answers.
"""

from __future__ import annotations

from collections import deque

from memfold.host.irq import IrqLine

__all__ = ["Keyboard", "Mouse"]

ACK, RESEND, SELF_TEST_PASSED = 0xFA, 0xFE, 0xAA
QUEUE_SIZE = 16
KNOCKS: dict[tuple[int, ...], int] = {(200, 100, 80): 3, (200, 200, 80): 4}
"""Sample rates in a row that make a mouse a wheel mouse (3), with five buttons (4)."""


def next_byte(waiting: deque[int], irq: IrqLine) -> int:
    """Take a byte; the interrupt falls, and rises again if there is more."""
    byte = waiting.popleft()
    irq.lower()
    if waiting:
        irq.raise_()
    return byte


class Keyboard:
    """An AT keyboard; `irq` is high while an answer waits. A new command drops the old answer."""

    __slots__ = ("_answer", "_command", "_irq", "_scancode_set")

    def __init__(self, irq: IrqLine) -> None:
        self._irq = irq
        self._answer: deque[int] = deque()
        self._command = 0  # the one that waits for its argument
        self._scancode_set = 2

    def read(self) -> int:
        """The next byte; call while `irq` is high."""
        return next_byte(self._answer, self._irq)

    def write(self, value: int) -> None:
        """A command or the argument of the last one; more than a byte is no known command."""
        command, self._command = self._command, 0
        answer = self._argument(command, value) if command else self._do(value)
        self._answer = deque(answer)
        self._irq.raise_()

    def _do(self, command: int) -> tuple[int, ...]:
        match command:
            case 0xED | 0xF0 | 0xF3 | 0xFC:
                self._command = command
                return (ACK,)
            case 0xEE:
                return (0xEE,)
            case 0xF2:
                return (ACK, 0xAB, 0x83)
            case 0xF5 | 0xF6:
                self._scancode_set = 2
                return (ACK,)
            case 0xFF:
                self._scancode_set = 2
                return (ACK, SELF_TEST_PASSED)
            case 0x00 | 0xF4 | 0xFA:
                return (ACK,)
        return (RESEND,)

    def _argument(self, command: int, value: int) -> tuple[int, ...]:
        if command == 0xF0:
            if value == 0:
                return (ACK, self._scancode_set)
            if value > 3:
                return (RESEND,)
            self._scancode_set = value
        return (ACK,)


class Mouse:
    """A PS/2 mouse that becomes a wheel mouse when asked; `irq` is high while bytes wait."""

    __slots__ = ("_command", "_irq", "_knock", "_queue", "_rate", "_resolution", "_status", "_type",
                 "_wrap")  # fmt: skip

    SCALED, ENABLED, REMOTE = 0x10, 0x20, 0x40

    def __init__(self, irq: IrqLine) -> None:
        self._irq = irq
        self._queue: deque[int] = deque()
        self._command = 0
        self._status = 0
        self._resolution = 0
        self._rate = 0
        self._wrap = False
        self._type = 0
        self._knock: tuple[int, ...] = ()

    def read(self) -> int:
        """The next byte; call while `irq` is high."""
        return next_byte(self._queue, self._irq)

    def write(self, value: int) -> None:
        """A command, the argument of the last one, or in wrap mode a byte to send back."""
        command, self._command = self._command, 0
        if command == 0xF3:
            self._set_rate(value)
        elif command == 0xE8:
            self._resolution = value & 0xFF
            self._send(ACK)
        elif self._wrap and value not in (0xEC, 0xFF):
            self._send(value & 0xFF)
        else:
            self._do(value)

    def _do(self, command: int) -> None:
        match command:
            case 0xE6:
                self._status &= ~self.SCALED
            case 0xE7:
                self._status |= self.SCALED
            case 0xEA:
                self._status &= ~self.REMOTE
            case 0xF0:
                self._status |= self.REMOTE
            case 0xF4:
                self._status |= self.ENABLED
            case 0xF5:
                self._status &= ~self.ENABLED
            case 0xEE:
                self._wrap = True
            case 0xEC if self._wrap:
                self._wrap = False
            case 0xE8 | 0xF3:
                self._command = command
            case 0xE9:
                return self._send(ACK, self._status, self._resolution, self._rate)
            case 0xEB:
                self._send(ACK)
                return self._send(0x08, 0, 0, *[0] * (self._type != 0))
            case 0xF2:
                return self._send(ACK, self._type)
            case 0xF6:
                self._set_defaults()
            case 0xFF:
                self._set_defaults()
                self._type = 0
                self._queue.clear()
                return self._send(ACK, SELF_TEST_PASSED, self._type)
            case _:
                return None
        return self._send(ACK)

    def _set_defaults(self) -> None:
        self._rate, self._resolution, self._status = 100, 2, 0

    def _set_rate(self, rate: int) -> None:
        self._rate = rate & 0xFF
        self._knock += (rate,)
        self._type = KNOCKS.get(self._knock, self._type)
        if not any(knock[: len(self._knock)] == self._knock != knock for knock in KNOCKS):
            self._knock = ()
        self._send(ACK)

    def _send(self, *answer: int) -> None:
        """Queue an answer; one that does not fit as a whole is lost."""
        if len(self._queue) + len(answer) <= QUEUE_SIZE:
            self._queue.extend(answer)
            self._irq.raise_()
