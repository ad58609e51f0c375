"""What a mixed world shows, and what listeners and memory clients hear of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import cast

from memfold.equivalence.facts import Facts, Json
from memfold.equivalence.subject import UnknownName
from memfold.harness.rules.access import Accesses
from memfold.harness.rules.arguments import (
    Args,
    numbers_of,
)
from memfold.harness.rules.devices import Calls, Ops
from memfold.harness.rules.old import ROM, OldPages
from memfold.harness.rules.ram import Ram
from memfold.harness.rules.reach import Saved
from memfold.harness.rules.shown import Claims, Row, merged, rows_of
from memfold.harness.rules.tree import Piece, Region, Tree

__all__ = ["LISTENERS", "Told"]

LISTENERS = (1, 2)
"""By priority, which is also what they are called."""
DOWNWARDS = ("del", "log_stop", "log_global_stop", "coalesced_del", "eventfd_add")


class Told:
    """A world that is looked at."""

    def __init__(self, header: Mapping[str, Json]) -> None:
        self.numbers = numbers_of(header)
        self.calls: Calls = []
        self.events: list[Json] = []
        self.told: list[Json] = []
        self.listeners = [*LISTENERS]
        """Ascending."""
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
        self.mapped = False
        """Whether there ever was a region."""
        self.slots: dict[str, int] | None = {} if header.get("slots") else None
        """The io slots of regions, where it is said which they are."""
        self.batched: list[tuple[int, int]] = []
        """What map functions of PCI cards coalesced."""
        self.quiet, self.whole = bool(header.get("quiet")), bool(header.get("whole"))
        """Whether nothing is said of rows; whether pages are never divided, so that it can be told
        what a client heard of each."""
        self.depth = 0
        self.global_log = False
        self.answer = 0
        """What the newer of two memory clients answers."""
        self.stale = False
        self.blocks: dict[Json, int] = {}
        self.devices: dict[Json, int] = {}
        self.saved: dict[Json, tuple[int, int | Saved]] = {}
        """Descriptors saved: the page's address, and what it was."""

    def _ops(self, given: Mapping[str, Json]) -> Ops:
        return Ops(given, self.numbers.big)

    def _mr(self, args: Args, name: str = "mr") -> Region:
        found = self.regions.get(cast("str", args[name]))
        if found is None:
            raise UnknownName(f"no region {args[name]!r} so far")
        return found

    def commit(self) -> None:
        """Take over what the tree shows now."""
        self.stale = False
        self.pieces = self.tree.pieces()
        self.second = rows_of(self.other.pieces(), Claims())
        self.refresh()

    def take_slot(self, name: str) -> bool:
        """Whether a region has an io slot or gets one: a device when it is first shown, a ROM
        device when it is made."""
        if self.slots is not None and name not in self.slots:
            slot = self.old.free_slot()
            if slot < 0:
                return False
            self.slots[name] = slot
            self.old.taken.add(slot)
        return True

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
                    self._ask("sync", row.start, row.end)
                self._say(*self._event("del", row))
                gaps += self._hear(row.start, row.end, None, False)
        for row in after:
            if row.key not in was:
                self.take_slot(row.region.name)
                self._say(*self._event("add", row))
                self._hear(row.start, row.end, row, bool(row.log))
                self._coalesce(row)
                continue
            logged = bool(was[row.key].log), bool(row.log)
            if logged in ((True, False), (False, True)):
                event = "log_start" if row.log else "log_stop"
                self._say(*self._event(event, row))
                self._ask(event, row.start, row.end - row.start)
            if self.coalesced.get(row.key) != self._parts(row):  # taken back
                self._tell_parts(row)
        self._signal(after)
        for page in gaps:
            claim = self.claims.at(page)
            if not any(row.start <= page < row.end for row in after) and claim is not None:
                self._hear_old(page, claim.log)

    def _put_back_rows(self) -> list[Row]:
        """What regions have of pages that were put back, where the tree has nothing."""
        found: list[Row] = []
        for number, page in enumerate(self.old.pages):
            base = number * self.numbers.page
            for part in page.saved.parts if isinstance(page.saved, Saved) else ():
                whole = part._replace(start=part.start + base, end=part.end + base)
                edges = {edge for row in self.shown for edge in row[:2]}
                inner = sorted(edge for edge in edges if whole.start < edge < whole.end)
                cuts = [whole.start, *inner, whole.end]
                for start, end in pairwise(cuts):
                    if not any(row.start <= start < row.end for row in self.shown):
                        hit = whole.hit._replace(offset=whole.offset(start))
                        found.append(whole._replace(start=start, end=end, hit=hit))
        return found

    def _parts(self, row: Row) -> list[tuple[int, int]] | None:
        """The coalesced parts of a row; None: nothing of its region is."""
        if not row.region.coalesced:
            return None
        parts = [
            (max(row.start, start - row.hit.offset + row.start), end - row.hit.offset + row.start)
            for start, end in row.region.coalesced
        ]
        parts = [(start, min(end, row.end)) for start, end in parts]
        return [(start, end) for start, end in parts if start < end]

    def _coalesce(self, row: Row) -> None:
        """Tell the coalesced parts of a row."""
        parts = self._parts(row)
        if parts is not None:
            self.coalesced[row.key] = parts
        for start, end in parts or ():
            self._say("coalesced_add", start, end - start)

    def _tell_parts(self, row: Row) -> None:
        """Nothing of a row is coalesced any more, and then what is."""
        self._say("coalesced_del", row.start, row.end - row.start)
        self.coalesced.pop(row.key, None)
        self._coalesce(row)

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
        """Tell all listeners: what is taken away the higher one first."""
        for who in self.listeners[:: -1 if event[0] in DOWNWARDS else 1]:
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

    def _ask(self, *row: Json) -> int:
        """Ask both memory clients, the newer one first; when it refuses the other is not asked."""
        self.told.append([*row])
        if self.answer >= 0:
            self.told.append(["older", *row])
        return min(self.answer, 0)

    def _event(self, event: str, row: Row) -> list[Json]:
        where: list[Json] = [row.start, row.end - row.start, row.region.name, row.hit.offset]
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
        parts |= set(self.batched)
        facts: Facts = {
            "flat": flat,
            "second": second,
            "coalesced": [[*one] for one in sorted(parts)],
        }
        if self.whole:
            facts["heard"] = [self.heard[page] for page in sorted(self.heard)]
        return facts

    def _changed(self, region: Region, *, always: bool = False) -> None:
        """What is not enabled changes nothing that shows, and makes no update."""
        self.stale |= always or region.enabled


def _start(row: Row) -> int:
    return row.start
