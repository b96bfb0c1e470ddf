"""The sign-in page as a browser without scripts uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from urllib.parse import urlsplit

import httpx2

PASSWORD = "cavalo-bateria-grampo"
SESSION = "wa_session"
"""How the cookie's name begins; what follows tells installs apart. Without that it is read as well."""
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


def browser(url: str, **headers: str) -> httpx2.Client:
    """Somebody who keeps cookies, goes by no proxy and follows no redirection by themselves."""
    return httpx2.Client(
        base_url=url, trust_env=False, timeout=20, headers={"Accept": "text/html", "Origin": url, **headers}
    )


def use_link(link: str, *, url: str = "") -> str:
    """Open a sign-in link (as a name of `url`, when given); gives the cookie of the session it opened."""
    address = urlsplit(link)
    base = url or f"{address.scheme}://{address.netloc}"
    with browser(base) as client:
        answer = client.get(f"{address.path}?{address.query}")
        assert answer.status_code == 303, (answer, answer.text[-500:])
        return held(client)


def held(client: httpx2.Client, name: str = SESSION) -> str:
    """What the browser holds under a name of ours, whatever install's; empty when it holds nothing."""
    found = (cookie for cookie in client.cookies.jar if re.fullmatch(f"{name}_[0-9a-f]{{6}}", cookie.name))
    return next((cookie.value or "" for cookie in found), "")


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the form on that page."""
    found = re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


def try_password(client: httpx2.Client, password: str, *, where: str = "/login") -> httpx2.Response:
    """Open the sign-in page, type a password and press the button."""
    page = client.get(where)
    assert page.status_code == 200, page
    return client.post("/login", data={**fields(page.text), "username": "x", "password": password})


@contextmanager
def signed_in(url: str, password: str = PASSWORD) -> Iterator[httpx2.Client]:
    """Somebody who has signed in."""
    with browser(url) as client:
        answer = try_password(client, password)
        assert answer.status_code == 303, (answer, answer.text[-500:])
        assert held(client)
        yield client
