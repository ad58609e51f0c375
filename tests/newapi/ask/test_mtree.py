"""``info mtree``: the recorded texts of real machines, rebuilt as trees and printed again.

The trees come from the ``-D`` texts alone; the flat texts must then follow from them. So these
files check the printing and the flattening of three real machines, 149 maps in all.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator

import pytest

from memfold.harness.recordings.golden import golden
from memfold.host.ram import RamList
from memfold.newapi import AddressSpace, Kind, MemoryRegion, World
from memfold.newapi.ask.mtree import flat_root, mtree, mtree_flat
from tests.newapi.ask.test_explain import Board

GOLDEN = golden("mtree")

NODE = re.compile(
    r"(?P<indent> +)(?P<start>[0-9a-f]{16})-(?P<end>[0-9a-f]{16}) "
    r"\(prio (?P<prio>-?\d+), (?P<type>[a-z/]+)\): "
    r"(?:alias (?P<alias>.+) @(?P<target>.+) (?P<first>[0-9a-f]{16})-[0-9a-f]{16}|(?P<name>.+?))"
    r"(?P<off> \[disabled\])?$"
)

LATEST = "e1000-mmio"
"""Mapped last wherever it overlaps an equal (the guest moved it there): no tree text tells."""


def recorded() -> Iterator[tuple[str, str, str]]:
    """(map, tree text with disabled regions, flat text) of every recorded map."""
    for tree in sorted(GOLDEN.glob("*.mtreeD.txt")):
        name = tree.name.removesuffix(".mtreeD.txt")
        yield name, tree.read_text(), (GOLDEN / f"{name}.flat.txt").read_text()
    with tarfile.open(GOLDEN / "pc-maps.tar.gz") as archive:
        texts = {}
        for member in archive:
            stream = archive.extractfile(member)
            if stream is not None:
                texts[member.name] = stream.read().decode()
    for path, text in texts.items():
        if path.endswith(".mtreeD.txt"):
            flat = texts[path.replace(".mtreeD.", ".flat.")]
            yield path.removesuffix(".mtreeD.txt"), text, flat


def blocks(text: str) -> list[str]:
    """The blocks of a tree text; QEMU gives them in the order of a hash table."""
    return sorted(text.strip("\n").split("\n\n"))


class Rebuilt:
    """A world with the trees and spaces of a recorded map."""

    def __init__(self, tree: str, flat: str) -> None:
        self.world = World(RamList(12))
        self.answering = set(re.findall(r"\): (.+?)(?: @[0-9a-f]{16})?$", flat, re.M))
        self.regions: dict[str, MemoryRegion] = {}
        roots: dict[str, MemoryRegion] = {}
        self.later: list[tuple[MemoryRegion, str]] = []
        with self.world.transaction():
            for block in tree.strip("\n").split("\n\n"):
                heads = re.findall(r"^address-space: (.+)$", block, re.M)
                lines = block.split("\n")
                if not heads and lines[0].removeprefix("memory-region: ") in self.regions:
                    continue
                root = self.build(lines[max(1, len(heads)) :])
                roots |= dict.fromkeys(heads, root)
            for alias, target in self.later:
                alias._alias = self.regions[target]
                alias._alias._aliases.append(alias)
            for name in re.findall(r'^ AS "(.+)", root:', flat, re.M):
                AddressSpace(self.world, name, roots[name])

    def build(self, lines: list[str]) -> MemoryRegion:
        """The tree of one block. Of equals the later addition comes first: add from the end."""
        path: list[tuple[MemoryRegion, int]] = []
        additions: list[tuple[MemoryRegion, int, MemoryRegion, int]] = []
        for line in lines:
            node = NODE.fullmatch(line)
            assert node, line
            depth, start = len(node["indent"]) // 2, int(node["start"], 16)
            region = self.region(node, int(node["end"], 16) - start + 1)
            del path[depth - 1 :]
            if path:
                parent, base = path[-1]
                additions.append((parent, start - base, region, int(node["prio"])))
            else:
                region._addr = start
                region._priority = int(node["prio"])
            path.append((region, start))
        additions.sort(key=lambda addition: addition[2].name != LATEST)
        for parent, offset, region, priority in reversed(additions):
            parent.add_subregion_overlap(offset, region, priority)
        return path[0][0]

    def region(self, node: re.Match[str], size: int) -> MemoryRegion:
        if node["alias"]:
            region = MemoryRegion(self.world, node["alias"], size, Kind.ALIAS)
            region._alias_offset = int(node["first"], 16)
            region._readonly = node["alias"] == "pam-rom"  # no text says so
            self.later.append((region, node["target"]))
        else:
            name, shown = node["name"], node["type"]
            kinds = {"ram": Kind.RAM, "rom": Kind.RAM, "romd": Kind.ROM_DEVICE}
            io = Kind.IO if name in self.answering else Kind.CONTAINER
            region = MemoryRegion(self.world, name, size, kinds.get(shown, io))
            region._readonly = shown == "rom"
            self.regions.setdefault(name, region)
        region.set_enabled(not node["off"])
        return region


def test_every_recorded_map_is_printed_as_recorded_and_its_flat_view_follows() -> None:
    count = 0
    for name, tree, flat in recorded():
        rebuilt = Rebuilt(tree, flat)
        assert blocks(mtree(rebuilt.world, disabled=True)) == blocks(tree), name
        assert mtree_flat(rebuilt.world) == flat, name
        count += 1
    assert count == 149


def test_plain_leaves_disabled_regions_out_but_not_what_they_contain() -> None:
    board = Board()
    bar, device = board.container("bar", 0x100), board.io("device", 0x10)
    board.root.add_subregion(0x1000, bar)
    bar.add_subregion(0x20, device)
    bar.set_enabled(False)
    assert mtree(board.world) == (
        "address-space: memory\n"
        "  0000000000000000-000000000000ffff (prio 0, i/o): system\n"
        "      0000000000001020-000000000000102f (prio 0, i/o): device\n"
        "\n"
    )
    assert "(prio 0, i/o): bar [disabled]\n" in mtree(board.world, disabled=True)


def test_siblings_come_by_address_and_then_by_priority() -> None:
    board = Board()
    for name, offset, priority in (("c", 0x20, 9), ("a", 0x10, 1), ("b", 0x10, 0)):
        board.root.add_subregion_overlap(offset, board.io(name, 4), priority)
    assert re.findall(r": ([abc])$", mtree(board.world), re.M) == ["a", "b", "c"]


@pytest.mark.parametrize(("addr", "size"), [((1 << 64) - 8, 16)])
def test_a_region_past_the_end_of_the_world_is_marked(addr: int, size: int) -> None:
    board = Board()
    board.root.add_subregion(addr, board.io("late", size))
    assert (
        "[DETECTED OVERFLOW!]     fffffffffffffff8-0000000000000007 (prio 0, i/o): late\n"
        in mtree(board.world)
    )


def test_spaces_share_a_flat_view_through_a_whole_alias_and_an_only_child_at_the_start() -> None:
    board = Board()
    inner, device = board.container("inner", 0x10000), board.io("device", 16)
    inner.add_subregion(0x10, device)

    def alias(offset: int, size: int) -> MemoryRegion:
        return MemoryRegion.make_alias(board.world, "alias", inner, offset, size)

    whole, shifted, short = alias(0, 0x10000), alias(4, 0x10000), alias(0, 0x8000)
    assert [flat_root(one) for one in (whole, shifted, short)] == [inner, shifted, short]
    only = board.container("only", 0x10000)
    only.add_subregion(0, whole)
    assert flat_root(only) is inner
    whole.set_address(4)
    assert flat_root(only) is only
    whole.set_address(0)
    only.add_subregion(0x8000, shifted)
    assert flat_root(only) is only
    shifted.set_enabled(False)
    assert flat_root(only) is inner
    whole.set_enabled(False)
    assert flat_root(only) is None
    only.set_enabled(False)
    assert flat_root(only) is None
    assert flat_root(device) is device
