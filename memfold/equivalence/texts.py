"""Values of users as text that a terminal or a page can show: no surprises, no end, no controls."""

from __future__ import annotations

__all__ = ["printable", "value_text"]

ROOM = 400
"""Characters that are shown of one value; what is longer loses its middle and says its length."""
BITS = 256
"""An integer of more bits is shown by its size alone."""


def printable(text: str, besides: str = "") -> str:
    """`text` with what nobody could see in it, and what would turn lines around, by its number.

    The characters in `besides` stay as they are.
    """
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or each in besides else _by_number(ord(each)) for each in text
    )


def _by_number(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def value_text(value: object) -> str:
    """A value in one line, numbers in hex, as far as there is room."""
    if type(value) is int:
        return f"{value:#x}" if value.bit_length() <= BITS else f"a number of {_bits(value)}"
    return _middle(printable(_text(value)))


def _text(value: object) -> str:
    """As `str`, but for integers so large that Python refuses."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_quoted, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_quoted(k)}: {_quoted(v)}' for k, v in value.items())}}}"
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > BITS:
        return f"a number of {_bits(value)}"
    return str(value)


def _quoted(value: object) -> str:
    return repr(value) if isinstance(value, str) else _text(value)


def _bits(value: int) -> str:
    return f"{value.bit_length()} bits"


def _middle(text: str) -> str:
    if len(text) <= ROOM:
        return text
    half = ROOM // 2
    return f"{text[:half]}..[{len(text)}]..{text[-half:]}"
