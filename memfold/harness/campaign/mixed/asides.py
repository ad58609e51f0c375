"""Short runs about one thing: buses, descriptors held, slots that run out, RAM that comes back."""

from __future__ import annotations

from collections.abc import Callable

from memfold.equivalence.facts import Json
from memfold.equivalence.subject import Step
from memfold.harness.campaign.mixed.kind import ROOTS
from memfold.harness.campaign.mixed.maker import Maker
from memfold.harness.rules.old import Endless
from memfold.harness.rules.ram import NoRam
from memfold.harness.rules.tree import Region

__all__ = ["Asides"]

BUSES, HELD, TIGHT, REFILLED, SLOTS = "buses", "held", "tight", "refilled", "slots"
ROUNDED = "rounded"
"""Old calls for RAM that begin or end within pages, which they take whole."""


class Asides(Maker):
    """Makes one run, and does one kind of thing often."""

    def steps(self, count: int) -> list[Step]:
        """At least `count` steps."""
        if self.kind.slots:
            while self.rules.old.free_slot() >= 0:  # there are few, and mostly none
                self._take()
            while len(self.made) < count + len(self.rules.old.slots):
                self.rng.choices(*zip(*self.acts(), strict=True))[0]()
            return self.made
        return super().steps(count)

    def acts(self) -> list[tuple[Callable[[], None], int]]:
        """What there is to do."""
        if self.kind.name == SLOTS:
            return [(self._take, 3), (self._try_slot, 4), (self._come, 4), (self._go, 2)]
        acts = super().acts()
        if self.kind.name == BUSES:
            acts += [
                (self._port, 20),
                (self._at_ports, 30),
                (lambda: self.changed(self._around), 10),
                (self._card, 4),
                (self._configure, 20),
                (lambda: self.do("flat"), 2),
            ]
        elif self.kind.name == HELD:
            acts += [(self._hold, 8), (self._hold_and_destroy, 60)]
        elif self.kind.name == TIGHT:
            acts += [(lambda: self.changed(self._tight), 50), (self._span, 30), (self._gone, 3)]
        elif self.kind.name == ROUNDED:
            acts += [(lambda: self.changed(self._register), 60)]
        elif self.kind.name == REFILLED:
            acts += [(self._refill, 30), (lambda: self.changed(self._unregister), 30)]
        return acts

    # Ports, and what wraps

    def _ports(self) -> tuple[int, int]:
        return self.rng.choice([0x10, 0x10, 0x40, 0xFFF0]) + self.rng.randrange(16), (
            self.rng.choice([1, 1, 2, 3, 4, 8])
        )

    def _port(self) -> None:
        """A device has some ports, at one width and one way, or loses them."""
        rng = self.rng
        start, length = self._ports()
        if rng.random() < 0.15:
            self.do("ioport_unassign", start=start, length=length)
            return
        size, way = rng.choice([1, 1, 1, 2, 4]), rng.choice(["r", "w"])
        dev = 200 + rng.choice([0, 0, 0, 1])
        self.do("ioport_register", start=start, length=length, size=size, way=way, id=dev)

    def _at_ports(self) -> None:
        rng = self.rng
        known = [each[2] for each in sorted(self.rules.ports.there)]
        port = rng.choice([*known, 0x10, 0xFFFF]) - rng.choice([0, 0, 1, 1, 2])
        port, size = max(0, port), rng.choice([1, 2, 2, 2, 4])
        if rng.random() < 0.4:
            self.do("in", port=port, size=size)
        else:
            self.do("out", port=port, size=size, val=rng.getrandbits(8 * size))

    def _around(self) -> None:
        """Register something that goes on at the bottom when it has come to the top."""
        rng, page = self.rng, self.page
        top = 1 << self.rules.numbers.addr_bits
        start = top - rng.choice([1, 2, 3]) * page
        start += 0 if rng.random() < 0.3 else self._inner()
        size = rng.choice([2, 3, 4, 5]) * page + rng.choice([0, 0, self._inner()])
        self.near = (start + size) % self.space // page * page
        self.do(
            "phys_register",
            start=start,
            size=size,
            target=self._target(ram=rng.random() < 0.4),
            region_offset=rng.choice([0, page, 5 * page]),
            log_dirty=False,
        )
        for page in (0, 1, 2):
            at = page * self.page + rng.choice([0, 1, 2, 4, self.page - 4])
            self.do(rng.choice(["ldub_phys", "lduw_phys", "ldl_phys"]), addr=at)

    # Cards

    def _card(self) -> None:
        """A card with several BARs."""
        rng, cards = self.rng, self.rules.cards
        devices = [each for each, io in self.rules.devices.items() if io >= 0]
        if len(cards) > 1 or not devices:
            return
        name = f"card{len(cards)}"
        base = rng.choice([0, self.page, self.space // 2])
        self.do("pci_device", id=name, mem_base=base, ide=rng.random() < 0.4)
        for number in sorted(rng.sample([0, 2, 4, 6], rng.choice([2, 3, 4]))):
            attr = rng.choice([0, 0, 8, 4, 1, 1]) if number < 6 else 0
            size = rng.choice([1, 1, 2, 4]) * self.page if attr != 1 else rng.choice([4, 4, 8])
            io = 210 + number if attr == 1 else rng.choice(devices)
            self.do("pci_bar", id=name, n=number, size=size, attr=attr, io=io)
        self.do("config_write", id=name, addr=4, value=rng.choice([2, 3, 3]), len=1)

    def _configure(self) -> None:
        """A guest puts a BAR somewhere, all of it or byte by byte; shows or hides the card."""
        rng = self.rng
        if not self.rules.cards:
            return
        name = rng.choice(sorted(self.rules.cards, key=str))
        card = self.rules.cards[name]
        if rng.random() < 0.2:
            self.do("config_write", id=name, addr=4, value=rng.choice([0, 1, 2, 3, 7]), len=2)
            return
        bar = rng.choice([*card.bars.values()])
        value = rng.randrange(1, 8) * bar.size + (bar.number == 6) * rng.choice([0, 1, 1])
        value = rng.choice([*[value] * 8, 0, (1 << 32) - 1, (1 << 32) - bar.size, bar.size + 1])
        size = rng.choice([4, 4, 2, 1])
        for at in range(0, 4, size):
            part = value >> 8 * at & (1 << 8 * size) - 1
            self.do("config_write", id=name, addr=bar.at + at, value=part, len=size)
        if bar.width == 8 and rng.random() < 0.5:
            self.do("config_write", id=name, addr=bar.at + 4, value=rng.choice([0, 0, 1]), len=4)
        self.do("flat")
        self.do("config_read", id=name, addr=bar.at, len=rng.choice([1, 2, 4]))
        if bar.in_ports:
            port = value % (1 << 16) // bar.size * bar.size
            for at in (port, port + 2):
                self.do("in", port=at % (1 << 16), size=rng.choice([1, 2]))
        elif bar.addr is not None:
            self.do("ldl_phys", addr=card.mem_base + bar.addr + rng.choice([0, 4, bar.size - 4]))
        self.do("ldl_phys", addr=rng.randrange(self.pages) * self.page)

    # Descriptors held over a region's end

    def _free_of_ties(self) -> list[Region]:
        """Regions that may be destroyed once they are taken out."""
        targets = {id(each.target) for each in self.regions.values() if each.target}
        return [
            each
            for name, each in self.regions.items()
            if name not in ROOTS and each.ram is None and not each.children
            if id(each) not in targets and not each.interposers
        ]

    def _gone(self, region: Region | None = None) -> None:
        """Destroy a region, and make another."""
        mortal = self._free_of_ties()
        if region is None and mortal:
            region = self.rng.choice(mortal)
        if region is None or len(self.regions) < 6:
            return
        if region.parent is not None:
            self.do("del_subregion", parent=region.parent.name, mr=region.name)
        self.destroyed += 1
        self.do("destroy", mr=region.name)
        self._new_region()

    def _hold(self) -> None:
        """Save a page that a region shows."""
        rows = [row for row in self.rules.shown if row.region.kind == "io" and not row.through]
        if rows:
            row = self.rng.choice(rows)
            self._save(self.rng.randrange(row.start, row.end))

    def _hold_and_destroy(self) -> None:
        """Save a page of a region that then is no more; put it back before that, after it, both."""
        rng = self.rng
        mortal = {id(each) for each in self._free_of_ties()}
        rows = [r for r in self.rules.shown if id(r.region) in mortal and not r.through]
        rows = [row for row in rows if row.region.kind == "io"]
        if not rows:
            if len(self.regions) < 15:
                self._above_all()
            return
        row = rng.choice(rows)
        before, region = self.saves, row.region
        at = rng.randrange(row.start, row.end)
        self._save(at)
        if self.saves == before:
            return
        name = self.saves % 6
        before_it = rng.random() < 0.3
        if before_it and region.parent is not None:
            parent = region.parent.name
            self.changed(lambda: self.do("del_subregion", parent=parent, mr=region.name))
            self.changed(lambda: self._put_back(name))
        self.changed(lambda: self._gone(region))
        if name in self.rules.saved and not (before_it and rng.random() < 0.5):
            self.changed(lambda: self._put_back(name))
        self.do("ldl_phys", addr=at // 4 * 4)
        io = rng.choice([*self.rules.devices])  # an assigned page keeps its region offset
        self.do(
            "phys_register",
            start=at // self.page * self.page,
            size=self.page,
            target={"io": io},
            region_offset=3 * self.page,
            log_dirty=False,
        )
        self.do("ldl_phys", addr=at // 4 * 4)

    def _above_all(self) -> None:
        """A new device where nothing hides it."""
        number, size = len(self.regions) + self.destroyed, self.rng.choice([1, 2]) * self.page
        at = self.rng.randrange(self.pages) * self.page
        self.do("init", mr=f"r{number}", kind="io", size=size, dev=number, ops=self._ops())
        name = f"r{number}"
        self.do("add_subregion_overlap", parent="system", offset=at, mr=name, priority=3)

    # Slots that run out

    def _tight(self) -> None:
        """Something is tried with no io slot free, and then done."""
        rows = self.rules.access.rows
        edges = {edge for row in rows for edge in row[:2]} | set(self._edges())
        pages = {edge // self.page * self.page for edge in edges}
        near = sorted({at + by for at in edges for by in (-1, 0)} | pages)
        near = [at for at in near if 0 <= at < self.space and self._lives(at)]
        addrs: list[Json] = list(self.rng.sample(near, min(len(near), 12)))
        acts = [self._place, self._place, self._attribute, self._register, self._register]
        before = len(self.made)
        self.rng.choice(acts)()
        if len(self.made) != before + 1:
            return
        self.made.insert(before, Step("tight", {"addrs": addrs}))

    def _span(self) -> None:
        """Move a region, with no slot free, to where its first page is divided already and its last
        one is not: when that is refused the first is as it was."""
        rng, page = self.rng, self.page
        rows = [r for r in self.rules.shown if r.region.kind == "io" and not r.through]
        rows = [r for r in rows if r.region.parent is self.regions["system"] and r.start % page]
        rows = [r for r in rows if r.region.size > page - r.region.addr % page and not r.hit.offset]
        rows = [r for r in rows if r.region.addr % page]
        if not rows or not self.rules.devices:
            return
        region = rng.choice(rows).region
        inner = region.addr % page
        to = rng.randrange(self.pages - 1) * page
        self.do(
            "phys_register",
            start=to,
            size=min(inner, rng.choice([4, 8, 16])),
            target={"io": rng.choice([*self.rules.devices])},
            region_offset=0,
            log_dirty=False,
        )
        near = [to, to + inner - 1, to + inner, to + page - 1, to + page, region.addr]
        addrs: list[Json] = [at for at in near if at < self.space and self._lives(at)]
        self.do("tight", addrs=addrs)
        self.changed(lambda: self.do("set_address", mr=region.name, addr=to + inner))

    def _lives(self, addr: int) -> bool:
        """Whether it can be read there."""
        try:
            self.rules.access.read(addr, 1)
        except (NoRam, Endless):
            return False
        return True

    # RAM that comes back

    def _refill(self) -> None:
        """RAM is mapped by an old call, given back, and its addresses are another's RAM then."""
        rng, blocks = self.rng, self.rules.blocks
        if self.freed or len(blocks) < 2 or len(self.regions) > 15:
            return
        block = rng.choice([*blocks])
        start = blocks[block]
        size = len(self.rules.ram.blocks[start])
        at = rng.randrange(self.pages) * self.page
        off = rng.randrange(size // self.page) * self.page
        flag = rng.choice(["ram", "ram", "rom"])
        self.do(
            "phys_register",
            start=at,
            size=self.page,
            target={"ram": block, "off": off, "flag": flag},
            region_offset=0,
            log_dirty=False,
        )
        self.do("ldl_phys", addr=at)
        self.do("ram_free", id=block)
        self.do("ldl_phys", addr=at)
        self.names += 1
        if rng.random() < 0.5:
            self.do("ram_alloc", id=f"x{self.names}", size=size, fill=rng.randrange(256))
        else:
            name = f"r{len(self.regions) + self.destroyed}"
            self.do("init", mr=name, kind="ram", size=size)
        self.do("ldl_phys", addr=at)
        self.do("stl_phys", addr=at + 4, value=rng.getrandbits(32))
        self.do("read", addr=at, len=16)
        self._clean()

    def _unregister(self) -> None:
        """Old calls leave a hole, where nothing is too; or a region comes and goes there."""
        rng = self.rng
        at, size = rng.randrange(self.pages) * self.page, rng.choice([1, 2, 3]) * self.page
        size = min(size, self.space - at)
        self.do(
            "phys_register",
            start=at,
            size=size,
            target="unassigned",
            region_offset=0,
            log_dirty=False,
        )
        outside = [
            each
            for name, each in self.regions.items()
            if name not in ROOTS and each.parent is None and each.kind in ("io", "ram")
        ]
        if outside:
            region = rng.choice(outside)
            self.do("add_subregion", parent="system", offset=at, mr=region.name)
            self.do("flat")
            self.do("del_subregion", parent="system", mr=region.name)
            self.do("flat")

    # Whose slot is which

    def _take(self) -> None:
        """An old device has a slot, or there is none."""
        self.names += 1
        there: list[Json] = [True, True, True]
        args: dict[str, Json] = {"read": there, "write": there, "endian": "native"}
        self.do("io_register", id=self.names, **args)

    def _try_slot(self) -> None:
        """One of the old devices goes."""
        devices = [each for each, io in self.rules.devices.items() if io >= 0]
        if devices and self.rng.random() < 0.5:
            self.do("io_unregister", id=self.rng.choice(devices))
        self._take()

    def _come(self) -> None:
        """A region is made, or one of those that are there is shown."""
        rng, rules = self.rng, self.rules
        outside = [
            each for name, each in self.regions.items() if name not in ROOTS and not each.parent
        ]
        if (len(outside) < 2 or rng.random() < 0.3) and len(self.regions) < 12:
            kind = rng.choice(self.kind.regions)
            number = len(self.regions) + self.destroyed
            args: dict[str, Json] = {"kind": kind, "size": rng.choice([1, 2]) * self.page}
            self.do("init", mr=f"r{number}", dev=number, ops={}, **args)
            self.destroyed += f"r{number}" not in self.regions  # its name is used up
            if rng.random() < 0.3:
                self.names += 1
                self.do("ram_alloc", id=f"x{self.names}", size=self.page, fill=1)
        elif outside and rules.old.free_slot() >= 0:
            region = rng.choice(outside)
            at = rng.randrange(self.pages) * self.page
            self.do("add_subregion", parent="system", offset=at, mr=region.name)

    def _go(self) -> None:
        """A region goes, for a while or for good."""
        there = [name for name in self.regions if name not in ROOTS]
        if not there:
            return
        region = self.regions[self.rng.choice(there)]
        if region.parent is not None:
            self.do("del_subregion", parent="system", mr=region.name)
        if self.rng.random() < 0.5:
            self.destroyed += 1
            self.do("destroy", mr=region.name)
