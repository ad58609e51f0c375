"""The boards, as data."""

from __future__ import annotations

from memfold.devices.board import Board, Ram, Slot

__all__ = ["BOARDS"]

EPOCH_2011_05_18 = 1305676800
"""Seconds: midnight UTC of the day of the mail, where the recorded machines' clocks started."""

VERSATILEPB = Board(
    name="versatilepb",
    page_bits=10,
    phys_addr_bits=32,
    phys_addr_space_bits=32,
    big_endian=False,
    ram=(Ram("versatile.ram", 0, 128 << 20),),
    slots=(
        Slot("pl190", "pl190", 0x10140000, {0: ("cpu", 0), 1: ("cpu", 1)}),
        Slot("vpb_sic", "sic", 0x10003000, {31: ("pl190", 31)}),
        Slot("pl011", "pl011", 0x10009000, {0: ("vpb_sic", 6)}),
        Slot("pl011_2", "pl011", 0x101F1000, {0: ("pl190", 12)}),
        Slot("pl011_3", "pl011", 0x101F2000, {0: ("pl190", 13)}),
        Slot("pl011_4", "pl011", 0x101F3000, {0: ("pl190", 14)}),
        Slot("sp804", "sp804", 0x101E2000, {0: ("pl190", 4)}),
        Slot("sp804_2", "sp804", 0x101E3000, {0: ("pl190", 5)}),
        Slot("pl031", "pl031", 0x101E8000, {0: ("pl190", 10)}, {"base": EPOCH_2011_05_18}),
    ),
    intercept="pl190",
)

BOARDS = {board.name: board for board in (VERSATILEPB,)}
