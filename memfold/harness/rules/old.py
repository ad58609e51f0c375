"""The old layer by its rules: what each page became of the registrations there were.

Numbered rules (R1 and so on) are those of the recordings' description.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from memfold.harness.rules.devices import OldDevice
from memfold.harness.rules.ram import NoRam, Ram

__all__ = ["EMPTY", "ROM", "ROMD", "Endless", "NoSlot", "Numbers", "OldPages", "Page", "Strips"]

UNASSIGNED, ROM, ROMD, SUBPAGE = 16, 8, 1, 2
EMPTY = UNASSIGNED


class Endless(Exception):
    """The C code never returned."""


class NoSlot(Exception):
    """The C code had no slot left for a sub-page."""


class Numbers(NamedTuple):
    """The target."""

    page: int
    space: int
    """Addresses that count; an address is taken modulo this."""
    addr_bits: int
    big: bool


class Strips(NamedTuple):
    """What a page is that several registrations have a part of: slot and offset of each byte."""

    slots: list[int]
    offsets: list[int]


@dataclass
class Page:
    """What a page is: a descriptor and a region offset, or a saved page, which stays as it was."""

    desc: int = EMPTY
    offset: int = 0
    saved: object = None

    @property
    def empty(self) -> bool:
        return self.desc == EMPTY and self.saved is None


class OldPages:
    """All pages, and the io slots."""

    def __init__(self, numbers: Numbers, ram: Ram) -> None:
        self.numbers, self.ram = numbers, ram
        self.pages = [Page() for _ in range(numbers.space // numbers.page)]
        self.slots: list[OldDevice | Strips | None] = [None] * (numbers.page // 8)
        self.taken = set(range(6))  # R10
        self.held = {1, 2}
        """Slots that answer, be it nothing; the others hold null functions."""

    def page_at(self, addr: int) -> Page:
        """The page of an address."""
        return self.pages[addr % self.numbers.space // self.numbers.page]

    def strips(self, page: Page) -> Strips | None:
        """How the page is divided, if it is."""
        if page.saved is None and page.desc != EMPTY and page.desc & SUBPAGE:
            found = self.slots[page.desc % self.numbers.page // 8]
            return found if isinstance(found, Strips) else None
        return None

    # Slots

    def free_slot(self) -> int:
        """The lowest that is free; -1: none is (R10)."""
        free = (slot for slot in range(len(self.slots)) if slot not in self.taken)
        return next(free, -1)

    def io_register(self, device: OldDevice) -> int:
        """Its descriptor."""
        slot = self.free_slot()
        if slot < 0:
            return -1
        self.slots[slot] = device
        self.taken.add(slot)
        self.held.add(slot)
        return slot * 8

    def io_unregister(self, io: int) -> None:
        """R11: pages that refer to it stay."""
        self.slots[io // 8] = None
        self.taken.discard(io // 8)

    # Registering

    def register(
        self, start: int, size: int, desc: int, offset: int, saved: object = None
    ) -> Iterator[tuple[int, int]]:
        """Yields what it had a say about: whole pages, or the part of one (R2 to R8)."""
        page = self.numbers.page
        offset -= offset % page  # R8
        if self._needed(start, size, desc) > len(self.slots) - len(self.taken):
            raise NoSlot
        from_ram = self._from_ram(desc)
        for k, (here, first, last) in enumerate(self.parts(start, size)):
            whole = (first, last) == (0, page - 1)
            now = self.page_at(here)
            if whole or (now.empty and from_ram):  # R3: RAM takes an empty page whole
                if now.empty:  # R1: only an empty page takes the new region offset
                    now.offset = offset + k * page
                now.desc, now.saved = desc, saved
                if from_ram:
                    desc += page
                yield here, here + page
            else:  # R4: the ram address does not go on
                self._strip(now, first, last, desc, offset + k * page)
                yield here + first, here + (last + 1 if first <= last else page)

    def parts(self, start: int, size: int) -> Iterator[tuple[int, int, int]]:
        """Each page that a registration visits, and the first and last byte it covers of it; R2:
        they are counted from the page of an unaligned start.

        Behind the top of all addresses each begins as the first did, and with addresses of 32 bits
        none is the last.
        """
        page, width = self.numbers.page, 1 << self.numbers.addr_bits
        start %= width
        for k in range(-(-size // page)):
            at = (start + k * page) % width
            here = at // page * page % self.numbers.space
            is_last = (start + size - at) % (1 << 64) < page
            last = (start + size - 1) % page if is_last else page - 1
            yield here, 0 if at > start else start % page, last

    def _needed(self, start: int, size: int, desc: int) -> int:
        """How many slots a registration takes, for pages that it divides."""
        needed, from_ram = 0, self._from_ram(desc)
        for here, first, last in self.parts(start, size):
            now = self.page_at(here)
            divided = self.strips(now) is not None
            if (first, last) != (0, self.numbers.page - 1) and not divided:
                needed += not (now.empty and from_ram)
        return needed

    def _from_ram(self, desc: int) -> bool:
        return desc % self.numbers.page <= ROM or bool(desc & ROMD)

    def _strip(self, now: Page, first: int, last: int, desc: int, offset: int) -> None:
        page = self.numbers.page
        strips = self.strips(now)
        if strips is None:
            slot = self.free_slot()
            strips = Strips([self._strip_slot(now.desc)] * page, [now.offset] * page)
            self.slots[slot] = strips
            self.taken.add(slot)  # R7: for good
            self.held.add(slot)
            now.desc, now.saved = slot * 8 | SUBPAGE, None
        for byte in range(first, last + 1):
            strips.slots[byte], strips.offsets[byte] = self._strip_slot(desc), offset
        now.offset = 0  # R1: a sub-page gives 0

    def _strip_slot(self, desc: int) -> int:
        """R3, R5: RAM turns into nothing, ROM reads 0, ROMD is its device."""
        low = desc % self.numbers.page
        return 2 if low == 0 else low // 8

    # Who is asked

    def reads_ram(self, page: Page) -> bool:
        """Whether reads of the page come from RAM."""
        low = page.desc % self.numbers.page
        return page.saved is None and (low <= ROM or bool(page.desc & ROMD))

    def loads_ram(self, page: Page) -> bool:
        """Whether a loader writes there: not where a ram address is not aligned."""
        low = page.desc % self.numbers.page
        return page.saved is None and (low in (0, ROM) or bool(page.desc & ROMD))

    def writes_ram(self, page: Page) -> bool:
        """Whether writes to it go there."""
        return page.saved is None and page.desc % self.numbers.page == 0

    def device(
        self, page: Page, addr: int, told: int, *, is_write: bool
    ) -> tuple[OldDevice | None, int]:
        """The device of an address that its page calls `told`, and what the callback is told."""
        in_page = addr % self.numbers.page
        slot = page.desc % self.numbers.page // 8
        seen: set[int] = set()
        found = self.slots[slot]
        while isinstance(found, Strips):
            if slot in seen:
                raise Endless  # R12
            seen.add(slot)
            told += found.offsets[in_page]
            slot = found.slots[in_page]
            found = self.slots[slot]
        if slot not in self.held and (is_write or slot != 3):
            raise NoRam  # a null function
        return found, told % (1 << self.numbers.addr_bits)
