"""What neither generation owns: host RAM, the RAM list, interrupt lines, the clock, characters."""

from memfold.host.chardev import BufferChardev, CharBackend, NullChardev
from memfold.host.clock import Timer, VirtualClock
from memfold.host.irq import IrqLine
from memfold.host.memory import HostMemory
from memfold.host.ptimer import PeriodicTimer
from memfold.host.ram import RamBlock, RamList
from memfold.host.ranges import AddrRange

__all__ = [
    "AddrRange",
    "BufferChardev",
    "CharBackend",
    "HostMemory",
    "IrqLine",
    "NullChardev",
    "PeriodicTimer",
    "RamBlock",
    "RamList",
    "Timer",
    "VirtualClock",
]
