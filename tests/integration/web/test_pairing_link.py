"""A pairing link attacked as the door is: what it opens, for whom, for how long, and nothing beside it."""

from __future__ import annotations

import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest

from core.models.access import LinkEnd, PairingLink, PairingLinks
from core.models.instance import InstanceRecord
from core.services.pairing.link_table import VALID_S, digest_of
from core.store.auth_file import read_pairing_links, write_pairing_links
from core.store.instance_file import create_folder
from tests.conftest import StartApp
from tests.emulator.handle import Emulator
from tests.integration.web.conftest import Starts
from tests.integration.web.raw import ask, exchange
from tests.integration.web.test_closed import PAIR, REFUSED, TRICKS, routes, was_let_in
from tests.support.app_process import AppProcess
from tests.support.polling import eventually
from tests.support.signing_in import FORM_TYPE, PASSWORD, SESSION, browser, held

__all__ = ["routes"]  # a fixture
PAIRING = "wa_pairing"
NAMES = {"loja": "Loja Centro", "outra": "Outra loja"}


@dataclass(frozen=True, slots=True)
class Sent:
    """A link as it was sent to somebody."""

    id: str
    secret: str

    def path(self, part: str = "", **query: str) -> str:
        return f"/pair{part}?{urlencode({'l': self.id, **query})}"


def links_in(auth_dir: Path, *changes: dict[str, object], instance: str = "loja") -> list[Sent]:
    """Instances that are to be linked, and links on the disk as a process before this one left them."""
    auth_dir.mkdir(exist_ok=True)
    for name, shown in NAMES.items():
        create_folder(auth_dir, InstanceRecord(name, shown, time.time(), wanted=name == "loja"))
    sent = [Sent(secrets.token_urlsafe(8), secrets.token_urlsafe(32)) for _ in changes]
    plain = [PairingLink(each.id, instance, digest_of(each.secret), time.time()) for each in sent]
    links = [replace(link, **more) for link, more in zip(plain, changes, strict=True)]  # type: ignore[arg-type]
    write_pairing_links(auth_dir, PairingLinks(tuple(links)))
    return sent


def press(client: httpx2.Client, sent: Sent, secret: str = "") -> httpx2.Response:
    """Load the page and press "Continuar"."""
    client.get(sent.path())
    return client.post(sent.path(), data={"secret": secret or sent.secret})


def served(client: httpx2.Client, sent: Sent) -> httpx2.Response | None:
    """The page, once the app has read its links: before, it says that it is starting."""
    answer = client.get(sent.path())
    return None if answer.status_code == 503 else answer


def part(client: httpx2.Client, sent: Sent, **query: str) -> str:
    return client.get(sent.path("/part", **query)).text


def shows_codes(client: httpx2.Client, sent: Sent) -> bool:
    return "<svg" in part(client, sent, way="qr")


@pytest.fixture(scope="module")
def attacked(
    starts: Starts, tmp_path_factory: pytest.TempPathFactory
) -> tuple[AppProcess, Callable[[], Sent]]:
    """An app with many links that no browser has opened, and a way to take one of them."""
    auth_dir = tmp_path_factory.mktemp("links")
    unused = iter(links_in(auth_dir, *[{} for _ in range(12)]))
    return starts(auth_dir=auth_dir, env={"LOG_LEVEL": "DEBUG"}), lambda: next(unused)


@pytest.fixture
def app(attacked: tuple[AppProcess, Callable[[], Sent]]) -> AppProcess:
    return attacked[0]


@pytest.fixture
def sent(attacked: tuple[AppProcess, Callable[[], Sent]]) -> Sent:
    return attacked[1]()


@pytest.fixture
def guest(app: AppProcess, sent: Sent) -> Iterator[httpx2.Client]:
    """A browser that has opened the link and sees codes."""
    with browser(app.url) as client:
        eventually(lambda: served(client, sent) is not None, timeout=20, seen=lambda: client.get(sent.path()))
        assert press(client, sent).status_code == 303
        eventually(lambda: shows_codes(client, sent), timeout=20, seen=lambda: part(client, sent))
        yield client


def test_the_cookie_opens_no_other_route(
    app: AppProcess, sent: Sent, guest: httpx2.Client, routes: list[tuple[str, str, list[str]]]
) -> None:
    """Each route by each method, over http and as a websocket: as its own cookie and as a sign-in's."""
    token = held(guest, PAIRING)
    (name,) = [each.name for each in guest.cookies.jar if each.name.startswith(PAIRING)]
    let_in = []
    for cookie in (
        f"{name}={token}",
        f"{SESSION}={token}",
        f"{SESSION}={sent.secret}",
        f"{name}={sent.secret}",
    ):
        for _, path, methods in routes:
            for method in {*methods, "GET", "POST"} if path not in PAIR | {"/login", "/logout"} else ():
                if path in {"/healthz", "/_stcore/health", "/favicon.ico", "/login/source-sans.woff2"}:
                    continue
                answer = ask(app.port, path, method=method, headers={"Cookie": cookie, "Content-Length": "0"})
                if was_let_in(answer):
                    let_in.append((method, path, answer.status))
            answer = ask(app.port, path, headers={"Cookie": cookie}, upgrade=True)
            if answer.status != 403:
                let_in.append(("websocket", path, answer.status))
    assert not let_in


def test_no_spelling_leads_from_the_page_into_the_app(app: AppProcess, guest: httpx2.Client) -> None:
    """Nor does an odd spelling of its own address answer."""
    cookie = {"Cookie": "; ".join(f"{each.name}={each.value}" for each in guest.cookies.jar)}
    targets = [
        *(f"/pair/..{path}" for path in ("/api/instances", "/", "/_stcore/stream")),
        *(f"/pair/%2e%2e{path}" for path in ("/api/instances", "/instance")),
        *(
            "/pair%2f..%2fapi/instances",
            "/pair/part/../../api/instances",
            "/pair/x",
            "/pair/part/x",
            "/pair.",
        ),
        *(trick(path) for path in PAIR for name, trick in TRICKS.items() if not name.startswith("open in")),
    ]
    let_in = []
    for target in targets:
        for upgrade in (False, True):
            answer = ask(app.port, target, headers={"Accept": "text/html", **cookie}, upgrade=upgrade)
            if was_let_in(answer):
                let_in.append((target, upgrade, answer.status))
    assert not let_in


def test_the_page_names_nothing_but_its_instance(app: AppProcess, sent: Sent, guest: httpx2.Client) -> None:
    """No other instance, no number, no link into the app, and the headers of the door."""
    pages = [guest.get(sent.path(way=way)) for way in ("qr", "code")]
    for page in pages:
        assert NAMES["loja"] in page.text
        assert NAMES["outra"] not in page.text
        main = re.sub(r"<(style|script|svg).*?</\1>", "", page.text, flags=re.DOTALL)
        main = re.sub(r'data-key="qr-[0-9a-f]{12}"', "", main)  # a digest may have ten figures in a row
        assert not re.search(r'(?:href|action|src)="(?!/pair[?/]|data:)', main)
        assert not re.search(r"\+?\d[\d ]{9,}", main.replace("+55 11 91234-5678", ""))
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in page.headers["content-security-policy"]


def test_a_preview_uses_nothing_up(app: AppProcess, sent: Sent) -> None:
    """A program that fetches the address learns nothing, however often and by whatever method."""
    for method in ("GET", "HEAD", "GET", "OPTIONS"):
        answer = ask(app.port, sent.path(), method=method, headers={"User-Agent": "WhatsApp/2.23.20"})
        assert NAMES["loja"].encode() not in answer.body
        assert b"<svg" not in answer.body.partition(b"<main>")[2]
    with browser(app.url) as client:
        assert press(client, sent).status_code == 303


def test_a_second_device_is_refused_with_the_secret_too(
    app: AppProcess, sent: Sent, guest: httpx2.Client
) -> None:
    """And sees no code in any way; the first goes on, a reload and a second press included."""
    with browser(app.url) as other:
        assert press(other, sent).status_code == 403
        for way in ("qr", "code"):
            assert "<svg" not in part(other, sent, way=way)
            assert other.get(sent.path(way=way)).status_code == 403
        answer = other.post(sent.path("/code"), data={"number": "+5511912345678"})
        assert answer.status_code == 303
        assert other.post(sent.path("/again")).status_code == 303
    assert press(guest, sent).status_code == 303
    assert shows_codes(guest, sent)


def test_who_guesses_gets_nowhere_and_keeps_no_one_out(app: AppProcess, attacked: object, sent: Sent) -> None:
    """Wrong secrets of a link that exists, and links that do not: slowed down, and the right one opens."""
    with browser(app.url) as guesser:
        guesser.get(sent.path())
        statuses = [
            guesser.post(sent.path(), data={"secret": secrets.token_urlsafe(32)}).status_code
            for _ in range(30)
        ]
        assert {404, 429} >= set(statuses)
        assert statuses[-1] == 429
        assert guesser.post(sent.path(), data={"secret": digest_of(sent.secret)}).status_code == 429
        for _ in range(30):
            assert guesser.get(f"/pair?l={secrets.token_urlsafe(8)}").status_code == 404
    with browser(app.url) as client:
        assert press(client, sent).status_code == 303
        assert client.post("/login", data={"password": "x"}).status_code == 403, "the password's own limit"


def test_odd_bodies_and_methods_change_nothing(app: AppProcess, sent: Sent) -> None:
    """Too large, too many, no form at all, or by a method that there is not."""
    with browser(app.url) as client:
        client.get(sent.path())
        for body in (b"secret=" + b"A" * 5_000, b"secret", b"\xff\xfe", b"&".join([b"secret=x"] * 500), b""):
            answer = client.post(sent.path(), content=body, headers=FORM_TYPE)
            assert answer.status_code in {404, 429}, body[:20]
        huge = client.post(sent.path(), content=b"secret=" + b"A" * 70_000, headers=FORM_TYPE)
        assert huge.status_code == 413
        for method in ("PUT", "DELETE", "PATCH", "TRACE"):
            assert client.request(method, sent.path()).status_code in {405, 400}
        for header, value in (("Origin", "https://evil.test"), ("Sec-Fetch-Site", "cross-site")):
            lines = {"Sec-Fetch-Site": "cross-site", header: value}
            assert client.post(sent.path(), data={"secret": sent.secret}, headers=lines).status_code == 403
        endless = exchange(
            app.port,
            f"POST {sent.path()} HTTP/1.1\r\nHost: 127.0.0.1:{app.port}\r\n"
            "Content-Length: 99999999999\r\n\r\n".encode(),
        )
        assert endless.startswith(b"HTTP/1.1 413 ")
        assert press(client, sent).status_code == 303


def test_the_secret_and_the_number_are_written_nowhere(
    app: AppProcess, sent: Sent, guest: httpx2.Client
) -> None:
    """Neither in the log at its most talkative nor in any file; the access log names what was done."""
    number = "5511955551234"
    assert guest.post(sent.path("/code"), data={"number": f"+{number}"}).status_code == 303

    def noted() -> list[tuple[str, str]]:
        with (
            suppress(sqlite3.OperationalError),  # it is made with the first entry
            closing(sqlite3.connect(app.auth_dir / "audit.db")) as connection,
        ):
            return connection.execute("SELECT action, how FROM entries WHERE instance = 'loja'").fetchall()
        return []

    wanted = {("pairing-link-opened", "pairing-link"), ("pairing-code", "pairing-link")}
    eventually(lambda: wanted <= set(noted()), timeout=10, seen=noted)
    files = [path for path in app.auth_dir.rglob("*") if path.is_file()]
    content = b"".join(path.read_bytes() for path in files) + app.log_text().encode()
    assert digest_of(sent.secret).encode() in content
    for secret in (sent.secret, held(guest, PAIRING), number):
        assert secret.encode() not in content
    assert (app.auth_dir / "pairing-links.json").stat().st_mode & 0o777 == 0o600


def test_ended_links_say_so(starts: Starts, tmp_path: Path) -> None:
    """Too old, taken back, or of an instance that is gone; a press changes nothing."""
    now = time.time()
    old, revoked, future = links_in(
        tmp_path,
        {"made_at": now - VALID_S - 1},
        {"ended": LinkEnd.REVOKED},
        {"made_at": now + 86_400},
    )
    app = starts(auth_dir=tmp_path)
    with browser(app.url) as client:
        for sent, words in ((old, "não vale mais"), (revoked, "foi cancelado"), (future, "não vale mais")):
            answer = eventually(partial(served, client, sent), timeout=10, seen=app.log_text)
            assert answer.status_code == 410
            assert words in answer.text
            assert press(client, sent).status_code == 410
            assert not shows_codes(client, sent)


def test_turned_off_nothing_opens(starts: Starts, tmp_path: Path) -> None:
    """Also a link that was made before."""
    (sent,) = links_in(tmp_path, {})
    app = starts(auth_dir=tmp_path, env={"PAIRING_LINKS": "off"})
    with browser(app.url) as client:
        assert "desligados" in client.get(sent.path()).text
        assert press(client, sent).status_code == 404
        for path in PAIR:
            assert client.get(path).status_code in {404, 503, *REFUSED, 303}
        assert not shows_codes(client, sent)


def test_an_update_in_the_middle_disturbs_no_one(app_process: StartApp, tmp_path: Path) -> None:
    """After a kill the same browser goes on, and a second one is still refused."""
    auth_dir = tmp_path / "auth"
    (sent,) = links_in(auth_dir, {})
    first = app_process(auth_dir=auth_dir, password=PASSWORD)
    first.wait_healthy()
    with browser(first.url) as client:
        eventually(partial(served, client, sent), timeout=10, seen=first.log_text)
        assert press(client, sent).status_code == 303
        cookies = dict(client.cookies)
    first.kill()
    second = app_process(auth_dir=auth_dir, password=PASSWORD)
    second.wait_healthy()
    with browser(second.url) as client:
        client.cookies.update(cookies)
        eventually(lambda: shows_codes(client, sent), timeout=20, seen=lambda: part(client, sent))
    with browser(second.url) as other:
        assert press(other, sent).status_code == 403


def test_success_ends_it(
    app_process: StartApp, emulator: Emulator, fresh_number: Callable[[], str], tmp_path: Path
) -> None:
    """A code is asked for, typed on the phone, and the link opens nothing from then on."""
    number, auth_dir = fresh_number(), tmp_path / "auth"
    emulator.add_phone(number, "Dona")
    (sent,) = links_in(auth_dir, {})
    app = app_process(auth_dir=auth_dir, password=PASSWORD)
    app.wait_healthy()
    with browser(app.url) as client:
        eventually(partial(served, client, sent), timeout=10, seen=app.log_text)
        assert press(client, sent).status_code == 303
        eventually(lambda: shows_codes(client, sent), timeout=20, seen=lambda: part(client, sent))
        assert client.post(sent.path("/code"), data={"number": f"+{number}"}).status_code == 303
        code = eventually(
            lambda: re.search(r"<code>(\w{4}-\w{4})</code>", part(client, sent, way="code")),
            timeout=20,
            seen=lambda: part(client, sent),
        )
        emulator.enter_code(number=number, code=code[1].replace("-", ""))
        eventually(lambda: "Pronto" in part(client, sent), timeout=20, seen=lambda: part(client, sent))
        app.wait_instance("loja", state="connected")

        def ended() -> LinkEnd:
            return read_pairing_links(auth_dir).links[0].ended

        eventually(lambda: ended() is LinkEnd.LINKED, timeout=10, seen=ended)
        assert not shows_codes(client, sent)
    with browser(app.url) as other:
        assert press(other, sent).status_code == 410
