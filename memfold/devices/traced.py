"""What a machine hands to a device's form: the device's registers, every access noted."""

from __future__ import annotations

from typing import cast

from memfold.devices.device import Registers
from memfold.equivalence.facts import Json
from memfold.errors import MemfoldError

__all__ = ["DeviceFault", "Traced"]


class DeviceFault(MemfoldError):
    """A device's own code raised while a guest accessed it; the machine goes on."""

    def __init__(self, slot: str, way: str, offset: int, size: int, error: Exception) -> None:
        raised = f"{type(error).__name__}: {error}"
        super().__init__(f"{slot}: {way} of {size} bytes at {offset:#x} raised {raised}")
        self.slot = slot
        self.way = way
        self.offset = offset
        self.size = size


class Traced:
    """A device's registers, every access noted; anything else is the device's own."""

    __slots__ = ("_calls", "_inner", "_read", "_slot", "_stores", "_write", "name")

    def __init__(
        self, name: str, slot: str, inner: Registers, calls: list[Json], stores: list[Json]
    ) -> None:
        """Accesses go to `calls` as [slot, "r" or "w", size, offset, value], writes to `stores`
        too, as [slot, offset, value]."""
        self.name = name
        """What maps call the device."""
        self._slot, self._inner, self._calls, self._stores = slot, inner, calls, stores
        self._read, self._write = inner.read, inner.write

    def read(self, offset: int, size: int) -> int:
        """See `Registers.read`; raises `DeviceFault` for whatever the device raises."""
        try:
            value = self._read(offset, size)
        except Exception as error:
            raise DeviceFault(self._slot, "read", offset, size, error) from error
        self._calls.append([self._slot, "r", size, offset, value])
        return value

    def write(self, offset: int, size: int, value: int) -> None:
        """See `Registers.write`; raises `DeviceFault` for whatever the device raises."""
        self._calls.append([self._slot, "w", size, offset, value])
        self._stores.append([self._slot, offset, value])
        try:
            self._write(offset, size, value)
        except Exception as error:
            raise DeviceFault(self._slot, "write", offset, size, error) from error

    def __getattr__(self, name: str) -> object:
        return cast(object, getattr(self._inner, name))
