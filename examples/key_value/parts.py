"""The parts of the store, each in its old and its new form."""

from __future__ import annotations

import json
from collections.abc import Callable

__all__ = ["FORMS", "Listener"]

Listener = Callable[[str], None]
"""Told the key that changed."""


class OldLog:
    """Every change, in order. Tells of what is put: nobody who listens keeps anything."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str | None]] = []
        self.listeners: list[Listener] = []

    def append(self, key: str, value: str | None) -> None:
        self.entries.append((key, value))
        if value is not None:
            for tell in self.listeners:
                tell(key)


class NewLog(OldLog):
    """Tells of every change."""

    def append(self, key: str, value: str | None) -> None:
        self.entries.append((key, value))
        for tell in self.listeners:
            tell(key)


class OldCache:
    """Keeps nothing."""

    def get(self, _: str) -> str | None:
        return None

    def keep(self, key: str, value: str) -> None: ...

    def forget(self, key: str) -> None: ...


class NewCache(OldCache):
    """Keeps what was read until it is told of a change."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        return self._kept.get(key)

    def keep(self, key: str, value: str) -> None:
        self._kept[key] = value

    def forget(self, key: str) -> None:
        self._kept.pop(key, None)


class OldCodec:
    """Values as they are."""

    def encode(self, value: str) -> str:
        return value

    def decode(self, text: str) -> str:
        return text


class NewCodec(OldCodec):
    """Values as JSON."""

    def encode(self, value: str) -> str:
        return json.dumps(value)

    def decode(self, text: str) -> str:
        return str(json.loads(text))


def old_index(entries: list[tuple[str, str | None]]) -> list[str]:
    """The keys that have a value, found by going through all changes."""
    there: list[str] = []
    for key, value in entries:
        if key in there:
            there.remove(key)
        if value is not None:
            there.append(key)
    return sorted(there)


def new_index(entries: list[tuple[str, str | None]]) -> list[str]:
    """The same by the last change of each key."""
    return sorted(key for key, value in dict(entries).items() if value is not None)


FORMS = {
    "log": {"old": OldLog, "new": NewLog},
    "cache": {"old": OldCache, "new": NewCache},
    "codec": {"old": OldCodec, "new": NewCodec},
    "index": {"old": lambda: old_index, "new": lambda: new_index},
}
