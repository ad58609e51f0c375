"""The memory API: regions in a tree, address spaces that flatten it, sinks told of every change."""

from newapi.addressspace import AddressSpace
from newapi.conflicts import ClaimConflict, Conflict, ConflictWatch, OverlapWarning
from newapi.core import Core
from newapi.dead import Dead, Fault
from newapi.errors import RegionError
<<<<<<< HEAD
from newapi.explain import Explanation, Loser, Reason
from newapi.flatview import FlatRange, FlatView, Piece, flatten, render
from newapi.interpose import Below, Interposer
from newapi.jsonform import changes_json, world_json
=======
from newapi.explain import Claim, ClaimSource, Explanation, Loser, Reason
from newapi.flatview import FlatRange, FlatView, Piece, flatten, render
from newapi.interpose import Below, Interposer
>>>>>>> newapi-work
from newapi.listener import Listeners, MemoryListener, SinkListener
from newapi.ops import AccessSizes, Endianness, MemoryRegionOps, OldMmio, PortioEntry
from newapi.phys import Order, PhysAccess
from newapi.ports import Ports
from newapi.profile import PROFILES, TODAY, V1_0, V1_1, Profile
from newapi.region import Kind, MemoryRegion
<<<<<<< HEAD
from newapi.reports import Clip
=======
from newapi.reports import Clip, clipped
>>>>>>> newapi-work
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
<<<<<<< HEAD
from newapi.world import World
=======
from newapi.world import Watcher, World
>>>>>>> newapi-work

__all__ = [
    "PROFILES",
    "TODAY",
    "V1_0",
    "V1_1",
    "AccessSizes",
    "AddressSpace",
    "Below",
    "CallSite",
<<<<<<< HEAD
    "ClaimConflict",
=======
    "Claim",
    "ClaimConflict",
    "ClaimSource",
>>>>>>> newapi-work
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
<<<<<<< HEAD
=======
    "Order",
>>>>>>> newapi-work
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
<<<<<<< HEAD
    "Way",
    "World",
    "changes_json",
=======
    "Watcher",
    "Way",
    "World",
    "clipped",
>>>>>>> newapi-work
    "diff",
    "flatten",
    "render",
    "transact_read",
    "transact_write",
    "world_json",
]
