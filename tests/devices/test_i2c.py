"""The serial bus: a DS1338 reached by wiggling two wires, as a guest does."""

from __future__ import annotations

import pytest

from memfold.devices.sbcon_i2c.registers import SbconI2c
from memfold.host.clock import VirtualClock

SCL, SDA = 1, 2
S = 1_000_000_000
BASE = 1305676800 + 13 * 3600 + 36 * 60 + 14  # 2011-05-18 13:36:14, a Wednesday


class Master:
    """What a guest's driver does with the two wires."""

    def __init__(self, base: int = BASE) -> None:
        self.clock = VirtualClock()
        self.bus = SbconI2c(self.clock, base)
        self.wires(SCL | SDA)

    def wires(self, level: int) -> int:
        self.bus.write(4, 4, ~level & 3)
        self.bus.write(0, 4, level)
        return self.bus.read(0, 4) >> 1 & 1

    def start(self) -> None:
        self.wires(SDA)
        self.wires(SCL | SDA)
        self.wires(SCL)
        self.wires(0)

    def stop(self) -> None:
        self.wires(0)
        self.wires(SCL)
        self.wires(SCL | SDA)

    def bit(self, level: int) -> int:
        data = SDA if level else 0
        self.wires(data)
        seen = self.wires(data | SCL)
        self.wires(data)
        return seen

    def send(self, byte: int) -> bool:
        """Whether the byte was acknowledged."""
        for n in reversed(range(8)):
            self.bit(byte >> n & 1)
        return not self.bit(1)

    def receive(self, *, last: bool) -> int:
        byte = 0
        for _ in range(8):
            byte = byte << 1 | self.bit(1)
        self.bit(1 if last else 0)
        return byte

    def write_chip(self, pointer: int, *data: int) -> None:
        self.start()
        assert all([self.send(0xD0), self.send(pointer), *[self.send(byte) for byte in data]])
        self.stop()

    def read_chip(self, pointer: int, count: int) -> bytes:
        self.write_chip(pointer)
        self.start()
        assert self.send(0xD1)
        data = bytes(self.receive(last=n == count - 1) for n in range(count))
        self.stop()
        return data


def test_the_clock_reads_as_decimal_digits() -> None:
    master = Master()
    assert master.read_chip(0, 7).hex() == "14361304180511"
    master.clock.step(50 * S)
    assert master.read_chip(0, 3).hex() == "043713"


def test_only_the_chips_own_address_is_acknowledged() -> None:
    master = Master()
    master.start()
    assert not master.send(0xA0)
    master.stop()
    assert master.read_chip(0, 1).hex() == "14"


@pytest.mark.parametrize(
    ("register", "byte", "expected"),
    [
        (0, 0x59, "59361304180511"),
        (1, 0x00, "14001304180511"),
        (2, 0x23, "14362304180511"),
        (2, 0x52, "14360004180511"),
        (2, 0x72, "14361204180511"),
        (2, 0x71, "14362304180511"),
        (3, 0x01, "14361301180511"),
        (4, 0x31, "14361303310511"),
        (5, 0x12, "14361301181211"),
        (6, 0x12, "14361306180512"),
    ],
)
def test_setting_one_part_of_the_time_keeps_the_others(
    register: int, byte: int, expected: str
) -> None:
    master = Master()
    master.write_chip(register, byte)
    assert master.read_chip(0, 7).hex() == expected


def test_the_spare_bytes_are_kept_and_the_pointer_wraps() -> None:
    master = Master()
    master.write_chip(0x3E, 0xAA, 0xBB)
    assert master.read_chip(0x3E, 4) == bytes([0xAA, 0xBB, 0x14, 0x36])


def test_the_control_register_keeps_its_bits_only() -> None:
    master = Master()
    master.write_chip(7, 0xFF)
    assert master.read_chip(7, 1) == b"\x93"


def test_two_starts_without_a_stop_go_on_with_the_same_chip() -> None:
    master = Master()
    master.start()
    assert master.send(0xD0)
    assert master.send(8)
    master.wires(SDA)
    master.start()
    assert master.send(0xD1)
    assert master.receive(last=True) == 0


def test_unknown_registers_read_as_ones() -> None:
    assert SbconI2c(VirtualClock()).read(8, 4) == 0xFFFFFFFF
