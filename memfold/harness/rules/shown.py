"""Who answers where: between the tree and the newest registration the later act wins."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from memfold.harness.rules.tree import Hit, Piece, Region

__all__ = ["Claim", "Claims", "Row", "merged", "rows_of"]


class Claim(NamedTuple):
    """What one registration had a say about."""

    start: int
    end: int
    act: int
    log: bool


class Claims:
    """All registrations, the newest last; one that is covered whole is forgotten."""

    def __init__(self) -> None:
        self.all: list[Claim] = []

    def put(self, claim: Claim) -> None:
        """The newest of all."""
        self.withdraw(claim.start, claim.end)
        self.all.append(claim)

    def withdraw(self, start: int, end: int) -> None:
        """Nobody claims these addresses any more."""
        left: list[Claim] = []
        for one in self.all:
            left += (
                one._replace(start=low, end=high)
                for low, high in (
                    (one.start, min(one.end, start)),
                    (max(one.start, end), one.end),
                )
                if low < high
            )
        self.all = left

    def at(self, addr: int) -> Claim | None:
        """The newest on an address."""
        return next((one for one in reversed(self.all) if one.start <= addr < one.end), None)

    def cut(self, piece: Piece) -> list[Piece]:
        """What newer claims leave of a piece of the tree."""
        newer = [one for one in self.all if one.act > piece.hit.act]
        edges = {edge for one in newer for edge in one[:2] if piece.start < edge < piece.end}
        cuts = sorted({piece.start, piece.end, *edges})
        return [
            Piece(start, end, piece.at(start))
            for start, end in pairwise(cuts)
            if not any(one.start <= start < one.end for one in newer)
        ]


class Row(NamedTuple):
    """Neighbours that continue each other, as one."""

    start: int
    end: int
    hit: Hit
    readable: bool
    log: int

    @property
    def region(self) -> Region:
        """Whose it is."""
        return self.hit.region

    @property
    def key(self) -> tuple[object, ...]:
        """What makes it the same row, whatever is logged and whenever it came."""
        return (self.start, self.end, *self.hit._replace(act=0), self.readable)

    @property
    def through(self) -> bool:
        """Whether code is in the way."""
        return bool(self.hit.interposers)

    @property
    def ram(self) -> bool:
        """Whether writes go to RAM at once."""
        return self.region.kind == "ram" and not self.through

    def offset(self, addr: int) -> int:
        """Of an address in the region."""
        return self.hit.offset + addr - self.start

    def ram_addr(self, addr: int) -> int | None:
        """Behind an address; none: it is no RAM."""
        return None if self.region.ram is None else self.region.ram + self.offset(addr)


def rows_of(pieces: list[Piece], claims: Claims) -> list[Row]:
    """What is left of the tree, merged."""
    rows: list[Row] = []
    for piece in (part for whole in pieces for part in claims.cut(whole)):
        start, end, hit = piece
        region = hit.region
        hooked = region.ram is not None and any(one.reads for one in hit.interposers)
        rows.append(Row(start, end, hit, region.readable and not hooked, region.log))
    return merged(rows)


def merged(rows: list[Row]) -> list[Row]:
    """Rows, ascending, as one where they continue each other."""
    found: list[Row] = []
    for row in rows:
        if found and found[-1].end == row.start:
            last = found[-1]
            if last.hit._replace(offset=last.offset(last.end), act=row.hit.act) == row.hit:
                found[-1] = last._replace(end=row.end)
                continue
        found.append(row)
    return found
