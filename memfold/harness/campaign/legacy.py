"""Steps made up for the old layer alone: any registration anywhere, and every other old call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random

from memfold.equivalence.facts import Json
from memfold.equivalence.subject import Step

__all__ = ["runs"]

LENGTH = 300
LOADS = ["ldub_phys", "lduw_phys", "ldl_phys", "ldq_phys"]
STORES = ["stb_phys", "stw_phys", "stl_phys", "stq_phys", "stl_phys_notdirty", "stq_phys_notdirty"]


def runs(seed: int, count: int) -> Iterator[tuple[Mapping[str, Json], Sequence[Step]]]:
    """Runs on small targets of every form."""
    number = 0
    while count > 0:
        rng = Random(f"legacy/{seed}/{number}")
        page_bits = rng.choice([7, 7, 8, 10, 10])
        addr_bits = rng.choice([32, 64])
        header: dict[str, Json] = {
            "page_bits": page_bits,
            "phys_addr_bits": addr_bits,
            "phys_addr_space_bits": rng.choice([page_bits + 5, page_bits + 5, addr_bits]),
            "big_endian": number % 2 == 0,
        }
        steps = _Maker(rng, header).steps(min(LENGTH, max(40, count)))
        count -= len(steps)
        number += 1
        yield header, steps


class _Maker:
    """Makes one run; keeps track of names alone."""

    def __init__(self, rng: Random, header: Mapping[str, Json]) -> None:
        self.rng = rng
        page_bits, addr_bits, space_bits = (
            int(str(header[key])) for key in ("page_bits", "phys_addr_bits", "phys_addr_space_bits")
        )
        self.page, self.width, self.space = 1 << page_bits, 1 << addr_bits, 1 << space_bits
        top = rng.random() < 0.3
        self.base = self.space - 16 * self.page if top else 0
        """Where the pages are that matter: sometimes across the top of the addresses."""
        self.tame = page_bits == 10
        """Whether no access dies: all RAM and all devices that are mapped are there."""
        self.slots = self.page // 8 - 6
        self.made: list[Step] = []
        self.names = 0
        self.devices: list[int] = []
        self.rams: dict[str, int] = {}
        self.clients: list[str] = []
        self.waiting: list[str] = []
        self.edges = [self.base]

    def steps(self, count: int) -> list[Step]:
        """At least `count` steps."""
        for _ in range(3):
            self._device()
        self._client()
        self._ram()
        self._ram()
        acts: list[tuple[Callable[[], None], int]] = [
            (self._register, 14),
            (self._device, 2),
            (self._ram, 1),
            (self._client, 2),
            (self._dirty, 6),
            (self._log, 3),
            (self._mapping, 4),
            (self._access, 30),
            (self._desc, 6),
        ]
        while len(self.made) < count:
            self.rng.choices(*zip(*acts, strict=True))[0]()
        return self.made

    def do(self, op: str, **args: Json) -> None:
        """Make a step."""
        self.made.append(Step(op, args))

    def _name(self) -> int:
        self.names += 1
        return self.names

    def _addr(self) -> int:
        rng, page = self.rng, self.page
        at = self.base + rng.randrange(32) * page
        if rng.random() < 0.6:
            at = rng.choice(self.edges)
        at += rng.choice([0, 0, 0, 1, 2, 3, 4, 8, 18, -1, -2, -3, -4, -8, page // 2, page - 2])
        above = self.width // self.space
        at += self.space * rng.choice([0, 0, 0, 0, *([1, above - 1] if above > 1 else [])])
        return at % self.width

    # What there is

    def _device(self) -> None:
        rng = self.rng
        if self.tame and len(self.devices) > 3:
            return
        if len(self.devices) >= min(6, self.slots) or (
            self.devices and not self.tame and rng.random() < 0.3
        ):
            self.do("io_unregister", id=self.devices.pop(rng.randrange(len(self.devices))))
            return
        name = self._name()
        self.devices.append(name)
        widths: list[list[Json]] = [[rng.random() < 0.85 for _ in range(3)] for _ in range(2)]
        self.do(
            "io_register",
            id=name,
            read=widths[0],
            write=widths[1],
            endian=rng.choice(["native", "big", "little"]),
            raw=rng.random() < 0.3,
        )

    def _ram(self) -> None:
        rng = self.rng
        if len(self.rams) > 3:
            if not self.tame:
                name = rng.choice([*self.rams])
                del self.rams[name]
                self.do("ram_free", id=name)
            return
        name, size = (
            f"x{self._name()}",
            rng.choice([1, 1, 2, 3]) * self.page - rng.choice([0, 0, 1]),
        )
        self.rams[name] = -(-size // self.page)
        self.do("ram_alloc", id=name, size=size, fill=rng.randrange(256))

    def _client(self) -> None:
        rng = self.rng
        if len(self.clients) > 1:
            self.do("client_unregister", id=self.clients.pop(rng.randrange(2)))
            return
        name = f"c{self._name()}"
        self.clients.append(name)
        rets: dict[str, Json] = {}
        if rng.random() < 0.4:
            rets[rng.choice(["sync", "migration", "log_start", "log_stop"])] = rng.choice([-1, -5])
        self.do(
            "client_register", id=name, log=rng.random() < 0.7, probe=rng.random() < 0.3, rets=rets
        )

    # Registering

    def _target(self) -> Json:
        rng = self.rng
        kinds = ["unassigned", "unassigned", *["io"] * 5 * bool(self.devices)]
        kinds += ["ram", "ram", "rom", *["romd"] * 2 * bool(self.devices)] * bool(self.rams)
        kind = rng.choice(kinds)
        if kind == "unassigned":
            return kind
        io = rng.choice(self.devices) if self.devices else 0
        if kind == "io":
            return {"io": io}
        name = rng.choice([*self.rams])
        off = rng.randrange(self.rams[name]) * self.page
        target: dict[str, Json] = {"ram": name, "off": off, "flag": kind}
        return target | ({"io": io} if kind == "romd" else {})

    def _register(self) -> None:
        rng, page = self.rng, self.page
        start = self._addr()
        size = rng.choice([1, 1, 2, 3, 5, 8]) * page
        if rng.random() < 0.5:
            start -= start % page
        elif rng.random() < 0.7:
            size = rng.choice([0, 1, 1, 2]) * page + rng.choice([1, 4, 8, 16, page // 2, page - 4])
        if rng.random() < 0.02:
            size = 0
        offset = rng.choice([0, 0, page, 5 * page, 3 * page + 7, (1 << 40) + 7, (1 << 64) - page])
        target = self._target()
        if self.tame and isinstance(target, dict) and "ram" in target:
            start, size = start - start % page, page
        self.edges = [*self.edges[-8:], start % self.space, (start + size) % self.space]
        self.do(
            "phys_register",
            start=start,
            size=size,
            target=target,
            region_offset=offset,
            log_dirty=rng.random() < 0.3,
        )
        for _ in range(rng.choice([1, 2, 3])):
            self._access()

    def _desc(self) -> None:
        self.do("page_desc", addr=self._addr())

    # Accesses

    def _access(self) -> None:
        rng, addr = self.rng, self._addr()
        which = rng.random()
        if which < 0.35:
            self.do(rng.choice(LOADS), addr=addr)
        elif which < 0.65:
            self.do(rng.choice(STORES), addr=addr, value=rng.getrandbits(64))
        elif which < 0.8:
            self.do("read", addr=addr, len=rng.choice([1, 2, 3, 4, 5, 8, 21, self.page + 5]))
        elif which < 0.93:
            self.do("write", addr=addr, hex=rng.randbytes(rng.choice([1, 2, 4, 5, 8, 13])).hex())
        else:
            self.do("write_rom", addr=addr, hex=rng.randbytes(rng.choice([1, 4, 9])).hex())

    def _mapping(self) -> None:
        """Map memory, write to it, give it back; wait for the one buffer there is."""
        rng = self.rng
        if rng.random() < 0.3:
            if self.waiting and rng.random() < 0.5:
                self.do("map_client_unregister", id=self.waiting.pop())
            else:
                self.waiting.append(f"w{self._name()}")
                self.do("map_client_register", id=self.waiting[-1])
        if not self.tame:
            return  # it may die there, and then nothing is mapped
        name, is_write = f"m{self._name()}", rng.random() < 0.6
        length = rng.choice([1, 4, 9, self.page, 3 * self.page])
        self.do("map", id=name, addr=self._addr(), len=length, is_write=is_write)
        self._access()
        if is_write:
            self.do("map_write", id=name, off=0, hex=rng.randbytes(1).hex())
        access = rng.choice([0, 1])
        self.do("unmap", id=name, len=access, is_write=is_write, access_len=access)

    def _dirty(self) -> None:
        rng = self.rng
        if not self.rams:
            return
        addr = rng.randrange(4) * self.page + rng.choice([0, 0, 5])
        flags = rng.choice([1, 2, 8, 0xFF])
        which = rng.randrange(8)
        if which == 0:
            self.do("get_dirty", ram_addr=addr, flags=flags)
        elif which == 1:
            self.do("set_dirty_flags", ram_addr=addr, flags=flags)
        elif which == 2:
            self.do(rng.choice(["is_dirty", "get_dirty_flags"]), ram_addr=addr)
        elif which == 3:
            self.do("set_dirty", ram_addr=addr)
        elif which == 4:
            self.do("ram_peek", ram_addr=0, len=self.page)
        elif which == 5:
            self.do("dirty_dump", ram_addr=0, pages=2)
        else:
            self.do(
                "reset_dirty", start=0, end=rng.choice([self.page, 5, self.page + 9]), flags=0xFF
            )

    def _log(self) -> None:
        rng = self.rng
        which = rng.randrange(4)
        if which == 0:
            self.do("set_dirty_tracking", enable=rng.choice([0, 1, 1, -1]))
            self.do("get_dirty_tracking")
        elif which == 1:
            self.do("sync_dirty_bitmap", start=self._addr(), end=self._addr())
        else:
            self.do(rng.choice(["log_start", "log_stop"]), start=self._addr(), size=self.page)
