"""What axe finds wrong on a page, in both colour schemes."""

from __future__ import annotations

from typing import Any, Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_STANDARDS: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
# Another scheme is other colours and nothing else; these two rules look at colours.
_COLOURS: Final = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
_SETTLE: Final = """async () => {
  const later = () => new Promise((resolve) => setTimeout(resolve, 100))
  const moving = () => document.getAnimations().filter((each) => each instanceof CSSTransition)
  for (let rests = 0, left = 100; rests < 2; left -= 1) {
    if (!left) throw new Error('transitions do not end')
    const found = moving()
    for (const each of found) each.finish()
    rests = found.length ? 0 : rests + 1
    await later()
  }
}"""
_GROUND: Final = "getComputedStyle(document.querySelector('.stApp') ?? document.body).backgroundColor"


def violations(page: Page) -> list[dict[str, Any]]:
    """Everything axe finds in the light scheme, and what it finds of colours in the dark one.

    It stands in the light scheme afterwards. Raises Playwright's TimeoutError when it follows none.
    """
    light = Axe().run(page, options=_STANDARDS).response["violations"]
    bright = page.evaluate(_GROUND)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"bright => {_GROUND} !== bright", arg=bright)
    _let_colours_settle(page)
    dark = page.evaluate("options => axe.run(document, options)", _COLOURS)["violations"]
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"bright => {_GROUND} === bright", arg=bright)
    return [
        {"rule": each["id"], "where": [node["html"][:200] for node in each["nodes"]][:3], "scheme": scheme}
        for scheme, found in (("light", light), ("dark", dark))
        for each in found
    ]


def _let_colours_settle(page: Page) -> None:
    """Bring all transitions to their end, those too that begin a moment later.

    In between, a colour is neither the old one nor the new one. Their end is not waited for: a window that
    draws no frame for a while, as one of many may, holds them where they are.
    """
    page.evaluate(_SETTLE)
