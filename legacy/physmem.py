"""One whole old world."""

from __future__ import annotations

from memfold.host.ram import RamList
from memfold.host.ranges import AddrRange
from memfold.legacy.audit import Audit
from memfold.legacy.bounce import Mapping
from memfold.legacy.errors import LegacyError
from memfold.legacy.ioport import IoPorts
from memfold.legacy.target import Target

__all__ = ["PhysMem"]


class PhysMem(Mapping, IoPorts):
    """The physical memory of one machine as QEMU kept it on 2011-05-18, bug for bug.

    Methods carry the C names. The parts, each built on the one before: dirty flags and RAM
    (`legacy.dirty`), registration (`legacy.registration`), accesses (`legacy.access`,
    `legacy.ordered`), mapping (`legacy.bounce`); beside them I/O ports (`legacy.ioport`). Worlds
    are independent; two that are given the same `RamList` share RAM and dirty flags and nothing
    else. Where the C code died, a `legacy.LegacyDeath` names what happened.
    """

    def __init__(self, target: Target, ram: RamList | None = None, *, audit: bool = False) -> None:
        Mapping.__init__(self, target, RamList(target.page_bits) if ram is None else ram)
        IoPorts.__init__(self)
        self._audit = Audit(self) if audit else None
        if self._audit is not None:
            self.watch = self._audit.watching
        self._coalesced: list[AddrRange] = []
        self._ioeventfds: set[tuple[str, int, int, int]] = set()

    @property
    def audit(self) -> Audit:
        """What registrations destroyed since the beginning, of a world made with ``audit=True``.

        Raises `LegacyError` for a world that keeps no such record.
        """
        if self._audit is None:
            raise LegacyError("no audit is kept: make the world with PhysMem(..., audit=True)")
        return self._audit

    @property
    def coalesced(self) -> tuple[AddrRange, ...]:
        """The ranges whose writes an accelerator may batch, oldest first."""
        return tuple(self._coalesced)

    def qemu_register_coalesced_mmio(self, addr: int, size: int) -> None:
        """Let an accelerator batch writes to a range. Nothing here checks what is mapped there."""
        self._coalesced.append(AddrRange.sized(addr, size))

    def qemu_unregister_coalesced_mmio(self, addr: int, size: int) -> None:
        """Drop the ranges that lie wholly inside this one."""
        gone = AddrRange.sized(addr, size)
        self._coalesced = [zone for zone in self._coalesced if not gone.covers(zone)]

    @property
    def ioeventfds(self) -> frozenset[tuple[str, int, int, int]]:
        """What is bound now: (``"mmio"`` or ``"pio"``, address, value, file descriptor)."""
        return frozenset(self._ioeventfds)

    def kvm_set_ioeventfd_mmio_long(self, fd: int, addr: int, val: int, assign: bool) -> None:
        """Bind (or unbind) a file descriptor to 4-byte writes of `val` at an address."""
        self._bind(("mmio", addr, val, fd), assign)

    def kvm_set_ioeventfd_pio_word(self, fd: int, addr: int, val: int, assign: bool) -> None:
        """Bind (or unbind) a file descriptor to 2-byte writes of `val` to a port."""
        self._bind(("pio", addr, val, fd), assign)

    def _bind(self, eventfd: tuple[str, int, int, int], assign: bool) -> None:
        (self._ioeventfds.add if assign else self._ioeventfds.discard)(eventfd)
