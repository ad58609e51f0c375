"""The one base of every error this project raises on purpose, and the first fork of its tree."""

from __future__ import annotations

from typing import ClassVar

__all__ = ["BadInput", "MemfoldError"]


class MemfoldError(Exception):
    """Base of all memfold errors: catch it to catch them all.

    A message is one line that names the range in hex, the culprit and the limit; what it names is
    also there as attributes. An error may cross from one process to another.
    """

    status: ClassVar[int] = 2
    """The exit status of a command that it ends."""

    def __reduce__(self) -> tuple[object, ...]:
        """By its attributes: a constructor wants other arguments than the finished message."""
        return _again, (type(self), self.args), self.__dict__


def _again(kind: type[MemfoldError], args: tuple[object, ...]) -> MemfoldError:
    return kind.__new__(kind, *args)


class BadInput(MemfoldError):
    """What the user gave cannot be used: `wrong` says what it is, `expected` what would do."""

    def __init__(self, wrong: str, expected: str) -> None:
        super().__init__(f"{wrong}; expected {expected}")
        self.wrong = wrong
        self.expected = expected
