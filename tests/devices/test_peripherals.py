"""GPIO pins, PS/2 peers, the empty card slot, audio: what the transcripts hardly touch."""

from __future__ import annotations

import pytest

from memfold.devices.pl041.registers import Pl041
from memfold.devices.pl050.registers import Pl050
from memfold.devices.pl061.registers import Pl061
from memfold.devices.pl110.registers import Pl110
from memfold.devices.pl181.registers import Pl181
from memfold.host.clock import VirtualClock
from memfold.host.irq import IrqLine

ALL = 0x3FC


class Gpio:
    """A PL061 with its pins."""

    def __init__(self, pullups: int = 0xFF) -> None:
        self.irq = IrqLine()
        self.pins = [IrqLine() for _ in range(8)]
        self.cell = Pl061(self.irq, self.pins, pullups=pullups)

    def shown(self) -> int:
        return sum(pin.level << n for n, pin in enumerate(self.pins))

    def put(self, offset: int, value: int) -> None:
        self.cell.write(offset, 4, value)


def test_output_pins_show_the_data_and_input_pins_their_pull() -> None:
    gpio = Gpio(pullups=0xF0)
    assert gpio.shown() == 0xF0
    gpio.put(0x400, 0x3C)
    gpio.put(ALL, 0x14)
    assert gpio.shown() == 0xD4
    gpio.put(0x400, 0x00)  # pins without a pull keep what they showed
    assert gpio.shown() == 0xF4


def test_the_data_registers_address_is_a_mask() -> None:
    gpio = Gpio()
    gpio.put(0x400, 0xFF)
    gpio.put(0x0F << 2, 0xFF)
    assert gpio.cell.read(ALL, 4) == 0x0F
    assert gpio.cell.read(0x3C << 2, 4) == 0x0C


@pytest.mark.parametrize(
    ("sense", "both", "event", "expected"),
    [(0, 0, 1, [1, 0]), (0, 0, 0, [0, 1]), (0, 1, 0, [1, 1]), (1, 0, 1, [1, 0]), (1, 0, 0, [0, 1])],
)
def test_an_input_interrupts_on_the_edge_or_level_asked_for(
    sense: int, both: int, event: int, expected: list[int]
) -> None:
    gpio = Gpio()
    for offset, value in ((0x404, sense), (0x408, both), (0x40C, event), (0x410, 1)):
        gpio.put(offset, value)
    seen = []
    for level in (1, 0):
        gpio.put(0x41C, 0xFF) if not sense else None
        gpio.cell.inputs[0].set(level)
        if sense:
            gpio.put(0x41C, 0xFF)  # a level comes back as long as it lasts
        seen.append(gpio.irq.level)
    assert seen == expected


class Peer:
    """A PL050 with a keyboard or mouse."""

    def __init__(self, mouse: int) -> None:
        self.irq = IrqLine()
        self.port = Pl050(self.irq, mouse)
        self.port.write(0, 4, 0x10)

    def ask(self, *commands: int) -> bytes:
        """Send bytes and read all that comes back."""
        for command in commands:
            self.port.write(8, 4, command)
        answer = bytearray()
        while self.port.read(4, 4) & 0x10:
            assert self.irq.level == 1
            answer.append(self.port.read(8, 4))
        assert self.irq.level == 0
        return bytes(answer)


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        ((0xF2,), "faab83"),
        ((0xEE,), "ee"),
        ((0xFF,), "faaa"),
        ((0xED, 0x07), "fa"),
        ((0xF0, 0x01, 0xF0, 0x00), "fa01"),
        ((0xF0, 0x09), "fe"),
        ((0x05,), "fe"),
        ((0x1F2,), "fe"),
        ((0xF2, 0xEE), "ee"),  # a new command drops the old answer
    ],
)
def test_the_keyboard_answers(commands: tuple[int, ...], answer: str) -> None:
    assert Peer(mouse=0).ask(*commands).hex() == answer


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        ((0xFF,), "faaa00"),
        ((0xF2,), "fa00"),
        ((0xF3, 200, 0xF3, 100, 0xF3, 80, 0xF2), "fafafafafafafa03"),
        ((0xF3, 200, 0xF3, 200, 0xF3, 80, 0xF2), "fafafafafafafa04"),
        ((0xF3, 200, 0xF3, 50, 0xF3, 80, 0xF2), "fafafafafafafa00"),
        ((0xF6, 0xE7, 0xE8, 0x03, 0xE9), "fafafafa" + "fa100364"),
        ((0xEB,), "fa080000"),
        ((0xEE, 0x55, 0xEC, 0x55), "fa55fa"),
        ((0x01,), ""),
        (tuple([0xF4] * 20), "fa" * 16),
        ((*[0xF4] * 14, 0xE9), "fa" * 14),  # an answer that does not fit is lost as a whole
    ],
)
def test_the_mouse_answers(commands: tuple[int, ...], answer: str) -> None:
    assert Peer(mouse=1).ask(*commands).hex() == answer


def test_the_parity_bit_is_that_of_the_last_byte() -> None:
    peer = Peer(mouse=0)
    peer.ask(0xEE)
    assert peer.port.read(4, 4) == 0x40  # six bits are set
    peer.ask(0x05)
    assert peer.port.read(4, 4) == 0x44  # seven


def test_commands_to_an_empty_slot_time_out_or_are_sent() -> None:
    irqs = [IrqLine(), IrqLine()]
    card = Pl181(irqs)
    card.write(0x3C, 4, 0x04)
    card.write(0x40, 4, 0x80)
    card.write(0x0C, 4, 0x440)
    assert card.read(0x34, 4) & 0x84 == 0x04
    assert [irq.level for irq in irqs] == [1, 0]
    card.write(0x38, 4, 0x7FF)
    card.write(0x0C, 4, 0x400)
    assert card.read(0x34, 4) & 0x84 == 0x80
    assert [irq.level for irq in irqs] == [0, 1]
    assert card.read(0x0C, 4) == 0


def test_written_data_goes_nowhere_and_the_transfer_ends() -> None:
    card = Pl181([IrqLine(), IrqLine()])
    card.write(0x28, 4, 10)
    card.write(0x2C, 4, 1)
    counts = []
    for _ in range(3):
        counts.append(card.read(0x30, 4))
        card.write(0x80, 4, 0x12345678)
    assert counts == [10, 6, 2]
    assert card.read(0x34, 4) == 0x500
    assert card.read(0x2C, 4) == 0


def test_reading_what_was_queued_holds_the_transfer_until_the_status_is_read() -> None:
    card = Pl181([IrqLine(), IrqLine()])
    card.write(0x28, 4, 8)
    card.write(0x2C, 4, 3)  # from a card that is not there: what a guest writes stays
    card.write(0x80, 4, 0x11)
    card.write(0x80, 4, 0x22)
    assert card.read(0x80, 4) == 0x11
    card.write(0x2C, 4, 1)
    assert card.read(0x30, 4) == 8
    card.read(0x34, 4)
    assert card.read(0x30, 4) == 4


class Audio:
    """A PL041 with a FIFO of 8 samples."""

    def __init__(self) -> None:
        self.irq = IrqLine()
        self.port = Pl041(self.irq, fifo_depth=8)
        self.put(0x78, 1)

    def get(self, offset: int) -> int:
        return self.port.read(offset, 4)

    def put(self, offset: int, value: int) -> None:
        self.port.write(offset, 4, value)

    def codec(self, register: int) -> int:
        self.put(0x54, 1 << 19 | register << 12)
        return self.get(0x58) >> 4


def test_the_codec_is_reached_through_the_slots() -> None:
    audio = Audio()
    assert audio.codec(0x7C) == 0x4E53
    audio.put(0x5C, 0x1234 << 4)
    audio.put(0x54, 0x02 << 12)
    assert audio.codec(0x02) == 0x1234
    assert audio.get(0x68) & 0x140 == 0x140
    audio.put(0x54, 0x7C << 12)
    assert audio.codec(0x7C) == 0x4E53
    audio.put(0x5C, 3999 << 4)
    audio.put(0x54, 0x2C << 12)
    assert audio.codec(0x2C) == 48000
    audio.put(0x54, 0)
    assert audio.codec(0x02) == 0x8008


def test_the_fifo_fills_and_is_played_when_transmission_starts() -> None:
    audio = Audio()
    audio.put(0x10, 0x20)
    for _ in range(8):
        audio.put(0x90, 0x7FFF)
    assert audio.get(0x08) == 0x21
    assert audio.irq.level == 0
    audio.put(0x04, 1 | 3 << 3)
    assert audio.get(0x08) == 0x20B
    assert (audio.get(0x0C), audio.irq.level) == (0x25, 1)
    audio.put(0x74, 0x20)
    assert (audio.get(0x08), audio.irq.level) == (0x0B, 0)


def test_compact_mode_takes_two_samples_a_word_and_keeps_two_free() -> None:
    audio = Audio()
    audio.put(0x04, 1 << 15)
    for _ in range(8):
        audio.put(0x90, 0x7FFF7FFF)
    assert audio.get(0x08) == 0x01  # 6 of 8: neither half empty nor full


def test_turning_the_interface_off_resets_all_but_the_codec() -> None:
    audio = Audio()
    audio.put(0x5C, 0x1234 << 4)
    audio.put(0x54, 0x02 << 12)
    audio.put(0x78, 0)
    assert (audio.get(0x5C), audio.get(0x68)) == (0, 0xA80)
    assert audio.codec(0x02) == 0x1234


def test_a_display_that_is_on_interrupts_sixty_times_a_second() -> None:
    clock, irq = VirtualClock(), IrqLine()
    display = Pl110(clock, irq)
    display.write(0x1C, 4, 0x08)
    display.write(0x18, 4, 0x801)
    clock.step(16_666_665)
    assert irq.level == 0
    clock.step(1)
    assert (display.read(0x20, 4), display.read(0x24, 4), irq.level) == (0x0C, 0x08, 1)
    display.write(0x28, 4, 0x0C)
    assert irq.level == 0
    clock.step(16_666_666)
    assert irq.level == 1
    display.write(0x18, 4, 0)
    display.write(0x28, 4, 0x0C)
    clock.step(10**9)
    assert irq.level == 0
