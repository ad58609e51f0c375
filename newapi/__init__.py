"""The memory API: regions in a tree, address spaces that flatten it, sinks told of every change."""

from newapi.addressspace import AddressSpace
from newapi.conflicts import ClaimConflict, Conflict, ConflictWatch, OverlapWarning
from newapi.core import Core
from newapi.dead import Dead, Fault
from newapi.errors import RegionError
from newapi.explain import Claim, ClaimSource, Explanation, Loser, Reason
from newapi.flatview import FlatRange, FlatView, Piece, flatten, render
from newapi.interpose import Below, Interposer
from newapi.jsonform import changes_json, world_json
from newapi.listener import Listeners, MemoryListener, SinkListener
from newapi.ops import AccessSizes, Endianness, MemoryRegionOps, OldMmio, PortioEntry
from newapi.phys import Order, PhysAccess
from newapi.ports import Ports
from newapi.profile import PROFILES, TODAY, V1_0, V1_1, Profile
from newapi.region import Kind, MemoryRegion
from newapi.reports import Clip, clipped
from newapi.rfc import Rfc
from newapi.sink import EventFd, MapSink
from newapi.topologylog import CallSite, LogEntry, TopologyLog
from newapi.transact import (
    DeviceError,
    MemTxAttrs,
    MemTxResult,
    transact_read,
    transact_write,
)
from newapi.viewdiff import ViewChange, diff
from newapi.ways import Spot, Way
from newapi.world import Watcher, World

__all__ = [
    "PROFILES",
    "TODAY",
    "V1_0",
    "V1_1",
    "AccessSizes",
    "AddressSpace",
    "Below",
    "CallSite",
    "Claim",
    "ClaimConflict",
    "ClaimSource",
    "Clip",
    "Conflict",
    "ConflictWatch",
    "Core",
    "Dead",
    "DeviceError",
    "Endianness",
    "EventFd",
    "Explanation",
    "Fault",
    "FlatRange",
    "FlatView",
    "Interposer",
    "Kind",
    "Listeners",
    "LogEntry",
    "Loser",
    "MapSink",
    "MemTxAttrs",
    "MemTxResult",
    "MemoryListener",
    "MemoryRegion",
    "MemoryRegionOps",
    "OldMmio",
    "Order",
    "OverlapWarning",
    "PhysAccess",
    "Piece",
    "PortioEntry",
    "Ports",
    "Profile",
    "Reason",
    "RegionError",
    "Rfc",
    "SinkListener",
    "Spot",
    "TopologyLog",
    "ViewChange",
    "Watcher",
    "Way",
    "World",
    "changes_json",
    "clipped",
    "diff",
    "flatten",
    "render",
    "transact_read",
    "transact_write",
    "world_json",
]
