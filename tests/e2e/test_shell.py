"""The frame of every page: the ways between them, on a desktop and on a phone; name, language, what waits."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from core.brand import MARK
from tests.conftest import StartApp
from tests.e2e.conftest import Connected, Visit
from tests.emulator.content import Text
from tests.support.app_process import AppProcess
from tests.support.polling import eventually
from tests.support.signing_in import PASSWORD
from tests.support.visitor import Visitor

PATHS = (
    "/",
    "/instance?id={id}",
    "/messages",
    "/storage",
    "/alerts",
    "/guide",
    "/diagnostics",
    "/audit",
    "/more",
)
RAIL = ["Instâncias", "Conversas", "Espaço e custo", "Avisos", "Ajuda e guia", "Verificações", "Quem acessou"]
BAR = ["Instâncias", "Conversas", "Ajuda", "Mais"]
ONE_LINE = 10  # pixels by which the middles of what stands in one line may differ
PHONE = {"width": 390, "height": 844}
_PLACES = """() => [...document.querySelectorAll('.stMain a, .stMain button, .stMain h1')].map(each => {
  const { x, y, width, height } = each.getBoundingClientRect()
  return [each.innerText, x, y, width, height].join(' ')
})"""
_COMMANDED = """() => new Promise(done => {
  addEventListener('message', () => setTimeout(done))
  postMessage({ stCommVersion: 1, type: 'TERMINATE_WEBSOCKET_CONNECTION' })
})"""
_FOCUSED = """() => {
  const { activeElement } = document
  const { y, height } = activeElement.getBoundingClientRect()
  const part = activeElement.closest('.st-key-rail, .st-key-bottom-bar, [class*="st-key-page-"]')
  return { y: y + height / 2, part: part ? part.className : '' }
}"""


def places_once_steady(person: Visitor) -> list[str]:
    """Where everything stands that can be pressed, once nothing loads any more."""
    later = f"new Promise(done => setTimeout(done, 700)).then({_PLACES})"
    found: list[list[str]] = []

    def steady() -> bool:
        found.append(person.page.evaluate(later))
        return found[-1] == found[-2:][0] and len(found) > 1

    eventually(steady, timeout=15, seen=lambda: found[-1:])
    return found[-1]


def focused_in_order(person: Visitor, stops: int) -> list[dict[str, object]]:
    """What the Tab key reaches first, in its order."""
    person.page.evaluate("document.activeElement.blur()")
    found = []
    for _ in range(stops):
        person.page.keyboard.press("Tab")
        found.append(person.page.evaluate(_FOCUSED))
    return found


def test_the_rail_leads_everywhere_and_shows_where_one_is(connected: Connected) -> None:
    """On a desktop: beside every page, each link one press, the present one marked."""
    person = connected.visitor("/")
    links = person.by_key("rail-links").get_by_role("link")
    expect(links.locator("p")).to_have_text(RAIL)
    expect(person.by_key("bottom-bar")).to_be_hidden()
    assert person.page.evaluate("document.querySelector('.st-key-rail').getBoundingClientRect().width") == 240
    for place, path in enumerate(
        ("/", "/messages", "/storage", "/alerts", "/guide", "/diagnostics", "/audit")
    ):
        links.nth(place).click()
        person.page.wait_for_url(re.compile(re.escape(connected.app.url + path) + r"(\?.*)?$"))
        person.settled()
        expect(links.nth(place)).to_have_attribute("aria-current", "page")
        assert person.page.get_by_role("navigation", name="Páginas do aplicativo").count() == 1


def test_the_tab_key_goes_through_the_rail_in_the_order_of_sight(connected: Connected) -> None:
    """Down the rail, then into the page: links, pill, language."""
    person = connected.visitor("/")
    expect(person.page.get_by_test_id("stPageLink-NavLink")).to_have_count(len(RAIL) + len(BAR))
    person.by_key("language").locator("input").wait_for()
    stops = [stop for stop in focused_in_order(person, 12) if "st-key-rail" in str(stop["part"])]
    assert len(stops) >= 8
    heights = [float(str(stop["y"])) for stop in stops]
    assert all(below > above - ONE_LINE for above, below in pairwise(heights)), heights


def test_a_phone_has_a_bar_of_four_and_its_content_at_the_top(connected: Connected) -> None:
    """Labelled, 44 px or more, always in sight; no page begins below 72 px."""
    person = connected.visitor("/", **PHONE)
    for path in PATHS:
        person.open(path.format(id=connected.instance_id))
        bar = person.by_key("bottom-bar").get_by_role("link")
        expect(bar.locator("p")).to_have_text(BAR)
        for place in range(4):
            box = bar.nth(place).bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
            assert box["y"] + box["height"] <= PHONE["height"]
        top = person.page.evaluate(
            "document.querySelector('[class*=\"st-key-page-\"]').getBoundingClientRect().top"
        )
        account = person.by_key("account").bounding_box()
        assert min(top, account["y"] if account else top) <= 72, path
        assert person.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_phone_reaches_the_rest_behind_more(connected: Connected) -> None:
    """The other pages, the language, the pill at the top."""
    person = connected.visitor("/", **PHONE)
    expect(person.by_key("persistence")).to_be_visible()
    expect(person.by_key("language")).to_be_hidden()
    person.by_key("tab-more").get_by_role("link").click()
    expect(person.by_key("language")).to_be_visible()
    for name in ("storage", "alerts", "diagnostics", "audit"):
        person.by_key(f"more-{name}").get_by_role("link").click()
        expect(person.by_key(f"page-{name}").get_by_role("heading", level=1)).to_be_visible()
        person.by_key("tab-more").get_by_role("link").click()
    person.by_key("page-more").wait_for()
    person.pick("language", "English")
    expect(person.by_key("tab-more")).to_contain_text("More")
    person.by_key("tab-instances").get_by_role("link").click()
    expect(person.page.get_by_role("heading", level=1)).to_have_text("Instances")


@pytest.mark.parametrize("width", [390, 1280])
def test_a_message_that_arrives_is_counted_and_moves_nothing(connected: Connected, width: int) -> None:
    """In the tab's title and beside “Conversas”; a page that shows no messages changes nowhere else."""
    person = connected.visitor("/more", width=width)
    expect(person.page.get_by_test_id("stPageLink-NavLink")).to_have_count(len(RAIL) + len(BAR) + 4)
    before = places_once_steady(person)
    shown = "getComputedStyle(document.querySelector('.st-key-{} a'), '::after').content"
    key = "tab-messages" if width == 390 else "nav-messages"
    counted = person.page.evaluate(shown.format(key))
    connected.emulator.write(Text("Oi"), sender=connected.friend, receiver=connected.number)
    expect(person.page).to_have_title(re.compile(r"^(⚠ )?\([0-9+]+\) Mais · Plantão$"))
    eventually(lambda: person.page.evaluate(shown.format(key)) != counted, timeout=10, seen=person.page.title)
    assert person.page.evaluate(_PLACES) == before


def test_the_tab_says_whose_page_it_is(connected: Connected) -> None:
    """The instance's name and the product's, with its own icon and from no other host."""
    person = connected.visitor("/instance?id={id}")
    expect(person.page).to_have_title(re.compile(rf"(^|\) |⚠ ){re.escape(connected.name)} · Plantão$"))
    icon = person.page.evaluate("document.querySelector('link[rel*=icon]').href")
    answer = person.page.request.get(icon)
    assert (answer.headers["content-type"], answer.text()) == ("image/svg+xml", MARK)


@pytest.mark.parametrize(("query", "lang"), [("", "pt-BR"), ("?language=English", "en")])
def test_the_first_bytes_have_the_right_language(
    empty_app: AppProcess, visit: Visit, query: str, lang: str
) -> None:
    """Before any script has run; and no translator touches the page."""
    person = visit(empty_app)
    first = person.page.request.get(f"{empty_app.url}/messages{query}").text()
    assert f'<html lang="{lang}" translate="no">' in first
    person.open(f"/messages{query}")
    assert person.page.locator("html").get_attribute("lang") == lang
    assert person.page.locator("html").get_attribute("translate") == "no"


@pytest.mark.parametrize("path", ["/", "/messages", "/instance?id={id}"])
def test_a_page_finds_its_server_at_the_first_try(connected: Connected, path: str) -> None:
    """It asks for nothing below its own address, waits for no answer first, and what it asks for is there."""
    person = connected.visitor("/guide")
    asked: list[tuple[str, int]] = []
    person.page.on("response", lambda answer: asked.append((urlsplit(answer.url).path, answer.status)))
    sockets: list[str] = []
    person.page.on("websocket", lambda socket: sockets.append(urlsplit(socket.url).path))
    person.open(path.format(id=connected.instance_id))
    assert [place for place in sockets if "_stcore" in place] == ["/_stcore/stream"]
    assert {place for place, _ in asked if "_stcore" in place} >= {"/_stcore/health", "/_stcore/host-config"}
    assert not [each for each in asked if each[1] >= 400 or "_stcore" in each[0][1:].partition("/")[2]]


def test_a_page_obeys_no_message(connected: Connected) -> None:
    """Not even its own: Streamlit sends itself what is meant for a page around it."""
    person = connected.visitor("/more")
    person.page.evaluate(_COMMANDED)
    app = person.page.get_by_test_id("stApp")
    assert app.get_attribute("data-test-connection-state") == "CONNECTED"


def test_a_page_says_in_its_language_that_the_app_is_away(app_process: StartApp, visit: Visit) -> None:
    """At the address that the app opens by itself, and behind a proxy; then it goes on by itself."""
    app = app_process()
    app.wait_healthy()
    person = visit(app, cookie="")
    person.page.goto(app.link())
    assert urlsplit(person.page.url).hostname == "localhost"
    person.settled()
    app.terminate()
    said = person.page.get_by_role("dialog")
    expect(said).to_contain_text("O aplicativo não responde. Se foi parado, inicie-o de novo.")
    assert said.inner_text().count("\n") == 1, said.inner_text()
    person.page.route("**/_stcore/*", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    expect(said).to_contain_text("O aplicativo não responde agora. Esta página continua tentando.")
    assert said.inner_text().count("\n") == 1, said.inner_text()
    person.page.unroute("**/_stcore/*")
    app.start()
    app.wait_healthy()
    expect(said).to_have_count(0)
    person.settled()


def test_a_language_pressed_at_the_door_shows_in_the_app(locked_app: AppProcess, visit: Visit) -> None:
    """The visitor does not have to choose twice; the door looks like the app."""
    person = visit(locked_app, width=390)
    page = person.page
    page.goto(f"{locked_app.url}/storage")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_text("Plantão")).to_be_visible()
    page.evaluate("document.fonts.ready.then(() => 1)")
    assert page.evaluate(
        "[...document.fonts].some(each => each.family.includes('Source Sans') && each.status === 'loaded')"
    )
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/storage\?language=English"))
    person.settled()
    expect(person.by_key("tab-instances")).to_contain_text("Instances")
    assert not [error for error in person.console_errors if "/storage/_stcore/" not in error]


@pytest.mark.parametrize("width", [390, 1280])
def test_a_name_and_a_logo_of_ones_own_fit(
    app_process: StartApp, visit: Visit, tmp_path: Path, width: int
) -> None:
    """Long, with signs of HTML; the picture is a picture, whatever it holds."""
    logo = tmp_path / "logo.svg"
    logo.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><script>window.ran = 1</script>'
        '<image href="https://logo.test/x.png"/><rect width="9" height="9" fill="red"/></svg>'
    )
    name = "W" * 30 + " <b>x</b>"
    app = app_process(env={"APP_NAME": name, "APP_LOGO": str(logo)})
    app.wait_healthy()
    person = visit(app, width=width).open()
    expect(person.by_key("rail").locator(".wa-app-name")).to_have_text(name)
    expect(person.page).to_have_title(f"Instâncias · {name}")
    assert person.page.evaluate("window.ran") is None
    assert person.page.evaluate("document.documentElement.scrollWidth") <= width
    assert not person.console_errors


@pytest.mark.parametrize("width", [1280, 1920])
def test_lists_are_wide_and_reading_is_not(connected: Connected, width: int) -> None:
    """A line of text stays readable on a wide screen."""
    person = connected.visitor("/", width=width)
    widths = {}
    for name, path in (
        ("instances", "/"),
        ("messages", "/messages"),
        ("storage", "/storage"),
        ("guide", "/guide"),
    ):
        person.open(path)
        expect(person.by_key("rail")).to_have_css("position", "fixed")
        box = person.by_key(f"page-{name}").bounding_box()
        assert box is not None
        widths[name] = box["width"]
    assert widths.pop("guide") == 720
    assert widths.pop("messages") == width - 240, "a messenger has the whole window"
    assert set(widths.values()) == {min(1160, width - 240 - 80)}
