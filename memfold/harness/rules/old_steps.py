"""What old calls do to a mixed world."""

from __future__ import annotations

from typing import cast

from memfold.equivalence.facts import Facts, Json
from memfold.harness.rules.arguments import (
    Args,
    filling,
    int_of,
)
from memfold.harness.rules.asks import Asks
from memfold.harness.rules.devices import OldDevice
from memfold.harness.rules.old import EMPTY, ROM, ROMD, NoSlot
from memfold.harness.rules.reach import Saved
from memfold.harness.rules.shown import Claim, Claims, rows_of

__all__ = ["OldSteps"]

GONE = EMPTY | 4
"""What is left of a descriptor whose region was destroyed: somebody who answers nothing."""


class OldSteps(Asks):
    """A world with old calls."""

    def _ram_free(self, args: Args) -> None:
        del self.ram.blocks[self.blocks.pop(args["id"])]

    def _ram_alloc(self, args: Args) -> Facts:
        size = int_of(args, "size")
        addr = self.ram.alloc(size)
        rounded = -(-size // self.numbers.page) * self.numbers.page
        self.ram.write(addr, filling(rounded, int_of(args, "fill")))
        self.blocks[args["id"]] = addr
        return {"ret": addr}

    def _io_register(self, args: Args) -> Facts:
        order = args["endian"]
        swapped = order != "native" and (order == "big") != self.numbers.big
        reads, writes = (cast("tuple[bool, bool, bool]", args[way]) for way in ("read", "write"))
        device = OldDevice(int_of(args, "id"), reads, writes, swapped, bool(args.get("raw")))
        io = self.devices[args["id"]] = self.old.io_register(device)
        # Regions have slots too, at one stage.
        return {} if self.mapped and self.slots is None else {"ret": io}

    def _io_unregister(self, args: Args) -> None:
        self.old.io_unregister(self.devices.pop(args["id"]))

    def _phys_register(self, args: Args) -> None:
        start, size = int_of(args, "start"), int_of(args, "size")
        log, target = bool(args["log_dirty"]), args["target"]
        if isinstance(target, dict) and "saved" in target:
            page, was = self.saved[target["saved"]]
            if isinstance(was, Saved):
                self._put_back(page, was, log)
                return
            desc = was
        else:
            desc = self._descriptor(target)
        self._claim(start, size, desc, int_of(args, "region_offset"), log)

    def _claim(self, start: int, size: int, desc: int, offset: int, log: bool) -> None:
        act = self.tree.next_act()
        try:
            claimed = list(self.old.register(start, size, desc, offset))
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
        start = int_of(args, "addr") // page * page
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
        if (
            whole
            and now is not None
            and now._replace(readonly=False, act=0) == part.hit._replace(readonly=False, act=0)
        ):
            list(self.old.register(page, self.numbers.page, EMPTY, 0))
            self.claims.withdraw(page, end)
            self._note(page, "nothing", False)
            self.refresh()
            return
        if whole:
            list(self.old.register(page, self.numbers.page, EMPTY, 0))
        desc, kept = GONE, None if whole and part.ram else was
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

    def _destroy(self, args: Args) -> None:
        """Nobody answers any more where its pages were put back, or will be."""
        region = self.regions.pop(cast("str", args["mr"]))
        if region.ram is not None:
            del self.ram.blocks[region.ram]
        if self.slots is not None:
            self.old.taken.discard(self.slots.pop(region.name, -1))
        for name, (page, was) in self.saved.items():
            if isinstance(was, Saved) and any(part.region is region for part in was.parts):
                self.saved[name] = page, GONE
        for one in self.old.pages:
            saved = one.saved
            if isinstance(saved, Saved) and any(part.region is region for part in saved.parts):
                one.desc, one.saved = GONE, None
        self.refresh()

    def _dirty_dump(self, args: Args) -> Facts:
        first = int_of(args, "ram_addr") // self.numbers.page
        pages = range(first, first + int_of(args, "pages"))
        return {"data": bytes(self.ram.dirty.get(page, 0) for page in pages).hex()}

    def _reset_dirty(self, args: Args) -> None:
        page = self.numbers.page
        first, end = int_of(args, "start") // page, -(-int_of(args, "end") // page)
        for at in range(first, end):
            self.ram.dirty[at] &= ~int_of(args, "flags")

    def _set_tracking(self, args: Args) -> Facts:
        self.access.tracking = int_of(args, "enable") != 0
        return {"ret": self._ask("migration", int_of(args, "enable"))}
