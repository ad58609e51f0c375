"""Memory mapped for a device's own transfers in a mixed world."""

from __future__ import annotations

from memfold.equivalence.facts import Json
from memfold.harness.campaign.mixed.asking import Asking

__all__ = ["Mappings"]


class Mappings(Asking):
    """A run with mappings, and those who wait for the one buffer."""

    maps = 0

    def map(self) -> None:
        """Map memory, write to it, give it back; others wait, and get nothing meanwhile."""
        if self.kind.heads:
            return  # where an old device ends in a page of RAM a block is not read alike
        rng, page = self.rng, self.page
        addr = self._addr()
        if rng.random() < 0.6:
            addr = self._pages_side_by_side() + rng.choice([0, 8, page - 4, page - 1])
        for _ in range(rng.choice([0, 1, 2, 3])):
            self.maps += 1
            self.do("map_client_register", id=f"w{self.maps}")
        if self.rules.waiting and rng.random() < 0.2:
            self.do("map_client_unregister", id=rng.choice(self.rules.waiting))
        self.maps += 1
        names, is_write = [f"m{self.maps}"], rng.random() < 0.6
        length = rng.choice([1, 4, 9, page, page + 8, 2 * page])
        self.do("map", id=names[0], addr=addr, len=length, is_write=is_write)
        if rng.random() < 0.4:
            names.append(f"n{self.maps}")
            self.do("map", id=names[1], addr=self._addr(), len=length, is_write=is_write)
        for name in names:
            mapped = self.rules.mappings.get(name)
            if mapped is None:
                continue  # the buffer was taken, or it died
            if is_write:
                size = rng.choice([1, mapped.length])
                off = rng.randrange(mapped.length - size + 1)
                self.do("map_write", id=name, off=off, hex=rng.randbytes(size).hex())
            used = rng.choice([0, 1, mapped.length])
            self.do("unmap", id=name, len=mapped.length, is_write=is_write, access_len=used)
        self._peek(addr % self.space)

    def _pages_side_by_side(self) -> int:
        """RAM, and beside it a page of the same block, of another, or of a device."""
        rng, page = self.rng, self.page
        start = rng.randrange(self.pages - 1) * page
        if self.kind.regions and not (self.kind.whole or self.kind.alone):
            return start  # RAM is not theirs there
        blocks = self.rules.blocks
        name = rng.choice([*blocks])
        for at in (start, start + page):
            if rng.random() < 0.3:
                name = rng.choice([*blocks])
            off = rng.randrange(len(self.rules.ram.blocks[blocks[name]]) // page) * page
            target: Json = {"ram": name, "off": off, "flag": "ram"}
            if at > start and rng.random() < 0.4:
                target = self._target(ram=True)
            self.do(
                "phys_register",
                start=at,
                size=page,
                target=target,
                region_offset=0,
                log_dirty=False,
            )
        return start
