"""Steps made up for the new API on the old layer and on its core: where both versions agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random

from memfold.equivalence.facts import Json
from memfold.equivalence.subject import Step
from memfold.harness.campaign.mixed.kind import Kind
from memfold.harness.campaign.mixed.maker import Maker
from memfold.harness.rules.shown import Row

__all__ = ["runs"]

LENGTH = 400
ORDERS = ("", "_le", "_be")
ALL = ("io", "io", "ram", "ram", "rom_device", "container", "alias", "alias", "reservation")
KINDS = (
    Kind("whole", ALL, whole=True, old=False),
    Kind("slices", ("ram",), old=False),
)
"""A slice of a page of RAM the old layer serves through an io slot, where nothing else is. Of pages
that several regions share it loses parts (rules 2 to 5): that is for mixed worlds."""


def runs(seed: int, count: int) -> Iterator[tuple[Mapping[str, Json], Sequence[Step]]]:
    """Runs as 1.0 and as 1.1, in both byte orders."""
    number = 0
    while count > 0:
        rng = Random(f"memory/{seed}/{number}")
        header: dict[str, Json] = {
            "version": "v1.0" if number % 4 < 2 else "v1.1",
            "target": "made up",
            "page_bits": 9,
            "target_phys_addr_t_bits": 32,
            "phys_addr_bits": 13,
            "big_endian": rng.random() < 0.5,
            "made_up": True,
        }
        its = {"page_bits": 9, "phys_addr_space_bits": 13, "phys_addr_bits": 32}
        kind = KINDS[number % len(KINDS)]
        made = _Slices if kind.name == "slices" else _Maker
        maker = made(rng, kind, {**header, **its})
        steps = maker.steps(min(LENGTH, max(40, count)))
        count -= len(steps)
        number += 1
        yield header, steps


class _Maker(Maker):
    """Makes one run; the rules know of the tree, and nothing of ports and versions."""

    orders: tuple[str, ...] = ORDERS

    def __init__(self, rng: Random, kind: Kind, header: Mapping[str, Json]) -> None:
        super().__init__(rng, kind, header)
        del self.regions["second"]
        self.ports = 0
        self.at_ports: list[int] = []
        self.went = False

    def acts(self) -> list[tuple[Callable[[], None], int]]:
        """What there is to do."""
        return [
            *super().acts(),
            (self._ports, 25),
            (self._dirty_bytes, 4),
            (self._offset, 5),
            (self._come_and_go, 1),
        ]

    def do(self, op: str, **args: Json) -> None:
        """Make a step; one that the vocabulary has not is none."""
        if op in ("dirty_dump", "reset_dirty", "region_dirty", "region_set_dirty"):
            return
        if op == "region_peek":
            self.made.append(Step("ram_peek", args))
            return
        if op in ("ram_peek", "region_reset_dirty", "set_dirty_tracking", "add_interposer"):
            return
        if op == "set_root":
            del args["space"]  # there is one
        if op == "add_subregion_overlap" and isinstance(args["priority"], int):
            args["priority"] = abs(args["priority"])  # they were unsigned
        super().do(op, **args)

    def interpose(self) -> None:
        """There is no such step."""

    def asks(self) -> list[tuple[Callable[[], None], int]]:
        """What both versions can do: what listeners are told is not compared."""
        asked = (self.find, self.look_at_another_root)
        return [(act, weight) for act, weight in super().asks() if act in asked]

    def spaces(self) -> list[tuple[str, str]]:
        """One alone shows regions."""
        return [("memory", "system")]

    def place_in(self, size: int) -> int:
        """RAM may be cut inside a page, and something lie above all addresses of the target."""
        if self.rng.random() < 0.04:
            return self.space * self.rng.choice([1, 2]) + self.rng.randrange(4) * self.page
        return super().place_in(size)

    # Accesses: where both ways of splitting are one

    def access(self) -> None:
        """Inside one row, aligned in it; a block of RAM where it is."""
        rng = self.rng
        rows = self.rules.shown
        if rng.random() < 0.1:  # a page of nothing: only here may it be misaligned
            at = rng.randrange(self.space - 8)
            start, end = at & -self.page, (at + 3 & -self.page) + self.page
            if not any(row.start < end and start < row.end for row in rows):
                name = rng.choice(["lduw_phys", "ldl_phys", "ldl_be_phys"])
                self.made.append(Step("ld", {"fn": name, "addr": at}))
        if not rows:
            return
        row = rng.choice(rows)
        size = rng.choice([1, 2, 4, 4, 8])
        first = -(-max(row.start, 0) // 8) * 8
        if first + 8 > row.end:
            return
        at = rng.choice([first, (row.end - 8) & -8, rng.randrange(first, row.end - 7) & -8])
        at = max(first, at)
        if rng.random() < 0.5:
            at += 8 - size
        if size == 8 and row.region.ops.impl_least == 8:
            return  # the old layer cuts the halves of such a device, the core does not
        letter = {1: "b", 2: "w", 4: "l", 8: "q"}[size]
        order = rng.choice(self.orders) if size > 1 else ""
        self._number(row, at, size, letter, order)

    def _number(self, row: Row, at: int, size: int, letter: str, order: str) -> None:
        rng = self.rng
        read = {"b": "ldub", "w": "lduw", "l": "ldl", "q": "ldq"}[letter]
        which = rng.random()
        if which < 0.4:
            self.made.append(Step("ld", {"fn": f"{read}{order}_phys", "addr": at}))
        elif which < 0.75:
            notdirty = size > 2 and self.kind.whole and rng.random() < 0.3
            name = f"st{letter}_phys_notdirty" if notdirty else f"st{letter}{order}_phys"
            value = rng.getrandbits(8 * size)
            self.made.append(Step("st", {"fn": name, "addr": at, "val": value}))
        elif row.offset(at) % 4 == at % 4:
            if which < 0.87:
                self.made.append(Step("read", {"addr": at, "len": size}))
            elif which < 0.97:
                data = rng.randbytes(size).hex()
                self.made.append(Step("write", {"addr": at, "data": data}))
            elif self.kind.whole and row.ram:
                self.made.append(Step("write_rom", {"addr": at, "data": "5a"}))
        region = row.region
        if region.ram is not None and rng.random() < 0.4:
            args: dict[str, Json] = {"mr": region.name, "offset": 0, "len": region.size}
            self.made.append(Step("ram_peek", args))
            self._dirty_of(region.name, region.size)

    def _dirty_of(self, name: str, size: int) -> None:
        for first in range(0, size, self.page):
            args: dict[str, Json] = {"mr": name, "addr": first, "size": 1, "client": 3}
            self.made.append(Step("get_dirty", args))
        self.made.append(Step("reset_dirty", {"mr": name, "addr": 0, "size": size, "client": 3}))

    def _dirty_bytes(self) -> None:
        """Which pages of a region were written, for one client or another."""
        rng = self.rng
        made = [each for each in self.regions.values() if each.ram is not None]
        if not made:
            return
        region = rng.choice(made)
        at = rng.randrange(region.size)
        size = min(rng.choice([1, 4, self.page, self.page + 8]), region.size - at)
        client = rng.choice([0, 1, 3])
        args: dict[str, Json] = {"mr": region.name, "addr": at, "size": size}
        op = rng.choice(["get_dirty", "get_dirty", "set_dirty", "reset_dirty"])
        self.made.append(Step(op, args if op == "set_dirty" else {**args, "client": client}))

    def _offset(self) -> None:
        """What is added to every offset that callbacks get."""
        name = self.any()
        if self.regions[name].kind in ("io", "rom_device"):
            offset = self.rng.choice([0, 4, 0x100])
            self.made.append(Step("set_offset", {"mr": name, "offset": offset}))

    # Ports

    def _ports(self) -> None:
        """A port region comes, or a port is read or written."""
        rng = self.rng
        if self.ports < 3 and rng.random() < 0.3:
            name, size = f"p{self.ports}", rng.choice([1, 2, 4, 8, 9])
            ops: dict[str, Json] = {"endianness": rng.choice(["little", "native"])}
            if rng.random() < 0.5:
                ops["old_portio"] = [
                    [at, length, width, rng.choice(["r", "w", "rw", "rw"])]
                    for at, length, width in rng.choice(
                        [[(0, size, 1)], [(0, size, 1), (0, size, 2)], [(0, 4, 4), (0, 1, 1)]]
                    )
                ]
            init: dict[str, Json] = {"mr": name, "kind": "io", "size": size, "dev": 90 + self.ports}
            self.made.append(Step("init", {**init, "ops": ops}))
            at = 0x100 + 16 * self.ports + rng.randrange(8)
            self.at_ports.append(at)
            self.made.append(Step("add_subregion", {"parent": "io", "offset": at, "mr": name}))
            self.ports += 1
        elif self.at_ports and rng.random() < 0.1:
            number = rng.randrange(self.ports)
            self.at_ports[number] = at = 0x100 + 16 * number + rng.randrange(8)
            self.made.append(Step("set_address", {"mr": f"p{number}", "addr": at}))
        for _ in range(2):
            port = rng.choice([*self.at_ports, 0x200]) + rng.choice([-1, 0, 0, 1, 2, 3, 4, 8])
            size = rng.choice([1, 2, 4])
            if rng.random() < 0.5:
                self.made.append(Step("in", {"port": port, "size": size}))
            else:
                value = rng.getrandbits(8 * size)
                self.made.append(Step("out", {"port": port, "size": size, "val": value}))
        self.made.append(Step("flat", {"space": "io"}))

    def _come_and_go(self) -> None:
        """A device is plugged and unplugged, often: nothing of it is left."""
        if self.went:
            return
        self.went = True
        for number in range(56):
            name = f"t{number}"
            self.made += [
                Step("init", {"mr": name, "kind": "io", "size": 4 * self.page, "dev": 77}),
                Step(
                    "add_subregion_overlap",
                    {"parent": "system", "offset": 0, "mr": name, "priority": 9},
                ),
                Step("ld", {"fn": "ldl_phys", "addr": 8 * number}),
                Step("del_subregion", {"parent": "system", "mr": name}),
                Step("destroy", {"mr": name}),
            ]


class _Slices(_Maker):
    """RAM of an odd size, and windows cut anywhere, each by itself in a part of the addresses.

    Each is put there once: what is left of a slice that went is for mixed worlds.
    """

    orders = ("",)
    ZONES = 4
    LENGTH = 80

    def steps(self, count: int) -> list[Step]:
        """At least `count` steps, but not more than it takes to look at all of it."""
        rng = self.rng
        size = 4 * self.page - rng.choice([0, 0, 0x14, 0x100])
        self.do("init", mr="r1", kind="ram", size=size)
        self.do("ram_poke", mr="r1", offset=0, data=rng.randbytes(size).hex())
        self._dirty_of("r1", size)
        for zone in range(1, self.ZONES):
            name, window = f"w{zone}", rng.choice([0x40, 0x110, 0x1F0, 0x200, 0x3F8, 0x408])
            slide = rng.choice([0, 0, 8, 0x10, 0x200, 0x208, size - 0x100, size - 0x40]) & -4
            at = zone * self.space // self.ZONES + rng.choice([0, 0, 8, 0x10, 0x1F0, 0x200, 0x208])
            self.do("init", mr=name, kind="alias", size=window, target="r1", offset=slide)
            if rng.random() < 0.3:
                self.do("set_readonly", mr=name, readonly=True)
            self.do("add_subregion", parent="system", offset=at, mr=name)
        odd = self.page + rng.choice([0x1F0, 0x108, 4])
        self.do("init", mr="r2", kind="ram", size=odd)
        self.do("add_subregion", parent="system", offset=0, mr="r2")
        self._cut_device()
        while len(self.made) < min(count, self.LENGTH):
            self.access()
            row = rng.choice(self.rules.shown)  # a number goes on in the RAM, a row's end or not
            if row.region.kind == "rom_device":
                continue
            if row.offset(row.end) == row.region.size and row.region.size % self.page:
                at = row.end - rng.randrange(1, 4)  # of what lies behind it the bytes are 0
                name = rng.choice(["lduw_phys", "ldl_phys"])
                self.made.append(Step("ld", {"fn": name, "addr": at}))
            elif row.offset(row.end) == row.region.size:
                value = rng.getrandbits(32)
                args: dict[str, Json] = {"fn": "stl_phys", "addr": row.end - 2, "val": value}
                self.made.append(Step("st", args))
            at = rng.randrange(odd // 4) * 4
            self.made.append(Step("write_rom", {"addr": at, "data": rng.randbytes(4).hex()}))
            self.made.append(Step("ld", {"fn": "ldl_phys", "addr": at}))
            if rng.random() < 0.1:
                self.do("set_log", mr="r1", log=rng.random() < 0.5, client=0)
        return self.made

    def _cut_device(self) -> None:
        """A ROM device of which a window shows, from the midst of a page or to it.

        The old layer has no page of it then, so only what is written is looked at; and it loses
        what lies on a second page (rule 2), so there is none.
        """
        rng = self.rng
        size = 2 * self.page
        self.do("init", mr="d1", kind="rom_device", size=size, dev=9, ops=self._ops())
        slide, window = rng.choice([0, 8, 0x10, 0x108, 0x1F8]), rng.choice([0x40, 0xF0, 0x200])
        inner = rng.choice([0, 0, 8, 0x10, 0x108])
        window = min(window, self.page - inner)
        self.do("init", mr="w0", kind="alias", size=window, target="d1", offset=slide)
        self.do("add_subregion", parent="system", offset=2 * self.page + inner, mr="w0")

    def _number(self, row: Row, at: int, size: int, letter: str, order: str) -> None:
        if row.region.kind != "rom_device":
            super()._number(row, at, size, letter, order)
            return
        value = self.rng.getrandbits(8 * size)
        self.made.append(Step("st", {"fn": f"st{letter}_phys", "addr": at, "val": value}))
