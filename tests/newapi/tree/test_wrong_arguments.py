"""What is wrong with a call is said at once, in one line that names the culprit, and nothing
changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from memfold.errors import MemfoldError
from memfold.newapi import Core, Kind, MemoryRegion, explain, transact_write
from tests.newapi.worlds import make_region, make_world

WRONG: list[tuple[str, Callable[[Any, Any, Core], object]]] = [
    ("region system: 0 is no region", lambda r, d, _: r.add_subregion(d, 0)),
    ("region system: None is no region", lambda r, _, __: r.del_subregion(None)),
    ("region device: offset 1.0 is no integer", lambda r, d, _: r.add_subregion(1.0, d)),
    (
        "region device: priority None is no integer",
        lambda r, d, _: r.add_subregion_overlap(0, d, None),
    ),
    ("region device: offset 1.5 is no integer", lambda _, d, __: d.set_address(1.5)),
    ("region device: offset None is no integer", lambda _, d, __: d.set_offset(None)),
    ("region device: offset 0.5 is no integer", lambda _, d, __: d.add_coalescing(0.5, 1)),
    (
        "region device: -1 bytes at 0x1 are not in 0x0..0xffffffffffffffff",
        lambda _, d, __: d.add_coalescing(1, -1),
    ),
    (
        "region alias: 'device' is no region",
        lambda r, _, __: MemoryRegion.make_alias(r.world, "alias", "device", 0, 1),  # type: ignore[arg-type]
    ),
    (
        "region device: enabled is not assigned: call set_enabled",
        lambda _, d, __: setattr(d, "enabled", False),
    ),
    (
        "region device: readable is not assigned: call rom_device_set_readable",
        lambda _, d, __: setattr(d, "readable", False),
    ),
    ("region device: size is not assigned", lambda _, d, __: setattr(d, "size", 1)),
    (
        "space memory: address -0x1 is not in 0x0..0xffffffffffffffff",
        lambda r, _, __: explain(r.world.spaces[0], -1),
    ),
    (
        "space memory: cannot register 3: it is no MemoryListener",
        lambda r, _, __: r.world.spaces[0].register(3),
    ),
    (
        "access of 0 bytes at 0x4: bytes are written, not 'hello'",
        lambda _, __, core: core.write(4, "hello"),  # type: ignore[arg-type]
    ),
    (
        "access of 0 bytes at 0x4: bytes are written, not [1, 2]",
        lambda _, __, core: core.write_rom(4, [1, 2]),  # type: ignore[arg-type]
    ),
    (
        "access of 0 bytes at 0x4: bytes are written, not 5",
        lambda _, __, core: transact_write(core, 4, 5),  # type: ignore[arg-type]
    ),
]


@pytest.mark.parametrize(("message", "act"), WRONG, ids=[message for message, _ in WRONG])
def test_a_wrong_call_says_so_and_changes_nothing(
    message: str, act: Callable[[Any, Any, Core], object]
) -> None:
    world, root, told, space = make_world()
    core = Core(world)
    space.register(core)
    device = make_region(world, Kind.IO, "device", 0x1000)
    told.calls.clear()
    with pytest.raises(MemfoldError) as caught:
        act(root, device, core)
    assert str(caught.value) == message
    for what in ("region", "space"):
        if message.startswith(f"{what} "):
            assert message.startswith(f"{what} {getattr(caught.value, what)}:")
    assert (device.parent, list(root.children), told.calls) == (None, [], [])
    world.check()


def test_ram_that_the_host_cannot_give_names_its_region() -> None:
    world = make_world().world
    with pytest.raises(
        MemfoldError, match=r"^region huge: host memory of 0x4000000000000000 bytes"
    ):
        MemoryRegion.ram(world, "huge", 1 << 62)


def test_what_changes_nothing_is_no_change() -> None:
    world, root, told, _ = make_world()
    device = make_region(world, Kind.IO, "device", 1)
    alias = MemoryRegion.make_alias(world, "alias", device, 4, 1)
    noted: list[object] = []

    class Watch:
        """Keeps every change."""

        def noted(self, change: object) -> None:
            noted.append(change)

        def committed(self, _: object) -> None:
            """See `Watcher.committed`."""

    world.add_watcher(Watch())
    for again in (alias, device):
        again.set_address(0)
        again.set_enabled(True)
        again.set_offset(0)
    alias.set_alias_offset(4)
    assert (noted, told.taken(), root.children) == ([], [], [])
