"""The page in a real browser: at any width, light and dark, by keyboard, on paper.

These need Chromium (Debian's package) and playwright: ``pytest -m browser``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from memfold.equivalence.configuration import Stage
from memfold.equivalence.report import page
from tests.equivalence.report.runs import TODAY, Kind, told
from tests.equivalence.report.test_page import Record

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
WIDTHS = (400, 1400)
SCHEMES = ("light", "dark")

SMALL = Kind(bad=["roof"], meant=["hall"], mapped=True, entry={"expires": TODAY, "owner": "ann"})
LARGE = Kind(
    "versatilepb",
    [
        Stage("before", "the old layer alone", ("legacy",)),
        Stage("introduce", "a shim below", ("legacy",)),
        Stage("convert", "one by one", ("legacy", "shimmed", "native")),
        Stage("sweep", "no callers left", ("shimmed", "native")),
        Stage("remove", "the new API alone", ("native",)),
    ],
    [f"device-{number:02}" for number in range(26)],
    bad=["device-07"],
    meant=["device-03"],
    ops=60,
)
HOSTILE = Kind(
    "<script>alert(1)</script>",
    [Stage("<img src=http://x/y>", "", ("a",)), Stage("</style>" * 30, "", ("a", "b" * 200))],
    ["'\"><svg onload=alert(1)>", "x" * 300],
    bad=["x" * 300],
    says="<iframe src=http://x>" * 40,
    entry={"owner": "y" * 200, "source": "<base href=http://x>"},
)
KINDS = {"small": SMALL, "large": LARGE, "hostile": HOSTILE, "equal": Kind()}


class Opened(NamedTuple):
    """A page that was opened, and what it did besides."""

    page: Any
    said: list[str]
    asked: list[str]


Open = Callable[..., Opened]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for all tests."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        pytest.fail("no playwright: pip install -e '.[browser]'", pytrace=False)
    if not CHROMIUM.exists():
        pytest.fail(f"no {CHROMIUM}: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*QUIET])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of every kind."""
    folder = tmp_path_factory.mktemp("pages")
    history = [Record(TODAY, 9, 1, "now")]
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="700" height="340"></svg>'
    made = {}
    for name, kind in KINDS.items():
        made[name] = folder / f"{name}.html"
        made[name].write_text(page(told(kind, 4, True), TODAY, drawing, history), "utf-8")
    return made


@pytest.fixture
def open_page(chromium: Any, files: dict[str, Path]) -> Iterator[Open]:
    """Opens a page in a window of its own."""
    contexts = []

    def opened(name: str, width: int = 1400, scheme: str = "light") -> Opened:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        contexts.append(context)
        window = context.new_page()
        said: list[str] = []
        asked: list[str] = []
        window.on("console", lambda message: said.append(message.text))
        window.on("pageerror", lambda error: said.append(str(error)))
        window.on("dialog", lambda dialog: said.append(dialog.message))
        window.on("request", lambda request: asked.append(request.url))
        window.goto(files[name].as_uri())
        return Opened(window, said, asked)

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", KINDS)
def test_it_opens_without_an_error_and_asks_for_nothing(open_page: Open, name: str) -> None:
    window, said, asked = open_page(name)
    assert said == []
    assert [url for url in asked if not url.startswith(("file://", "data:image/svg"))] == []
    assert len([url for url in asked if url.startswith("file://")]) == 1
    assert window.locator("h1").is_visible()
    assert window.evaluate("document.images[0].naturalWidth") == 700


def test_the_verdict_is_in_view_at_once(open_page: Open) -> None:
    window = open_page("large", width=400).page
    box = window.locator("#verdict").bounding_box()
    assert window.locator("#verdict").inner_text() == "versatilepb: ≠different"
    assert box["y"] + box["height"] < 200


@pytest.mark.parametrize(
    ("name", "rows", "chips"), [("small", 3, 3 + 2 * 4), ("large", 27, 5 + 26 * 8)]
)
def test_the_matrix_has_a_cell_for_every_form(
    open_page: Open, name: str, rows: int, chips: int
) -> None:
    matrix = open_page(name).page.locator(".matrix")
    assert matrix.locator("tbody tr").count() == rows
    assert matrix.locator("tbody .state").count() == chips
    different = matrix.locator("tbody .different").all_inner_texts()
    assert all(text.startswith("≠") for text in different)
    # In the small one an entry is over, so that what it intended is different too.
    assert len(different) == {"small": 2 + 4, "large": 3 + 5}[name]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", KINDS)
def test_the_page_never_scrolls_sideways(open_page: Open, name: str, width: int) -> None:
    window = open_page(name, width).page
    window.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert window.evaluate("document.documentElement.scrollWidth") <= width
    # What is wider scrolls by itself, and by keyboard.
    wider = """[...document.querySelectorAll('body *')].filter(
        each => each.scrollWidth > each.clientWidth + 1
            && ['auto', 'scroll'].includes(getComputedStyle(each).overflowX)
            && each.tabIndex !== 0).length"""
    assert window.evaluate(wider) == 0


COLOURS = """() => {
  const solid = each => {
    for (; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (colour !== 'rgba(0, 0, 0, 0)') return colour;
    }
    return getComputedStyle(document.documentElement).backgroundColor;
  };
  const found = {};
  for (const each of document.querySelectorAll('body *')) {
    const own = [...each.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || each.classList.contains('unseen')) continue;
    const pair = getComputedStyle(each).color + ' on ' + solid(each);
    found[pair] = found[pair] || each.outerHTML.slice(0, 80);
  }
  return found;
}"""


def luminance(colour: str) -> float:
    red, green, blue = (int(part) / 255 for part in re.findall(r"\d+", colour)[:3])
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["small", "large"])
def test_every_text_has_the_contrast_that_wcag_aa_asks_for(
    open_page: Open, name: str, scheme: str
) -> None:
    window = open_page(name, scheme=scheme).page
    window.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = window.evaluate(COLOURS)
    assert len(found) >= 6
    for pair, where in found.items():
        assert contrast(*pair.split(" on ")) >= 4.5, (pair, where)


def test_it_follows_the_readers_choice_of_light_or_dark(open_page: Open) -> None:
    paper = "getComputedStyle(document.body).backgroundColor"
    light, dark = (open_page("small", scheme=scheme).page.evaluate(paper) for scheme in SCHEMES)
    assert luminance(light) > 0.9
    assert luminance(dark) < 0.05


@pytest.mark.parametrize("name", ["small", "large", "hostile"])
def test_its_structure_is_there_for_those_who_do_not_see_it(open_page: Open, name: str) -> None:
    window = open_page(name).page
    count = window.evaluate("""() => ({
      lang: document.documentElement.lang,
      h1: document.querySelectorAll('h1').length,
      landmarks: ['header', 'nav', 'main'].every(n => document.querySelectorAll(n).length === 1),
      headless: [...document.querySelectorAll('th')].filter(e => !e.scope).length,
      empty: [...document.querySelectorAll('th')].filter(e => !e.textContent.trim()).length,
      unnamed: [...document.querySelectorAll('section, nav, [role=region]')].filter(
        e => !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby')).length,
      twice: [...document.querySelectorAll('[id]')].length
        - new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size,
      alt: [...document.images].filter(e => !e.alt).length,
      wordless: [...document.querySelectorAll('.chips .state')].filter(
        e => !/equal|intended|different|not run/.test(e.textContent)).length,
    })""")
    assert count == {
        "lang": "en",
        "h1": 1,
        "landmarks": True,
        **dict.fromkeys(["headless", "empty", "unnamed", "twice", "alt", "wordless"], 0),
    }


def test_everything_that_unfolds_or_scrolls_is_reached_by_keyboard(open_page: Open) -> None:
    window = open_page("small", width=400).page
    summary = window.locator("details:not([open]) > summary").first
    mark = "element => element.dataset.mine = '1'"
    summary.evaluate(mark)
    for _ in range(80):
        window.keyboard.press("Tab")
        if window.evaluate("document.activeElement.dataset.mine === '1'"):
            break
    else:
        pytest.fail("never reached")
    outline = window.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    window.keyboard.press("Enter")
    assert window.evaluate("document.activeElement.parentElement.open")


def test_on_paper_everything_is_unfolded_and_nothing_is_cut_off(open_page: Open) -> None:
    window = open_page("small").page
    window.emulate_media(media="print")
    assert not window.locator("nav").is_visible()
    hidden = (
        "[...document.querySelectorAll('details pre')].filter(e => !e.checkVisibility()).length"
    )
    assert window.evaluate(hidden) == 0
    cut = "[...document.querySelectorAll('.scroll')].map(e => getComputedStyle(e).overflowX)"
    assert set(window.evaluate(cut)) == {"visible"}
