"""Region calls made up for a mixed world."""

from __future__ import annotations

from collections.abc import Iterator

from memfold.equivalence.facts import Json
from memfold.harness.campaign.mixed.kind import ROOTS
from memfold.harness.campaign.mixed.old import OldCalls
from memfold.harness.rules.arguments import filling, the_fd
from memfold.harness.rules.tree import Region

__all__ = ["Regions"]


class Regions(OldCalls):
    """A run with regions."""

    def _new_region(self) -> None:
        if len(self.regions) > 15:
            return
        rng = self.rng
        number = len(self.regions) + self.destroyed
        name, kind = f"r{number}", rng.choice(self.kind.regions)
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
            args |= {"dev": number, "ops": self._ops()}
        elif kind == "carried":
            widths: list[list[Json]] = [[rng.random() < 0.8 for _ in range(3)] for _ in range(2)]
            endian = rng.choice(["native", "big", "little"])
            args |= {
                "dev": number,
                "read": widths[0],
                "write": widths[1],
                "endian": endian,
            }
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
        if rng.random() < 0.2:
            if rng.random() < 0.5:
                ops = {"endianness": "native"}  # what is asked for is one call
            low = rng.choice([0, 0, 4, self.page])
            value = rng.getrandbits(rng.choice([8, 64, 64]))
            ops["fails"] = {
                "lo": low,
                "hi": low + rng.choice([4, 0x100, self.page]),
                "value": value,
            }
        if rng.random() < 0.15:
            ops["raw"] = True
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
            answers = rng.random() < 0.2  # so that what answers may have others in it
            parents = [
                each
                for each, one in self.regions.items()
                if answers or one.kind == "container"
                if id(one) not in shown and self._legal(one, region)
            ]
            if not parents:
                return
            own = [*(["system"] * 3 if "system" in parents and not answers else [])]
            parent = rng.choice([*parents, *own])
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

    def interpose(self) -> None:
        rng = self.rng
        if len(self.interposed) > 2:
            name, mr = self.interposed.pop(rng.randrange(len(self.interposed)))
            self.do("del_interposer", mr=mr, id=name)
            return
        windows = [each.target.name for each in self.regions.values() if each.target]
        mr = rng.choice(windows) if windows and rng.random() < 0.5 else self.any()
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
            self.do(
                "add_coalescing",
                mr=name,
                offset=rng.choice([0, 8, self.place_in(region.size)]),
                size=size,
            )
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
            if self.kind.alone:
                size, match = rng.choice([1, 2, 4, 4, 8]), rng.choice([0, 1, 1])
            rows = [row for row in self.rules.shown if row.region.name == name]
            if rows and rng.random() < 0.5:  # one that a row cuts
                row = rng.choice(rows)
                end = row.offset(row.end)
                addr = max(0, rng.choice([row.hit.offset - 2, end - 2, end - 4, end]))
            data, fd, op = rng.randrange(3), rng.randrange(3), "add_eventfd"
            if there and rng.random() < 0.3:  # once more
                addr, size, match, data, fd = rng.choice(there)
            shown = any(row.offset(row.start) <= addr < row.offset(row.end) for row in rows)
            if self.kind.heads and shown and rng.random() < 0.3:
                size, match = rng.choice([(1, 1), (2, 1), (8, 1), (4, 0)])
        if not match:
            data = rng.randrange(3)  # it does not count
        event: dict[str, Json] = {"addr": addr, "size": size, "match_data": bool(match), "fd": fd}
        self.do(op, mr=name, **event, data=data)
        fds = self.regions[name].eventfds  # one may be refused
        if (
            op == "add_eventfd"
            and fds.count(the_fd({**event, "data": data}))
            and rng.random() < 0.3
        ):
            # There twice, one of them goes
            self.do(op, mr=name, **event, data=data if match else rng.randrange(3))
            self.do("del_eventfd", mr=name, **event, data=data)

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
