"""Interrupt lines: what handlers and observers are told."""

from memfold.host.irq import IrqLine, allocate


def test_the_handler_is_told_every_set_and_observers_only_changes() -> None:
    told: list[tuple[str, int, int]] = []
    line = IrqLine(lambda n, level: told.append(("handler", n, level)), 7)
    line.observe(lambda n, level: told.append(("observer", n, level)))
    line.set(2)
    line.raise_()
    line.lower()
    assert told == [
        ("handler", 7, 1),
        ("observer", 7, 1),
        ("handler", 7, 1),
        ("handler", 7, 0),
        ("observer", 7, 0),
    ]
    assert line.level == 0


def test_a_pulse_is_two_changes_and_ends_low() -> None:
    told: list[int] = []
    line = IrqLine()
    line.observe(lambda _n, level: told.append(level))
    line.pulse()
    assert told == [1, 0]
    assert line.level == 0


def test_allocated_lines_share_one_handler_and_keep_their_numbers() -> None:
    told: list[tuple[int, int]] = []
    lines = allocate(lambda n, level: told.append((n, level)), 3)
    lines[2].raise_()
    lines[0].lower()
    assert told == [(2, 1), (0, 0)]
