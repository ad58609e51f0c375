"""Which pages one registration visits, and how much of each it covers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from memfold.legacy.target import Target

__all__ = ["Visit", "visits"]

_U64 = (1 << 64) - 1


class Visit(NamedTuple):
    """`pages` pages from number `page`, each covered from byte `first` to byte `last`.

    No byte is covered where `last` lies below `first`; the pages are visited all the same.
    """

    page: int
    pages: int
    first: int
    last: int
    whole: bool
    """Whether every byte of the pages is covered."""


def visits(target: Target, start: int, size: int) -> Iterator[Visit]:
    """The pages that registering `size` bytes (1 to 2^64 - 1) at `start` visits, in order.

    They are ceil(size / P), counted from the start page, and only the first and the last can be
    covered in part. But the C code asked "is this the first page" by comparing addresses, so that
    after wrapping over the top of the address space every page begins where an unaligned start
    does; and "is this the last" in 64 bits, so that no page after a wrap at 32 bits is.
    """
    bits, byte_mask = target.page_bits, target.page_size - 1
    addr_mask, pages = (1 << target.phys_addr_bits) - 1, target.pages
    span = ((size + byte_mask) & ~byte_mask & addr_mask) or addr_mask + 1
    total = span >> bits
    wrap = (addr_mask + 1 - (start & ~byte_mask)) >> bits
    partial_cuts = {1, wrap} if start & byte_mask else set()
    if size & byte_mask:
        partial_cuts.add(total - 1)
    cuts = sorted({0, total} | {cut for cut in partial_cuts if 0 < cut < total})
    for k, end in pairwise(cuts):
        addr = (start + (k << bits)) & addr_mask
        first = 0 if addr > start else start & byte_mask
        partial = (start + size - addr) & _U64 <= byte_mask
        last = (start + size - 1) & byte_mask if partial else byte_mask
        while k < end:
            page = ((start >> bits) + k) % pages
            count = min(end - k, pages - page)
            yield Visit(page, count, first, last, first == 0 and last == byte_mask)
            k += count
