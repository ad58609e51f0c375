"""Accesses to a mixed world, about what was changed last, and looks at its RAM."""

from __future__ import annotations

from collections.abc import Callable

from memfold.harness.campaign.mixed.ground import Ground

__all__ = ["Looks"]

LOADS = ("ldub_phys", "lduw_phys", "ldl_phys", "ldq_phys")
STORES = ("stb_phys", "stw_phys", "stl_phys", "stq_phys", "stl_phys_notdirty", "stq_phys_notdirty")
WIDTHS = {"b": 1, "w": 2, "l": 4, "q": 8}


class Looks(Ground):
    """A run with accesses."""

    def changed(self, act: Callable[[], None]) -> None:
        """Do something to the map, and look at it."""
        act()
        if self.kind.regions:
            self.do("flat")
        for _ in range(self.rng.choice([1, 2, 3])):
            self.access()

    def access(self) -> None:
        rng, addr = self.rng, self._addr()
        which = rng.random() + (0.35 if self.kind.alone else 0)
        for start, end in self.rules.lost:
            near = start - self.page < addr + self.page and addr - self.page < end
            if near and any(one.start < end and start < one.end for one in self.rules.claims.all):
                return  # what was registered there before answers or not, as things came
        halves = self._halves_part(addr)
        if which < 0.3:
            self.do(rng.choice(LOADS[: 3 if halves else 4]), addr=self._above(addr))
        elif which < 0.55:
            name = rng.choice(STORES[: 5 if halves else 6])
            self.do(name, addr=self._above(addr), value=rng.getrandbits(64))
        elif which < 0.68:
            size = rng.choice([1, 2, 3, 4, 5, 8, 9, 16, 21, self.page + 3])
            self.do("read", addr=addr, len=size)
        elif which < 0.77:
            size = rng.choice([1, 2, 3, 4, 5, 7, 8, 12])
            self.do("write", addr=addr, hex=rng.randbytes(size).hex())
        elif which < 0.81:
            self.near = addr
            self.do("write_rom", addr=addr, hex=rng.randbytes(rng.choice([1, 4, 9])).hex())
        else:
            self._native(addr)
        straddles = addr % self.page > self.page - 8
        if self.made[-1].op[:2] in ("st", "wr") and (straddles or rng.random() < 0.3):
            self._peek(addr)

    def _peek(self, addr: int) -> None:
        """Look at the RAM that was stored to, or was not, and which pages count as written."""
        row = self.rules.access.row(addr)
        ram_addr = row.ram_addr(addr) if row is not None else None
        if row is None:
            page = self.rules.old.page_at(addr)
            if not page.empty and self.rules.old.reads_ram(page):
                ram_addr = page.desc // self.page * self.page
        for start, block in self.rules.ram.blocks.items():
            if ram_addr is not None and start <= ram_addr < start + len(block):
                self.do("ram_peek", ram_addr=start, len=len(block))
                self.do("dirty_dump", ram_addr=start, pages=len(block) // self.page)
                self.do("reset_dirty", start=start, end=start + len(block), flags=0xFF)
                return

    def _halves_part(self, addr: int) -> bool:
        """Whether two calls of 4 bytes leave a page that regions and old devices share: on the old
        layer the second one wraps to the page's beginning, on the core it goes on."""
        return (
            not self.kind.alone
            and self.rules.access.divided(addr)
            and (self.kind.heads or addr % self.page > self.page - 8)
        )

    def _above(self, addr: int) -> int:
        return addr + self.space * self.rng.choice([0, 0, 0, 1, 3])

    def _native(self, addr: int) -> None:
        """A number, as a CPU asks for it; both layers do alike where it lies in one region."""
        if not self.kind.regions:
            return
        rng = self.rng
        letter = rng.choice("bwl" if not self.kind.alone else "bwlqq")
        size = WIDTHS[letter]
        if self.kind.alone and rng.random() < 0.4:
            addr = self._aimed(size, addr)
        if not self.kind.alone:
            addr -= addr % size
            row = self.rules.access.row(addr)
            if row is None or row.offset(addr) % size or addr + size > row.end:
                return
            if not row.region.ops.takes(row.offset(addr), size):
                return  # the native way splits it
        if addr + size > self.space:
            return
        order = rng.choice(["", "", "_le", "_be"]) if self.kind.alone and size > 1 else ""
        if order and self.rules.access.row(addr) is None:
            order = ""  # what old calls have there answers these by the old functions
        there = self.kind.alone and self.rules.access.row(addr) is not None
        if there and size > 2 and rng.random() < 0.2:
            name = f"st{letter}_phys_notdirty"
            self.do("st", fn=name, addr=addr, val=rng.getrandbits(8 * size))
            self._peek(addr)
        elif rng.random() < 0.5:
            read = {"b": "ldub", "w": "lduw", "l": "ldl", "q": "ldq"}[letter]
            self.do("ld", fn=f"{read}{order}_phys", addr=addr)
        elif order:
            name = f"st{letter}{order}_phys"
            self.do("st", fn=name, addr=addr, val=rng.getrandbits(8 * size))
        else:
            self.do("st", fn=f"st{letter}_phys", addr=addr, val=rng.getrandbits(8 * size))

    def _aimed(self, size: int, otherwise: int) -> int:
        """Where a number of `size` bytes is on two pages of RAM, or is one call to a device."""
        rng, page = self.rng, self.page
        rows = [row for row in self.rules.access.rows if row.end - row.start >= 16]
        if not rows:
            return otherwise
        row = rng.choice(rows)
        ends = range(-(-(row.start + 8) // page) * page, row.end - 7, page)
        if row.region.ram is not None and ends and size > 1:
            return rng.choice(ends) - rng.randrange(1, size)
        first = -row.offset(row.start) % size
        return row.start + first + rng.randrange(max(1, (row.end - row.start) // 8 - 1)) * 8

    def _dirty(self) -> None:
        """Look which pages were written, and have them not written any more."""
        last = max(self.rules.ram.dirty, default=-1)
        if not self.rules.ram.blocks:
            return
        if last < 0:
            return
        self.do("dirty_dump", ram_addr=0, pages=last + 1)
        if self.rng.random() < 0.4:
            self.do("set_dirty_tracking", enable=self.rng.randrange(2))
        block = self.rng.choice([*self.rules.ram.blocks])
        size = len(self.rules.ram.blocks[block])
        self.do("ram_peek", ram_addr=block, len=size)
        self._clean()

    def _clean(self) -> None:
        for start, block in self.rules.ram.blocks.items():
            flags = self.rng.choice([0xFF, 0xFF, 0x09])
            first, last = 0, len(block)
            if self.rng.random() < 0.3:
                first, last = self.rng.randrange(last), last - self.rng.randrange(self.page)
            if first < last:
                self.do("reset_dirty", start=start + first, end=start + last, flags=flags)
