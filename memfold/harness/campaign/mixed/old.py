"""Old calls made up for a mixed world: registrations, devices, pages saved and put back."""

from __future__ import annotations

from memfold.equivalence.facts import Json
from memfold.harness.campaign.mixed.kind import ROOTS
from memfold.harness.campaign.mixed.looks import Looks

__all__ = ["OldCalls"]


class OldCalls(Looks):
    """A run with old calls."""

    def _devices(self) -> None:
        if self.kind.old:
            for _ in range(4):
                self._device()
            for name in ("x", "y"):
                pages = self.rng.choice([1, 2, 4])
                self.do("ram_alloc", id=name, size=pages * self.page, fill=self.rng.randrange(256))
        self._clean()

    def _device(self) -> None:
        devices, rng = self.rules.devices, self.rng
        if len(devices) >= (5 if self.kind.regions else 7):
            if self.kind.regions:
                return  # regions have slots too, at one stage, so that another would get this one
            if there := [each for each, io in devices.items() if io >= 0]:
                self.do("io_unregister", id=rng.choice(there))
            return
        self.names += 1
        widths: list[list[Json]] = [[rng.random() < 0.85 for _ in range(3)] for _ in range(2)]
        endian = rng.choice(["native", "big", "little"])
        raw = rng.random() < 0.3
        self.do(
            "io_register", id=self.names, read=widths[0], write=widths[1], endian=endian, raw=raw
        )

    def _target(self, *, ram: bool) -> Json:
        rng = self.rng
        devices = [each for each, io in self.rules.devices.items() if io >= 0]
        kinds = ["unassigned"] * 2 + (["io"] * 4 if devices else [])
        if ram:
            kinds += ["ram", "ram", "rom"] + (["romd", "romd"] if devices else [])
        kind = rng.choice(kinds)
        if kind == "unassigned":
            return kind
        io = rng.choice(devices) if devices else 0
        if kind == "io":
            return {"io": io}
        block = rng.choice([*self.rules.blocks])
        pages = len(self.rules.ram.blocks[self.rules.blocks[block]]) // self.page
        off = rng.randrange(pages) * self.page
        if not self.kind.regions and kind == "ram" and rng.random() < 0.1:
            off += 4
        target: dict[str, Json] = {"ram": block, "off": off, "flag": kind}
        return target | ({"io": io} if kind == "romd" else {})

    def _register(self, where: int | None = None) -> None:
        rng, page = self.rng, self.page
        start = rng.randrange(self.pages) * page if where is None else where
        if where is None and rng.random() < 0.5:
            start = rng.choice(self._edges()) % self.space
        size = rng.choice([1, 1, 1, 2, 3, 5]) * page
        ram = True
        if self.kind.whole:
            start -= start % page
        elif self.kind.regions and not (self.kind.alone and rng.random() < 0.3):
            ram = self.kind.alone and start % page == 0 and rng.random() < 0.5
            if not ram and rng.random() < 0.7:
                start = start // page * page + self._inner()
                size = min(rng.choice([4, 8, 16, page // 4, page // 2, page]), page - start % page)
            else:
                start -= start % page
                size += 0 if ram else self._inner()  # the last page in part
        elif rng.random() < 0.6:
            start, size = start // page * page + self._inner(), self._size()
        size = min(size, self.space - start)
        if not self.kind.regions and rng.random() < 0.03:
            size = 0
        if size == 0:
            return
        offset = rng.choice([0, 0, page, 5 * page, 3 * page + 7])
        target = self._target(ram=ram)
        if where is None and self.last is not None and rng.random() < 0.15:
            start, size, target, offset = self._neighbour(self.last)
        self.near = start
        self.last = start, size, target, offset
        if rng.random() < 0.2:
            start += self.space * rng.randrange(1, 4)
        self.do(
            "phys_register",
            start=start,
            size=size,
            target=target,
            region_offset=offset,
            log_dirty=rng.random() < 0.4,
        )

    def _neighbour(self, last: tuple[int, int, Json, int]) -> tuple[int, int, Json, int]:
        """A page before the last registration, or behind it, that it continues."""
        start, size, target, offset = last
        page = self.page
        its = target if isinstance(target, dict) else {}
        gone = its.get("ram", "") not in ("", *self.rules.blocks)
        if gone or its.get("io", 0) not in (0, *self.rules.devices):
            return start, size, "unassigned", offset
        if start % page or size % page:
            return last
        by = -page if self.rng.random() < 0.6 else size
        off = its.get("off")
        if not 0 <= start + by < self.space or offset + by < 0:
            return last
        if isinstance(off, int):
            block = self.rules.ram.blocks[self.rules.blocks[its["ram"]]]
            if not 0 <= off + by < len(block):
                return last
            target = {**its, "off": off + by}
        return start + by, page, target, offset + by

    def _free(self) -> None:
        """Give RAM back; no gap is ever left to choose among."""
        if not self.freed and len(self.rules.blocks) > 1 and self.rng.random() < 0.4:
            self.freed = True
            self.do("ram_free", id=self.rng.choice([*self.rules.blocks]))

    def _save(self, addr: int | None = None) -> None:
        if addr is None:
            addr = self._addr()
        if self.rules.access.divided(addr) and not self.rules.old.page_at(addr).empty:
            return  # what old calls made of the rest of it goes on changing
        start = addr - addr % self.page
        if self.rules.old.page_at(addr).saved is not None:
            return  # it was put back itself: its descriptor is what it was
        rows = [r for r in self.rules.access.rows if r.start < start + self.page and start < r.end]
        if any(row.through or row.region.kind == "rom_device" for row in rows):
            return  # and so does how these are read
        for name in [name for name, (page, _) in self.rules.saved.items() if page == start]:
            del self.rules.saved[name]  # it may have the same descriptor, and stand for this then
        self.saves += 1
        self.do("page_save", id=self.saves % 6, addr=addr)

    def _keep(self) -> None:
        """Save a page of a row, have the row go, and put the page back."""
        rng = self.rng
        kinds = ("io", "io", "ram", "reservation")
        rows = [row for row in self.rules.shown if row.region.kind in kinds and not row.through]
        if not rows:
            return
        roms = [row for row in rows if row.region.kind == "ram" and row.hit.readonly]
        row = rng.choice(roms if roms and rng.random() < 0.6 else rows)
        before = self.saves
        at = rng.choice([row.start, row.end - 1, rng.randrange(row.start, row.end)])
        self._save(at)
        if self.saves > before and rng.random() < 0.3:  # nothing happens to it meanwhile
            self.changed(lambda: self._put_back(self.saves % 6))
            return
        names = [each for each in (row.region.name, *self._way(row.region)) if each not in ROOTS]
        region = self.regions[rng.choice([names[0], *names])]
        if region.parent is None or self.saves == before:
            return
        if rng.random() < 0.4:
            parent = region.parent.name
            self.changed(lambda: self.do("del_subregion", parent=parent, mr=region.name))
        else:
            to = max(0, region.addr + rng.choice([-1, 1, 1, 2, 3]) * self.page)
            self.changed(lambda: self.do("set_address", mr=region.name, addr=to))
        name = self.saves % 6
        self.changed(lambda: self._put_back(name))
        self.do("stb_phys", addr=at, value=rng.getrandbits(8))
        self._peek(at)

    def _put_back(self, name: Json = None) -> None:
        if not self.rules.saved:
            return
        if name is None:
            name = self.rng.choice([*self.rules.saved])
        page, _ = self.rules.saved[name]
        self.near = page
        self.do(
            "phys_register",
            start=page,
            size=self.page,
            target={"saved": name},
            region_offset=0,
            log_dirty=False,
        )
