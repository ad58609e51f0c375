"""The old I/O ports: strides, one opaque a port, what answers where nobody does."""

from __future__ import annotations

import pytest

from memfold.legacy import X86_64, IORange, LegacyAbort, PhysMem


def test_a_callback_answers_at_every_size_th_port_only() -> None:
    phys = PhysMem(X86_64)
    calls: list[int] = []

    def read(_opaque: object, port: int) -> int:
        calls.append(port)
        return 0xABCD1234

    phys.register_ioport_read(0x100, 8, 2, read, "dev")
    assert phys.cpu_inw(0x102) == 0x1234
    assert phys.cpu_inw(0x103) == 0xFFFF
    assert phys.cpu_inb(0x102) == 0xFF
    assert phys.cpu_inl(0x100) == 0xFFFFFFFF
    assert calls == [0x102]


def test_two_bytes_where_nobody_answers_are_two_accesses_of_one() -> None:
    phys = PhysMem(X86_64)
    written: list[tuple[int, int]] = []
    phys.register_ioport_read(0xFFFF, 1, 1, lambda _o, _p: 0x55, None)
    phys.register_ioport_read(0x0, 1, 1, lambda _o, _p: 0x66, None)
    phys.register_ioport_write(0x10, 2, 1, lambda _o, p, v: written.append((p, v)), None)
    assert phys.cpu_inw(0xFFFF) == 0x6655
    phys.cpu_outw(0x10, 0x1234)
    phys.cpu_outl(0x10, 0x1234)
    phys.cpu_outb(0x11, 0x1FF)
    assert written == [(0x10, 0x34), (0x11, 0x12), (0x11, 0xFF)]


def test_another_opaque_on_a_port_is_refused_and_nothing_is_registered() -> None:
    phys = PhysMem(X86_64)
    phys.register_ioport_read(0x64, 1, 1, lambda _o, _p: 1, "kbd")
    with pytest.raises(LegacyAbort, match="port 0x64 already has another opaque"):
        phys.register_ioport_write(0x60, 8, 1, lambda _o, _p, _v: None, "mouse")
    phys.register_ioport_write(0x60, 4, 1, lambda _o, _p, _v: None, "other")
    phys.isa_unassign_ioport(0x64, 1)
    phys.register_ioport_read(0x64, 1, 1, lambda _o, _p: 2, "mouse")
    assert phys.cpu_inb(0x64) == 2


def test_bad_sizes_and_ports() -> None:
    phys = PhysMem(X86_64)
    with pytest.raises(LegacyAbort, match="size 3, must be 1, 2 or 4"):
        phys.register_ioport_read(0, 3, 3, lambda _o, _p: 0, None)
    with pytest.raises(LegacyAbort, match="0x2 ports at 0xffff: must lie in 0x0-0xffff"):
        phys.isa_unassign_ioport(0xFFFF, 2)
    with pytest.raises(LegacyAbort, match="0x1 ports at 0x10000"):
        phys.cpu_inb(0x10000)


def test_a_range_gets_offsets_and_widths() -> None:
    phys = PhysMem(X86_64)
    calls: list[tuple[int, ...]] = []

    def read(offset: int, width: int) -> int:
        calls.append((offset, width))
        return offset

    phys.ioport_register(IORange(0x3F8, 8, read, lambda *call: calls.append(call)))
    assert (phys.cpu_inb(0x3F9), phys.cpu_inw(0x3FA), phys.cpu_inl(0x3FC)) == (1, 2, 4)
    phys.cpu_outl(0x3F8, 7)
    assert calls == [(1, 1), (2, 2), (4, 4), (0, 4, 7)]
