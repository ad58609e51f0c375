"""Character back-ends: where a serial port's characters go to, and come from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

__all__ = ["BufferChardev", "CharBackend", "NullChardev"]


def nothing() -> None:
    """What a break is to a device that takes none."""


class CharBackend(Protocol):
    """What a serial device talks to."""

    def write(self, byte: int) -> None:
        """Take one character (0..255) from the device."""

    def connect(
        self,
        can_receive: Callable[[], bool],
        receive: Callable[[int], None],
        receive_break: Callable[[], None] = nothing,
    ) -> None:
        """Send what arrives to `receive`, one character at a time, while `can_receive` says so; a
        break condition to `receive_break`."""

    def accept_input(self) -> None:
        """The device has room again: send what is waiting."""


class NullChardev:
    """Drops what is written and never sends anything."""

    __slots__ = ()

    def write(self, byte: int) -> None:
        """Drop `byte`."""

    def connect(
        self,
        can_receive: Callable[[], bool],
        receive: Callable[[int], None],
        receive_break: Callable[[], None] = nothing,
    ) -> None:
        """Nothing ever arrives, so nobody is called."""

    def accept_input(self) -> None:
        """Nothing is ever waiting."""


class BufferChardev:
    """Keeps what the device wrote in `sent` and lets a test or user `feed` it."""

    __slots__ = ("_break", "_can_receive", "_connected", "_receive", "_spoken", "sent", "waiting")

    def __init__(self, spoken: Callable[[], object] = nothing) -> None:
        """`spoken` is called after each character that the device wrote."""
        self._spoken = spoken
        self.sent = bytearray()
        self.waiting = bytearray()
        self._connected = False
        self._can_receive: Callable[[], bool] = lambda: False
        self._receive: Callable[[int], None] = lambda _byte: None
        self._break = nothing

    @property
    def connected(self) -> bool:
        """Whether a device talks to it."""
        return self._connected

    def write(self, byte: int) -> None:
        """Append `byte` to `sent`."""
        self.sent.append(byte)
        self._spoken()

    def connect(
        self,
        can_receive: Callable[[], bool],
        receive: Callable[[int], None],
        receive_break: Callable[[], None] = nothing,
    ) -> None:
        """Deliver to this device; what is already waiting goes to it at once."""
        self._connected = True
        self._can_receive = can_receive
        self._receive = receive
        self._break = receive_break
        self.accept_input()

    def feed(self, data: bytes) -> None:
        """Queue `data` for the device, which takes it as it finds room."""
        self.waiting += data
        self.accept_input()

    def feed_break(self) -> None:
        """A break condition; lost while the device is full, or characters wait."""
        if not self.waiting and self._can_receive():
            self._break()

    def accept_input(self) -> None:
        """Deliver until the device is full or nothing waits."""
        while self.waiting and self._can_receive():
            self._receive(self.waiting.pop(0))
