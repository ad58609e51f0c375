"""A page as a reader of HTML sees it, and whether its elements stand properly in each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

__all__ = ["Element", "parsed"]

VOID = ("meta", "img", "br")


@dataclass
class Element:
    """An element, its attributes and what stands in it."""

    name: str
    attributes: dict[str, str]
    inner: list[Element | str] = field(default_factory=list)

    def text(self) -> str:
        """All its text."""
        return "".join(each if isinstance(each, str) else each.text() for each in self.inner)

    def all(self, name: str = "") -> list[Element]:
        """Every element in it, of one name or any."""
        found: list[Element] = []
        for each in self.inner:
            if isinstance(each, Element):
                found += [each] if name in ("", each.name) else []
                found += each.all(name)
        return found

    def of(self, class_: str) -> list[Element]:
        """Every element in it of a class."""
        return [each for each in self.all() if class_ in each.attributes.get("class", "").split()]

    def by_id(self, name: str) -> Element:
        """The element with this id."""
        (found,) = (each for each in self.all() if each.attributes.get("id") == name)
        return found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack = [Element("", {})]
        self.odd: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.stack[-1].inner.append(element)
        if tag not in VOID:
            self.stack.append(element)

    def handle_endtag(self, tag: str) -> None:
        if self.stack[-1].name != tag:
            self.odd.append(tag)
        else:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.stack[-1].inner.append(data)

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)

    def handle_pi(self, data: str) -> None:
        self.odd.append(data)

    def unknown_decl(self, data: str) -> None:
        self.odd.append(data)


def parsed(text: str) -> Element:
    """The root of a page; an element that is not closed where it should be is an error."""
    parser = _Parser()
    parser.feed(text)
    parser.close()
    assert parser.odd == []
    assert len(parser.stack) == 1
    return parser.stack[0]
