"""What `memfold map` tells of a region tree: why an address answers, who overlaps, who is dead."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NamedTuple

import click

from memfold import newapi
from memfold.devices.machine import Machine
from memfold.equivalence.facts import Json
from memfold.equivalence.subject import MapRow
from memfold.host.ranges import AddrRange
from memfold.newapi import (
    AddressSpace,
    Claim,
    ClaimConflict,
    Conflict,
    Dead,
    Explanation,
    MemoryRegion,
    Way,
    World,
)
from memfold.newapi.ask.mtree import kind_text

if TYPE_CHECKING:
    from rich.tree import Tree

__all__ = [
    "Explained",
    "conflicts",
    "conflicts_json",
    "dead",
    "dead_json",
    "explain",
    "explanation",
    "explanation_json",
    "rows",
    "rows_json",
    "text",
]


def rows(found: list[MapRow]) -> None:
    """A map, a row a line."""
    for row in found:
        click.echo(
            f"{row.start:016x}-{row.start + row.size - 1:016x} ({row.kind}): {row.name}"
            + (f" @{row.offset:016x}" if row.offset else "")
        )


def rows_json(found: list[MapRow]) -> Json:
    """A map as data."""
    return [dict(row._asdict()) for row in found]


def text(world: World, form: str, disabled: bool) -> str:
    """All of a world's map: ``mtree`` and ``flat`` as `info mtree` has them, or ``json``."""
    if form == "mtree":
        return newapi.mtree(world, disabled=disabled)
    if form == "flat":
        return newapi.mtree_flat(world)
    return json.dumps(newapi.world_json(world), indent=1) + "\n"


class Explained(NamedTuple):
    """Why an address of a machine answers as it does, and the name of who does, tree or not."""

    why: Explanation
    owner: str | None


def explain(machine: Machine, addr: int) -> Explained:
    """Explain an address; raises `MachineError` at stage legacy and `RegionError` past 2^64."""
    why = newapi.explain(machine.space, addr)
    owners = [row.name for row in machine.map() if row.start <= addr < row.start + row.size]
    return Explained(why, owners[0] if owners else None)


def explanation(explained: Explained) -> None:
    """The part of the tree that covers an address, the winner marked, each loser's reason."""
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    found = explained.why
    tree = Tree(Text(_headline(explained)))
    nodes: dict[tuple[MemoryRegion, ...], Tree] = {}
    if found.way is not None and not found.claim_wins:
        note = f"answers at offset {found.offset:#x}"
        _node(tree, nodes, found.way).label = Text(f"{_leaf(found.way)}  <== {note}", "bold green")
    for loser in found.losers:
        who = _name(loser.culprit)
        by = "" if loser.culprit is loser.way.region or who is None else f": {who}"
        note = f"{loser.reason.value}{by}"
        _node(tree, nodes, loser.way).label = Text(f"{_leaf(loser.way)}  ({note})", "dim")
    # A pipe has no width: cut nothing.
    console = Console() if sys.stdout.isatty() else Console(width=400)
    console.print(tree, soft_wrap=True)


def _headline(explained: Explained) -> str:
    found, owner = explained
    if owner is None:
        since = f" since {_name(found.claim)}" if found.claim_wins else ""
        return f"{found.addr:#x}: nothing answers{since}"
    by = f", by {_name(found.claim)}" if found.claim_wins else ""
    return f"{found.addr:#x}: {owner} answers{by}"


def _node(tree: Tree, nodes: dict[tuple[MemoryRegion, ...], Tree], way: Way) -> Tree:
    """The branch for the end of `way`, with those that lead there."""
    from rich.text import Text

    path: tuple[MemoryRegion, ...] = ()
    for depth, spot in enumerate(way.path):
        path = (*path, spot.region)
        if path not in nodes:
            label = _leaf(way._replace(last=spot))
            nodes[path] = (nodes[path[:-1]] if depth else tree).add(Text(label))
    return nodes[path]


def _leaf(way: Way) -> str:
    spot = way.path[-1]
    region = spot.region
    what = "alias, " if region.alias is not None else ""
    return f"{region.name} {spot.extent} (prio {region.priority}, {what}{kind_text(region)})"


def _name(culprit: MemoryRegion | Claim | None) -> str | None:
    if isinstance(culprit, MemoryRegion):
        return culprit.name
    return None if culprit is None else f"the old call that was act {culprit.act}"


def explanation_json(explained: Explained) -> Json:
    """An explanation as data."""
    found, owner = explained
    claim = found.claim
    return {
        "addr": found.addr,
        "owner": owner,
        "region": None if found.region is None else found.region.name,
        "offset": found.offset,
        "way": [] if found.way is None else _way_json(found.way),
        "claim": None
        if claim is None
        else {"act": claim.act, "hole": claim.is_hole, "wins": found.claim_wins},
        "losers": [
            {
                "way": _way_json(loser.way),
                "reason": loser.reason.value,
                "culprit": _name(loser.culprit),
            }
            for loser in found.losers
        ],
    }


def _way_json(way: Way) -> Json:
    return [spot.region.name for spot in way.path]


def conflicts(space: AddressSpace) -> None:
    """Who overlaps whom, a line each: regions, then old registrations and regions; then who is
    larger than what contains it."""
    found: list[Conflict | ClaimConflict] = [
        *newapi.conflicts(space),
        *newapi.claim_conflicts(space),
    ]
    for conflict in found:
        click.echo(_conflict(conflict))
    for clip in newapi.clipped(space.root):
        click.echo(str(clip))
    accidental = sum(1 for one in found if isinstance(one, Conflict) and one.accidental)
    click.echo(f"{space.name}: {len(found)} overlaps, {accidental} of which nobody decided")


def _conflict(conflict: Conflict | ClaimConflict) -> str:
    if isinstance(conflict, Conflict):
        return str(conflict)
    pair = (_name(conflict.claim), conflict.region.name)
    winner, loser = pair if conflict.claim_wins else reversed(pair)
    return f"{winner} hides {loser} at {conflict.where} (since act {conflict.since})"


def conflicts_json(space: AddressSpace) -> Json:
    """The conflicts as data."""
    regions: list[Json] = [
        {
            "container": one.container.name,
            "winner": one.winner.name,
            "loser": one.loser.name,
            "ranges": [_range_json(where) for where in one.ranges],
            "declared": one.declared,
            "tie": one.tie,
            "since": one.since,
        }
        for one in newapi.conflicts(space)
    ]
    claims: list[Json] = [
        {
            "region": one.region.name,
            "claim": one.claim.act,
            "claim_wins": one.claim_wins,
            "range": _range_json(one.where),
            "since": one.since,
        }
        for one in newapi.claim_conflicts(space)
    ]
    clips: list[Json] = [
        {"region": clip.region.name, "lost": _range_json(clip.lost)}
        for clip in newapi.clipped(space.root)
    ]
    return {"space": space.name, "regions": regions, "claims": claims, "clipped": clips}


def _range_json(where: AddrRange) -> Json:
    return [where.start, where.size]


def dead(world: World) -> None:
    """What is mapped and visible nowhere, and by whose fault."""
    found = newapi.dead(world)
    for one in found:
        click.echo(f"{one.region.name}: mapped, but visible nowhere")
        for fault in one.faults:
            click.echo(
                f"  {fault.where} in {fault.space.name}: {fault.reason.value}"
                f" ({_name(fault.culprit)})"
            )
    click.echo(f"{len(found)} dead regions")


def dead_json(world: World) -> Json:
    """The dead regions as data."""
    return [_dead_json(one) for one in newapi.dead(world)]


def _dead_json(one: Dead) -> Json:
    return {
        "region": one.region.name,
        "faults": [
            {
                "space": fault.space.name,
                "reason": fault.reason.value,
                "culprit": _name(fault.culprit),
                "range": _range_json(fault.where),
            }
            for fault in one.faults
        ],
    }
