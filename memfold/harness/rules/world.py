"""A world of old calls and regions by the rules: performs the steps of "mixed" traces."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import NotReplayable, Step, UnknownName
from memfold.harness.rules.access import Accesses, Saved
from memfold.harness.rules.devices import Calls, OldDevice, Ops, byte_swap
from memfold.harness.rules.old import EMPTY, ROM, ROMD, Endless, NoSlot, Numbers, OldPages
from memfold.harness.rules.ram import NoRam, Ram
from memfold.harness.rules.shown import Claim, Claims, Row, merged, rows_of
from memfold.harness.rules.tree import Interposed, Piece, Region, Tree

__all__ = ["LISTENERS", "Rules", "filling", "numbers_of", "size_of"]

Args = Mapping[str, Json]
LISTENERS = (1, 2)
"""By priority, which is also what they are called."""
DOWNWARDS = ("del", "log_stop", "coalesced_del", "eventfd_add")
SIZES = {"b": 1, "w": 2, "l": 4, "q": 8}
_U32 = (1 << 32) - 1


def numbers_of(header: Mapping[str, Json]) -> Numbers:
    """The target that a header states."""
    stated = cast("Mapping[str, int]", header)
    page_bits, addr_bits = stated["page_bits"], stated["phys_addr_bits"]
    big = bool(header.get("big_endian"))
    return Numbers(1 << page_bits, 1 << stated["phys_addr_space_bits"], addr_bits, big)


def filling(size: int, fill: int) -> bytes:
    """What fresh RAM of old calls is filled with."""
    return bytes((i * 0x9E3779B1 + fill * 0x85EBCA6B & _U32) >> 24 for i in range(size))


def size_of(function: str) -> int:
    """Of the value that ``ldl_phys`` and its like are about."""
    return 1 if "ub_" in function else SIZES[function.split("_")[0][-1]]


class Rules:
    """One fresh world."""

    def __init__(self, header: Mapping[str, Json]) -> None:
        self.numbers = numbers_of(header)
        self.calls: Calls = []
        self.events: list[Json] = []
        self.told: list[Json] = []
        self.heard: dict[int, Json] = {}
        """By page: what a memory client heard of it last."""
        self.ram = Ram(self.numbers.page)
        self.old = OldPages(self.numbers, self.ram)
        self.tree = Tree(self.numbers.space, self._ops({}))
        self.other = Tree(self.numbers.space, self._ops({}))
        """What a second space shows, of the same regions."""
        self.other.root.name = "second"
        self.tree.roots = self.other.roots = (self.tree.root, self.other.root)
        self.regions = {"system": self.tree.root, "second": self.other.root}
        self.claims = Claims()
        self.access = Accesses(self.numbers, self.ram, self.old, self.calls)
        self.access.heads = bool(header.get("heads"))
        self.lost: list[tuple[int, int]] = []
        """Parts of RAM that are not shown for the sake of old devices in their pages."""
        self.pieces: list[Piece] = []
        self.shown: list[Row] = []
        """What the tree has."""
        self.second: list[Row] = []
        self.fds: list[tuple[int, ...]] = []
        self.coalesced: dict[tuple[object, ...], list[tuple[int, int]]] = {}
        """What listeners were told last: events, and the coalesced parts of each row."""
        self.quiet, self.whole = bool(header.get("quiet")), bool(header.get("whole"))
        """Whether nothing is said of rows; whether pages are never divided, so that it can be told
        what a client heard of each."""
        self.depth = 0
        self.stale = False
        self.blocks: dict[Json, int] = {}
        self.devices: dict[Json, int] = {}
        self.saved: dict[Json, tuple[int, int | Saved]] = {}
        """Descriptors saved: the page's address, and what it was."""
        self._do: Mapping[str, Callable[[Args], Facts | None]] = self._table()

    def _ops(self, given: Mapping[str, Json]) -> Ops:
        return Ops(given, self.numbers.big)

    def _table(self) -> Mapping[str, Callable[[Args], Facts | None]]:
        access = self.access
        table: dict[str, Callable[[Args], Facts | None]] = {
            "read": lambda a: {"data": access.read(_int(a, "addr"), _int(a, "len")).hex()},
            "write": lambda a: access.write(_int(a, "addr"), _hex(a)),
            "write_rom": lambda a: access.write_rom(_int(a, "addr"), _hex(a)),
            "ld": lambda a: {"ret": self._native_ld(a)},
            "st": self._native_st,
            "flat": lambda _: self.flat(),
            "ram_peek": lambda a: {"data": self.ram.read(_int(a, "ram_addr"), _int(a, "len")).hex()},
            "set_dirty_tracking": self._set_tracking,
            "transaction_begin": self._begin,
            "transaction_commit": self._commit,
        }
        for name in ("ldub_phys", "lduw_phys", "ldl_phys", "ldq_phys"):
            size = size_of(name)
            table[name] = lambda a, size=size: {"ret": access.load(_int(a, "addr"), size)}  # type: ignore[misc]
        for name in ("stb_phys", "stw_phys", "stl_phys", "stq_phys"):
            table[name] = self._storing(name, notdirty=False)
        for name in ("stl_phys_notdirty", "stq_phys_notdirty"):
            table[name] = self._storing(name, notdirty=True)
        return table

    def _storing(self, name: str, *, notdirty: bool) -> Callable[[Args], None]:
        size = size_of(name)

        def store(args: Args) -> None:
            dirty = not notdirty or (self.access.tracking and size == 4)
            self.access.store(_int(args, "addr"), _int(args, "value"), size, dirty=dirty)

        return store

    def perform(self, step: Step) -> Facts:
        """Do one step."""
        for noted in (self.calls, self.events, self.told):
            noted.clear()
        facts: Facts = {}
        do = self._do.get(step.op) or getattr(self, f"_{step.op}", None)
        if do is None:
            raise NotReplayable(f"{step.op}: the rules know no such thing")
        try:
            facts = do(step.args) or {}
        except NoRam:
            return {"died": "SIGABRT"}
        except Endless:
            return {"died": "unbounded-recursion"}
        except NoSlot:
            return {"died": "io-slots-exhausted"}
        if not self.depth and self.stale:
            self.commit()
        for name, noted in (("calls", self.calls), ("events", self.events), ("told", self.told)):
            if noted and (name == "calls" or not self.quiet):
                facts[name] = [*noted]
        return facts

    # What is shown

    def commit(self) -> None:
        """Take over what the tree shows now."""
        self.stale = False
        self.pieces = self.tree.pieces()
        self.second = rows_of(self.other.pieces(), Claims())
        self.refresh()

    def refresh(self) -> None:
        """Show what the tree showed at the last commit beside the claims there are now."""
        before, after = self.shown, rows_of(self.pieces, self.claims)
        self.shown = after
        rows = merged(sorted([*after, *self._put_back_rows()], key=_start))
        self.access.rows = [*self._without_heads(rows)] if self.access.heads else rows
        was, now = {row.key: row for row in before}, {row.key: row for row in after}
        gaps: list[int] = []
        for row in before:
            if row.key not in now:
                if self.coalesced.pop(row.key, None) is not None:
                    self._say("coalesced_del", row.start, row.end - row.start)
                if row.log:
                    self.told.append(["sync", row.start, row.end])
                self._say(*self._event("del", row))
                gaps += self._hear(row.start, row.end, None, False)
        for row in after:
            if row.key not in was:
                self._say(*self._event("add", row))
                self._hear(row.start, row.end, row, bool(row.log))
                self._coalesce(row)
                continue
            logged = bool(was[row.key].log), bool(row.log)
            if logged in ((True, False), (False, True)):
                event = "log_start" if row.log else "log_stop"
                self._say(*self._event(event, row))
                self.told.append([event, row.start, row.end - row.start])
        self._signal(after)
        for page in gaps:
            claim = self.claims.at(page)
            if not any(row.start <= page < row.end for row in after) and claim is not None:
                self._hear_old(page, claim.log)

    def _coalesce(self, row: Row) -> None:
        """Tell the coalesced parts of a row."""
        parts = [
            (max(row.start, start - row.hit.offset + row.start), end - row.hit.offset + row.start)
            for start, end in row.region.coalesced
        ]
        parts = [(start, min(end, row.end)) for start, end in parts]
        parts = [(start, end) for start, end in parts if start < end]
        if row.region.coalesced:
            self.coalesced[row.key] = parts
        for start, end in parts:
            self._say("coalesced_add", start, end - start)

    def _signal(self, rows: list[Row]) -> None:
        """Tell which events are set and which no more, in their order."""
        wanted: list[tuple[int, ...]] = []
        for row in rows:
            base = row.start - row.hit.offset
            for addr, size, *rest in sorted(row.region.eventfds):
                if addr + base < row.end and row.start < addr + base + size:
                    wanted.append((addr + base, size, *rest))
        before, self.fds = self.fds, wanted
        for fd in sorted({*before, *wanted}):
            if before.count(fd) > wanted.count(fd):
                for _ in range(before.count(fd) - wanted.count(fd)):
                    self._say("eventfd_del", *fd)
            else:
                for _ in range(wanted.count(fd) - before.count(fd)):
                    self._say("eventfd_add", *fd)

    def _say(self, *event: Json) -> None:
        """Tell both listeners: what is taken away the higher one first."""
        for who in LISTENERS[:: -1 if event[0] in DOWNWARDS else 1]:
            self.events.append([who, *event])

    def _without_heads(self, rows: list[Row]) -> Iterator[Row]:
        """Of RAM that begins inside a page the old layer shows nothing there."""
        page = self.numbers.page
        self.lost.clear()
        for row in rows:
            start = -(-row.start // page) * page
            if not row.ram or start == row.start:
                yield row
                continue
            self.lost.append((row.start, min(start, row.end)))
            if start < row.end:
                yield row._replace(start=start, hit=row.hit._replace(offset=row.offset(start)))

    def _event(self, event: str, row: Row) -> list[Json]:
        where = [row.start, row.end - row.start, row.region.name, row.hit.offset]
        return [event, *where, row.log, int(row.readable), int(row.hit.readonly)]

    def _hear(self, start: int, end: int, row: Row | None, log: bool) -> list[int]:
        page = self.numbers.page
        pages = range(start // page * page, end, page)
        for at in pages:
            said: Json = "other"
            if row is None:
                said = "nothing"
            elif row.ram:
                ram_addr = row.ram_addr(at)
                said = f"{'rom' if row.hit.readonly else 'ram'} {ram_addr:#x}"
            self._note(at, said, log)
        return list(pages)

    def _hear_old(self, addr: int, log: bool) -> None:
        page = self.old.page_at(addr)
        low = page.desc % self.numbers.page
        said: Json = "other"
        if page.empty:
            said = "nothing"
        elif page.saved is None and low in (0, ROM):
            said = f"{'rom' if low else 'ram'} {page.desc - low:#x}"
        self._note(addr, said, log)

    def _note(self, addr: int, said: Json, log: bool) -> None:
        if said == "nothing":
            self.heard.pop(addr, None)
        else:
            self.heard[addr] = [addr, said, int(log)]

    def flat(self) -> Facts:
        """The rows of the tree."""
        flat: list[Json] = []
        if self.quiet:
            return {}
        for row in self.shown:
            where: list[Json] = [row.start, row.end - row.start, row.region.name, row.hit.offset]
            flat.append([*where, row.log, int(row.readable), int(row.hit.readonly)])
        second: list[Json] = [self._event("", row) for row in self.second]
        parts = {(start, end - start) for each in self.coalesced.values() for start, end in each}
        facts: Facts = {"flat": flat, "second": second, "coalesced": [[*one] for one in sorted(parts)]}
        if self.whole:
            facts["heard"] = [self.heard[page] for page in sorted(self.heard)]
        return facts

    # Transactions

    def _begin(self, _: Args) -> None:
        self.depth += 1

    def _commit(self, _: Args) -> None:
        self.depth -= 1

    def _changed(self, region: Region, *, always: bool = False) -> None:
        """What is not enabled changes nothing that shows, and makes no update."""
        self.stale |= always or region.enabled

    # Regions

    def _mr(self, args: Args, name: str = "mr") -> Region:
        found = self.regions.get(cast("str", args[name]))
        if found is None:
            raise UnknownName(f"no region {args[name]!r} so far")
        return found

    def _init(self, args: Args) -> None:
        name, kind, size = cast("str", args["mr"]), cast("str", args["kind"]), _int(args, "size")
        given: dict[str, Json] = dict(cast("Args", args.get("ops") or {}))
        given["refuses"] = kind == "reservation"
        region = Region(name, kind, size, self._ops(given))
        region.dev = cast("int", args.get("dev") or 0)
        if kind in ("ram", "rom", "rom_device"):
            region.ram = self.ram.alloc(size)
        if kind == "rom":
            region.kind, region.readonly = "ram", True
        if kind == "carried":
            region.kind = "io"
            given |= {"endianness": args["endian"], "old_mmio": True}
            region.ops = self._ops(given)
            region.ops.there = {"r": args["read"], "w": args["write"]}
        if kind == "alias":
            region.target, region.slide = self._mr(args, "target"), _int(args, "offset")
        self.regions[name] = region

    def _ram_poke(self, args: Args) -> None:
        region, data = self._mr(args), bytes.fromhex(cast("str", args["data"]))
        assert region.ram is not None
        self.ram.write(region.ram + _int(args, "offset"), data)

    def _add_subregion_overlap(self, args: Args) -> None:
        parent, child = self._mr(args, "parent"), self._mr(args)
        self.tree.add(parent, _int(args, "offset"), child, cast("int", args.get("priority", 0)))
        self._changed(parent)

    _add_subregion = _add_subregion_overlap

    def _del_subregion(self, args: Args) -> None:
        self.tree.remove(self._mr(args))
        self._changed(self._mr(args, "parent"))

    def _set_address(self, args: Args) -> None:
        region = self._mr(args)
        if region.addr != _int(args, "addr") and region.parent is not None:
            self._changed(region.parent)
        self.tree.move(region, _int(args, "addr"))

    def _set_enabled(self, args: Args) -> None:
        region, enabled = self._mr(args), bool(args["enabled"])
        if region.enabled != enabled:
            self._changed(region, always=True)
        self.tree.enable(region, enabled)

    def _set_alias_offset(self, args: Args) -> None:
        if self.tree.slide(self._mr(args), _int(args, "offset")):
            self._changed(self._mr(args))

    def _set_readonly(self, args: Args) -> None:
        region, readonly = self._mr(args), bool(args["readonly"])
        if region.readonly != readonly:
            self._changed(region)
        region.readonly = readonly

    def _rom_device_set_readable(self, args: Args) -> None:
        region, readable = self._mr(args), bool(args["readable"])
        if region.readable != readable:
            self._changed(region)
        region.readable = readable

    def _set_log(self, args: Args) -> None:
        region, bit = self._mr(args), 1 << _int(args, "client")
        region.log = region.log | bit if args["log"] else region.log & ~bit
        self._changed(region)

    def _add_interposer(self, args: Args) -> None:
        region = self._mr(args)
        new = Interposed(cast("str", args["id"]), bool(args["reads"]), bool(args["writes"]))
        region.interposers = (new, *region.interposers)
        self._changed(region)

    def _del_interposer(self, args: Args) -> None:
        region = self._mr(args)
        left = (one for one in region.interposers if one.name != args["id"])
        region.interposers = tuple(left)
        self._changed(region)

    def _set_coalescing(self, args: Args) -> None:
        self._clear_coalescing(args)
        self._add_coalescing({**args, "offset": 0, "size": self._mr(args).size})

    def _clear_coalescing(self, args: Args) -> None:
        self._mr(args).coalesced = ()
        self._tell_coalescing(self._mr(args))

    def _add_coalescing(self, args: Args) -> None:
        start = _int(args, "offset")
        self._mr(args).coalesced += ((start, start + _int(args, "size")),)
        self._tell_coalescing(self._mr(args))

    def _tell_coalescing(self, region: Region) -> None:
        """Row by row it is cleared and then set, at once, in a transaction too."""
        for row in self.shown:
            if row.region is region:
                self._say("coalesced_del", row.start, row.end - row.start)
                self.coalesced.pop(row.key, None)
                self._coalesce(row)

    def _add_eventfd(self, args: Args) -> Facts | None:
        """The old layer's accelerator sets events of 4 bytes alone."""
        if self.access.heads and _int(args, "size") != 4:
            return {"died": "refused"}
        self._mr(args).eventfds.append(_fd(args))
        self._changed(self._mr(args))
        return None

    def _del_eventfd(self, args: Args) -> None:
        self._mr(args).eventfds.remove(_fd(args))
        self._changed(self._mr(args))

    def _pages(self, args: Args) -> range:
        """The pages behind some bytes of a region."""
        region, page = self._mr(args), self.numbers.page
        assert region.ram is not None
        start = region.ram + _int(args, "addr")
        return range(start // page, -(-(start + _int(args, "size")) // page))

    def _region_dirty(self, args: Args) -> Facts:
        bit = 1 << _int(args, "client")
        return {"ret": int(any(self.ram.dirty[page] & bit for page in self._pages(args)))}

    def _region_set_dirty(self, args: Args) -> None:
        for page in self._pages(args):
            self.ram.dirty[page] = 0xFF

    def _region_reset_dirty(self, args: Args) -> None:
        for page in self._pages(args):
            self.ram.dirty[page] &= ~(1 << _int(args, "client"))

    def _region_peek(self, args: Args) -> Facts:
        region, at = self._mr(args), _int(args, "offset")
        while region.target is not None:
            at += region.slide
            region = region.target
        assert region.ram is not None
        return {"data": self.ram.read(region.ram + at, _int(args, "len")).hex()}

    # Old calls

    def _ram_free(self, args: Args) -> None:
        del self.ram.blocks[self.blocks.pop(args["id"])]

    def _ram_alloc(self, args: Args) -> Facts:
        size = _int(args, "size")
        addr = self.ram.alloc(size)
        rounded = -(-size // self.numbers.page) * self.numbers.page
        self.ram.write(addr, filling(rounded, _int(args, "fill")))
        self.blocks[args["id"]] = addr
        return {"ret": addr}

    def _io_register(self, args: Args) -> Facts:
        order = args["endian"]
        swapped = order != "native" and (order == "big") != self.numbers.big
        reads, writes = (cast("tuple[bool, bool, bool]", args[way]) for way in ("read", "write"))
        device = OldDevice(_int(args, "id"), reads, writes, swapped, bool(args.get("raw")))
        io = self.devices[args["id"]] = self.old.io_register(device)
        # Regions have slots too, at one stage.
        return {"ret": io} if len(self.regions) == len(self.tree.roots) else {}

    def _io_unregister(self, args: Args) -> None:
        self.old.io_unregister(self.devices.pop(args["id"]))

    def _phys_register(self, args: Args) -> None:
        start, size = _int(args, "start"), _int(args, "size")
        log, target = bool(args["log_dirty"]), args["target"]
        if isinstance(target, dict) and "saved" in target:
            page, was = self.saved[target["saved"]]
            if isinstance(was, Saved):
                self._put_back(page, was, log)
                return
            desc = was
        else:
            desc = self._descriptor(target)
        act = self.tree.next_act()
        try:
            claimed = list(self.old.register(start, size, desc, _int(args, "region_offset")))
        except NoSlot:
            self.tree.acts -= 1
            raise
        self._bring_back(start, size, act)
        for first, end in claimed:
            self.claims.put(Claim(first, end, act, log))
        self.refresh()
        for first, end in claimed:
            for at in range(first, end, self.numbers.page):
                self._hear_old(at, log)

    def _bring_back(self, start: int, size: int, act: int) -> None:
        """What regions hide of what is asked for comes back first; more may be claimed then."""
        page, hidden = self.numbers.page, False
        for here, first, last in self.old.parts(start, size):
            low, high = here + first, here + (last + 1 if first <= last else page)
            if any(row.start < high and low < row.end for row in self.shown):
                self.claims.put(Claim(low, high, act, False))
                hidden = True
        if hidden:
            self.refresh()

    def _descriptor(self, target: Json) -> int:
        if not isinstance(target, dict):
            return EMPTY
        if "ram" not in target:
            return self.devices[target["io"]]
        desc = self.blocks[target["ram"]] + cast("int", target["off"])
        if target["flag"] == "romd":
            return desc | ROMD | self.devices[target["io"]]
        return desc | (ROM if target["flag"] == "rom" else 0)

    def _page_save(self, args: Args) -> None:
        """Old code reads a page's descriptor, to put it back later."""
        page = self.numbers.page
        start = _int(args, "addr") // page * page
        rows = sorted(self.access.rows, key=lambda row: row.start)
        inside = [row for row in rows if row.start < start + page and start < row.end]
        was: int | Saved = self.old.page_at(start).desc
        if inside:
            parts = (
                row._replace(
                    start=max(row.start, start) - start,
                    end=min(row.end, start + page) - start,
                    hit=row.hit._replace(offset=row.offset(max(row.start, start))),
                )
                for row in inside
            )
            row = inside[0]
            whole = row.start <= start and start + page <= row.end
            offset = row.hit.offset // page * page + start - row.start // page * page
            was = Saved(tuple(parts), offset if whole else 0)
        self.saved[args["id"]] = start, was

    def _put_back(self, page: int, was: Saved, log: bool) -> None:
        end = page + self.numbers.page
        part = was.parts[0]
        tree = rows_of(self.pieces, Claims())
        shown = next((one for one in tree if one.start <= page and end <= one.end), None)
        now = None if shown is None else shown.hit._replace(offset=shown.offset(page))
        whole = part.start == 0 and part.end == self.numbers.page
        if whole and now is not None and now._replace(readonly=False, act=0) == part.hit._replace(
            readonly=False, act=0
        ):
            list(self.old.register(page, self.numbers.page, EMPTY, 0))
            self.claims.withdraw(page, end)
            self._note(page, "nothing", False)
            self.refresh()
            return
        if whole:
            list(self.old.register(page, self.numbers.page, EMPTY, 0))
        desc, kept = EMPTY | 4, None if whole and part.ram else was
        ram_addr = part.ram_addr(0)
        if kept is None and ram_addr is not None and ram_addr % self.numbers.page == 0:
            desc = ram_addr | (ROM if part.hit.readonly else 0)  # as 2011 described it
        else:
            kept = was
        list(self.old.register(page, self.numbers.page, desc, was.offset, kept))
        act = self.tree.next_act()
        self.claims.put(Claim(page, end, act, log))
        self.refresh()
        self._hear_old(page, log)

    def _put_back_rows(self) -> list[Row]:
        """What regions have of pages whose descriptors were put back, where the tree has nothing."""
        found: list[Row] = []
        for number, page in enumerate(self.old.pages):
            base = number * self.numbers.page
            for part in page.saved.parts if isinstance(page.saved, Saved) else ():
                whole = part._replace(start=part.start + base, end=part.end + base)
                edges = {edge for row in self.shown for edge in row[:2]}
                inner = sorted(edge for edge in edges if whole.start < edge < whole.end)
                cuts = [whole.start, *inner, whole.end]
                for start, end in zip(cuts, cuts[1:], strict=False):
                    if not any(row.start <= start < row.end for row in self.shown):
                        hit = whole.hit._replace(offset=whole.offset(start))
                        found.append(whole._replace(start=start, end=end, hit=hit))
        return found

    def _dirty_dump(self, args: Args) -> Facts:
        first = _int(args, "ram_addr") // self.numbers.page
        pages = range(first, first + _int(args, "pages"))
        return {"data": bytes(self.ram.dirty.get(page, 0) for page in pages).hex()}

    def _reset_dirty(self, args: Args) -> None:
        page = self.numbers.page
        first, end = _int(args, "start") // page, -(-_int(args, "end") // page)
        for at in range(first, end):
            self.ram.dirty[at] &= ~_int(args, "flags")

    def _set_tracking(self, args: Args) -> Facts:
        self.access.tracking = _int(args, "enable") != 0
        self.told.append(["migration", _int(args, "enable")])
        return {"ret": 0}

    # The native way

    def _native_ld(self, args: Args) -> int:
        name = cast("str", args["fn"])
        size, order = size_of(name), self._order_of(name)
        if order is not None:
            number = self.access.phys_ld(_int(args, "addr"), size)
            row = self.access.row(_int(args, "addr"))
            whole = size == 8 and row is not None and not (row.readable and row.region.ram is not None)
            # A device is asked for 8 bytes in two calls, whatever the order.
            return byte_swap(number, size) if order and not whole else number
        return self.access.number(self.access.native_read(_int(args, "addr"), size))

    def _order_of(self, name: str) -> bool | None:
        """Whether a function's order is not the target's; None: it states none."""
        order = name.split("_")[1]
        return (order == "be") != self.numbers.big if order in ("le", "be") else None

    def _native_st(self, args: Args) -> None:
        name, addr, number = cast("str", args["fn"]), _int(args, "addr"), _int(args, "val")
        size, order = size_of(name), self._order_of(name)
        notdirty = name.endswith("_notdirty")
        if order is not None or notdirty:
            number = byte_swap(number, size) if order else number
            self.access.phys_st(addr, number, size, notdirty=notdirty)
        else:
            self.access.native_write(addr, self.access.bytes_of(number, size))


def _start(row: Row) -> int:
    return row.start


def _int(args: Args, name: str) -> int:
    return cast("int", args[name])


def _fd(args: Args) -> tuple[int, ...]:
    return tuple(int(cast("int", args[name])) for name in ("addr", "size", "match_data", "data", "fd"))


def _hex(args: Args) -> bytes:
    return bytes.fromhex(cast("str", args["hex"]))
