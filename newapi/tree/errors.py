"""The one error the new API raises on purpose."""

from __future__ import annotations

from memfold.errors import MemfoldError
from memfold.host.ranges import AddrRange

__all__ = ["RegionError"]


class RegionError(MemfoldError):
    """A change or query that the memory map cannot carry out; the map is as it was before."""

    def __init__(self, message: str, region: str = "", where: AddrRange | None = None) -> None:
        """`region` names the culprit and `where` the addresses, where there are such."""
        super().__init__(message)
        self.region = region
        self.where = where
