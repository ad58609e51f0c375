"""Building HTML: every text is escaped, unless it is HTML that was built here."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

from memfold.equivalence.texts import printable

__all__ = ["Content", "Html", "join", "shown", "tag"]


class Html:
    """HTML that may stand in a page as it is: made by `tag` and `join` alone."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


Content: TypeAlias = "str | int | Html | None"
"""What may stand in an element. A text is escaped; None is nothing."""

VOID = frozenset({"img", "meta", "br"})


def shown(text: str) -> str:
    """`text` as a page can show it: lines and tabs stay."""
    return printable(text, besides="\n\t")


def tag(name: str, /, *content: Content, **attributes: str | int | bool | None) -> Html:
    """An element. Attributes are escaped too; ``class_`` stands for ``class``, ``_`` for ``-``.

    True is an attribute without a value; None and False are none.
    """
    parts = [f"<{name}"]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        parts.append(f" {key.rstrip('_').replace('_', '-')}")
        if value is not True:
            parts.append(f'="{escape(shown(str(value)))}"')
    parts.append(">")
    if name not in VOID:
        parts += [join(content).text, f"</{name}>"]
    return Html("".join(parts))


def join(content: Iterable[Content], between: str = "") -> Html:
    """One after the other, with the text `between` where given."""
    texts = (
        each.text if isinstance(each, Html) else escape(shown(str(each)))
        for each in content
        if each is not None
    )
    return Html(escape(between).join(texts))
