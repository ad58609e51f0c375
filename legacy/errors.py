"""How the old layer died. Where the C code crashed, hung or aborted, one of these is raised."""

from __future__ import annotations

from memfold.errors import MemfoldError

__all__ = ["IoSlotsExhausted", "LegacyAbort", "LegacyDeath", "LegacyError", "UnboundedRecursion"]


class LegacyError(MemfoldError):
    """The old layer cannot do this."""

    def __init__(self, wrong: str, addr: int | None = None, size: int | None = None) -> None:
        """`addr` and `size` in bytes where there are such: a guest or ram address, or a port."""
        super().__init__(wrong)
        self.addr = addr
        self.size = size


class LegacyDeath(LegacyError):
    """The C code did not survive this call."""


class LegacyAbort(LegacyDeath):
    """It aborted: a failed assertion, a bad ram offset, a null function, ``hw_error``."""


class UnboundedRecursion(LegacyDeath):
    """Sub-pages refer to each other in a ring, so the access recursed until the stack was gone.

    Found by following the ring once (trace io-index-reuse-by-subpage-of-same-page-never-returns).
    """


class IoSlotsExhausted(LegacyDeath):
    """A sub-page found no free io slot.

    The C code went on with slot -1 in the page descriptor and later called through it. Sub-pages
    never give their slot back, so a long-running machine gets here by mapping and unmapping alone.
    """

    def __init__(self, wrong: str, addr: int | None = None, needed: int = 1, free: int = 0) -> None:
        """Of the slots `needed`, so many are `free`."""
        super().__init__(wrong, addr)
        self.needed = needed
        self.free = free
