"""The PL080: transfers between guest memory, lists of them, and those it cannot do."""

from __future__ import annotations

import pytest

from memfold.devices.pl080.registers import DmaError, Pl080
from memfold.host.irq import IrqLine

CHANNEL = 0x100
SRC_STEP, DEST_STEP, INTERRUPT = 1 << 26, 1 << 27, 1 << 31
ON, WITH_INTERRUPT = 1, 0x8001


class Memory:
    """A few KiB of guest memory."""

    def __init__(self) -> None:
        self.bytes = bytearray(range(256)) * 16

    def read(self, addr: int, length: int) -> bytes:
        return bytes(self.bytes[addr : addr + length])

    def write(self, addr: int, data: bytes) -> None:
        self.bytes[addr : addr + len(data)] = data


class Dma:
    """A PL080 that is switched on."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.irqs = [IrqLine() for _ in range(3)]
        self.cell = Pl080(self.irqs, self.memory)
        self.cell.write(0x30, 4, 1)

    def transfer(self, *words: int, channel: int = 0) -> None:
        """Set source, destination, next, control and configuration."""
        for n, word in enumerate(words):
            self.cell.write(CHANNEL + 0x20 * channel + 4 * n, 4, word)

    def get(self, offset: int) -> int:
        return self.cell.read(offset, 4)


@pytest.mark.parametrize("width", [0, 1, 2])
def test_a_transfer_copies_its_elements(width: int) -> None:
    dma = Dma()
    steps = SRC_STEP | DEST_STEP | width << 18 | width << 21
    dma.transfer(0x10, 0x800, 0, steps | 6, ON)
    size = 6 << width
    assert dma.memory.read(0x800, size) == bytes(range(0x10, 0x10 + size))
    assert dma.memory.read(0x800 + size, 1) == bytes([size])
    assert [dma.get(CHANNEL + 4 * n) for n in range(5)] == [0x10 + size, 0x800 + size, 0, steps, 0]


def test_without_steps_both_ends_stay() -> None:
    dma = Dma()
    dma.transfer(0x10, 0x800, 0, 5, ON)
    assert dma.memory.read(0x800, 2) == b"\x10\x01"


def test_the_terminal_count_interrupts_after_the_next_register_write_until_cleared() -> None:
    dma = Dma()
    dma.transfer(0x10, 0x800, 0, INTERRUPT | 1, WITH_INTERRUPT, channel=3)
    assert (dma.get(0x14), dma.get(0x04), dma.get(0x00)) == (8, 8, 8)
    dma.cell.write(0x34, 4, 0)
    assert [irq.level for irq in dma.irqs] == [1, 0, 1]
    dma.cell.write(0x08, 4, 8)
    assert [irq.level for irq in dma.irqs] == [0, 0, 0]


def test_a_list_goes_on_where_each_element_says() -> None:
    dma = Dma()
    following = (0x40, 0xA00, 0, SRC_STEP | DEST_STEP | 2)
    dma.memory.write(0x700, b"".join(word.to_bytes(4, "little") for word in following))
    dma.transfer(0x10, 0x800, 0x700, SRC_STEP | DEST_STEP | 4, ON)
    assert dma.memory.read(0x800, 4) == b"\x10\x11\x12\x13"
    assert dma.memory.read(0xA00, 3) == b"\x40\x41\x02"
    assert dma.get(CHANNEL + 0x10) == 0


def test_nothing_moves_while_it_is_off_halted_or_waiting_for_a_peripheral() -> None:
    dma = Dma()
    dma.transfer(0x10, 0x800, 0, 1, ON | 0x40000)
    dma.transfer(0x10, 0x800, 0, 1, ON | 1 << 11, channel=1)
    dma.cell.write(0x30, 4, 0)
    dma.transfer(0x10, 0x800, 0, 1, ON, channel=2)
    assert dma.memory.read(0x800, 1) == b"\0"
    assert dma.get(0x1C) == 7
    dma.cell.write(0x30, 4, 1)
    assert dma.memory.read(0x800, 1) == b"\x10"


def test_flow_control_by_a_peripheral_is_refused_by_name() -> None:
    dma = Dma()
    with pytest.raises(DmaError, match=r"DMA channel 5: flow control 4; modelled are 0\.\.3"):
        dma.transfer(0, 0, 0, 1, ON | 4 << 11, channel=5)


def test_a_list_without_an_end_is_an_error_and_the_controller_goes_on() -> None:
    dma = Dma()
    itself = (0x40, 0xA00, 0x700, 1)
    dma.memory.write(0x700, b"".join(word.to_bytes(4, "little") for word in itself))
    with pytest.raises(DmaError, match="DMA channel 0: its list does not end after 0x10000"):
        dma.transfer(*itself, ON)
    dma.transfer(0, 0, 0, 0, 0)
    dma.transfer(0x10, 0x800, 0, 1, ON, channel=1)
    assert dma.memory.read(0x800, 1) == b"\x10"
