"""Hardware models in every form, the boards, and the machine builder."""

from memfold.devices.board import Board, Ram, Slot
from memfold.devices.boards import BOARDS
from memfold.devices.configuration import Configuration, ConfigurationError
from memfold.devices.device import DeviceType, Registers, Wiring
from memfold.devices.machine import DeviceFault, Machine, MachineError

__all__ = [
    "BOARDS",
    "Board",
    "Configuration",
    "ConfigurationError",
    "DeviceFault",
    "DeviceType",
    "Machine",
    "MachineError",
    "Ram",
    "Registers",
    "Slot",
    "Wiring",
]
