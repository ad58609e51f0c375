"""What large memory holds, at the cost of what was touched of it."""

from __future__ import annotations

import mmap
import sys
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from memfold.host.pointers import address_of, pointer_to

__all__ = ["digest", "touched"]

PAGEMAP = Path("/proc/self/pagemap")
"""Linux tells here, 8 bytes a page, which pages of this process are backed by anything."""
BACKED = bytes(bool(top & 0xC0) for top in range(256))
"""Of the highest byte of an entry: whether it says in memory (0x80) or swapped out (0x40)."""
TOP = 7 if sys.byteorder == "little" else 0
STEP = 1 << 12
ZEROS = bytes(STEP)
KEPT = 64
"""How many digests are remembered."""


def touched(view: memoryview) -> Iterator[tuple[int, int]]:
    """The stretches of `view`, as (start, end), that may hold anything but zeros.

    All of it where the host cannot tell.
    """
    size, page = view.nbytes, mmap.PAGESIZE
    first = address_of(pointer_to(view))
    begin, count = first // page, (first % page + size + page - 1) // page
    try:
        with PAGEMAP.open("rb", buffering=0) as stream:
            stream.seek(8 * begin)
            entries = stream.read(8 * count)
    except OSError:
        entries = b""
    if len(entries) < 8 * count:
        yield 0, size
        return
    backed = entries[TOP::8].translate(BACKED) + b"\0"
    end = 0
    while (start := backed.find(1, end)) >= 0:
        end = backed.find(0, start)
        yield max((begin + start) * page - first, 0), min((begin + end) * page - first, size)


def digest(view: memoryview) -> str:
    """A digest of what `view` holds and of its size, 16 hex digits; touching zeros is no change."""
    held = view.nbytes, *((at, hash(part)) for at, part in _parts(view))
    if held not in _digests:
        made = blake2b(view.nbytes.to_bytes(8), digest_size=8)
        for at, part in _parts(view):
            made.update(at.to_bytes(8))
            made.update(part)
        if len(_digests) >= KEPT:
            _digests.clear()
        _digests[held] = made.hexdigest()
    return _digests[held]


_digests: dict[tuple[object, ...], str] = {}
"""Of what was digested lately, by hashes of its parts, which take a quarter of the time: machines
that perform the same steps hold the same."""


def _parts(view: memoryview) -> Iterator[tuple[int, bytes]]:
    """What is not all zeros, in whole steps counted from the beginning, so that it does not matter
    what was touched."""
    done = 0
    for start, end in touched(view):
        for at in range(max(start - start % STEP, done), end, STEP):
            part = bytes(view[at : at + STEP])
            if part != ZEROS[: len(part)]:
                yield at, part
            done = at + STEP
