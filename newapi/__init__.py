"""The memory API: regions in a tree, address spaces that flatten it, sinks told of every change."""

from newapi.addressspace import AddressSpace
from newapi.core import Core
from newapi.errors import RegionError
from newapi.flatview import FlatRange, FlatView, Piece, flatten, render
from newapi.listener import Listeners, MemoryListener, SinkListener
from newapi.ops import AccessSizes, Endianness, MemoryRegionOps, OldMmio, PortioEntry
from newapi.phys import PhysAccess
from newapi.ports import Ports
from newapi.profile import PROFILES, TODAY, V1_0, V1_1, Profile
from newapi.region import Kind, MemoryRegion
from newapi.reports import Clip
from newapi.sink import EventFd, MapSink
from newapi.transact import (
    DeviceError,
    MemTxAttrs,
    MemTxResult,
    transact_read,
    transact_write,
)
from newapi.world import World

__all__ = [
    "PROFILES",
    "TODAY",
    "V1_0",
    "V1_1",
    "AccessSizes",
    "AddressSpace",
    "Clip",
    "Core",
    "DeviceError",
    "Endianness",
    "EventFd",
    "FlatRange",
    "FlatView",
    "Kind",
    "Listeners",
    "MapSink",
    "MemTxAttrs",
    "MemTxResult",
    "MemoryListener",
    "MemoryRegion",
    "MemoryRegionOps",
    "OldMmio",
    "PhysAccess",
    "Piece",
    "PortioEntry",
    "Ports",
    "Profile",
    "RegionError",
    "SinkListener",
    "World",
    "flatten",
    "render",
    "transact_read",
    "transact_write",
]
