"""An I2C bus whose master is two wires that somebody wiggles."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Protocol

__all__ = ["I2cSlave", "I2cWires"]


BROADCAST = 0
"""The address that every slave listens to."""


class I2cSlave(Protocol):
    """A chip on the bus."""

    def start(self, *, receive: bool) -> None:
        """A transfer starts: the master will `receive`, or send."""

    def send(self, byte: int) -> None:
        """The master sends a byte; it is always acknowledged."""

    def receive(self) -> int:
        """The master wants a byte."""


class State(Enum):
    """Where in a transfer the wires are."""

    STOPPED = auto()
    SENDING = auto()
    ACKNOWLEDGE = auto()
    RECEIVING = auto()
    MASTER_ACKNOWLEDGE = auto()


class I2cWires:
    """Clock and data of a bus with `slaves` by their 7-bit address."""

    __slots__ = ("_active", "_address", "_bits", "_broadcast", "_buffer", "_clock", "_data",
                 "_released", "_slaves", "_state")  # fmt: skip

    def __init__(self, slaves: Mapping[int, I2cSlave]) -> None:
        self._slaves = slaves
        self._state = State.STOPPED
        self._active: list[I2cSlave] = []
        self._broadcast = False
        self._address: int | None = None
        self._buffer = 0
        self._bits = 0
        self._clock = 1
        self._data = 1
        self._released = 1  # 0 while a slave pulls the data wire low

    @property
    def busy(self) -> bool:
        """Whether a transfer is under way."""
        return self._state is not State.STOPPED

    def set_data(self, level: int) -> int:
        """Drive the data wire; the level it really has, a slave's share included."""
        if level != self._data:
            self._data = level
            if self._clock:
                if level:
                    self._stop()
                else:
                    self._begin(State.SENDING)
                    self._address = None
                self._released = 1
        return self._released & self._data

    def set_clock(self, level: int) -> None:
        """Drive the clock wire; a rising edge moves one bit."""
        if level != self._clock:
            self._clock = level
            self._released = self._rise() if level else 1

    def _begin(self, state: State) -> None:
        self._state = state
        self._bits = 0

    def _stop(self) -> None:
        # Like QEMU, a stop between a start and its address leaves the last transfer open.
        if self._address is not None:
            self._active = []
            self._broadcast = False
        self._address = None
        self._state = State.STOPPED

    def _rise(self) -> int:
        """One clock pulse; what the slave does to the data wire meanwhile."""
        match self._state:
            case State.SENDING:
                self._buffer = (self._buffer << 1 | self._data) & 0xFF
                self._bits += 1
                if self._bits == 8:
                    self._state = State.ACKNOWLEDGE
            case State.ACKNOWLEDGE:
                if not self._deliver():
                    self._stop()
                    return 1
                receiving = self._address is not None and self._address & 1
                self._begin(State.RECEIVING if receiving else State.SENDING)
                return 0
            case State.RECEIVING:
                if not self._bits:
                    heard = self._active and not self._broadcast
                    self._buffer = self._active[0].receive() if heard else 0xFF
                bit = self._buffer >> 7 - self._bits & 1
                self._bits += 1
                if self._bits == 8:
                    self._state = State.MASTER_ACKNOWLEDGE
                return bit
            case State.MASTER_ACKNOWLEDGE:
                self._begin(State.STOPPED if self._data else State.RECEIVING)
        return 1

    def _deliver(self) -> bool:
        """Hand the byte just sent to whom it is for; whether somebody acknowledges it."""
        if self._address is not None:
            for slave in self._active:
                slave.send(self._buffer)
            return True
        self._address = self._buffer
        address = self._address >> 1
        if address == BROADCAST:
            self._broadcast = True
        # A start without a stop before it goes on with the slaves already addressed.
        if not self._active:
            self._active = [
                slave for at, slave in self._slaves.items() if self._broadcast or at == address
            ]
        for slave in self._active:
            slave.start(receive=bool(self._address & 1))
        return bool(self._active)
