"""What the versions of QEMU differ in, as data: the answers to accesses that reach no device."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PROFILES", "TODAY", "V1_0", "V1_1", "Profile"]


@dataclass(frozen=True, slots=True)
class Profile:
    """One version's answers.

    name: as `PROFILES` and the headers of recorded traces have it.
    invalid_read: what a device access of a size or alignment the device does not take returns.
    unassigned_misaligned_ld: what a misaligned ``ld*_phys`` of nothing returns.
    rw_max: bytes that one piece of a block access has at most; 0 lets the device's valid sizes say.
    ports_checked: whether port accesses are held against the device's valid sizes at all.
    split_in_device_order: whether an access split by impl sizes is put together in the device's
    byte order; 1.0 and 1.1 always put the first part lowest.
    """

    name: str
    invalid_read: int
    unassigned_misaligned_ld: int
    rw_max: int
    ports_checked: bool
    split_in_device_order: bool


V1_0 = Profile("v1.0", 0xFFFFFFFF, 0, 4, False, False)
"""QEMU 1.0.1, golden memory rules 10 and 12."""
V1_1 = Profile("v1.1", 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 4, False, False)
"""QEMU 1.1.0-rc3, the same rules."""
TODAY = Profile("today", 0, 0, 0, True, True)
"""QEMU 7.2 (golden qtest): unmapped and invalid reads give 0, unmapped ports all ones."""

PROFILES = {profile.name: profile for profile in (V1_0, V1_1, TODAY)}
