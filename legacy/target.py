"""What differs between targets, as data."""

from __future__ import annotations

from dataclasses import dataclass

from memfold.errors import MemfoldError
from memfold.host.ranges import AddrRange
from memfold.legacy.constants import IO_MEM_SHIFT

__all__ = ["ARM", "CRIS", "MIPS", "X86_64", "Target", "TargetError"]


class TargetError(MemfoldError):
    """A target that the page descriptors cannot describe."""

    def __init__(self, target: str, wrong: str) -> None:
        """The target's name, and what of it is wrong."""
        super().__init__(f"{target}: {wrong}")
        self.target = target
        self.wrong = wrong


@dataclass(frozen=True, slots=True)
class Target:
    """One CPU family as the physical-memory code was compiled for it."""

    name: str
    page_bits: int
    """A page is ``1 << page_bits`` bytes."""
    phys_addr_bits: int
    """Width of an address, 32 or 64: arithmetic wraps here."""
    phys_addr_space_bits: int
    """Bits the page table looks at; addresses that differ only above them are the same."""
    big_endian: bool

    def __post_init__(self) -> None:
        if not IO_MEM_SHIFT + 3 <= self.page_bits < self.phys_addr_space_bits:
            raise TargetError(self.name, f"{self.page_bits} page bits, must be 6 or more")
        if self.phys_addr_bits not in (32, 64) or self.phys_addr_space_bits > self.phys_addr_bits:
            raise TargetError(
                self.name,
                f"{self.phys_addr_space_bits} of {self.phys_addr_bits} address bits,"
                " must be at most 32 of 32 or 64 of 64",
            )

    @property
    def page_size(self) -> int:
        """Bytes in a page."""
        return 1 << self.page_bits

    @property
    def pages(self) -> int:
        """Pages that the page table tells apart."""
        return 1 << self.phys_addr_space_bits - self.page_bits

    @property
    def space(self) -> AddrRange:
        """Addresses that the page table tells apart."""
        return AddrRange(0, 1 << self.phys_addr_space_bits)

    @property
    def io_mem_nb_entries(self) -> int:
        """Io slots: as many as a descriptor's bits below the page size can number."""
        return 1 << (self.page_bits - IO_MEM_SHIFT)


X86_64 = Target("x86_64", 12, 64, 52, big_endian=False)
ARM = Target("arm", 10, 32, 32, big_endian=False)
MIPS = Target("mips", 12, 64, 36, big_endian=True)
CRIS = Target("cris", 13, 32, 32, big_endian=False)
