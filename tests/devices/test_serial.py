"""The serial ports: what the transcripts, whose lines were silent, do not show."""

from __future__ import annotations

import pytest

from memfold.devices.grlib_apbuart.registers import ApbUart
from memfold.devices.pl011.registers import BREAK, Pl011
from memfold.host.chardev import BufferChardev
from memfold.host.irq import IrqLine

DR, RSR, FR, LCR_H, IMSC, RIS, MIS, ICR = 0x00, 0x04, 0x18, 0x2C, 0x38, 0x3C, 0x40, 0x44
RX, TX = 0x10, 0x20


class Port:
    """A PL011 with a line one can type on."""

    def __init__(self, *, fifo: bool = False, mask: int = RX | TX) -> None:
        self.irq = IrqLine()
        self.line = BufferChardev()
        self.uart = Pl011(self.irq, self.line)
        self.uart.write(LCR_H, 4, 0x10 if fifo else 0)
        self.uart.write(IMSC, 4, mask)

    def get(self, offset: int) -> int:
        return self.uart.read(offset, 4)


def test_what_is_written_is_sent_and_interrupts_until_cleared() -> None:
    port = Port()
    for byte in b"hi":
        port.uart.write(DR, 4, 0xABCDE000 | byte)
    assert port.line.sent == b"hi"
    assert (port.get(RIS), port.irq.level) == (TX, 1)
    port.uart.write(ICR, 4, TX)
    assert (port.get(RIS), port.irq.level) == (0, 0)


def test_a_masked_cause_is_raw_only() -> None:
    port = Port(mask=RX)
    port.uart.write(DR, 4, 0)
    assert (port.get(RIS), port.get(MIS), port.irq.level) == (TX, 0, 0)
    port.uart.write(IMSC, 4, TX)
    assert (port.get(MIS), port.irq.level) == (TX, 1)


@pytest.mark.parametrize(("fifo", "room"), [(False, 1), (True, 16)])
def test_it_takes_as_many_characters_as_its_fifo_holds(fifo: bool, room: int) -> None:
    port = Port(fifo=fifo)
    assert port.get(FR) == 0x90
    text = bytes(range(65, 85))
    port.line.feed(text)
    assert port.line.waiting == text[room:]
    assert port.get(FR) == 0xC0  # full both ways: transmitter empty, receiver full
    assert port.irq.level == 1
    assert bytes(port.get(DR) for _ in text) == text
    assert port.get(FR) == 0x90
    assert (port.get(RIS), port.irq.level) == (0, 0)


def test_the_receive_interrupt_comes_with_the_first_character_and_goes_with_the_last() -> None:
    port = Port(fifo=True)
    port.line.feed(b"ab")
    assert port.get(RIS) == RX
    port.get(DR)
    assert port.get(RIS) == RX
    port.get(DR)
    assert port.get(RIS) == 0


def test_a_break_leaves_its_error_in_the_status_until_it_is_written() -> None:
    port = Port(fifo=True)
    port.uart.receive(BREAK)
    assert port.get(DR) == BREAK
    assert port.get(RSR) == BREAK >> 8
    port.uart.write(RSR, 4, 0xFF)
    assert port.get(RSR) == 0


def test_turning_the_fifo_on_or_off_empties_it() -> None:
    port = Port(fifo=True)
    port.line.feed(b"abc")
    port.uart.write(LCR_H, 4, 0)
    assert port.uart.can_receive()
    port.line.feed(b"x")
    assert port.get(DR) == ord("x")


def test_reading_an_empty_fifo_gives_what_stands_there() -> None:
    port = Port()
    port.line.feed(b"a")
    port.get(DR)
    port.uart.write(LCR_H, 4, 0x10)
    assert port.get(DR) == ord("a")


def test_leon3_receives_only_while_enabled_and_pulses() -> None:
    changes: list[int] = []
    irq = IrqLine()
    irq.observe(lambda _n, level: changes.append(level))
    line = BufferChardev()
    uart = ApbUart(irq, line)
    line.feed(b"lost")
    uart.write(8, 4, 1 | 4)
    line.feed(b"ab")
    assert changes == [1, 0, 1, 0]
    assert uart.read(4, 4) == 7
    assert [uart.read(3, 1) for _ in range(3)] == [ord("a"), ord("b"), 0]
    assert uart.read(4, 4) == 6


def test_leon3_sends_only_while_enabled() -> None:
    changes: list[int] = []
    irq = IrqLine()
    irq.observe(lambda _n, level: changes.append(level))
    line = BufferChardev()
    uart = ApbUart(irq, line)
    uart.write(0, 4, ord("x"))
    uart.write(8, 4, 2)
    uart.write(0, 4, 0x100 | ord("y"))
    uart.write(8, 4, 2 | 8)
    uart.write(3, 1, ord("z"))
    assert line.sent == b"yz"
    assert changes == [1, 0]


def test_leon3_takes_1024_characters_and_makes_room_only_when_all_are_read() -> None:
    line = BufferChardev()
    uart = ApbUart(IrqLine(), line)
    uart.write(8, 4, 1)
    line.feed(bytes(1030))
    assert len(line.waiting) == 6
    uart.read(0, 4)
    line.accept_input()
    assert len(line.waiting) == 6
    for _ in range(1023):
        uart.read(0, 4)
    line.accept_input()
    assert not line.waiting
