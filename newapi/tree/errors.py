"""The errors the new API raises on purpose."""

from __future__ import annotations

from memfold.errors import MemfoldError
from memfold.host.ranges import AddrRange

__all__ = ["AccessError", "CallbackError", "RegionError"]


class RegionError(MemfoldError):
    """A change or query that the memory map cannot carry out; the map is as it was before."""

    def __init__(
        self, message: str, region: str = "", where: AddrRange | None = None, *, space: str = ""
    ) -> None:
        """`region` or `space` names the culprit and `where` the addresses, where there are such."""
        super().__init__(message)
        self.region = region
        self.where = where
        self.space = space


class AccessError(MemfoldError):
    """An access that no guest can make: a size that is none, addresses that are none."""

    def __init__(self, addr: int, size: int, wrong: str) -> None:
        """`size` in bytes; `wrong` names the limit."""
        last = f"-{addr + size - 1:#x}" if size > 1 else ""
        super().__init__(f"access of {size} bytes at {addr:#x}{last}: {wrong}")
        self.addr = addr
        self.size = size


class CallbackError(MemfoldError):
    """A callback returned something that it must not; the fault is the device's code, so a guest's
    access does not go on."""

    def __init__(self, region: str, what: str, offset: int, size: int, wrong: str) -> None:
        """`region` by name; `what` was asked about `size` bytes at `offset` in it."""
        super().__init__(f"region {region}: {what} of {size} bytes at {offset:#x} {wrong}")
        self.region = region
        self.offset = offset
        self.size = size
