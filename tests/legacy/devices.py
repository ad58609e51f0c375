"""A device for tests: what it is asked and told, in order."""

from __future__ import annotations

from collections.abc import Callable

from memfold.legacy import DEVICE_NATIVE_ENDIAN, OldMap, ReadFuncs, WriteFuncs

__all__ = ["Probe"]


class Probe:
    """Answers every read with `answer` and notes every call as (way, width, address, value)."""

    def __init__(
        self, phys: OldMap, name: str = "probe", endian: int = DEVICE_NATIVE_ENDIAN
    ) -> None:
        self.name = name
        self.answer = 0x11223344
        self.calls: list[tuple[str, int, int, int]] = []
        self.io = phys.cpu_register_io_memory(READ, WRITE, self, endian)


def _read(size: int) -> Callable[[Probe, int], int]:
    def read(probe: Probe, addr: int) -> int:
        probe.calls.append(("r", size, addr, probe.answer))
        return probe.answer

    return read


def _write(size: int) -> Callable[[Probe, int, int], None]:
    def write(probe: Probe, addr: int, value: int) -> None:
        probe.calls.append(("w", size, addr, value))

    return write


READ: ReadFuncs = (_read(1), _read(2), _read(4))
WRITE: WriteFuncs = (_write(1), _write(2), _write(4))
