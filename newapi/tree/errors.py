"""The one error the new API raises on purpose."""

from memfold.errors import MemfoldError

__all__ = ["RegionError"]


class RegionError(MemfoldError):
    """A change or query that the memory map cannot carry out; the map is as it was before."""
