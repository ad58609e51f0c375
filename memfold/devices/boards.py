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
        Slot(
            "vpb_sic",
            "sic",
            0x10003000,
            {22: ("pl190", 22), 23: ("pl190", 23), 24: ("pl190", 24), 31: ("pl190", 31)},
        ),
        Slot("pl110", "pl110", 0x10120000, {0: ("pl190", 16)}),
        Slot(
            "arm_sysctl",
            "sysctl",
            0x10000000,
            {0: ("pl110", 0), 1: ("pl110", 1)},
            {"sys_id": 0x41007004, "proc_id": 0x02000000},
        ),
        Slot(
            "pci_vpb_regs",
            "pci_vpb",
            0x10001000,
            windows=(0x43000000, 0x44000000, 0x50000000, 0x60000000),
        ),
        Slot("pci_vpb_selfconfig", "pci_vpb_selfconfig", 0x41000000, peer="pci_vpb_regs"),
        Slot("pci_vpb_config", "pci_vpb_config", 0x42000000, peer="pci_vpb_regs"),
        Slot("arm_sbcon_i2c", "sbcon_i2c", 0x10002000, params={"base": EPOCH_2011_05_18}),
        Slot("pl041", "pl041", 0x10004000, {0: ("vpb_sic", 24)}, {"fifo_depth": 512}),
        Slot("pl181", "pl181", 0x10005000, {0: ("vpb_sic", 22), 1: ("vpb_sic", 1)}),
        Slot("pl181_2", "pl181", 0x1000B000, {0: ("vpb_sic", 23), 1: ("vpb_sic", 2)}),
        Slot("pl050", "pl050", 0x10006000, {0: ("vpb_sic", 3)}),
        Slot("pl050_2", "pl050", 0x10007000, {0: ("vpb_sic", 4)}, {"mouse": 1}),
        Slot("pl011", "pl011", 0x10009000, {0: ("vpb_sic", 6)}),
        Slot("pl011_2", "pl011", 0x101F1000, {0: ("pl190", 12)}),
        Slot("pl011_3", "pl011", 0x101F2000, {0: ("pl190", 13)}),
        Slot("pl011_4", "pl011", 0x101F3000, {0: ("pl190", 14)}),
        Slot("pl080", "pl080", 0x10130000, {0: ("pl190", 17)}),
        Slot("sp804", "sp804", 0x101E2000, {0: ("pl190", 4)}),
        Slot("sp804_2", "sp804", 0x101E3000, {0: ("pl190", 5)}),
        Slot("pl061", "pl061", 0x101E4000, {0: ("pl190", 6)}),
        Slot("pl061_2", "pl061", 0x101E5000, {0: ("pl190", 7)}),
        Slot("pl061_3", "pl061", 0x101E6000, {0: ("pl190", 8)}),
        Slot("pl061_4", "pl061", 0x101E7000, {0: ("pl190", 9)}),
        Slot("flash", "pflash_cfi01", 0x34000000),
        Slot("pl031", "pl031", 0x101E8000, {0: ("pl190", 10)}, {"base": EPOCH_2011_05_18}),
    ),
    spare=0x70000000,
    intercept="pl190",
)


def _identity(device: int, version: int, irq: int) -> int:
    """A GRLIB plug-and-play word: what a device is; vendor 1 is Gaisler (GRLIB IP Core manual)."""
    return 1 << 24 | device << 12 | version << 5 | irq


def _place(address: int, kind: int) -> int:
    """A GRLIB plug-and-play word: where a device is, in units of its bus; `kind` 1 APB, 2 AHB."""
    return address << 20 | 0xFFF << 4 | kind


LEON3_GENERIC = Board(
    name="leon3_generic",
    page_bits=12,
    phys_addr_bits=64,
    phys_addr_space_bits=36,
    big_endian=True,
    ram=(
        Ram("Leon3.bios", 0, 8 << 20, rom=True),
        Ram("leon3.ram", 0x40000000, 128 << 20),
    ),
    slots=(
        Slot("irqmp", "grlib_irqmp", 0x80000200, {0: ("cpu", 0)}),
        Slot("uart", "grlib_apbuart", 0x80000100, {0: ("irqmp", 3)}),
        Slot(
            "gptimer",
            "grlib_gptimer",
            0x80000300,
            {0: ("irqmp", 6), 1: ("irqmp", 7)},
            {"first_irq": 6},
        ),
        Slot(
            "grlib_apbpnp",
            "grlib_apbpnp",
            0x800FF000,
            params={
                "0x00": _identity(0x00D, 2, 0),
                "0x04": _place(0x002, 1),
                "0x08": _identity(0x011, 0, 6),
                "0x0c": _place(0x003, 1),
                "0x10": _identity(0x00C, 1, 3),
                "0x14": _place(0x001, 1),
            },
        ),
        Slot(
            "grlib_ahbpnp",
            "grlib_ahbpnp",
            0xFFFFF000,
            params={
                "0x000": _identity(0x003, 0, 0),
                "0x800": _identity(0x006, 0, 0),
                "0x810": _place(0x800, 2),
            },
        ),
    ),
    spare=0x90000000,
    intercept="irqmp",
)

BOARDS = {board.name: board for board in (VERSATILEPB, LEON3_GENERIC)}
