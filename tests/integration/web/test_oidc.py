"""Signing in through a provider: who is on the list comes in, nobody else, whatever the provider says."""

from __future__ import annotations

import http.client
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from joserfc.jwk import RSAKey

from core.models.audit import Action
from core.store import audit as store
from tests.conftest import StartApp
from tests.integration.web.conftest import Starts
from tests.support.app_process import AppProcess
from tests.support.identity_provider import IdentityProvider
from tests.support.polling import eventually
from tests.support.signing_in import PASSWORD, SESSION, browser, held, try_password


@pytest.fixture(scope="module")
def running() -> Iterator[IdentityProvider]:
    """One provider for the module's app."""
    with IdentityProvider() as provider:
        yield provider


@pytest.fixture
def provider(running: IdentityProvider) -> IdentityProvider:
    """That provider, saying nothing unusual."""
    running.email, running.verified, running.change = "ana@example.test", True, lambda claims: None
    running.signs, running.answers, running.thinks_s = running.sign, True, 0.0
    return running


@pytest.fixture(scope="module")
def app(starts: Starts, running: IdentityProvider) -> AppProcess:
    """An app with a provider, a list, a domain and no password."""
    return starts(
        password="", env=running.settings(emails="Ana@Example.test, bia@x.test", domains="firma.test")
    )


def leave(client: httpx2.Client, url: str = "/login/oidc") -> str:
    """Press the link; gives where the provider sends one back to."""
    answer = client.get(url)
    assert answer.status_code == 303, answer
    sent = httpx2.get(answer.headers["location"], trust_env=False)
    return str(sent.headers["location"])


def come_in(app: AppProcess, *, next: str = "/") -> tuple[httpx2.Response, httpx2.Client]:  # noqa: A002
    """All of the way; gives the last answer."""
    client = browser(app.url)
    back = urlsplit(leave(client, f"/login/oidc?next={next}"))
    return client.get(f"{back.path}?{back.query}"), client


@pytest.mark.parametrize(
    "email", ["ana@example.test", "ANA@example.TEST", "bia@x.test", "any.one@firma.test"]
)
def test_who_is_on_the_list_comes_in(app: AppProcess, provider: IdentityProvider, email: str) -> None:
    """By address or by domain, whatever the case; to the page that was asked for; noted by name."""
    provider.email = email
    answer, client = come_in(app, next="/messages")
    assert (answer.status_code, answer.headers["location"]) == (303, "/messages")
    assert client.get("/api/instances").status_code == 200

    def noted() -> bool:
        newest = store.entries(app.auth_dir, limit=1)
        return bool(newest) and (newest[0].action, newest[0].who) == (Action.SIGNED_IN, email.casefold())

    eventually(noted, timeout=5, seen=lambda: store.entries(app.auth_dir, limit=3))
    client.post("/logout")
    assert client.get("/api/instances", headers={"Accept": "*/*"}).status_code == 401


@pytest.mark.parametrize(
    "email",
    [
        "eva@example.test",
        "ana@example.test.evil.test",
        "ana@sub.firma.test",
        "ana@firma.test@evil.test",
        "firma.test",
        "ana@evil-firma.test",
        "ana@example.test\n",
        "aná@example.test",
        "",
        None,
        ["ana@example.test"],
        "x" * 300 + "@firma.test",
    ],
)
def test_nobody_else_does(app: AppProcess, provider: IdentityProvider, email: object) -> None:
    """Look-alikes, sub-domains and what is no address."""
    provider.email = email
    answer, client = come_in(app)
    assert answer.headers["location"] == "/login?refused"
    assert not held(client)


@pytest.mark.parametrize("verified", [False, None, "false", "yes", 0])
def test_an_address_that_is_only_claimed_does_not_count(
    app: AppProcess, provider: IdentityProvider, verified: object
) -> None:
    """The provider must have verified it."""
    provider.verified = verified
    answer, client = come_in(app)
    assert answer.headers["location"] == "/login?refused"
    assert not held(client)


Change = Callable[[dict[str, object]], None]
LIES: dict[str, Change] = {
    "another issuer": lambda claims: claims.update(iss="https://evil.test"),
    "another app": lambda claims: claims.update(aud="another-app"),
    "expired": lambda claims: claims.update(exp=int(time.time()) - 3_600),
    "another nonce": lambda claims: claims.update(nonce="another"),
    "no nonce": lambda claims: claims.__delitem__("nonce"),
    "no expiry": lambda claims: claims.__delitem__("exp"),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_token_for_somebody_else_or_another_time_is_refused(
    app: AppProcess, provider: IdentityProvider, lie: Change
) -> None:
    """Signed by the right key, but not for this sign-in here and now."""
    provider.change = lie
    answer, client = come_in(app)
    assert answer.headers["location"] == "/login?failed"
    assert not held(client)


def test_a_token_by_another_key_is_refused(app: AppProcess, provider: IdentityProvider) -> None:
    """A stranger's key, the public key taken for a shared secret, and no signature at all."""
    stranger = RSAKey.generate_key(2048, {"kid": "one"})
    for signs in (
        partial(provider.sign, key=stranger),
        partial(provider.sign_badly, algorithm="HS256"),
        partial(provider.sign_badly, algorithm="none"),
    ):
        provider.signs = signs
        answer, client = come_in(app)
        assert answer.headers["location"] == "/login?failed", signs
        assert not held(client)


def test_a_flow_belongs_to_the_browser_that_began_it(app: AppProcess, provider: IdentityProvider) -> None:
    """A link that a stranger made signs nobody in; a code counts once; a made-up one never."""
    with browser(app.url) as attacker, browser(app.url) as victim:
        back = urlsplit(leave(attacker))
        link = f"{back.path}?{back.query}"
        assert victim.get(link).headers["location"] == "/login?failed"
        leave(victim)
        assert victim.get(link).headers["location"] == "/login?failed"
        state = parse_qs(back.query)["state"][0]
        assert (
            attacker.get(f"/login/callback?code=made-up&state={state}").headers["location"] == "/login?failed"
        )
        assert attacker.get(link).headers["location"] == "/login?failed"
        back = urlsplit(leave(attacker))
        link = f"{back.path}?{back.query}"
        assert attacker.get(link).headers["location"] == "/"
        assert attacker.get(link).headers["location"] == "/login?failed"
        assert attacker.get("/login/callback").headers["location"] == "/login?failed"
        for client in (attacker, victim):
            assert "Traceback" not in client.get("/login").text
    assert "Traceback" not in app.log_text()


SLOW_S: Final = 4.0
"""A provider that takes its time to refuse."""
SOON_S: Final = 1.0
"""For somebody else to come in meanwhile."""


@contextmanager
def besieged(app: AppProcess, links: Sequence[tuple[str, str]], at_once: int) -> Iterator[list[str]]:
    """Each link is opened with that cookie; goes on when so many are answered, and gives the answers."""
    results: list[str] = []

    def open_(link: str, flow: str) -> None:
        visitor = http.client.HTTPConnection("127.0.0.1", app.port, timeout=60)
        visitor.request("GET", link, headers={"Cookie": f"wa_oidc={flow}", "Accept": "text/html"})
        results.append(visitor.getresponse().headers["location"])
        visitor.close()

    threads = [threading.Thread(target=open_, args=each) for each in links]
    for thread in threads:
        thread.start()
    try:
        eventually(lambda: len(results) >= at_once, timeout=SLOW_S / 2, seen=lambda: results)
        yield results
    finally:
        for thread in threads:
            thread.join()


def flow_of(app: AppProcess) -> tuple[str, str]:
    """A link back with a code that is made up, and the cookie that belongs to it."""
    with browser(app.url) as client:
        state = parse_qs(urlsplit(leave(client)).query)["state"][0]
        return f"/login/callback?code=made-up&state={state}", held(client, "wa_oidc")


def seconds_to_come_in(app: AppProcess, address: str) -> float:
    """For somebody at that address who has nothing to do with any of this."""
    transport = httpx2.HTTPTransport(local_address=address)
    headers = {"Accept": "text/html"}
    with httpx2.Client(base_url=app.url, transport=transport, timeout=60, headers=headers) as client:
        begin = time.monotonic()
        back = urlsplit(leave(client))
        assert client.get(f"{back.path}?{back.query}").headers["location"] == "/"
        assert held(client)
        return time.monotonic() - begin


def test_replays_of_one_flow_keep_nobody_waiting(app: AppProcess, provider: IdentityProvider) -> None:
    """Sixty at the same moment, however spelled: the provider is asked once, the others are refused."""
    provider.thinks_s = SLOW_S
    link, cookie = flow_of(app)
    provider.asked.clear()
    replays = [(link, cookie + "~" * count) for count in range(60)]
    with besieged(app, replays, at_once=59) as results:
        assert len(results) == 59
        assert seconds_to_come_in(app, "127.0.0.1") < SOON_S
    assert results == ["/login?failed"] * 60
    assert provider.asked.count("/token") == 2


def test_many_flows_of_one_client_keep_nobody_else_waiting(
    app: AppProcess, provider: IdentityProvider
) -> None:
    """A few of them wait for the provider; the others are told to try again, and so is nobody else."""
    provider.thinks_s = SLOW_S
    links = [flow_of(app) for _ in range(40)]
    provider.asked.clear()
    with besieged(app, links, at_once=36) as results:
        assert results == ["/login?busy"] * 36
        assert seconds_to_come_in(app, "127.0.0.2") < SOON_S
    assert sorted(results) == ["/login?busy"] * 36 + ["/login?failed"] * 4
    assert provider.asked.count("/token") == 5
    provider.thinks_s = 0.0
    assert seconds_to_come_in(app, "127.0.0.1") < SOON_S
    with browser(app.url) as client:
        assert "Tente de novo em um instante" in client.get("/login?busy").text


def test_a_browser_that_was_here_before_comes_in_although_strangers_wait(
    app: AppProcess, provider: IdentityProvider
) -> None:
    """It has places of its own, from whatever address."""
    answer, known = come_in(app)
    assert answer.headers["location"] == "/"
    provider.thinks_s = SLOW_S
    provider.asked.clear()
    with besieged(app, [flow_of(app) for _ in range(4)], at_once=0) as results:
        eventually(lambda: provider.asked.count("/token") == 4, timeout=2, seen=lambda: provider.asked)
        begin = time.monotonic()
        back = urlsplit(leave(known))
        assert known.get(f"{back.path}?{back.query}").headers["location"] == "/"
        assert time.monotonic() - begin < SOON_S
    assert results == ["/login?failed"] * 4


def test_whatever_came_of_it_the_flow_is_gone(app: AppProcess, provider: IdentityProvider) -> None:
    """The browser is told to forget it, and the server does not take it again."""
    for code, state in (("made-up", "right"), ("made-up", "wrong"), ("right", "wrong"), ("right", "right")):
        with browser(app.url) as client:
            back = urlsplit(leave(client))
            asked = {name: values[0] for name, values in parse_qs(back.query).items()}
            flow = held(client, "wa_oidc")
            sent = {
                "code": asked["code"] if code == "right" else "made-up",
                "state": asked["state"] if state == "right" else "wrong",
            }
            answer = client.get(f"/login/callback?{urlencode(sent)}")
            assert re.search(r'wa_oidc_[0-9a-f]{6}=""', answer.headers["set-cookie"])
            assert "Max-Age=0" in answer.headers["set-cookie"]
            assert not held(client, "wa_oidc")
        with browser(app.url, Cookie=f"wa_oidc={flow}") as again:
            answer = again.get(f"/login/callback?{back.query}")
            assert answer.headers["location"] == "/login?failed"
            assert not held(again)


def test_there_is_no_password_to_be_typed_then(app: AppProcess, provider: IdentityProvider) -> None:
    """With a provider alone the page has a link and no form, and an empty password opens nothing."""
    with browser(app.url) as client:
        page = client.get("/login").text
        assert 'href="/login/oidc?next=%2F"' in page
        assert 'type="password"' not in page
        answer = client.post("/login", data={"token": "x", "password": ""})
        assert answer.status_code == 403
        assert not held(client)


def test_a_provider_that_is_down_lets_nobody_in(starts: Starts, provider: IdentityProvider) -> None:
    """The page says that it did not work; the password still does; later it works without a restart."""
    fresh = starts(env=provider.settings())
    provider.answers = False
    with browser(fresh.url) as client:
        assert client.get("/login/oidc").headers["location"] == "/login?failed"
        assert "Tente de novo" in client.get("/login?failed").text
        provider.answers = True
        provider.calls_itself = "https://evil.test"
        assert client.get("/login/oidc").headers["location"] == "/login?failed"
        provider.calls_itself = None
        assert "code_challenge=" in client.get("/login/oidc").headers["location"]
        assert try_password(client, PASSWORD).status_code == 303


def test_who_is_taken_off_the_list_is_out(app_process: StartApp, provider: IdentityProvider) -> None:
    """At the next start with another list, without a sign-out."""
    app = app_process(env=provider.settings())
    app.wait_healthy()
    _, client = come_in(app)
    token = held(client)
    app.terminate()
    for emails, status in (("ana@example.test", 200), ("bia@example.test", 401)):
        again = app_process(auth_dir=app.auth_dir, env=provider.settings(emails=emails))
        again.wait_healthy()
        with browser(again.url, Accept="*/*") as same:
            headers = {"Cookie": f"{SESSION}={token}"}
            assert same.get("/api/instances", headers=headers).status_code == status
        again.terminate()
