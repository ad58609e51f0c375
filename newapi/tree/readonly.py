"""What is read of a region and not assigned: an assignment is told which call to make instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from memfold.newapi.tree.errors import RegionError
from memfold.newapi.tree.node import Node

__all__ = ["read_only"]

Region = TypeVar("Region", bound=Node)

_CALLS = {
    "addr": "set_address",
    "parent": "add_subregion or del_subregion",
    "priority": "add_subregion_overlap",
    "children": "add_subregion or del_subregion",
    "readable": "rom_device_set_readable",
    "log_mask": "set_log",
    "callback_offset": "set_offset",
    "coalesced": "add_coalescing or clear_coalescing",
    "eventfds": "add_eventfd or del_eventfd",
    "interposers": "add_interposer or del_interposer",
}
"""The call that changes a property, where it is not ``set_`` and its name."""


def read_only(region_class: type[Region]) -> type[Region]:
    """Have every property of a class raise `RegionError` where it is assigned."""
    for owner in region_class.__mro__:
        for name, value in [*vars(owner).items()]:
            if isinstance(value, property):
                usual = f"set_{name}" if hasattr(region_class, f"set_{name}") else None
                refuse = _refusing(name, _CALLS.get(name, usual))
                setattr(owner, name, value.setter(refuse))
    return region_class


def _refusing(name: str, call: str | None) -> Callable[[Node, object], None]:
    instead = "" if call is None else f": call {call}"

    def refuse(region: Node, _: object) -> None:
        wrong = f"region {region.name}: {name} is not assigned{instead}"
        raise RegionError(wrong, region.name)

    return refuse
