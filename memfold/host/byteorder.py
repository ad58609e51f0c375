"""Byte order, where a device, a target and a path each have their own."""

__all__ = ["byte_swap"]


def byte_swap(value: int, size: int) -> int:
    """The low `size` bytes of `value` in reverse order."""
    return int.from_bytes((value & (1 << 8 * size) - 1).to_bytes(size, "little"), "big")
