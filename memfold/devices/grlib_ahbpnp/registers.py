"""GRLIB plug and play as QEMU 7.2 models it: a read-only list of words, big-endian."""

from __future__ import annotations

from collections.abc import Mapping

from memfold.devices.device import Answers

__all__ = ["ANSWERS", "Pnp"]

ANSWERS = Answers(
    fixed=(range(0x000, 0x1000, 4),),
)


class Pnp:
    """A page of words, 0 but for those given: offset (as ``"0x10"``) to word."""

    __slots__ = ("_page",)

    def __init__(self, words: Mapping[str, int]) -> None:
        page = bytearray(0x1000)
        for offset, word in words.items():
            at = int(offset, 0)
            page[at : at + 4] = word.to_bytes(4, "big")
        self._page = bytes(page)

    def read(self, offset: int, size: int) -> int:
        """`size` bytes of the list."""
        return int.from_bytes(self._page[offset : offset + size], "big")

    def write(self, offset: int, size: int, value: int) -> None:
        """Dropped."""
