"""Steps made up for a world of old calls and regions: few names, few pages, much that collides.

The rules perform each step as it is made, so that the next may aim at an edge of what is there now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import cycle
from random import Random
from typing import NamedTuple

from memfold.equivalence.facts import Json
from memfold.equivalence.subject import Step
from memfold.harness.rules.tree import Region
from memfold.harness.rules.world import Rules, filling

__all__ = ["KINDS", "ROOTS", "Kind", "Maker", "runs"]

ROOTS = ("system", "second")
LENGTH = 500
"""Steps of a run."""


class Kind(NamedTuple):
    """One kind of world, and what is done in it."""

    name: str
    regions: tuple[str, ...]
    """The kinds of regions there are."""
    whole: bool = False
    """Whether everything lies on whole pages: RAM in the midst of one the old layer has not."""
    old: bool = True
    """Whether there are old calls."""
    alone: bool = False
    """Whether the core alone can do it."""
    heads: bool = False
    """Whether old devices divide RAM as the old layer has it divided."""
    saved: bool = False
    """Whether pages are saved and put back, which the stages tell listeners differently."""


ALL = ("io", "carried", "ram", "ram", "rom", "rom_device", "container", "container", "alias", "alias", "reservation")
KINDS = (
    Kind("pages", ALL, whole=True),
    Kind("parts", ("io", "io", "carried", "container", "alias", "reservation")),
    Kind("tree", ALL, old=False, alone=True),
    Kind("saved", ALL, whole=True, saved=True),
    Kind("cut", ALL, alone=True),
    Kind("old", ()),
    Kind("kept", ALL, alone=True, saved=True),
    Kind("heads", ("io", "ram", "ram", "rom"), heads=True),
)


def runs(seed: int, count: int) -> Iterator[tuple[Mapping[str, Json], Sequence[Step]]]:
    """Runs of each kind in turn, in both byte orders."""
    for number, kind in enumerate(cycle(KINDS)):
        if count <= 0:
            return
        rng = Random(f"mixed/{seed}/{number}")
        header: dict[str, Json] = {
            "page_bits": 10 if kind.regions else rng.choice([7, 8, 10]),
            "phys_addr_bits": 32 if kind.regions else rng.choice([32, 64]),
            "phys_addr_space_bits": 14 if kind.regions else 13,
            "big_endian": number // len(KINDS) % 2 == 0,
            "alone": kind.alone,
            "heads": kind.heads,
            "quiet": kind.saved,
            "whole": kind.whole,
        }
        steps = Maker(rng, kind, header).steps(min(LENGTH, max(40, count)))
        count -= len(steps)
        yield header, steps


LOADS = ("ldub_phys", "lduw_phys", "ldl_phys", "ldq_phys")
STORES = ("stb_phys", "stw_phys", "stl_phys", "stq_phys", "stl_phys_notdirty", "stq_phys_notdirty")
WIDTHS = {"b": 1, "w": 2, "l": 4, "q": 8}


class Maker:
    """Makes one run."""

    def __init__(self, rng: Random, kind: Kind, header: Mapping[str, Json]) -> None:
        self.rng, self.kind = rng, kind
        self.rules = Rules(header)
        self.made: list[Step] = []
        self.page, self.space = self.rules.numbers.page, self.rules.numbers.space
        self.pages = self.space // self.page
        self.names = 0
        self.regions: dict[str, Region] = self.rules.regions
        self.interposed: list[tuple[str, str]] = []
        self.saves = 0
        self.freed, self.churned = False, rng.random() < 0.5
        self.last: tuple[int, int, Json, int] | None = None
        self.near = 0
        """Where something was done last."""

    def steps(self, count: int) -> list[Step]:
        """At least `count` steps."""
        self._devices()
        for _ in range(7 if self.kind.regions else 0):
            self._new_region()
        for _ in range(6 if self.kind.regions else 0):
            self._place()
        while len(self.made) < count:
            self.rng.choices(*zip(*self.acts(), strict=True))[0]()
        return self.made

    def do(self, op: str, **args: Json) -> None:
        """Make a step."""
        step = Step(op, args)
        self.made.append(step)
        self.rules.perform(step)

    def acts(self) -> list[tuple[Callable[[], None], int]]:
        acts: list[tuple[Callable[[], None], int]] = [
            (lambda: self.changed(self._look), 2),
            (self._dirty, 2),
        ]
        if self.kind.regions:
            acts += [
                (lambda: self.changed(self._place), 12),
                (lambda: self.changed(self._attribute), 8),
                (lambda: self.changed(self._batch), 4),
                (lambda: self.changed(self.interpose), 0 if self.kind.heads else 2),
                (lambda: self.changed(self._coalesce), 2),
                (lambda: self.changed(self._signal), 2),
                (lambda: self.changed(self._beside), 2),
                (self._contest, 6),
                (self._bytes, 2),
                (self._new_region, 1),
            ]
        if self.kind.old:
            acts.append((lambda: self.changed(self._register), 10))
            acts.append((self._device, 1))
            acts.append((lambda: self.changed(self._free), 1))
        if self.kind.name == "parts":
            acts.append((lambda: self.changed(self._churn), 1))
        if self.kind.saved:
            acts += [
                (self._save, 4),
                (lambda: self.changed(self._put_back), 6),
                (self._keep, 8),
            ]
        return acts

    def changed(self, act: Callable[[], None]) -> None:
        """Do something to the map, and look at it."""
        act()
        if self.kind.regions:
            self.do("flat")
        for _ in range(self.rng.choice([1, 2, 3])):
            self.access()

    def _look(self) -> None:
        self.near = self.rng.randrange(self.space)

    # Where

    def _inner(self) -> int:
        """An offset in a page."""
        page, rng = self.page, self.rng
        if self.kind.whole or rng.random() < 0.3:
            return 0
        near = [4, 8, 12, 16, page // 2, page // 2 + 4, page - 4, page - 8]
        if rng.random() < 0.25 and (self.kind.alone or not self.kind.regions):
            near = [1, 2, 3, 7, 18, page // 2 + 1, page - 1, page - 2]
        return rng.choice(near)

    def place_in(self, size: int) -> int:
        """An offset in something of `size` bytes."""
        pages = max(1, min(size // self.page, self.pages - 2))
        at = self.rng.randrange(pages) * self.page
        return at if self.kind.heads else at + self._inner()

    def _size(self) -> int:
        size = self.rng.choice([0, 1, 1, 2, 2, 3, 4, 6]) * self.page
        return (size if self.kind.heads else size + self._inner()) or self.page

    def _edges(self) -> list[int]:
        edges = [edge for row in self.rules.access.rows for edge in row[:2]]
        edges += [edge for claim in self.rules.claims.all for edge in claim[:2]]
        return edges or [0]

    def _addr(self) -> int:
        """Where to look: mostly about the edges of what is there, or inside of something."""
        rng = self.rng
        where = rng.random()
        inside = [row for row in self.rules.access.rows if row.end - row.start >= 16]
        if where < 0.2 and inside:  # about the end of a page, or of a word, in a row
            row = rng.choice(inside)
            at = rng.randrange(row.start, row.end)
            at = at // self.page * self.page - rng.randrange(8) if rng.random() < 0.4 else at & -8
            at = max(row.start, at)
        elif where < 0.5:
            at = rng.choice(self._edges()) + rng.choice([-8, -4, -3, -2, -1, 0, 0, 0, 1, 2, 4, 8])
        elif where < 0.7:
            at = self.near + rng.choice([0, 0, 4, 8, 1, 2, self.page - 2, self.page])
        else:
            at = rng.randrange(self.pages) * self.page + rng.choice([0, 2, 4, 5, 8, 16, self.page - 4])
        return at % self.space

    # Old calls

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
        widths = [[rng.random() < 0.85 for _ in range(3)] for _ in range(2)]
        endian = rng.choice(["native", "big", "little"])
        raw = rng.random() < 0.3
        self.do("io_register", id=self.names, read=widths[0], write=widths[1], endian=endian, raw=raw)

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
        row = rng.choice(rows)
        before = self.saves
        self._save(rng.randrange(row.start, row.end))
        names = [each for each in (row.region.name, *self._way(row.region)) if each not in ROOTS]
        region = self.regions[rng.choice([names[0], *names])]
        if region.parent is None or self.saves == before:
            return
        if rng.random() < 0.4:
            parent = region.parent.name
            self.changed(lambda: self.do("del_subregion", parent=parent, mr=region.name))
        else:
            at = max(0, region.addr + rng.choice([-1, 1, 1, 2, 3]) * self.page)
            self.changed(lambda: self.do("set_address", mr=region.name, addr=at))
        name = self.saves % 6
        self.changed(lambda: self._put_back(name))
        self.access()

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

    # Regions

    def _new_region(self) -> None:
        if len(self.regions) > 15:
            return
        rng = self.rng
        name, kind = f"r{len(self.regions)}", rng.choice(self.kind.regions)
        size = self._size()
        if kind in ("ram", "rom", "rom_device"):
            size = -(-size // self.page) * self.page
        args: dict[str, Json] = {"mr": name, "kind": kind, "size": size}
        if kind == "container":
            args["size"] = size + 2 * self.page
        elif kind == "alias":
            others = [each for each in self.regions if each not in ROOTS]
            if not others:
                return
            windows = [each.target.name for each in self.regions.values() if each.target]
            target = rng.choice(windows if windows and rng.random() < 0.5 else others)
            args |= {"target": target, "offset": self._slide(self.regions[target])}
        elif kind in ("io", "rom_device"):
            args |= {"dev": len(self.regions), "ops": self._ops()}
        elif kind == "carried":
            widths = [[rng.random() < 0.8 for _ in range(3)] for _ in range(2)]
            endian = rng.choice(["native", "big", "little"])
            args |= {"dev": len(self.regions), "read": widths[0], "write": widths[1], "endian": endian}
        self.do("init", **args)
        region = self.regions[name]
        if region.ram is not None:
            self.do("ram_poke", mr=name, offset=0, data=filling(size, len(self.regions)).hex())
            self._clean()

    def _ops(self) -> dict[str, Json]:
        rng = self.rng
        ops: dict[str, Json] = {"endianness": rng.choice(["native", "big", "little"])}
        low, high = rng.choice([(0, 0), (0, 0), (1, 8), (1, 8), (2, 4), (4, 4), (1, 2)])
        ops["valid"] = {"min": low, "max": high, "unaligned": rng.random() < 0.4}
        low, high = rng.choice([(0, 0), (0, 0), (1, 1), (1, 2), (2, 4), (4, 4), (1, 8), (8, 8)])
        ops["impl"] = {"min": low, "max": high, "unaligned": rng.random() < 0.3}
        if rng.random() < 0.15:
            ops["old_mmio"] = True
        return ops

    def _slide(self, target: Region) -> int:
        return self.place_in(target.size + self.page)

    def _showing(self, region: Region) -> Iterator[Region]:
        yield region
        for inner in (*region.children, *([region.target] if region.target else ())):
            yield from self._showing(inner)

    def _place(self) -> None:
        """Add, move or remove a region."""
        rng = self.rng
        name = self.any()
        region = self.regions[name]
        if region.parent is None:
            shown = [id(each) for each in self._showing(region)]
            parents = [
                each
                for each, one in self.regions.items()
                if one.kind == "container" and id(one) not in shown and self._legal(one, region)
            ]
            if not parents:
                return
            parent = rng.choice([*parents, *(["system"] * 3 if "system" in parents else [])])
            offset = self.place_in(self.regions[parent].size)
            self.near = offset
            if rng.random() < 0.7:
                priority = rng.choice([-1, 0, 0, 1])
                self.do(
                    "add_subregion_overlap",
                    parent=parent,
                    offset=offset,
                    mr=name,
                    priority=priority,
                )
            else:
                self.do("add_subregion", parent=parent, offset=offset, mr=name)
            return
        self.near = region.addr
        if rng.random() < 0.45:
            self.do("del_subregion", parent=region.parent.name, mr=name)
        else:
            self.near = self.place_in(region.parent.size)
            self.do("set_address", mr=name, addr=self.near)

    def _legal(self, parent: Region, child: Region) -> bool:
        """Whether nothing then shows itself: no alias of what contains it."""
        above = [parent]
        for one in above:
            outer = [one.parent] if one.parent else []
            outer += [each for each in self.regions.values() if each.target is one]
            above += [each for each in outer if all(each is not known for known in above)]
        inside = {id(each) for each in self._showing(child)}
        return not any(id(each) in inside for each in above)

    def _attribute(self, *, within: bool = False) -> None:
        """Change what a region is like; `within` a batch of changes."""
        rng = self.rng
        name = self.any()
        region = self.regions[name]
        kinds = ["enabled", "enabled", "readonly", "log", "log"]
        kinds += ["slide"] * 5 if region.kind == "alias" else []
        kinds += ["readable"] * 4 if region.kind == "rom_device" else []
        kind = rng.choice(kinds)
        if kind == "enabled":
            self.do("set_enabled", mr=name, enabled=not region.enabled or rng.random() < 0.2)
        elif kind == "readonly":
            self.do("set_readonly", mr=name, readonly=not region.readonly)
        elif kind == "readable":
            self.do("rom_device_set_readable", mr=name, readable=not region.readable)
        elif kind == "log":
            stop = region.log and rng.random() < 0.6
            client = region.log.bit_length() - 1 if stop else rng.choice([0, 1, 3])
            self.do("set_log", mr=name, log=not stop, client=client)
            if not stop and not within and rng.random() < 0.3:
                self.do("set_log", mr=name, log=True, client=(client + 1) % 4)
                self.do("flat")
                self.do("set_log", mr=name, log=False, client=client)
        elif region.target is not None:
            self.do("set_alias_offset", mr=name, offset=self._slide(region.target))

    def _batch(self) -> None:
        """Several changes at once, among them a region taken out and put back where it was."""
        rng = self.rng
        self.do("transaction_begin")
        nested = rng.random() < 0.3
        if nested:
            self.do("transaction_begin")
        # A registration may show what was set before it in the same transaction, or not: the old
        # layer draws the rows it hides, the core all of them.
        old = self.kind.old and not self.kind.alone and rng.random() < 0.6
        for _ in range(rng.choice([2, 3, 4])):
            what = rng.random()
            if what < 0.25:
                mapped = [each for each in self.regions.values() if each.parent is not None]
                if mapped:
                    self._again(rng.choice(mapped))
            elif what < 0.6:
                self._place()
            elif old or (self.kind.alone and self.kind.old and what < 0.85):
                self._register()
            else:
                self._attribute(within=True)
        if nested:
            self.do("transaction_commit")
            self.do("flat")
            self._place()
        self.do("transaction_commit")

    def _again(self, region: Region) -> None:
        """Take a region out, and put it back where it was."""
        assert region.parent is not None  # it was looked for among those that are mapped
        parent, at, priority = region.parent.name, region.addr, region.priority
        self.do("del_subregion", parent=parent, mr=region.name)
        self.do(
            "add_subregion_overlap", parent=parent, offset=at, mr=region.name, priority=priority
        )

    def interpose(self) -> None:
        rng = self.rng
        if len(self.interposed) > 2:
            name, mr = self.interposed.pop(rng.randrange(len(self.interposed)))
            self.do("del_interposer", mr=mr, id=name)
            return
        mr = self.any()
        self.names += 1
        name, ways = f"i{self.names}", rng.choice([(True, True), (True, False), (False, True)])
        self.interposed.append((name, mr))
        self.do("add_interposer", mr=mr, id=name, reads=ways[0], writes=ways[1])

    def _coalesce(self) -> None:
        """Coalesce writes to a region, or no more."""
        rng = self.rng
        name = self.any()
        region = self.regions[name]
        what = rng.choice(["set", "clear", "add", "add"])
        if what == "add":
            size = self._size()
            self.do("add_coalescing", mr=name, offset=rng.choice([0, 8, self.place_in(region.size)]), size=size)
        else:
            self.do(f"{what}_coalescing", mr=name)

    def _signal(self) -> None:
        """Set an event, or take it back."""
        rng = self.rng
        name = self.any()
        there = self.regions[name].eventfds
        if there and rng.random() < 0.4:
            addr, size, match, data, fd = rng.choice(there)
            op = "del_eventfd"
        else:
            addr, size, match = self.place_in(self.regions[name].size), 4, 1
            rows = [row for row in self.rules.shown if row.region.name == name]
            if rows and rng.random() < 0.5:  # one that a row cuts
                row = rng.choice(rows)
                end = row.offset(row.end)
                addr = max(0, rng.choice([row.hit.offset - 2, end - 2, end - 4, end]))
            data, fd, op = rng.randrange(3), rng.randrange(3), "add_eventfd"
            if (addr, size, match, data, fd) in there:
                return
            shown = any(row.offset(row.start) <= addr < row.offset(row.end) for row in rows)
            if self.kind.heads and shown and rng.random() < 0.3:
                size = rng.choice([1, 2, 8])
        self.do(op, mr=name, addr=addr, size=size, match_data=bool(match), data=data, fd=fd)

    def any(self) -> str:
        """A region, rather one that shows."""
        shown = [row.region.name for row in self.rules.shown]
        which = self.rng.random()
        if shown and which < 0.45:
            return self.rng.choice(shown)
        known = [each for each in self.regions if each not in ROOTS]
        return self.rng.choice(known[:4] if which < 0.7 else known)

    def _contest(self) -> None:
        """Claim what a region shows, and have it win that back: the later act is before the other."""
        rng = self.rng
        if not self.rules.shown:
            return
        row = rng.choice(self.rules.shown)
        names = [row.region.name, *self._way(row.region)]
        name = rng.choice([each for each in names if each not in ROOTS])
        region = self.regions[name]
        if self.kind.old:
            self.changed(lambda: self._register(row.start))
        ways = ["enable"] + ["slide"] * 3 * (region.target is not None)
        how = rng.choice([*ways, *["move", "again", "hide"] * (region.parent is not None)])
        if how == "enable":
            self.do("set_enabled", mr=name, enabled=False)
            self.changed(lambda: self.do("set_enabled", mr=name, enabled=True))
        elif how == "slide" and region.target is not None:
            slide = self._slide(region.target)
            self.changed(lambda: self.do("set_alias_offset", mr=name, offset=slide))
        elif how == "move" and region.parent is not None:
            at = region.addr
            self.changed(lambda: self.do("set_address", mr=name, addr=at + self.page))
            self.changed(lambda: self.do("set_address", mr=name, addr=at))
        elif how == "again" and region.parent is not None:
            self.changed(lambda: self._again(region))
        elif region.parent is not None:
            parent = region.parent.name
            self.changed(lambda: self.do("del_subregion", parent=parent, mr=name))

    def _way(self, region: Region) -> Iterator[str]:
        """What shows a region: containers, and aliases of it or of them."""
        above = [region]
        for one in above:
            outer = [one.parent] if one.parent else []
            outer += [each for each in self.regions.values() if each.target is one]
            above += [each for each in outer if all(each is not known for known in above)]
        return (each.name for each in above[1:])

    def _beside(self) -> None:
        """Put an alias where another ends, so that it continues it."""
        aliases = [each for each in self.regions.values() if each.kind == "alias"]
        pairs = [
            (one, other)
            for one in aliases
            for other in aliases
            if one is not other and one.target is other.target and one.parent is not None
            if other.parent is None or one.parent is other.parent
        ]
        if not pairs:
            return
        one, other = self.rng.choice(pairs)
        assert one.parent is not None  # it was looked for
        at, parent = one.addr + one.size, one.parent.name
        if other.parent is None:
            self.do("add_subregion", parent=parent, offset=at, mr=other.name)
        else:
            self.do("set_address", mr=other.name, addr=at)
        self.do("set_alias_offset", mr=other.name, offset=one.slide + one.size)
        self.do("set_readonly", mr=other.name, readonly=not one.readonly)
        self.near = one.addr + one.size

    def _bytes(self) -> None:
        """Ask for the bytes of a region's RAM, and which were written."""
        rng = self.rng
        made = [name for name, each in self.regions.items() if each.ram is not None]
        if not made:
            return
        name = rng.choice(made)
        size = self.regions[name].size
        client = rng.choice([0, 1, 3])
        addr = min(rng.randrange(size), size - 1)
        length = min(rng.choice([1, 4, self.page // 2, self.page, self.page + 8]), size - addr)
        op = rng.choice(["region_dirty", "region_dirty", "region_set_dirty", "region_reset_dirty"])
        if rng.random() < 0.5:
            self.do("region_set_dirty", mr=name, addr=addr, size=length)
        args: dict[str, Json] = {"mr": name, "addr": addr, "size": length}
        self.do(op, **args, **({} if op == "region_set_dirty" else {"client": client}))
        self.do("dirty_dump", ram_addr=0, pages=max(self.rules.ram.dirty) + 1)
        windows = [each for each in self.regions.values() if each.target and each.target.ram]
        if windows and rng.random() < 0.5:
            window = rng.choice(windows)
            assert window.target is not None  # it is a window
            if window.slide + 8 <= window.target.size:
                self.do("region_peek", mr=window.name, offset=0, len=8)

    def _free(self) -> None:
        """Give RAM back; no gap is ever left to choose among."""
        if not self.freed and len(self.rules.blocks) > 1 and self.rng.random() < 0.4:
            self.freed = True
            self.do("ram_free", id=self.rng.choice([*self.rules.blocks]))

    def _churn(self) -> None:
        """Show and hide a region again and again: nothing is used up."""
        page = self.page
        rows = [row for row in self.rules.shown if -(-row.start // page) < row.end // page]
        if self.churned or not rows:
            return
        self.churned = True
        row = self.rng.choice(rows)
        part = -(-row.start // page) * page + 8
        device = self.rng.choice([*self.rules.devices])
        self.do(
            "phys_register",
            start=part,
            size=16,
            target={"io": device},
            region_offset=0,
            log_dirty=False,
        )
        names = [row.region.name, self.any()]
        for _ in range(len(self.rules.old.slots)):
            for name in names:
                self.do("set_enabled", mr=name, enabled=False)
                self.do("set_enabled", mr=name, enabled=True)

    # Accesses

    def access(self) -> None:
        rng, addr = self.rng, self._addr()
        which = rng.random() + (0.2 if self.kind.alone else 0)
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
        """Look at the RAM that was stored to, or was not, and which pages of it count as written."""
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
        if rng.random() < 0.5:
            read = {"b": "ldub", "w": "lduw", "l": "ldl", "q": "ldq"}[letter]
            self.do("ld", fn=f"{read}{order}_phys", addr=addr)
        elif order and size > 2 and rng.random() < 0.5:
            name = f"st{letter}_phys_notdirty"
            self.do("st", fn=name, addr=addr, val=rng.getrandbits(8 * size))
        elif order:
            name = f"st{letter}{order}_phys"
            self.do("st", fn=name, addr=addr, val=rng.getrandbits(8 * size))
        else:
            self.do("st", fn=f"st{letter}_phys", addr=addr, val=rng.getrandbits(8 * size))

    def _dirty(self) -> None:
        """Look which pages were written, and have them not written any more."""
        last = max(self.rules.ram.dirty, default=-1)
        if not self.rules.ram.blocks:
            return
        if last < 0:
            return
        self.do("dirty_dump", ram_addr=0, pages=last + 1)
        if self.rng.random() < 0.2:
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
