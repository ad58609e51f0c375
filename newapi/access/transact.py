"""Accesses that say how they went, and who asks.

A plain access of the core tells a guest only what it reads. Here a decode error (nothing there,
or a device that does not take such an access) is told from a device error, as QEMU's
``MemTxResult`` does, and a callback may learn who is asking (``MemTxAttrs``).
"""

from __future__ import annotations

from memfold.newapi.access.blocks import Section
from memfold.newapi.access.core import Core, check_bytes
from memfold.newapi.tree.ops import UNSPECIFIED, MemTxAttrs, MemTxResult

__all__ = ["transact_read", "transact_write"]


def transact_read(
    core: Core, addr: int, length: int, attrs: MemTxAttrs = UNSPECIFIED
) -> tuple[bytes, MemTxResult]:
    """Read a block as `Core.read` does, and say how it went; raises `AccessError` as it does."""
    return core.fetch(addr, length, attrs)


def transact_write(
    core: Core, addr: int, data: bytes, attrs: MemTxAttrs = UNSPECIFIED
) -> MemTxResult:
    """Write a block as `Core.write` does, and say how it went; a write to ROM is OK."""
    check_bytes(addr, data)
    return core.transfer(Section.write_part, addr, data, attrs)
