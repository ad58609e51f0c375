"""What a mixed world is asked, who listens to it, and changes that are taken back."""

from __future__ import annotations

from memfold.harness.campaign.mixed.looks import WIDTHS
from memfold.harness.campaign.mixed.regions import Regions
from memfold.harness.rules.told import LISTENERS

__all__ = ["Asking"]


class Asking(Regions):
    """A run with questions, listeners that come and go, and blocks of changes."""

    def find(self) -> None:
        """Ask for a few addresses, mostly about the edges of rows."""
        rng, tree = self.rng, self.rules.tree
        root, rows = tree.root, self.rules.shown
        if self.kind.old or (self.rules.second and rng.random() < 0.3):
            root, rows = self.rules.other.root, self.rules.second  # the first has old calls too
        size = rng.choice([0, 1, 1, 2, 4, 8, self.page, 3 * self.page])
        at = self._addr()
        if rows and rng.random() < 0.8:
            row = rng.choice(rows)
            at = rng.choice([row.start, row.start - size, row.end, row.end - size])
            at += rng.choice([-1, 0, 0, 0, 1])
        self.do("find", mr=root.name, addr=max(0, at), size=size)

    def ask_who_fails(self) -> None:
        """Load a number from a register that fails, as a CPU does."""
        rng = self.rng
        rows = [row for row in self.rules.access.rows if row.region.ops.fails is not None]
        if not rows:
            return
        row, letter = rng.choice(rows), rng.choice("bwl")
        fails, size = row.region.ops.fails or {}, WIDTHS[letter]
        first = max(row.hit.offset, fails["lo"])
        first += -first % size
        last = min(row.offset(row.end), fails["hi"]) - size
        at = (
            row.start + rng.randrange(first, last + 1, size) - row.hit.offset
            if first <= last
            else 1
        )
        if at % size == 0 and row.region.ops.takes(row.offset(at), size):
            name = f"ld{'ub' if letter == 'b' else 'uw' if letter == 'w' else letter}_phys"
            self.do("ld", fn=name, addr=at)

    def sync(self) -> None:
        """Somebody reads what was written to a region, or to all."""
        if self.kind.old or self.rng.random() < 0.6:
            self.do("sync_dirty_bitmap", mr=self.any())
        else:
            self.do("global_sync", mr=self.rules.tree.root.name)

    def listen(self) -> None:
        """One listener more, or less; logging for all begins or ends; a memory client refuses."""
        rng, third = self.rng, LISTENERS[-1] + 1
        if rng.random() < 0.4:
            self.do("client_answers", ret=rng.choice([0, 0, -1, 3]))
        if rng.random() < 0.4:
            self.do(f"global_log_{'stop' if self.rules.global_log else 'start'}")
        if third in self.rules.listeners:
            self.do("listener_unregister", priority=third)
        else:
            self.do("listener_register", priority=third)

    def look_at_another_root(self) -> None:
        """Have a space show another tree, of any kind, hidden or not, and then its own again."""
        rng, name = self.rng, self.any()
        region = self.regions[name]
        space, own = ("second", "second") if self.kind.old else rng.choice(self.spaces())
        if rng.random() < 0.5:
            self.do("set_enabled", mr=name, enabled=False)
            self.do("flat")
        self.changed(lambda: self.do("set_root", mr=name, space=space))
        if rng.random() < 0.5:
            self.changed(lambda: self.do("set_enabled", mr=name, enabled=not region.enabled))
        self.changed(lambda: self._attribute())
        self.find()
        self.changed(lambda: self.do("set_root", mr=own, space=space))

    def spaces(self) -> list[tuple[str, str]]:
        """What shows regions, and the root of each."""
        return [("memory", "system"), ("second", "second")]

    def attempt(self) -> None:
        """Changes in a block, and in blocks in it, some of which fail: only theirs are undone."""
        rng = self.rng
        self._block(rng.choice([0, 1, 1, 1, 2]), fails=rng.random() < 0.25)
        self.do("flat")

    def _block(self, depth: int, *, fails: bool) -> None:
        rng, interposed = self.rng, [*self.interposed]
        self.do("block_begin")
        self._changes()
        if depth:
            self._block(depth - 1, fails=rng.random() < 0.7)
            if rng.random() < 0.5:
                self._changes()
        if fails:
            self.interposed = interposed
        self.do("block_fail" if fails else "block_end")

    def _changes(self) -> None:
        """A few changes of any kind."""
        rng = self.rng
        for _ in range(rng.choice([1, 1, 2])):
            which = rng.random()
            if which < 0.5:
                self._place()
            elif which < 0.8:
                self._attribute(within=True)
            elif which < 0.9:
                self._coalesce()
            elif not self.kind.heads:  # the old layer may refuse these
                rng.choice([self.interpose, self._signal])()
