"""Listeners that change the map while they are told of it: an update of their own follows."""

from __future__ import annotations

import pytest

from memfold.host.ranges import AddrRange
from memfold.newapi import (
    AddressSpace,
    Change,
    Core,
    FlatRange,
    Kind,
    MemoryListener,
    MemoryRegion,
    RegionError,
    World,
)
from tests.newapi.worlds import SIZE, RecordingListener, Setup, make_region, make_world


class Busy(MemoryListener):
    """Does something once, when it is told of a call."""

    def __init__(self, call: str, act: object, priority: int = 0) -> None:
        super().__init__(priority)
        self.call, self.act = call, act

    def _do(self, call: str) -> None:
        if call == self.call and self.act is not None:
            act, self.act = self.act, None
            act()  # type: ignore[operator]

    def begin(self) -> None:
        self._do("begin")

    def commit(self) -> None:
        self._do("commit")

    def region_add(self, _: FlatRange) -> None:
        self._do("region_add")

    def region_del(self, _: FlatRange) -> None:
        self._do("region_del")


class Refusing(RecordingListener):
    """Takes no row of a region of this name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def region_add(self, row: FlatRange) -> None:
        if row.region.name == self.name:
            raise OSError(f"no {self.name}")
        super().region_add(row)


class Committed:
    """A watcher of what is for good."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def noted(self, _: object) -> None:
        """See `Watcher.noted`."""

    def committed(self, changes: list[Change]) -> None:
        """See `Watcher.committed`."""
        self.told += map(str, changes)


def make_pair() -> tuple[Setup, MemoryRegion, MemoryRegion]:
    setup = make_world()
    a, b = (make_region(setup.world, Kind.IO, name, 0x1000) for name in "ab")
    return setup, a, b


@pytest.mark.parametrize("call", ["begin", "region_add", "commit"])
def test_a_change_by_a_listener_that_is_refused_leaves_the_one_it_was_told_of(call: str) -> None:
    (world, root, told, space), a, b = make_pair()
    space.register(Refusing("b"))
    busy = Busy(call, None)
    space.register(busy)
    busy.act = lambda: root.add_subregion(0x8000, b)
    watch = Committed()
    world.add_watcher(watch)
    with pytest.raises(OSError, match="no b"):
        root.add_subregion(0, a)
    assert (a.parent, b.parent, list(told.rows)) == (root, None, [0])
    assert watch.told == ["add_subregion a to system at 0x0"]
    world.check()
    root.add_subregion(0x4000, make_region(world, Kind.IO, "c", 1))
    assert sorted(told.rows) == [0, 0x4000]
    world.check()


def test_an_endless_alias_that_a_listener_adds_does_not_make_the_map_unusable() -> None:
    (world, root, told, space), a, b = make_pair()
    everything = MemoryRegion.make_alias(world, "all", root, 0, SIZE)
    space.register(Busy("region_add", lambda: root.add_subregion(0, everything)))
    with pytest.raises(RegionError, match=r"^cannot show system: more than 262144 regions"):
        root.add_subregion(0, a)
    assert everything.parent is None
    root.add_subregion(0x4000, b)
    assert sorted(told.rows) == [0, 0x4000]
    world.check()


@pytest.mark.parametrize("priority", [-1, 1])
def test_a_change_between_two_spaces_is_shown_to_both_by_one_update(priority: int) -> None:
    """The second space must not show at once what only the next update may show."""
    (world, root, _, space), a, b = make_pair()
    second, refusing = RecordingListener(), Refusing("b")
    AddressSpace(world, "second", root, second)
    space.register(refusing)
    space.register(Busy("region_add", lambda: root.add_subregion(0x8000, b), priority))
    with pytest.raises(OSError, match="no b"):
        root.add_subregion(0, a)
    assert list(second.rows) == [0]
    world.check()


@pytest.mark.parametrize("what", ["register", "unregister", "destroy", "set_log"])
def test_what_a_listener_changes_when_it_comes_or_goes_is_shown(what: str) -> None:
    (world, root, told, space), a, b = make_pair()
    root.add_subregion(0, a)
    other = AddressSpace(world, "other", root)
    call = "region_add" if what == "register" else "region_del"
    busy = Busy(call, lambda: root.add_subregion(0x8000, b))
    if what == "set_log":

        def log_and_add() -> None:
            a.set_log(True, 0)
            root.add_subregion(0x8000, b)

        busy = Busy("region_add", log_and_add)
    other.register(busy)
    if what == "unregister":
        other.unregister(busy)
    if what == "destroy":
        other.destroy()
        assert not other.view.rows
        other = space
    assert [row.region for row in space.view] == [a, b] == [row.region for row in other.view]
    assert sorted(told.rows) == [0, 0x8000]
    world.check()


def test_coalescing_asked_for_in_an_update_is_told_after_it_and_in_order() -> None:
    (world, root, _, space), a, _ = make_pair()
    late = RecordingListener()
    space.register(Busy("region_add", lambda: a.add_coalescing(0, 0x100), -1))
    space.register(late)
    root.add_subregion(0, a)
    rows = [("add", 0, 0x1000, "a")]
    assert late.taken() == [*rows, ("uncoalesce", 0, 0x1000), ("coalesce", 0, 0x100)]
    world.check()


def test_a_listener_cannot_commit_what_it_did_not_begin() -> None:
    (world, root, told, space), a, b = make_pair()
    space.register(Busy("region_add", world.transaction_commit))
    with pytest.raises(RegionError, match=r"^commit without begin: no transaction is open$"):
        root.add_subregion(0, a)
    assert (world.in_transaction, told.rows) == (False, {})
    world.transaction_begin()
    refusing = Busy("begin", world.transaction_commit)
    with pytest.raises(RegionError, match="commit without begin"):
        space.register(refusing)
    assert world.in_transaction
    world.transaction_commit()
    root.add_subregion(0x1000, b)
    world.check()


def test_a_listener_cannot_leave_in_the_middle_of_an_update() -> None:
    (world, root, told, space), a, _ = make_pair()
    leaving = Busy("begin", None, -1)
    space.register(leaving)
    leaving.act = lambda: space.unregister(leaving)
    told.calls.clear()
    with pytest.raises(RegionError, match="while listeners are told of an update"):
        root.add_subregion(0, a)
    assert told.calls.count(("begin",)) == told.calls.count(("commit",))
    root.add_subregion(0, a)
    assert told.calls.count(("begin",)) == told.calls.count(("commit",)) == 1
    world.check()


def test_a_roll_back_that_is_refused_takes_everything_back_and_closes_the_transaction() -> None:
    (world, root, told, space), a, b = make_pair()
    root.add_subregion(0, a)

    class Stubborn(MemoryListener):
        """Lets no coalescing go once it may mind."""

        minds = False

        def coalesced_del(self, _: AddrRange) -> None:
            if self.minds:
                raise OSError("no")

    stubborn = Stubborn(1)
    space.register(stubborn)

    def act() -> None:
        with world.transaction():
            root.add_subregion(0x5000, b)
            a.add_coalescing(0, 16)
            stubborn.minds = True
            raise KeyError

    with pytest.raises(OSError, match="no"):
        act()
    assert (world.in_transaction, b.parent, a.coalesced) == (False, None, ())
    stubborn.minds = False
    root.add_subregion(0x9000, make_region(world, Kind.IO, "c", 1))
    world.check()
    assert [call for call in told.taken() if "coalesce" in str(call[0])][-1] == (
        "uncoalesce",
        0,
        0x1000,
    )


@pytest.mark.parametrize("updating", [False, True])
def test_a_commit_that_raises_ends_the_transaction(updating: bool) -> None:
    world = make_world().world
    root = MemoryRegion.container(world, "root", 0x1000)
    fails = Busy("commit", None)
    space = AddressSpace(world, "failing", root, Core(world), fails)

    def fail() -> None:
        raise OSError("commit")

    fails.act = fail
    added = make_region(world, Kind.IO, "a", 1)
    with pytest.raises(OSError, match="commit"):
        root.add_subregion(0, added) if updating else space.unregister(fails)
    assert (world.in_transaction, world.updating) == (False, False)
    world.check()


def test_a_world_says_what_is_wrong_with_it() -> None:
    (world, root, told, space), a, b = make_pair()
    root.add_subregion(0, a)
    core = Core(world)
    space.register(core)
    world.check()
    core._sections.clear()
    with pytest.raises(RegionError, match=r"^Core serves \[\] instead of"):
        world.check()
    space.unregister(core)
    a._enabled = False
    with pytest.raises(RegionError, match=r"^space memory: its rendered is \[Piece"):
        world.check()
    a._enabled, b._parent = True, root
    root._children.add(b)
    a._parent = None
    with pytest.raises(RegionError, match=r"^region system contains a \(0x0-0xfff in nothing\)"):
        world.check()
    assert isinstance(told, RecordingListener)


def test_a_world_with_nothing_wrong_in_a_transaction_is_not_asked_for_its_views() -> None:
    world: World = make_world().world
    root = world.spaces[0].root
    with world.transaction():
        root.add_subregion(0, make_region(world, Kind.IO, "a", 1))
        world.check()
    world.check()
