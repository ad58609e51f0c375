"""What region calls do to a mixed world."""

from __future__ import annotations

from typing import cast

from memfold.equivalence.facts import Facts, Json
from memfold.harness.rules.arguments import (
    Args,
    int_of,
    the_fd,
)
from memfold.harness.rules.told import Told
from memfold.harness.rules.tree import Interposed, Region

__all__ = ["RegionSteps"]


class RegionSteps(Told):
    """A world with a tree."""

    def _init(self, args: Args) -> Facts | None:
        name, kind, size = cast("str", args["mr"]), cast("str", args["kind"]), int_of(args, "size")
        if kind == "rom_device" and not self.take_slot(name):
            return {"died": "refused"}
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
            region.target, region.slide = self._mr(args, "target"), int_of(args, "offset")
        self.regions[name] = region
        self.mapped = True
        return None

    def _ram_poke(self, args: Args) -> None:
        region, data = self._mr(args), bytes.fromhex(cast("str", args["data"]))
        assert region.ram is not None
        self.ram.write(region.ram + int_of(args, "offset"), data)

    def _add_subregion_overlap(self, args: Args) -> None:
        parent, child = self._mr(args, "parent"), self._mr(args)
        self.tree.add(parent, int_of(args, "offset"), child, cast("int", args.get("priority", 0)))
        self._changed(parent)

    _add_subregion = _add_subregion_overlap

    def _del_subregion(self, args: Args) -> None:
        self.tree.remove(self._mr(args))
        self._changed(self._mr(args, "parent"))

    def _set_address(self, args: Args) -> None:
        region = self._mr(args)
        if region.addr != int_of(args, "addr") and region.parent is not None:
            self._changed(region.parent)
        self.tree.move(region, int_of(args, "addr"))

    def _set_enabled(self, args: Args) -> None:
        region, enabled = self._mr(args), bool(args["enabled"])
        if region.enabled != enabled:
            self._changed(region, always=True)
        self.tree.enable(region, enabled)

    def _set_alias_offset(self, args: Args) -> None:
        if self.tree.slide(self._mr(args), int_of(args, "offset")):
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
        region, bit = self._mr(args), 1 << int_of(args, "client")
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
        start = int_of(args, "offset")
        self._mr(args).coalesced += ((start, start + int_of(args, "size")),)
        self._tell_coalescing(self._mr(args))

    def _tell_coalescing(self, region: Region) -> None:
        """Row by row it is cleared and then set, at once, in a transaction too."""
        for row in self.shown:
            if row.region is region:
                self._tell_parts(row)

    def _add_eventfd(self, args: Args) -> Facts | None:
        """The old layer's accelerator sets events that match 4 bytes alone."""
        if self.access.heads and (int_of(args, "size") != 4 or not args["match_data"]):
            return {"died": "refused"}
        self._mr(args).eventfds.append(the_fd(args))
        self._changed(self._mr(args))
        return None

    def _del_eventfd(self, args: Args) -> None:
        self._mr(args).eventfds.remove(the_fd(args))
        self._changed(self._mr(args))

    def _pages(self, args: Args) -> range:
        """The pages behind some bytes of a region."""
        region, page = self._mr(args), self.numbers.page
        assert region.ram is not None
        start = region.ram + int_of(args, "addr")
        return range(start // page, -(-(start + int_of(args, "size")) // page))

    def _region_dirty(self, args: Args) -> Facts:
        bit = 1 << int_of(args, "client")
        return {"ret": int(any(self.ram.dirty[page] & bit for page in self._pages(args)))}

    def _region_set_dirty(self, args: Args) -> None:
        for page in self._pages(args):
            self.ram.dirty[page] = 0xFF

    def _region_reset_dirty(self, args: Args) -> None:
        for page in self._pages(args):
            self.ram.dirty[page] &= ~(1 << int_of(args, "client"))

    def _region_peek(self, args: Args) -> Facts:
        region, at = self._mr(args), int_of(args, "offset")
        while region.target is not None:
            at += region.slide
            region = region.target
        assert region.ram is not None
        return {"data": self.ram.read(region.ram + at, int_of(args, "len")).hex()}
