"""What all ARM PrimeCells share: eight identification bytes in the last 32 bytes of the page."""

from __future__ import annotations

__all__ = ["ID_BASE", "cell_id", "id_bytes"]

ID_BASE = 0xFE0
CELL_ID = b"\x0d\xf0\x05\xb1"


def id_bytes(part: int, revision: int = 0, config: int = 0) -> bytes:
    """The identification of `part` (as in PL011: 0x011), designed by ARM (0x41)."""
    peripheral = bytes([part & 0xFF, 0x10 | part >> 8, 0x04 | revision << 4, config])
    return peripheral + CELL_ID


def cell_id(ids: bytes, offset: int) -> int:
    """The byte that a guest reads at `offset` (0xfe0..0xfff); every byte of a word reads as it."""
    return ids[(offset - ID_BASE) >> 2]
