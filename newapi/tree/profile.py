"""What the versions of QEMU differ in, as data: the answers to accesses that reach no device."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PROFILES", "TODAY", "V1_0", "V1_1", "Profile"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One version's answers.

    name: as `PROFILES` and the headers of recorded traces have it.
    invalid_read: what a device access of a size or alignment the device does not take returns.
    unassigned_is_device: whether nothing is modelled as a device that refuses misaligned accesses,
    so that a misaligned ``ld*_phys`` of it returns `invalid_read`; otherwise it always reads 0.
    rw_max: bytes that one piece of a block access has at most; 0 lets the device's valid sizes say.
    old_ports: whether ports are served as the old port table did: at any width, unchecked.
    split_in_device_order: whether an access split by impl sizes is put together in the device's
    byte order; 1.0 and 1.1 always put the first part lowest.
    """

    name: str
    invalid_read: int
    unassigned_is_device: bool
    rw_max: int
    old_ports: bool
    split_in_device_order: bool


V1_0 = Profile("v1.0", 0xFFFFFFFF, False, 4, True, False)
"""QEMU 1.0.1, golden memory rules 10 and 12."""
V1_1 = Profile("v1.1", 0xFFFFFFFF, True, 4, True, False)
"""QEMU 1.1.0-rc3, the same rules."""
TODAY = Profile("today", 0, False, 0, False, True)
"""QEMU 7.2 (golden qtest): unmapped and invalid reads give 0, unmapped ports all ones."""

PROFILES = {profile.name: profile for profile in (V1_0, V1_1, TODAY)}
