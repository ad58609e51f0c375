"""A key-value store whose parts change over one by one."""

from __future__ import annotations

from typing import Any

from parts import FORMS

from memfold.equivalence import Calls, Configuration, Header, Subject


class Store:
    """What the program uses."""

    def __init__(self, log: Any, cache: Any, codec: Any, index: Any) -> None:
        self._log, self._cache, self._codec, self._index = log, cache, codec, index
        log.listeners.append(cache.forget)

    def put(self, key: str, value: str) -> None:
        self._log.append(key, self._codec.encode(value))

    def delete(self, key: str) -> None:
        self._log.append(key, None)

    def get(self, key: str) -> str:
        kept: str | None = self._cache.get(key)
        if kept is None:
            kept = dict(self._log.entries).get(key)
        if kept is None:
            raise KeyError(key)
        self._cache.keep(key, kept)
        return str(self._codec.decode(kept))

    def keys(self) -> list[str]:
        found: list[str] = self._index(self._log.entries)
        return found


def subject(configuration: Configuration, _: Header) -> Subject:
    """A fresh store."""
    made = {part: FORMS[part][form]() for part, form in configuration.forms.items()}
    return Calls(Store(**made))
