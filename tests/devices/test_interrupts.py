"""The interrupt controllers: priorities, vectors, masks, and what passes through."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from memfold.devices.grlib_irqmp.registers import Irqmp
from memfold.devices.pl190.registers import Pl190
from memfold.devices.sic.registers import Sic
from memfold.host.irq import IrqLine

STATUS, FIQ_STATUS, RAW, SELECT, ENABLE, DISABLE, SOFT, SOFT_CLEAR = range(0, 0x20, 4)
VECTOR, DEFAULT, VECTORS, CONTROLS = 0x30, 0x34, 0x100, 0x200


class Vic:
    """A PL190 whose slot n serves line 2n with vector 0x1000 + n; the default is 0xDEF."""

    def __init__(self) -> None:
        self.irq, self.fiq = IrqLine(), IrqLine()
        self.pic = Pl190(self.irq, self.fiq)
        self.put(DEFAULT, 0xDEF)
        for slot in range(16):
            self.put(VECTORS + 4 * slot, 0x1000 + slot)
            self.put(CONTROLS + 4 * slot, 0x20 | 2 * slot)

    def get(self, offset: int) -> int:
        return self.pic.read(offset, 4)

    def put(self, offset: int, value: int) -> None:
        self.pic.write(offset, 4, value)


def test_a_line_interrupts_when_enabled_and_as_fiq_when_selected() -> None:
    vic = Vic()
    vic.pic.inputs[5].raise_()
    assert (vic.get(RAW), vic.get(STATUS), vic.irq.level) == (0x20, 0, 0)
    vic.put(ENABLE, 0x20)
    assert (vic.get(STATUS), vic.irq.level) == (0x20, 1)
    vic.put(SELECT, 0x20)
    assert (vic.get(STATUS), vic.irq.level, vic.get(FIQ_STATUS), vic.fiq.level) == (0, 0, 0x20, 1)
    vic.pic.inputs[5].lower()
    assert vic.fiq.level == 0


def test_reading_the_vector_serves_the_highest_and_hides_the_lower() -> None:
    vic = Vic()
    vic.put(ENABLE, 0xFFFFFFFF)
    vic.pic.inputs[6].raise_()
    assert vic.get(VECTOR) == 0x1003
    assert vic.irq.level == 0
    vic.pic.inputs[8].raise_()
    assert vic.irq.level == 0
    vic.pic.inputs[2].raise_()
    assert vic.irq.level == 1
    assert vic.get(VECTOR) == 0x1001
    vic.pic.inputs[2].lower()
    vic.put(VECTOR, 0)  # back to what line 6 interrupted
    assert vic.get(VECTOR) == 0x1003
    vic.pic.inputs[6].lower()
    vic.put(VECTOR, 0)
    assert vic.irq.level == 1
    assert vic.get(VECTOR) == 0x1004


def test_lines_without_a_slot_share_the_default_vector_and_the_lowest_priority() -> None:
    vic = Vic()
    vic.put(ENABLE, 0xFFFFFFFF)
    vic.put(SOFT, 0x2)
    assert vic.get(VECTOR) == 0xDEF
    vic.put(SOFT, 1 << 30)
    assert vic.irq.level == 1
    assert vic.get(VECTOR) == 0x100F
    vic.put(SOFT_CLEAR, 0xFFFFFFFF)
    vic.put(VECTOR, 0)
    vic.put(VECTOR, 0)
    assert vic.get(VECTOR) == 0xDEF


def test_only_bit_0_of_protection_is_kept_and_it_protects_nothing() -> None:
    vic = Vic()
    vic.put(0x20, 0xFFFFFFFF)
    assert vic.get(0x20) == 1
    vic.put(ENABLE, 0xFF)
    vic.put(DISABLE, 0x0F)
    assert vic.get(ENABLE) == 0xF0


@given(st.lists(st.tuples(st.integers(0, 31), st.booleans()), max_size=30))
def test_the_output_follows_the_inputs(changes: list[tuple[int, bool]]) -> None:
    vic = Vic()
    vic.put(ENABLE, 0x0FF0)
    lines = 0
    for n, level in changes:
        vic.pic.inputs[n].set(level)
        lines = lines & ~(1 << n) | level << n
        assert vic.get(RAW) == lines
        assert vic.irq.level == bool(lines & 0x0FF0)


def test_the_secondary_controller_combines_its_masked_inputs() -> None:
    parents = [IrqLine() for _ in range(32)]
    sic = Sic(parents)
    sic.inputs[6].raise_()
    assert parents[31].level == 0
    sic.write(0x08, 4, 0x40)
    assert (parents[31].level, sic.read(0x00, 4)) == (1, 0x40)
    sic.write(0x0C, 4, 0x40)
    assert (parents[31].level, sic.read(0x04, 4)) == (0, 0x40)


def test_the_secondary_controller_passes_inputs_21_to_30_through_when_told() -> None:
    parents = [IrqLine() for _ in range(32)]
    sic = Sic(parents)
    sic.write(0x20, 4, 0xFFFFFFFF)
    assert sic.read(0x20, 4) == 0x7FE00000
    for line in sic.inputs:
        line.raise_()
    assert [n for n, parent in enumerate(parents) if parent.level] == list(range(21, 31))
    sic.write(0x24, 4, 1 << 21)
    sic.inputs[21].lower()
    assert parents[21].level == 1  # nobody lowers it any more


def test_leon3_keeps_a_pulse_pending_until_it_is_cleared() -> None:
    irq = IrqLine()
    irqmp = Irqmp(irq)
    irqmp.inputs[3].pulse()
    assert (irqmp.read(4, 4), irq.level) == (8, 0)
    irqmp.write(0x40, 4, 0xFFFF)
    assert irq.level == 1
    irqmp.write(0x0C, 4, 8)
    assert (irqmp.read(4, 4), irq.level) == (0, 0)


def test_leon3_broadcasts_to_the_force_registers_of_all_processors() -> None:
    irqmp = Irqmp(IrqLine())
    irqmp.write(0x14, 4, 1 << 5)
    irqmp.inputs[5].raise_()
    assert irqmp.read(4, 4) == 0
    assert [irqmp.read(0x80 + 4 * cpu, 4) for cpu in range(16)] == [1 << 5] * 16
    irqmp.write(0x84, 4, 1 << 21)
    assert irqmp.read(0x84, 4) == 0
    assert irqmp.read(0x88, 4) == 1 << 5
