"""The kinds of mixed worlds: what there is in them, and which of the layers can do it."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ASIDES", "KINDS", "ROOTS", "Kind"]

ROOTS = ("system", "second")


class Kind(NamedTuple):
    """One kind of world, and what is done in it."""

    name: str
    regions: tuple[str, ...]
    """The kinds of regions there are."""
    whole: bool = False
    """Whether everything lies on whole pages: RAM in the midst of one the old layer has not."""
    old: bool = True
    """Whether there are old calls."""
    alone: bool = False
    """Whether the core alone can do it."""
    heads: bool = False
    """Whether old devices divide RAM as the old layer has it divided."""
    saved: bool = False
    """Whether pages are saved and put back, which the stages tell listeners differently."""
    slots: bool = False
    """Whether it is said which io slot is whose; that is so on the old layer alone."""


ALL = (
    "io",
    "carried",
    "ram",
    "ram",
    "rom",
    "rom_device",
    "container",
    "container",
    "alias",
    "alias",
    "reservation",
)
_HEADS = Kind("heads", ("io", "ram", "ram", "rom"), heads=True)
"""There twice: whether RAM begins where an old device ends shows in few of its steps."""
KINDS = (
    Kind("pages", ALL, whole=True),
    Kind("parts", ("io", "io", "carried", "container", "alias", "reservation")),
    Kind("tree", ALL, old=False, alone=True),
    Kind("native", ("io", "io", "ram", "rom", "container", "alias"), old=False, alone=True),
    Kind("saved", ALL, whole=True, saved=True),
    _HEADS,
    Kind("cut", ALL, alone=True),
    Kind("old", ()),
    Kind(
        "kept", ("io", "ram", "rom", "rom", "container", "alias", "alias"), alone=True, saved=True
    ),
    _HEADS,
)
_DEVICES = ("io", "io", "carried", "container", "alias", "reservation")
ASIDES = (
    Kind("buses", ()),
    Kind("held", _DEVICES, whole=True, saved=True),
    Kind("tight", _DEVICES),
    Kind("refilled", ("io", "ram", "ram", "rom", "container", "alias"), whole=True),
    Kind("tight", _DEVICES, whole=True, saved=True),
    Kind("slots", ("io", "rom_device"), whole=True, heads=True, slots=True),
    Kind("rounded", ALL, alone=True),
)
"""Worlds of short runs between the others, each about one thing that is done there often."""
