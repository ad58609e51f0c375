"""Triples from one function: each width sees only its own bits, in both directions."""

from memfold.devices.callbacks import each_width


def test_values_are_cut_to_the_width_of_the_callback() -> None:
    written: list[tuple[int, int]] = []
    read, write = each_width(
        lambda _s, addr: 0x11223344 + addr,
        lambda _s, addr, value: written.append((addr, value)),
    )
    assert [callback(None, 1) for callback in read] == [0x45, 0x3345, 0x11223345]
    for addr, callback in enumerate(write):
        callback(None, addr, 0xAABBCCDD)  # what the old layer's stb_phys and stw_phys hand on
    assert written == [(0, 0xDD), (1, 0xCCDD), (2, 0xAABBCCDD)]
