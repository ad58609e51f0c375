"""Step sequences for a type of device, as data beside this module, a file a type.

`corpora` were searched for: each tells its device's model from one with a slip in it.
`tests/harness/campaign/corpus.py` finds them, on the models alone: it plants every small slip there
is (a constant, an operator, a branch, a lost statement, another field), and keeps what shows them.
`flows` were thought out: what a guest's driver does, in which each step counts on those before it.
That is what chance does not find: half of an order of three bytes does nothing.

A line is a sequence, in words:

- ``w38=10``, ``wh38=10``, ``wb38=10``, ``wq38=10``: a word, a halfword, a byte, two words are
  written at offset 0x38; ``r18``, ``rh18``, ``rb18``: read; ``d90=10``: 16 bytes are stored there;
- ``t1000``: nanoseconds pass; ``c4d45``: characters arrive; ``k``: a break arrives;
- ``i3=1``: input 3 rises, by the device that is wired to it, or from outside the board;
- ``m4000=8``: eight bytes of RAM are read, ``p4000=1``: a word of it is written;
- ``xd008=2``: on the two wires of an I2C bus, the bytes 0xd0 and 0x08 are sent and two are read, in
  one transfer; ``yd008`` ``z=2``: the same in two parts;
- ``f``: what is shown is looked at.

A line that begins with ``^`` shows something of a device as it comes up, and is played first; one
that begins with ``$`` leaves it waiting without an end, and is played last; one that begins with
``#`` says what the next one shows. A ``?`` after a value has junk written above its byte.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random

from memfold.devices.board import Slot
from memfold.harness.campaign.dictionary import junked
from memfold.harness.campaign.stimuli import MASTERS, Row, gptimer, i2c, i2c_ended, i2c_sent

__all__ = ["CALM", "DRIVES", "corpus", "flows", "fresh", "kind_of", "last", "row_text", "rows_of"]

FIRST, LAST, SAID = "^", "$", "#"

VARIANTS = ("mouse",)
"""The straps that make another device of one type."""

FOLDER = Path(__file__).parent / "corpora"
FLOWS = Path(__file__).parent / "flows"
WORD = re.compile(r"([wr][bhq]?|[ctimfkpdxyz])([0-9a-f]*)(?:=([0-9a-f]+))?")
JUNKED = re.compile(r"=([0-9a-f]+)\?")
OPS = {
    "w": "writel", "wh": "writew", "wb": "writeb", "wq": "writeq", "d": "block",
    "r": "readl", "rh": "readw", "rb": "readb", "t": "clock_step", "c": "chars_in",
    "k": "break_in", "i": "line", "m": "peek", "p": "poke", "f": "frame",
}  # fmt: skip
I2C: Mapping[str, Callable[[str, int], Iterator[Row]]] = {
    "x": lambda data, count: i2c(*bytes.fromhex(data), reads=count),
    "y": lambda data, _: i2c_sent(*bytes.fromhex(data)),
    "z": lambda _, count: i2c_ended(count),
}
WORDS = {op: word for word, op in OPS.items()}


def corpus(kind: str) -> tuple[tuple[Row, ...], ...]:
    """The sequences for devices of one type; none where none were searched for."""
    return tuple(rows_of(line) for line in _lines(FOLDER, kind) if line[:1] != FIRST)


def flows(kind: str, rng: Random) -> tuple[tuple[Row, ...], ...]:
    """The sequences for devices of one type that were thought out; none where none were."""
    lines = [line for line in _lines(FLOWS, kind) if line[:1] not in (LAST, SAID)]
    return tuple(rows_of(_with_junk(line, rng)) for line in lines)


def last(kind: str) -> tuple[tuple[Row, ...], ...]:
    """The sequences after which a device of one type hears nothing else."""
    return tuple(rows_of(line[1:]) for line in _lines(FLOWS, kind) if line[:1] == LAST)


def _with_junk(line: str, rng: Random) -> str:
    return JUNKED.sub(lambda word: f"={junked(int(word[1], 16), rng):x}", line)


def fresh(kind: str) -> tuple[tuple[Row, ...], ...]:
    """The sequences for a device that nobody has touched."""
    return tuple(rows_of(line[1:]) for line in _lines(FOLDER, kind) if line[:1] == FIRST)


@cache
def _lines(folder: Path, kind: str) -> tuple[str, ...]:
    path = folder / f"{kind}.txt"
    if not path.exists():
        return ()
    return tuple(path.read_text(encoding="utf-8").splitlines())


def kind_of(slot: Slot) -> str:
    """Which corpus is for the device in `slot`: its type's, or that of a strapped variant."""
    return next((f"{slot.type}_{each}" for each in slot.params if each in VARIANTS), slot.type)


def rows_of(line: str) -> tuple[Row, ...]:
    """The rows that the words of `line` are."""
    rows: list[Row] = []
    for text in line.split():
        word = WORD.fullmatch(text)
        assert word is not None, text  # the files are ours
        if word[1] in I2C:
            rows += I2C[word[1]](word[2], int(word[3] or "0", 16))
            continue
        op, first, second = OPS[word[1]], word[2], word[3]
        if op == "clock_step":
            rows.append((op, 0, int(first)))
        elif op == "chars_in":
            rows.append((op, len(first) // 2, int(first, 16)))
        else:
            rows.append((op, int(first or "0", 16), int(second or "0", 16)))
    return tuple(rows)


def row_text(row: Row) -> str:
    """The word that a row is."""
    op, offset, value = row
    word = WORDS[op]
    if op == "clock_step":
        return f"t{value}"
    if op == "chars_in":
        return f"c{value:0{2 * offset}x}"
    if op in ("frame", "break_in"):
        return word
    return f"{word}{offset:x}" if op.startswith("read") else f"{word}{offset:x}={value:x}"


_TIMER: tuple[Row, ...] = (("writel", 0x08, 0), ("writel", 0x00, 0), ("writel", 0x08, 0xE2))

CALM: Mapping[str, tuple[Row, ...]] = {
    "sp804": (("writel", 0x08, 0), ("writel", 0x28, 0)),
    "grlib_gptimer": (("writel", 0x18, 0), ("writel", 0x28, 0)),
    "pl110": (("writel", 0x18, 0), ("writel", 0x00, 0), ("writel", 0x04, 0)),
    # A query ended, what a buffer of a few words waits for, a confirmation that is none, the status
    # cleared. It is shown in between, for every return to the array is a change of the map.
    "pflash_cfi01": (("writel", 0, 0xFF), *[("writel", 0, 0x70)] * 5, ("writel", 0, 0x50)),
    "pl080": MASTERS["pl080"].calm,
}
"""Around a sequence: nothing goes on by itself, as fast as the sequence has it, or as large as
chance had it before."""

DRIVES: Mapping[tuple[str, int], tuple[Sequence[Row], Sequence[Row]]] = {
    # By type and output: the rows that lower it, and those that raise it (or pulse it).
    ("pl011", 0): (
        (("writel", 0x38, 0),),
        (("writel", 0x38, 0x20), ("writel", 0x00, 0x41)),
    ),
    ("pl050", 0): ((("writel", 0x00, 0),), (("writel", 0x00, 0x08),)),
    ("pl181", 0): (
        (("writel", 0x3C, 0),),
        (("writel", 0x0C, 0x400), ("writel", 0x3C, 0x80)),
    ),
    ("pl181", 1): (
        (("writel", 0x40, 0),),
        (("writel", 0x0C, 0x400), ("writel", 0x40, 0x80)),
    ),
    ("pl041", 0): (
        (("writel", 0x10, 0),),
        (("writel", 0x78, 1), ("writel", 0x10, 0x7F)),
    ),
    ("pl061", 0): (
        (("writel", 0x410, 0),),
        (("writel", 0x404, 0xFF), ("writel", 0x40C, 0xFF), ("writel", 0x400, 1),
         ("writel", 0x004, 1), ("writel", 0x410, 0xFF)),
    ),
    ("pl031", 0): (
        (("writel", 0x1C, 1),),
        (("writel", 0x10, 1), ("writel", 0x08, 1000), ("writel", 0x04, 1000)),
    ),
    ("sp804", 0): ((("writel", 0x0C, 1),), (*_TIMER, ("clock_step", 0, 2000))),
    ("sysctl", 0): ((("writel", 0x50, 0),), (("writel", 0x50, 1),)),
    ("sysctl", 1): ((("writel", 0x50, 0),), (("writel", 0x50, 2),)),
    ("grlib_apbuart", 0): ((), (("writel", 0x08, 0x0A), ("writel", 0x00, 0x41))),
    ("grlib_gptimer", 0): ((), gptimer(0x10)),
    ("grlib_gptimer", 1): ((), gptimer(0x20)),
}  # fmt: skip
