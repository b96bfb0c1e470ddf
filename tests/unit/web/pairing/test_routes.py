"""The routes of a pairing link behind the middleware: who gets what, asked as a browser asks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock
from urllib.parse import urlencode

import pytest
from starlette.applications import Starlette
from starlette.types import Message

from core.models.audit import Action
from core.services.pairing import links
from core.services.pairing.link_table import NewLink
from core.services.runtime import Runtime
from core.settings import read_settings
from core.web.auth.authenticator import Authenticator
from core.web.auth.middleware import AuthMiddleware
from core.web.pairing.routes import PairingPages
from tests.support.runtimes import installed, runtime_of
from tests.unit.services.conftest import ID
from tests.unit.services.pairing.conftest import code, pairing

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari/537.36"


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Browser:
    """Keeps cookies of this host; the app behind it is the routes in the door's middleware."""

    app: AuthMiddleware
    secure: bool = False
    agent: str = "Mozilla/5.0 (X11; Linux) Chrome/141.0.0.0"
    cookies: dict[str, str] = field(default_factory=dict)
    cookie_lines: list[str] = field(default_factory=list)

    def ask(
        self, target: str, *, fields: dict[str, str] | None = None, method: str = "", **headers: str
    ) -> Reply:
        return asyncio.run(
            self._ask(target, fields, method or ("GET" if fields is None else "POST"), headers)
        )

    async def _ask(
        self, target: str, fields: dict[str, str] | None, method: str, more: dict[str, str]
    ) -> Reply:
        path, _, query = target.partition("?")
        body = urlencode(fields or {}).encode()
        lines = {"host": "zap.test", "accept": "text/html", "user-agent": self.agent}
        lines |= {name.replace("_", "-"): value for name, value in more.items()}
        if self.cookies:
            lines["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if fields is not None:
            lines |= {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(body))}
        scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "scheme": "https" if self.secure else "http",
            "client": ("203.0.113.9", 1),
            "headers": [(name.encode(), value.encode()) for name, value in lines.items()],
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        for name, value in sent[0]["headers"]:
            if name == b"set-cookie":
                self.cookie_lines.append(value.decode())
                key, _, held = value.decode().partition(";")[0].partition("=")
                self.cookies[key] = held
        text = b"".join(message.get("body", b"") for message in sent[1:]).decode()
        return Reply(sent[0]["status"], head, text)


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """One instance that shows a QR."""
    registry = MagicMock()
    registry.view.return_value = pairing()
    made = replace(runtime_of(tmp_path), registry=registry)
    made.pairing_links.load()
    with installed(made):
        yield made


@pytest.fixture
def made(runtime: Runtime) -> NewLink:
    return links.make_link(ID)


def app_of(**env: str) -> AuthMiddleware:
    authenticator = Authenticator(read_settings({"APP_PASSWORD": "cavalo-bateria"} | env))
    return AuthMiddleware(Starlette(routes=PairingPages(authenticator).routes()), authenticator=authenticator)


@pytest.fixture
def phone() -> Browser:
    return Browser(app_of(), agent=PHONE)


def path_of(made: NewLink, part: str = "", **query: str) -> str:
    return f"/pair{part}?{urlencode({'l': made.id, **query})}"


def open_(browser: Browser, made: NewLink) -> Reply:
    """Load the page and press "Continue"."""
    assert browser.ask(path_of(made)).status == 200
    return browser.ask(path_of(made), fields={"secret": made.secret})


def test_a_person_opens_it_and_sees_the_way_that_fits(made: NewLink, phone: Browser) -> None:
    """On a phone the code comes first, on a desk the QR; the other one is a press away."""
    assert open_(phone, made).headers["location"] == path_of(made)
    page = phone.ask(path_of(made)).text
    assert 'name="number"' in page
    assert "<svg" not in page.partition("<main>")[2]
    assert "<svg" in phone.ask(path_of(made, way="qr")).text.partition("<main>")[2]


def test_on_a_desk_the_qr_comes_first(made: NewLink) -> None:
    """Its camera is in the other hand."""
    desk = Browser(app_of())
    open_(desk, made)
    assert "<svg" in desk.ask(path_of(made)).text.partition("<main>")[2]


def test_the_cookie_is_bound_to_the_page(made: NewLink) -> None:
    """To its path, to https where there is some, and never for scripts; the secret is in no answer."""
    for secure, name in ((False, "wa_pairing_"), (True, "__Secure-wa_pairing_")):
        browser = Browser(app_of(), secure=secure)
        page = browser.ask(path_of(made))
        (line,) = browser.cookie_lines
        assert re.match(
            rf"{name}[0-9a-f]{{6}}=[A-Za-z0-9_-]{{43}}; HttpOnly; Max-Age=3600; Path=/pair; ", line
        )
        assert "SameSite=lax" in line
        assert ("Secure" in line.partition("Path")[2]) is secure
        assert made.secret not in page.text + str(page.headers)


def test_no_cookie_no_link(made: NewLink, phone: Browser) -> None:
    """Said in words, and the link is as good as before."""
    answer = phone.ask(path_of(made), fields={"secret": made.secret})
    assert answer.status == 400
    assert "cookies" in answer.text
    assert open_(phone, made).status == 303


def test_a_second_browser_and_a_wrong_secret_are_refused(
    runtime: Runtime, made: NewLink, phone: Browser
) -> None:
    """They get words and no code, and the access log an entry each."""
    assert open_(phone, made).status == 303
    other = Browser(phone.app)
    other.ask("/pair?l=none")
    assert other.ask(path_of(made), fields={"secret": made.secret}).status == 403
    assert other.ask(path_of(made), fields={"secret": "A" * 43}).status == 404
    assert other.ask(path_of(made)).status == 403
    part = other.ask(path_of(made, "/part")).text
    assert "<svg" not in part
    assert "Loja" not in part
    noted = [entry.action for entry in runtime.audit.waiting]
    assert noted.count(Action.PAIRING_LINK_REFUSED) == 3


def test_who_guesses_waits_and_keeps_nobody_else_out(runtime: Runtime, made: NewLink, phone: Browser) -> None:
    """Even from the same address the right secret opens; refusals are noted a few times only."""
    guesser = Browser(phone.app)
    guesser.ask(path_of(made))
    statuses = [guesser.ask(path_of(made), fields={"secret": "A" * 43}).status for _ in range(50)]
    assert statuses[:5] == [404] * 5
    assert set(statuses[5:]) == {429}
    assert int(guesser.ask(path_of(made), fields={"secret": "B" * 43}).headers["retry-after"]) > 0
    noted = [entry.action for entry in runtime.audit.waiting]
    assert noted.count(Action.PAIRING_LINK_REFUSED) == 5
    assert open_(phone, made).status == 303


def test_a_number_leads_to_its_code(runtime: Runtime, made: NewLink, phone: Browser) -> None:
    """It goes to WhatsApp, and into no address."""
    open_(phone, made)
    answer = phone.ask(path_of(made, "/code", lang="en"), fields={"number": "+55 11 91234-5678"})
    assert answer.status == 303
    assert answer.headers["location"] == path_of(made, lang="en", way="code")
    assert "91234" not in str(answer.headers)
    runtime.registry.ask_pairing_code.assert_called_once_with(ID, "5511912345678")  # type: ignore[attr-defined]
    assert "Asking WhatsApp" in phone.ask(path_of(made, "/part", lang="en")).text
    runtime.registry.view.return_value = pairing(pairing_code=code())  # type: ignore[attr-defined]
    assert "<code>ABCD-1234</code>" in phone.ask(path_of(made, "/part", lang="en")).text


def test_a_number_as_most_type_it_is_offered(runtime: Runtime, made: NewLink, phone: Browser) -> None:
    """Nothing is guessed: a press takes it."""
    open_(phone, made)
    answer = phone.ask(path_of(made, "/code", lang="en"), fields={"number": "(11) 91234-5678"})
    assert answer.status == 400
    assert 'value="+55 11 91234-5678">Use +55 11 91234-5678?<' in answer.text
    assert 'value="(11) 91234-5678"' in answer.text
    runtime.registry.ask_pairing_code.assert_not_called()  # type: ignore[attr-defined]
    assert phone.ask(path_of(made, "/code")).headers["location"] == path_of(made), "a reload leads back"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_presses_nothing(made: NewLink, phone: Browser, site: str) -> None:
    """A browser that says no origin, as it does from a page without Referer, is let through."""
    phone.ask(path_of(made))
    answer = phone.ask(path_of(made), fields={"secret": made.secret}, sec_fetch_site=site)
    assert answer.status == 403
    own = phone.ask(
        path_of(made), fields={"secret": made.secret}, sec_fetch_site="same-origin", origin="null"
    )
    assert own.status == 303


def test_turned_off_it_says_so_and_does_nothing(runtime: Runtime, made: NewLink) -> None:
    """Whatever is asked, with a link that was made before too."""
    browser = Browser(app_of(PAIRING_LINKS="off"))
    for answer in (
        browser.ask(path_of(made, lang="en")),
        browser.ask(path_of(made, lang="en"), fields={"secret": made.secret}),
        browser.ask(path_of(made, "/code", lang="en"), fields={"number": "+5511912345678"}),
        browser.ask(path_of(made, "/again", lang="en"), fields={}),
    ):
        assert answer.status == 404
        assert "turned off" in answer.text
    assert browser.ask(path_of(made, "/part")).status == 503
    link = links.link_of(ID)
    assert link is not None
    assert not link.guest


def test_without_a_password_it_opens_on_this_machine_only(made: NewLink) -> None:
    """As everything does then."""
    browser = Browser(app_of(APP_PASSWORD=""))
    assert browser.ask(path_of(made)).status == 403


def test_before_the_links_are_read_none_is_told_unknown(
    made: NewLink, phone: Browser, runtime: Runtime
) -> None:
    """The app has just started: the page goes on by itself."""
    runtime.pairing_links.loaded = False
    answer = phone.ask(path_of(made, lang="en"))
    assert answer.status == 503
    assert 'data-live="1"' in answer.text
    assert phone.ask(path_of(made, "/part")).status == 503


@pytest.mark.parametrize("link_id", ["", "none", "x" * 3_000, "%00", "../login", "<b>"])
def test_an_unknown_link_says_so(runtime: Runtime, phone: Browser, link_id: str) -> None:
    """Whatever stands in its place."""
    answer = phone.ask(f"/pair?{urlencode({'l': link_id})}")
    assert answer.status == 404
    assert "<b>" not in answer.text


def test_the_language_is_the_browsers_and_can_be_chosen(made: NewLink, phone: Browser) -> None:
    """Portuguese first; the choice goes along from page to page."""
    assert "Conectar o WhatsApp" in phone.ask(path_of(made)).text
    assert "Conectar WhatsApp" in phone.ask(path_of(made), accept_language="es-AR,es;q=0.9").text
    page = phone.ask(path_of(made, lang="en"), accept_language="es-AR").text
    assert "Connect WhatsApp" in page
    assert f'action="/pair?l={made.id}&amp;lang=en"' in page
