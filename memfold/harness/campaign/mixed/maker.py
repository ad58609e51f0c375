"""One run of steps for a mixed world."""

from __future__ import annotations

from collections.abc import Callable

from memfold.equivalence.subject import Step
from memfold.harness.campaign.mixed.kind import ROOTS
from memfold.harness.campaign.mixed.mapping import Mappings
from memfold.harness.rules.tree import Region

__all__ = ["Maker"]


class Maker(Mappings):
    """Makes one run."""

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
                *self.asks(),
            ]
        if self.kind.old:
            acts.append((lambda: self.changed(self._register), 10))
            acts.append((self._device, 1))
            acts.append((self.map, 2))
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

    def asks(self) -> list[tuple[Callable[[], None], int]]:
        """What there is to do that asks, and what is taken back."""
        return [
            (self.find, 3),
            (self.ask_who_fails, 3),
            (self.sync, 2),
            (self.listen, 1),
            (self.look_at_another_root, 1),
            (lambda: self.changed(self.attempt), 2),
        ]

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

    def _contest(self) -> None:
        """Claim what a region shows, and have it win that back: the later act is first."""
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

    def _beside(self) -> None:
        """Put an alias where another ends, so that it continues it."""
        aliases = [each for each in self.regions.values() if each.kind == "alias"]
        pairs = [
            (one, other)
            for one in aliases
            for other in aliases
            if one is not other and one.target is other.target and one.parent is not None
            if not other.children
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
