"""The memory API: regions in a tree, spaces that flatten it, listeners told of every change.

Rooms, each importing only what stands before it: `tree` (what a region is), `view` (what a tree
shows), `access` (how it is accessed), `ask` (what can be asked); `rfc` has the mail's own names.
"""

from memfold.newapi.access.core import Core
from memfold.newapi.access.phys import Order, PhysAccess
from memfold.newapi.access.ports import Ports
from memfold.newapi.access.transact import transact_read, transact_write
from memfold.newapi.ask.clipped import Clip, clipped
from memfold.newapi.ask.conflicts import (
    ClaimConflict,
    Conflict,
    ConflictWatch,
    OverlapWarning,
    claim_conflicts,
    conflicts,
)
from memfold.newapi.ask.dead import Dead, Fault, dead
from memfold.newapi.ask.explain import Explanation, Loser, Reason, explain
from memfold.newapi.ask.jsonform import changes_json, world_json
from memfold.newapi.ask.mtree import mtree, mtree_flat
from memfold.newapi.ask.topologylog import CallSite, LogEntry, TopologyLog
from memfold.newapi.ask.viewdiff import ViewChange, diff
from memfold.newapi.ask.ways import Spot, Way
from memfold.newapi.rfc import Rfc
from memfold.newapi.tree.dispatch import dispatch_read, dispatch_write
from memfold.newapi.tree.errors import AccessError, CallbackError, RegionError
from memfold.newapi.tree.interposer import Below, Interposer, ReadThrough, WriteThrough
from memfold.newapi.tree.node import Change
from memfold.newapi.tree.ops import (
    AcceptsFunc,
    AccessSizes,
    DeviceError,
    Endianness,
    EventFd,
    MailReadFunc,
    MailWriteFunc,
    MemTxAttrs,
    MemTxResult,
    ReadFunc,
    ReadWithAttrsFunc,
    WriteFunc,
    WriteWithAttrsFunc,
)
from memfold.newapi.tree.profile import PROFILES, TODAY, V1_0, V1_1, Profile
from memfold.newapi.tree.region import (
    Kind,
    MemoryRegion,
    MemoryRegionOps,
    OldMmio,
    PortioEntry,
)
from memfold.newapi.view.addressspace import AddressSpace
from memfold.newapi.view.claims import Claim, ClaimSource, Overlay
from memfold.newapi.view.flatview import FlatRange, FlatView, Piece, flatten
from memfold.newapi.view.listener import MemoryListener
from memfold.newapi.view.render import render
from memfold.newapi.view.space import Space, Watcher
from memfold.newapi.view.world import World

__all__ = [
    "PROFILES",
    "TODAY",
    "V1_0",
    "V1_1",
    "AcceptsFunc",
    "AccessError",
    "AccessSizes",
    "AddressSpace",
    "Below",
    "CallSite",
    "CallbackError",
    "Change",
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
    "LogEntry",
    "Loser",
    "MailReadFunc",
    "MailWriteFunc",
    "MemTxAttrs",
    "MemTxResult",
    "MemoryListener",
    "MemoryRegion",
    "MemoryRegionOps",
    "OldMmio",
    "Order",
    "OverlapWarning",
    "Overlay",
    "PhysAccess",
    "Piece",
    "PortioEntry",
    "Ports",
    "Profile",
    "ReadFunc",
    "ReadThrough",
    "ReadWithAttrsFunc",
    "Reason",
    "RegionError",
    "Rfc",
    "Space",
    "Spot",
    "TopologyLog",
    "ViewChange",
    "Watcher",
    "Way",
    "World",
    "WriteFunc",
    "WriteThrough",
    "WriteWithAttrsFunc",
    "changes_json",
    "claim_conflicts",
    "clipped",
    "conflicts",
    "dead",
    "diff",
    "dispatch_read",
    "dispatch_write",
    "explain",
    "flatten",
    "mtree",
    "mtree_flat",
    "render",
    "transact_read",
    "transact_write",
    "world_json",
]
