"""What neither generation owns: host RAM, the RAM list, interrupt lines, the clock, characters."""

from memfold.host.chardev import BufferChardev, CharBackend, NullChardev
from memfold.host.clock import ClockError, Timer, VirtualClock
from memfold.host.irq import IrqLine
from memfold.host.memory import HostMemory, HostMemoryError
from memfold.host.ptimer import PeriodicTimer
from memfold.host.ram import BadRamAddress, RamBlock, RamError, RamList
from memfold.host.ranges import AddrRange

__all__ = [
    "AddrRange",
    "BadRamAddress",
    "BufferChardev",
    "CharBackend",
    "ClockError",
    "HostMemory",
    "HostMemoryError",
    "IrqLine",
    "NullChardev",
    "PeriodicTimer",
    "RamBlock",
    "RamError",
    "RamList",
    "Timer",
    "VirtualClock",
]
