"""The physical-memory layer of May 2011, bug for bug."""

from memfold.legacy.api import OldAccess, OldApi, OldDirty, OldMap, OldPorts, OldRam
from memfold.legacy.audit import Audit, Hole, How, Loss
from memfold.legacy.clients import CPUPhysMemoryClient
from memfold.legacy.constants import (
    DEVICE_BIG_ENDIAN,
    DEVICE_LITTLE_ENDIAN,
    DEVICE_NATIVE_ENDIAN,
    IO_MEM_NOTDIRTY,
    IO_MEM_RAM,
    IO_MEM_ROM,
    IO_MEM_ROMD,
    IO_MEM_SHIFT,
    IO_MEM_SUBPAGE,
    IO_MEM_UNASSIGNED,
    DeviceEndian,
    IOPortReadFunc,
    IOPortWriteFunc,
    ReadFunc,
    ReadFuncs,
    WriteFunc,
    WriteFuncs,
)
from memfold.legacy.errors import (
    IoSlotsExhausted,
    LegacyAbort,
    LegacyDeath,
    LegacyError,
    UnboundedRecursion,
)
from memfold.legacy.ioport import IORange
from memfold.legacy.mapped import MapClient, MappedMemory
from memfold.legacy.physmem import PhysMem
from memfold.legacy.sysbus import (
    SysBusDevice,
    sysbus_init_mmio,
    sysbus_init_mmio_cb,
    sysbus_mmio_map,
)
from memfold.legacy.target import ARM, CRIS, MIPS, X86_64, Target, TargetError

__all__ = [
    "ARM",
    "CRIS",
    "DEVICE_BIG_ENDIAN",
    "DEVICE_LITTLE_ENDIAN",
    "DEVICE_NATIVE_ENDIAN",
    "IO_MEM_NOTDIRTY",
    "IO_MEM_RAM",
    "IO_MEM_ROM",
    "IO_MEM_ROMD",
    "IO_MEM_SHIFT",
    "IO_MEM_SUBPAGE",
    "IO_MEM_UNASSIGNED",
    "MIPS",
    "X86_64",
    "Audit",
    "CPUPhysMemoryClient",
    "DeviceEndian",
    "Hole",
    "How",
    "IOPortReadFunc",
    "IOPortWriteFunc",
    "IORange",
    "IoSlotsExhausted",
    "LegacyAbort",
    "LegacyDeath",
    "LegacyError",
    "Loss",
    "MapClient",
    "MappedMemory",
    "OldAccess",
    "OldApi",
    "OldDirty",
    "OldMap",
    "OldPorts",
    "OldRam",
    "PhysMem",
    "ReadFunc",
    "ReadFuncs",
    "SysBusDevice",
    "Target",
    "TargetError",
    "UnboundedRecursion",
    "WriteFunc",
    "WriteFuncs",
    "sysbus_init_mmio",
    "sysbus_init_mmio_cb",
    "sysbus_mmio_map",
]
