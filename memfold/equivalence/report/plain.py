"""Values as a file of events can hold them: JSON and no more, not deep, not endless."""

from __future__ import annotations

import math

from memfold.equivalence.facts import Json

__all__ = ["DEPTH", "plain"]

DEPTH = 40
"""How deep lists and objects may stand in each other; deeper ones are told as text."""

ROOM = 1 << 16
"""Characters, about, that are kept of one value."""

BITS = 1 << 12
"""An integer of more bits is told as text: readers give up on them."""


def plain(value: object) -> Json:
    """`value` in JSON terms, cut short where it is too deep or too long.

    What JSON has not (an infinity, an object that a careless subject showed) becomes text.
    """
    return _Plain().of(value, DEPTH)


class _Plain:
    """Makes one value plain, and knows how much room is left for it."""

    def __init__(self) -> None:
        self._room = ROOM

    def of(self, value: object, depth: int) -> Json:
        self._room -= 4
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            number = int(value)
            return number if number.bit_length() <= BITS else self._text(f"{number:#x}")
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else str(value)
        if isinstance(value, str):
            return self._text(value)
        if depth == 0 or self._room <= 0:
            return "..."
        if isinstance(value, (list, tuple)):
            return self._items(value, depth)
        if isinstance(value, dict):
            return self._fields(value, depth)
        return self._text(f"{type(value).__name__} {value!r}")

    def _items(self, value: list[object] | tuple[object, ...], depth: int) -> list[Json]:
        items: list[Json] = []
        for each in value:
            if self._room <= 0:
                items.append(f"... {len(value) - len(items):,} more")
                break
            items.append(self.of(each, depth - 1))
        return items

    def _fields(self, value: dict[object, object], depth: int) -> dict[str, Json]:
        made: dict[str, Json] = {}
        for key, each in value.items():
            if self._room <= 0:
                made["..."] = f"{len(value) - len(made):,} more"
                break
            made[self._text(str(key))] = self.of(each, depth - 1)
        return made

    def _text(self, text: str) -> str:
        room = max(self._room, 0)
        self._room -= len(text)
        if len(text) <= room:
            return text
        return f"{text[:room]}... {len(text) - room:,} characters more"
