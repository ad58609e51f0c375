"""The memory API: regions in a tree, address spaces that flatten it, sinks told of every change."""

from memfold.newapi.access.core import Core
from memfold.newapi.access.phys import Order, PhysAccess
from memfold.newapi.access.ports import Ports
from memfold.newapi.access.transact import (
    DeviceError,
    MemTxAttrs,
    MemTxResult,
    transact_read,
    transact_write,
)
from memfold.newapi.ask.clipped import Clip, clipped
from memfold.newapi.ask.conflicts import ClaimConflict, Conflict, ConflictWatch, OverlapWarning
from memfold.newapi.ask.dead import Dead, Fault
from memfold.newapi.ask.explain import Claim, ClaimSource, Explanation, Loser, Reason
from memfold.newapi.ask.jsonform import changes_json, world_json
from memfold.newapi.ask.topologylog import CallSite, LogEntry, TopologyLog
from memfold.newapi.ask.viewdiff import ViewChange, diff
from memfold.newapi.ask.ways import Spot, Way
from memfold.newapi.rfc import Rfc
from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.interpose import Below, Interposer
from memfold.newapi.tree.ops import AccessSizes, Endianness, MemoryRegionOps, OldMmio, PortioEntry
from memfold.newapi.tree.profile import PROFILES, TODAY, V1_0, V1_1, Profile
from memfold.newapi.tree.region import Kind, MemoryRegion
from memfold.newapi.view.addressspace import AddressSpace
from memfold.newapi.view.flatview import FlatRange, FlatView, Piece, flatten, render
from memfold.newapi.view.listener import Listeners, MemoryListener, SinkListener
from memfold.newapi.view.sink import EventFd, MapSink
from memfold.newapi.view.world import Watcher, World

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
