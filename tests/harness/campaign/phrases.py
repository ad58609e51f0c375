"""What a search says to a device: words by chance, from its declarations and text, and phrases."""

from __future__ import annotations

import ast
from collections.abc import Callable
from random import Random
from typing import TypeAlias

from memfold.harness.campaign.stimuli import STIMULI, Row, i2c
from tests.harness.campaign.bench import OWN, Bench, Model

__all__ = ["Phrases"]

Rows: TypeAlias = list[Row]
Phrase: TypeAlias = Callable[[Random], Rows]

INPUTS = {
    "pl061": tuple(range(8)),
    "pl190": (0, 1, 21, 30, 12, 13, 14, 4, 5, 6, 7, 8, 9, 10),
    "sic": (0, 5, 21, 25, 30, 31, 22, 23, 1, 2, 3, 4, 6, 24),
    "pl110": (0, 1),
    "grlib_irqmp": (1, 2, 15, 3, 6, 7),
}
"""The inputs of each controller that a wired device can drive at once."""


def w(offset: int, value: int) -> Row:
    return ("writel", offset, value & 0xFFFFFFFF)


def r(offset: int) -> Row:
    return ("readl", offset, 0)


def t(ns: int) -> Row:
    return ("clock_step", 0, ns)


def _i2c_read(rng: Random, count: int) -> Rows:
    """A start, the address to read from, bytes with acknowledge, the last without; a stop."""
    byte = rng.choice((0xD1, 0xD1, 0xD1, 0x01, 0xD3))
    rows = list(i2c(byte))[:-3]
    for n in range(count):
        for _ in range(8):
            rows += [w(0, 1), r(0), w(4, 1)]
        last = n == count - 1
        rows += (
            [("writeq", 0, 1 << 32 | 1)] if last else [w(4, 2), ("writeq", 0, 1 << 32 | 1), w(0, 2)]
        )
    return [*rows, w(4, 2), w(0, 1), w(0, 2)]


def _i2c(rng: Random) -> Rows:
    bcd = rng.choice((0x00, 0x01, 0x09, 0x12, 0x28, 0x31, 0x59, 0x72, 0x61, 0x99, 0x45))
    bcd = rng.choice((bcd, rng.randrange(256)))
    pointer = rng.choice((*range(9), 5, 6, 62, 63, rng.randrange(256)))
    data = [bcd, *[rng.randrange(256) for _ in range(rng.randrange(3))]]
    rows: Rows = []
    dice = rng.random()
    address = rng.choice((0xD0, 0xD0, 0xD0, 0xD0, 0x00, 0xD2))
    if dice < 0.75:
        rows += i2c(address, pointer, *data[: rng.randrange(4)])
    if dice < 0.2:
        rows += [t(rng.choice((1_000_000_000, 999_999_999, 61_000_000_000)))]
    if dice > 0.4:
        rows += i2c(0xD0, rng.choice((0, 0, 1, 4, 5, 6, 7, pointer)))
        rows += _i2c_read(rng, rng.choice((1, 2, 3, 8)))
    if rng.random() < 0.15:
        rows = rows[: rng.randrange(1, len(rows) + 1)]
    return rows


def _dma(rng: Random) -> Rows:
    n = rng.randrange(8)
    channel = 0x100 + 0x20 * n
    source, target = 0x500 + rng.randrange(0x400), 0x4000 + rng.randrange(0x80)
    if rng.random() < 0.1:  # over the end of all addresses
        source, target = (0xFFFFFFFE, target) if rng.random() < 0.5 else (source, 0xFFFFFFFE)
    steps = rng.choice((0x0C000000, 0x04000000, 0x08000000, 0))
    wide, width = rng.randrange(4), rng.randrange(4)
    count = rng.choice((1, 2, 3, 5, 9, 0x801 if rng.random() < 0.1 else 4))
    control = rng.choice((1 << 31, 0)) | steps | width << 21 | wide << 18 | count
    rows = [w(channel + 0x10, 0), w(channel, source), w(channel + 4, target)]
    lists = 0x700 + 16 * rng.randrange(8) if rng.random() < 0.15 else 0
    if rng.random() < 0.2:  # a list of one more transfer, as words that are moved there first
        lists = 0
    rows += [w(channel + 8, lists), w(channel + 0xC, control)]
    flow = rng.choice((0, 0, 0, 0, 0, 1, 2, 3, 4, 7)) << 11
    config = rng.choice((1, 1, 1, 1, 0x40001, 0)) | rng.choice((0, 0x8000, 0x4000, 0xC000)) | flow
    rows += [w(channel + 0x10, config)]
    rows.insert(rng.randrange(len(rows) + 1), w(0x30, rng.choice((1, 1, 1, 1, 0, 3))))
    rows += rng.sample(
        [r(channel), r(channel + 4), r(channel + 0xC), r(channel + 0x10), r(0x00), r(0x04),
         r(0x0C), r(0x14), r(0x18), r(0x1C), ("peek", target & -4, 0x20), w(0x34, 1), w(0x30, 1),
         w(0x08, 1 << n), w(0x10, 0xFF), w(0x08, 0xFF)], rng.randrange(1, 6),
    )  # fmt: skip
    if lists:
        rows += [w(channel + 0x10, 0x40001)]
    return rows


def _list(rng: Random) -> Rows:
    """A transfer that goes on with a list."""
    rows: Rows = []
    at = 0x4100 + 16 * rng.randrange(4)
    control = rng.choice((1 << 31, 0)) | 0x0C000000 | rng.randrange(3) << 18 | 2 << 21 | 2
    for n, word in enumerate((0x600, 0x4040, 0, control)):
        rows += [("poke", at + 4 * n, word)]
    channel = 0x100 + 0x20 * rng.randrange(8)
    rows += [w(0x30, 1), w(channel, 0x540), w(channel + 4, 0x4080), w(channel + 8, at),
             w(channel + 0xC, 0x8C480000 | rng.randrange(1, 4)), w(channel + 0x10, 0x8001),
             r(channel), r(channel + 4), r(channel + 8), r(channel + 0xC), r(channel + 0x10),
             r(0x14), r(0x1C), ("peek", 0x4040, 0x10), ("peek", 0x4080, 0x10)]  # fmt: skip
    return rows


def _itself(rng: Random) -> Rows:
    """A transfer that switches itself off: how far it was can be read."""
    channel = 0x100 + 0x20 * rng.randrange(8)
    count = rng.choice((0x801, 0xFFF, 0x401, 2, 0x802))
    return [("poke", 0x600, rng.choice((0x8000, 0, 0x40001))), w(0x30, 1), w(channel, 0x600),
            w(channel + 4, OWN + channel + 0x10), w(channel + 8, 0),
            w(channel + 0xC, 0x80480000 | count), w(channel + 0x10, 0x8001), r(channel + 0xC),
            r(channel + 0x10), r(0x1C), w(0x30, 0), w(channel + 0xC, 0)]  # fmt: skip


def _display(rng: Random) -> Rows:
    mode = rng.randrange(8)
    control = 0x801 | mode << 1 | rng.choice((0, 0x100, 0x200, 0x400, 0x600, 0x300))
    rows = [w(0, rng.choice((0, 4, 8, 3))), w(4, rng.choice((0, 1, 2))), w(0x10, 0x600)]
    rows += [w(0x18, control)]
    rows += [("line", n, rng.randrange(2)) for n in range(2) if rng.random() < 0.6]
    for _ in range(rng.randrange(3)):
        rows += [w(0x200 + 4 * rng.randrange(128), rng.getrandbits(32))]
    rows += [("frame", 0, 0)]
    if rng.random() < 0.4:
        rows += [("line", rng.randrange(2), rng.randrange(2)), ("frame", 0, 0)]
    if rng.random() < 0.3:
        rows += [w(0x18, rng.choice((1, 0x800, 0, 0x2B, 0x82B))), ("frame", 0, 0)]
    return rows


def _frames(rng: Random) -> Rows:
    frame = 16666666
    rows = [w(0x1C, rng.choice((4, 8, 0xC, 0, 0xFFFFFFFF))), w(0x18, rng.choice((0x801, 0x801, 1)))]
    for _ in range(rng.randrange(1, 4)):
        rows += [t(rng.choice((frame - 1, 1, frame, frame + 1, 2 * frame)))]
        rows += rng.sample([r(0x20), r(0x24), w(0x28, rng.choice((4, 8, 0xFF))), w(0x18, 0)],
                           rng.randrange(4))  # fmt: skip
    return rows


def _kmi(rng: Random) -> Rows:
    rows = [w(0, rng.choice((0x10, 0x18, 0x08, 0)))]
    commands = (0xFF, 0xF2, 0xF4, 0xF5, 0xF6, 0xEE, 0xED, 0xF0, 0xF3, 0xFC, 0xFA, 0x00, 0xE6, 0xE7,
                0xE8, 0xE9, 0xEA, 0xEB, 0xEC, 0xF3, 0x12, 0x1FF, 0x1F4)  # fmt: skip
    for _ in range(rng.randrange(1, 5)):
        command = rng.choice(commands)
        rows += [w(8, command)]
        if command in (0xF0, 0xF3, 0xE8, 0xED):
            rows += [r(8)] if rng.random() < 0.5 else []
            rows += [w(8, rng.choice((0, 1, 2, 3, 4, 100, 200, 80, 60, 0x17F)))]
        if command == 0xF0:
            rows += [r(8), w(8, 0xF0), r(8), w(8, 0), r(8), r(8)]
        rows += [rng.choice((r(8), r(8), r(4), r(0x10))) for _ in range(rng.randrange(5))]
    if rng.random() < 0.3:
        third = rng.choice((100, 200))
        for rate in (200, third, 80):
            rows += [w(8, 0xF3), w(8, rate)]
        rows += [*[r(8)] * rng.randrange(7), w(8, 0xF2), *[r(8)] * rng.choice((2, 4, 8))]
        rows += [w(8, 0xEB), *[r(8)] * 6]
    if rng.random() < 0.2:
        rows += [w(8, rng.choice((0xE9, 0xEB, 0xF4)))] * rng.choice((4, 5, 6, 17))
        rows += [r(8)] * rng.choice((4, 17, 18))
    return rows


def _flash(rng: Random) -> Rows:
    at = rng.choice((0, 0x100, 0x104, 0x7FC, 0x800, 0x3FFFC, 0x40000, 0x12345678 & 0x3FFFFF8))
    wide = rng.choice("bwll")
    data: Row = (f"write{wide}", at + rng.choice((0, 0, 1, 2, 4)), 0)
    data = (data[0], data[1], rng.getrandbits({"b": 8, "w": 16, "l": 32}[wide]))
    command = rng.choice((0x10, 0x40, 0x20, 0x60, 0x98, 0xE8, 0x50, 0x70, 0x90, 0xFF, 0x33))
    rows = [(f"write{rng.choice('lb')}", at, command)]
    match command:
        case 0x10 | 0x40:
            rows += [data]
        case 0x20 | 0x60:
            rows += [w(at, rng.choice((0xD0, 0xD0, 0x01, 0xFF)))]
        case 0x98:
            rows += [w(at, rng.choice((0xFF, 0x00)))] if rng.random() < 0.6 else []
        case 0xE8:
            count = rng.choice((0, 1, 3))
            rows += [r(at), w(at, count)]
            for n in range(count + 1):
                far = rng.choice((0, 0, 0, 0, 0x800, -4, 0x7FC))
                base = at if rng.random() < 0.7 else at & -0x800
                rows += [w(max(base + 4 * n + far, 0), rng.getrandbits(32))]
            rows += [w(at, rng.choice((0xD0, 0xD0, 0xD0, 0xFF)))]
    rows += [(f"read{rng.choice('llbw')}", max(at + rng.choice((0, 0, 4, 1, -4)), 0), 0)
             for _ in range(rng.randrange(4))]  # fmt: skip
    if command in (0x90, 0x98) or rng.random() < 0.2:
        rows += [(f"read{rng.choice('llbw')}", 4 * rng.randrange(0x44), 0) for _ in range(12)]
    if rng.random() < 0.5:
        rows += [w(0, 0xFF), r(at), r(at + 4)]
    return rows


def _card(rng: Random) -> Rows:
    rows = [w(0x38, 0x7FF)]
    if rng.random() < 0.6:
        rows += [
            w(rng.choice((0x3C, 0x40)), rng.choice((1 << rng.randrange(22), 0xFFFFFFFF, 0x84)))
        ]
    if rng.random() < 0.5:
        rows += [w(0x0C, 0x400 | rng.choice((0, 0x40, 0x200, 0x240)) | rng.randrange(64))]
        rows += [r(0x34), r(0x0C)]
    if rng.random() < 0.8:
        length = rng.choice((0, 1, 4, 5, 8, 15, 16, 64, 68, 100, 0x1FFFF))
        rows += [w(0x28, length), w(0x2C, rng.choice((1, 3, 1, 3, 0, 2, 0xFF)))]
        rows += [r(0x30), r(0x48), r(0x34)][: rng.randrange(4)]
        deep = rng.choice((1, 2, 7, 8, 9, 15, 16, 17, 18))
        for n in range(deep):
            rows += [w(0x80 + 4 * (n % 16), rng.getrandbits(32))]
            rows += [r(0x34)] if rng.random() < 0.2 else []
        rows += [r(0x34)]
        for n in range(rng.choice((0, 1, 2, 8, 9, deep, deep + 1))):
            rows += [r(0x80 + 4 * (n % 16))]
            rows += [r(rng.choice((0x34, 0x48, 0x30)))] if rng.random() < 0.4 else []
        rows += [r(0x34), r(0x30), r(0x2C)]
    return rows


def _codec(rng: Random) -> Rows:
    """Every register of the codec, some of them written before."""
    rows: Rows = []
    for _ in range(rng.randrange(4)):
        rows += [w(0x5C, rng.getrandbits(20)), w(0x54, rng.randrange(128) << 12)]
    for register in range(0, 128, 2):
        rows += [w(0x54, 1 << 19 | register << 12), r(0x58)]
    return rows


def _audio(rng: Random) -> Rows:
    rows: Rows = []
    if rng.random() < 0.2:
        rows += [w(0x78, 0)]
    rows += [w(0x10, rng.choice((0x7F, 0x20, 0x04, 0x01, 0x24)))]
    if rng.random() < 0.6:
        register = rng.choice((0, 2, 0x26, 0x28, 0x2C, 0x7C, 0x7E, rng.randrange(128)))
        value = rng.choice((rng.getrandbits(20), 4000 << 4, 48000 << 4, 3999 << 4, 48001 << 4, 0))
        rows += [w(0x5C, value), w(0x54, register << 12)] if rng.random() < 0.7 else []
        rows += [w(0x54, 1 << 19 | register << 12 | rng.getrandbits(8)), r(0x50), r(0x58), r(0x68)]
        if rng.random() < 0.2:
            rows += [w(0x54, 0), w(0x54, 1 << 19 | register << 12), r(0x58)]
    if rng.random() < 0.6:
        control = rng.choice((0x19, 0x19, 1, 0x18, 0x09, 0x11, 0)) | rng.choice((0, 0x8000))
        control |= rng.randrange(4) << 13
        rows += [w(0x04, control if rng.random() < 0.7 else control & ~1)]
        count = rng.choice((1, 2, 3, 127, 128, 129, 255, 256, 257, 511, 512, 513))
        rows += [("block", 0x90, 16)] * (count // 4)
        rows += [w(rng.choice((0x90, 0x94, 0x98, 0x9C)), n) for n in range(count % 4)]
        rows += [r(0x08), r(0x0C), r(0x84)]
        if rng.random() < 0.4:
            rows += [w(0x04, 0x19), r(0x08), r(0x0C), w(0x74, rng.choice((0x20, 0x10, 0))), r(0x08)]
    return rows


def _sp804(rng: Random) -> Rows:
    base = rng.choice((0, 0x20))
    load = rng.choice((1, 2, 3, 7, 10, 100, 0x10003, 0))
    control = 0x80 | rng.choice((0, 0x20, 0x20)) | rng.choice((0, 1, 2, 3, 0x40, 0x42, 0x62, 0x41))
    control |= rng.randrange(4) << 2
    rows = [w(base + 8, 0)] if rng.random() < 0.5 else []
    rows += [w(base, load), w(base + 8, control)]
    if rng.random() < 0.4:
        rows += [w(base + 0x18, rng.choice((2, 5, 33)))]
    tick = (1000, 16000, 256000, 1000)[control >> 2 & 3]
    for _ in range(rng.randrange(1, 5)):
        rows += [t(rng.choice((1, tick, tick - 1, load * tick, load * tick - 1, 3 * load * tick,
                               tick // 2, 7 * tick + 3)) or 1)]  # fmt: skip
        rows += [r(base + 4)]
        rows += rng.sample([r(base + 0x10), r(base + 0x14), w(base + 0xC, 1), w(base, 5),
                            w(base + 8, control ^ 1), r(base + 0x18)],
                           rng.randrange(3))  # fmt: skip
    return rows


def _gptimer(rng: Random) -> Rows:
    base = rng.choice((0x10, 0x20))
    scaler = rng.choice((0, 1, 2, 6, 39, 999, 0x1FFFF))
    tick = 25 * ((scaler & 0xFFFF) + 1)
    load = rng.choice((0, 1, 2, 5, 100 if scaler < 1000 else 3))
    rows = [w(0, rng.choice((scaler, 0x12345))), w(4, scaler)] if rng.random() < 0.8 else []
    rows += [w(base + 4, load), w(base + 8, rng.choice((0xD, 0xF, 0xB, 9, 5, 7, 1, 0x1F, 4, 0xC)))]
    if rng.random() < 0.4:
        rows += [w(base, rng.choice((3, 7, load)))]
    for _ in range(rng.randrange(1, 5)):
        rows += [t(max(rng.choice((1, tick, tick - 1, load * tick, (load + 1) * tick, tick // 2 + 1,
                               (load + 1) * tick - 1, 3 * (load + 1) * tick)), 1))]  # fmt: skip
        rows += [r(base), r(base + 8)]
        rows += rng.sample([w(base + 8, 0x10), w(base + 8, 9), w(base + 8, 0xB), w(base, 2),
                            w(4, 1)],
                           rng.randrange(2))  # fmt: skip
    return rows


def _rtc(rng: Random) -> Rows:
    now = rng.choice((0, 1000, 0xFFFFFFFF, 0x7FFFFFFF))
    rows = [w(0x1C, 1), w(0x10, rng.choice((1, 0, 3)))]
    if rng.random() < 0.8:
        rows += [w(0x08, now)]
    rows += [w(0x04, now + rng.choice((0, 1, 2, -1)))]
    if rng.random() < 0.3:
        rows += [w(0x08, now - rng.choice((0, 1, 2)))]
    second = 1_000_000_000
    for _ in range(rng.randrange(1, 4)):
        rows += [t(rng.choice((second - 1, 1, second, second + 1, 2 * second)))]
        rows += rng.sample([r(0), r(0x14), r(0x18), w(0x1C, rng.choice((1, 2, 0))), r(8), r(4)], 3)
    return rows


def _serial(rng: Random) -> Rows:
    rows = [r(0)] * rng.choice((0, 0, 0, 18, 40))
    rows += [
        w(0x38, rng.choice((0x70, 0x10, 0x20, 0x7F0))),
        w(0x2C, rng.choice((0x70, 0x60, 0x10))),
    ]
    count = rng.choice((1, 2, 3, 15, 16, 17, 20))
    data = rng.getrandbits(8 * count - 1) | 1 << 8 * count - 2
    for _ in range(rng.randrange(1, 3)):
        rows += [("chars_in", count, data)] if rng.random() < 0.8 else [("break_in", 0, 0)]
    rows += [r(0x18), r(0x3C)]
    for _ in range(rng.choice((1, 2, 3, count, count + 1))):
        rows += [r(0), *rng.sample([r(4), r(0x18), r(0x3C), r(0x40), w(4, 0)], rng.randrange(3))]
    if rng.random() < 0.3:
        rows += [w(0x2C, rng.choice((0, 0x10))), r(0x18), r(0), ("break_in", 0, 0), r(0), r(4)]
    rows += [w(0, rng.getrandbits(9)), w(0x44, rng.choice((0x20, 0x10, 0x7FF)))]
    return rows


def _apbuart(rng: Random) -> Rows:
    rows = [w(8, rng.choice((1, 2, 3, 5, 0xA, 0xF, 7, 0)))]
    count = rng.choice((1, 2, 3, 5))
    rows += [("chars_in", count, rng.getrandbits(8 * count - 1) | 1 << 8 * count - 2)]
    if rng.random() < 0.02:
        rows += [("chars_in", 1030, rng.getrandbits(8 * 1030))]
        rows += [*[r(0)] * 3, ("chars_in", 3, 0x414243), *[r(0)] * 1030]
    rows += rng.sample([r(4), r(0), r(0), r(0), ("readb", 3, 0), w(0, rng.getrandbits(9)), r(4),
                        r(0), ("writeb", 3, 0x55), w(4, 0), r(8)], rng.randrange(2, 9))  # fmt: skip
    return rows


def _vectors(rng: Random) -> Rows:
    lines = rng.sample((12, 13, 14, 4, 5, 6, 7, 8, 9, 10, 0, 31), 3)
    rows: Rows = [w(0x30, 0)] * rng.choice((0, 0, 6, 17))
    if rng.random() < 0.3:
        rows += [w(0x200 + 4 * slot, 0) for slot in range(16)]
    rows += [w(0x10, sum(1 << n for n in lines) if rng.random() < 0.7 else 0xFFFFFFFF)]
    slots = rng.sample((0, 1, 2, 14, 15, 7), 3)
    for slot, line in zip(slots, lines, strict=True):
        rows += [w(0x100 + 4 * slot, rng.getrandbits(32)),
                 w(0x200 + 4 * slot, line | rng.choice((0x20, 0x20, 0x20, 0, 0xE0)))]  # fmt: skip
    rows += [w(0x34, rng.getrandbits(32))]
    for _ in range(rng.randrange(2, 8)):
        line = rng.choice((*lines, 3))
        rows += [rng.choice((w(0x18, 1 << line), w(0x1C, 1 << line), r(0x30), r(0x30), w(0x30, 0),
                             r(0), r(4), r(8), w(0x0C, 1 << line), w(0x14, 1 << line),
                             ("line", rng.choice(INPUTS["pl190"]), rng.randrange(2))))]  # fmt: skip
    return rows


def _nested(rng: Random) -> Rows:
    """All is quiet; then interrupts in interrupts, with vectors and without."""
    with_slot, without, other = rng.sample((0, 2, 3, 11, 15, 18, 19, 20, 29), 3)
    rows: Rows = [w(0x30, 0)] * 17
    rows += [w(0x200 + 4 * slot, 0) for slot in range(16)]
    rows += [w(0x1C, 0xFFFFFFFF), w(0x0C, 0), w(0x10, 0xFFFFFFFF), w(0x34, rng.getrandbits(32))]
    slots = sorted(rng.sample(range(16), 2))
    rows += [w(0x100 + 4 * slot, rng.getrandbits(32)) for slot in slots]
    rows += [w(0x200 + 4 * slots[0], 0x20 | with_slot), w(0x200 + 4 * slots[1], 0x20 | other)]
    order = rng.choice(((without, with_slot), (without, other, with_slot), (other, without)))
    for line in order:
        rows += [w(0x18, 1 << line), r(0), r(0x30)]
    return [*rows, w(0x30, 0), w(0x30, 0), w(0x1C, 0xFFFFFFFF)]


def _config(rng: Random) -> Rows:
    at = (11 << 11) + rng.choice((0, 4, 6, 7, 8, 0xC, 0x3C, 0x40, 0x2C, 0xFC, rng.randrange(0x100)))
    rows: Rows = []
    for _ in range(rng.randrange(1, 4)):
        width = rng.choice("bwl")
        size = {"b": 1, "w": 2, "l": 4}[width]
        rows += [(f"write{width}", at & -size, rng.choice((0, 1 << 8 * size, rng.getrandbits(32)))
                  - 1 & (1 << 8 * size) - 1)]  # fmt: skip
        rows += [
            (f"read{width}", (at + rng.choice((0, 0, 1, 4))) & -size & 0xFFFFFF, 0),
            r(at & -4),
        ]
    slot = rng.choice((0, 1, 10, 12, 31, 11 | 32, 11 | 64)) << 11 | rng.choice((0, 0x100))
    return [*rows, (f"read{rng.choice('bwl')}", slot, 0), w(slot, 5), r(slot)]


PHRASES: dict[str, tuple[Phrase, ...]] = {
    "sbcon_i2c": (_i2c, _i2c, _i2c),
    "pl080": (_dma, _dma, _dma, _list, _itself),
    "pl110": (_display, _frames),
    "pl050": (_kmi,),
    "pl050_mouse": (_kmi,),
    "pflash_cfi01": (_flash, _flash),
    "pl181": (_card,),
    "pl041": (*[_audio] * 30, _codec),
    "sp804": (_sp804,),
    "grlib_gptimer": (_gptimer,),
    "pl031": (_rtc,),
    "pl011": (_serial,),
    "grlib_apbuart": (_apbuart,),
    "pl190": (_vectors, _nested),
    "pci_vpb_config": (_config,),
}
ONLY = {"pci_vpb_config", "sbcon_i2c", "pflash_cfi01"}
"""Where chance words are useless."""


class Phrases:
    """What may be said to one model."""

    def __init__(self, model: Model, rng: Random) -> None:
        self.model, self.rng = model, rng
        device = model.device
        self.values: list[int] = []
        cases: set[int] = set()
        for module in model.modules:
            for node in ast.walk(ast.parse(model.text(module))):
                if isinstance(node, ast.Constant) and type(node.value) is int:
                    self.values.append(node.value & 0xFFFFFFFF)
                    cases |= {node.value, node.value * 4}
        answers = device.answers
        offsets = [n for each in answers.registers for n in each]
        rows = STIMULI.get(model.type, ())
        offsets += [row[1] for row in rows if row[0].startswith("write")]
        self.cases = sorted({n for n in cases if 0 <= n < device.size and not n & 3} | {*offsets})
        few = [n for n in offsets if n not in range(0x100, 0x400)] or offsets or [0]
        self.offsets = offsets or [0]
        self.often = few
        self.fixed = [n for each in (*answers.fixed, *answers.views) for n in each] or [0]

    def value(self) -> int:
        """What may be written."""
        rng = self.rng
        dice = rng.random()
        if dice < 0.3:
            return 1 << rng.randrange(32)
        if dice < 0.55 and self.values:
            return rng.choice(self.values) + rng.choice((0, 0, 0, 1, -1)) & 0xFFFFFFFF
        if dice < 0.65 and self.values:
            return rng.choice(self.values) | rng.choice(self.values)
        if dice < 0.75:
            return rng.choice((0xFFFFFFFF, 0, 0xFF, 0xFFFF))
        return rng.getrandbits(32) if dice < 0.85 else rng.randrange(32)

    def word(self, bench: Bench) -> Row:
        """One row by chance."""
        rng = self.rng
        offset = rng.choice((rng.choice(self.often), rng.choice(self.cases)))
        dice = rng.random()
        if self.model.type == "pl110" and offset in (0, 4):
            offset = 8
        if dice < 0.45:
            return w(offset, self.value())
        if dice < 0.75:
            return r(offset)
        if dice < 0.80:
            return ("readb", offset + rng.randrange(4), 0)
        if dice < 0.83:
            return ("writeb", offset + rng.randrange(4), self.value() & 0xFF)
        if dice < 0.87:
            return r(rng.choice(self.fixed))
        if dice < 0.93 and self.model.kind in INPUTS:
            return ("line", rng.choice(INPUTS[self.model.kind]), rng.randrange(2))
        if bench.chardev.connected and dice < 0.95:
            return ("chars_in", 1, rng.randrange(1, 256))
        return t(self.time(bench))

    def time(self, bench: Bench) -> int:
        """How long to wait: also until just before, at and after what falls due next."""
        due = [timer.deadline - bench.clock.now for timer in bench.clock.pending if timer.deadline]
        if due and self.rng.random() < 0.8:
            which = self.rng.choice(due)
            most = 10**7 if self.model.kind == "grlib_gptimer" else 10**10
            if 0 <= which < min(most, 100 * max(min(due), 1)):  # a fast timer beside a slow one
                return max(which + self.rng.choice((0, -1, 1, which)), 0)
        return int(10 ** self.rng.uniform(0, 6.5))

    def some(self, make: Callable[[], Bench], found: list[tuple[Row, ...]]) -> tuple[Row, ...]:
        """A sequence to try."""
        rng = self.rng
        bench = make()
        rows: Rows = []

        def say(more: Rows) -> None:
            for row in more:
                rows.append(row)
                bench.perform(row)

        phrases = PHRASES.get(self.model.kind, ())
        stimulus = list(STIMULI.get(self.model.type, ()))
        if found and rng.random() < 0.35:
            other = list(rng.choice(found))
            say(other[: rng.randrange(len(other) + 1)])
        for _ in range(rng.randrange(1, 4)):
            if phrases and rng.random() < (0.95 if self.model.kind in ONLY else 0.6):
                say(rng.choice(phrases)(rng))
            elif stimulus and rng.random() < 0.2:
                start = rng.randrange(len(stimulus))
                say(stimulus[start : start + rng.randrange(1, 12)])
            else:
                for _ in range(rng.randrange(1, 12)):
                    say([self.word(bench)])
        if found and rng.random() < 0.15:
            say(list(rng.choice(found)))
        return tuple(rows)
