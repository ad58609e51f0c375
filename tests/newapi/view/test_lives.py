"""How regions, spaces and listeners end: what cannot be taken back is refused where it could."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from memfold.newapi import (
    AddressSpace,
    Core,
    FlatRange,
    Interposer,
    Kind,
    MemoryListener,
    MemoryRegion,
    RegionError,
)
from tests.newapi.worlds import SIZE, RecordingListener, make_region, make_world


class Mourning(MemoryListener):
    """Raises when a region is gone, as it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: list[str] = []

    def region_destroy(self, region: MemoryRegion) -> None:
        self.gone.append(region.name)
        raise OSError("gone")


class Inits(MemoryListener):
    """Knows the regions with RAM."""

    def __init__(self, refused: str = "") -> None:
        super().__init__()
        self.refused = refused
        self.known: list[str] = []
        self.logged = 0

    def region_init(self, region: MemoryRegion) -> None:
        if region.name == self.refused:
            raise OSError(self.refused)
        self.known.append(region.name)

    def region_destroy(self, region: MemoryRegion) -> None:
        self.known.remove(region.name)

    def log_global_start(self) -> None:
        if self.refused:
            raise OSError("log")
        self.logged += 1

    def log_global_stop(self) -> None:
        if self.refused:
            raise OSError("log")
        self.logged -= 1


def test_nothing_is_destroyed_inside_a_transaction() -> None:
    world, root, _, space = make_world()
    ram = MemoryRegion.ram(world, "ram", 0x1000)
    root.add_subregion(0, ram)
    wrong = "^cannot destroy ram inside a transaction, which may be taken back$"

    def act() -> None:
        with world.transaction():
            root.del_subregion(ram)
            ram.destroy()

    with pytest.raises(RegionError, match=wrong) as caught:
        act()
    assert caught.value.region == "ram"
    assert (ram.parent, ram.destroyed, len(world.ram_list.blocks)) == (root, False, 1)
    wrong = "^space memory: cannot destroy it inside a transaction$"
    with pytest.raises(RegionError, match=wrong) as caught, world.transaction():
        space.destroy()
    assert caught.value.space == "memory"
    world.check()


def test_a_region_that_a_listener_mourns_is_gone_and_all_have_heard() -> None:
    world, _, _, space = make_world()
    mourning, after = Mourning(), Inits()
    space.register(mourning)
    space.register(after)
    ram = MemoryRegion.ram(world, "ram", 0x1000)
    with pytest.raises(OSError, match="gone"):
        ram.destroy()
    assert (ram.destroyed, mourning.gone, after.known) == (True, ["ram"], [])
    assert world.ram_list.blocks == []
    world.check()


def test_a_stand_in_that_a_listener_mourns_does_not_make_the_change_fail_halfway() -> None:
    world, root, told, space = make_world()
    device = make_region(world, Kind.IO, "device", 0x1000)
    interposer = Interposer("see", read=lambda below, *access: below.read(*access))
    device.add_interposer(interposer)
    root.add_subregion(0, device)
    space.register(Mourning())
    with pytest.raises(OSError, match="gone"):
        device.del_interposer(interposer)
    assert device.interposers == ()
    assert [row.region for row in space.view] == [device]
    assert told.rows[0].region is device
    world.check()


def test_ram_that_a_listener_refuses_is_taken_back_from_those_who_took_it() -> None:
    world, _, _, space = make_world()
    first, refusing = Inits(), Inits("bad")
    space.register(first)
    space.register(refusing)
    MemoryRegion.ram(world, "good", 0x1000)
    with pytest.raises(OSError, match="bad"):
        MemoryRegion.ram(world, "bad", 0x1000)
    assert first.known == refusing.known == ["good"]
    assert [block.name for block in world.ram_list.blocks] == ["good"]


def test_logging_all_ram_begins_and_ends_for_all_or_for_none() -> None:
    world, _, _, space = make_world()
    first, second = Inits(), Inits("x")
    space.register(first)
    space.register(second)
    with pytest.raises(OSError, match="log"):
        world.log_global_start()
    assert (world.global_log, first.logged) == (False, 0)
    second.refused = ""
    world.log_global_start()
    first.refused = "x"
    with pytest.raises(OSError, match="log"):
        world.log_global_stop()
    assert (world.global_log, first.logged, second.logged) == (True, 1, 1)


def test_a_space_handed_out_stays_when_the_transaction_it_was_made_in_fails() -> None:
    world, root, told, _ = make_world()

    class NoBad(RecordingListener):
        """Takes no ``bad``."""

        def region_add(self, row: FlatRange) -> None:
            if row.region.name == "bad":
                raise OSError("bad")
            super().region_add(row)

    listener = NoBad()
    root.add_subregion(0, make_region(world, Kind.IO, "good", 0x1000))
    world.transaction_begin()
    second = AddressSpace(world, "second", root, listener)
    root.add_subregion(0x5000, make_region(world, Kind.IO, "bad", 16))
    with pytest.raises(OSError, match="bad"):
        world.transaction_commit()
    assert (second in world.spaces, listener in world.listeners, second.view.rows) == (
        True,
        True,
        [],
    )
    world.check()
    root.add_subregion(0x9000, make_region(world, Kind.IO, "next", 16))
    assert sorted(listener.rows) == sorted(told.rows) == [0, 0x9000]
    second.destroy()
    assert (listener.rows, listener.space, listener in world.listeners) == ({}, None, False)
    world.check()


def test_a_constructor_that_fails_leaves_no_listener_behind() -> None:
    """The second round fails, after listeners were told of rows in the first."""
    world, root, _, _ = make_world()
    device = make_region(world, Kind.IO, "device", 0x1000)
    root.add_subregion(0, device)
    listener, core = RecordingListener(), Core(world)

    class Busy(MemoryListener):
        """Adds what cannot be shown."""

        def region_add(self, _: FlatRange) -> None:
            if not root.children[1:]:
                root.add_subregion(0, MemoryRegion.make_alias(world, "all", root, 0, SIZE))

    with pytest.raises(RegionError, match="more than 262144"):
        AddressSpace(world, "second", root, listener, core, Busy())
    assert (listener.rows, listener.space, core.space) == ({}, None, None)
    assert [space.name for space in world.spaces] == ["memory"]
    AddressSpace(world, "second", root, listener, core)
    world.check()


AFTER_ITS_END: dict[str, Callable[[AddressSpace], object]] = {
    "cannot destroy it": lambda space: space.destroy(),
    "cannot register Core": lambda space: space.register(Core(space.world)),
    "cannot show another root": lambda space: space.set_root(space.root),
}


@pytest.mark.parametrize("wrong", AFTER_ITS_END)
def test_a_space_ends_once_and_nothing_comes_after(wrong: str) -> None:
    world, root, told, space = make_world()
    space.destroy()
    with pytest.raises(RegionError, match=f"^space memory: {wrong}: it is destroyed already$") as e:
        AFTER_ITS_END[wrong](space)
    assert e.value.space == "memory"
    space.refresh()
    assert (list(space.view), told.space) == ([], None)
    root.add_subregion(0, make_region(world, Kind.IO, "device", 1))
    assert told.taken() == []
    world.check()


def test_a_listener_that_leaves_is_told_so_once() -> None:
    world, root, _, space = make_world()
    device = make_region(world, Kind.IO, "device", 16)
    device.add_interposer(Interposer("see", read=lambda below, *access: below.read(*access)))
    root.add_subregion(0, device)
    heard: list[str] = []

    class Leaving(RecordingListener):
        """Notes how it ends."""

        def region_destroy(self, region: MemoryRegion) -> None:
            heard.append(region.name)

        def unregistered(self) -> None:
            assert not self.rows
            heard.append("unregistered")

    leaving = Leaving()
    space.register(leaving)
    space.unregister(leaving)
    assert heard == ["unregistered"]
    space.register(leaving)
    space.destroy()
    assert heard == ["unregistered", "device", "unregistered"]  # its stand-in goes before
