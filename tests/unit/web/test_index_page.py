"""The page that Streamlit serves, made ours in its first bytes."""

from __future__ import annotations

import asyncio
import gzip
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit
from starlette.types import Message, Receive, Scope, Send

from core.brand import mark_address
from core.settings import read_settings
from core.web.auth.headers import APP_POLICY, CONNECT_AT_ONCE, source_hash
from core.web.index_page import IndexPage, made_ours

SERVED = (Path(streamlit.__file__).with_name("static") / "index.html").read_bytes()
SETTINGS = read_settings({})


def ask(
    path: str = "/", query: str = "", *, served: bytes = SERVED, kind: str = "text/html", **headers: str
) -> tuple[dict[str, str], bytes, Scope]:
    """Headers and body of the answer, and the request as Streamlit got it."""
    reached: list[Scope] = []
    answers: list[Message] = []

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        reached.append(scope)
        told = [(b"content-type", kind.encode()), (b"content-length", b"%d" % len(served)), (b"etag", b"x")]
        await send({"type": "http.response.start", "status": 200, "headers": told})
        half = len(served) // 2
        await send({"type": "http.response.body", "body": served[:half], "more_body": True})
        await send({"type": "http.response.body", "body": served[half:]})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        answers.append(message)

    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": path, "headers": given}
    asyncio.run(IndexPage(app, SETTINGS)({**scope, "query_string": query.encode()}, receive, send))
    told = {name.decode(): value.decode() for name, value in answers[0]["headers"]}
    return told, b"".join(answer.get("body", b"") for answer in answers[1:]), reached[0]


@pytest.mark.parametrize(
    ("query", "lang"), [("", "pt-BR"), ("language=English", "en"), ("language=Nothing", "pt-BR")]
)
@pytest.mark.parametrize("path", ["/", "/messages", "/instance", "/no-such-page"])
def test_every_page_comes_in_its_language_with_our_name(path: str, query: str, lang: str) -> None:
    """From the first byte on, and translators of browsers leave it alone."""
    _, body, _ = ask(path, query)
    page = body.decode()
    assert f'<html lang="{lang}" translate="no">' in page
    assert '<meta name="google" content="notranslate">' in page
    assert "<title>Plantão</title>" in page
    assert page.count(mark_address("")) == 1
    assert re.search(
        r'name="viewport"\s+content="width=device-width,[^"]*interactive-widget=resizes-content"', page
    )
    assert "Streamlit</title>" not in page
    assert "You need to enable" not in page


@pytest.mark.parametrize(
    ("path", "query", "to"),
    [
        ("/instance/", "id=loja-1", "/instance?id=loja-1"),
        ("/instance/loja-1", "", "/instance"),
        ("/guide/a/b", "", "/guide"),
        ("//elsewhere.example/x", "", "/elsewhere.example"),
        ("///", "", "/"),
        ("/\\elsewhere/x", "", "/%5Celsewhere"),
        ("/a\r\nSet-Cookie: b/x", "", "/a%0D%0ASet-Cookie%3A%20b"),
    ],
)
def test_an_address_below_a_page_leads_to_the_page(path: str, query: str, to: str) -> None:
    """It would load for ever; and nobody is led to another host."""
    headers, body, _ = ask(path, query)
    assert headers["location"] == to
    assert headers["content-length"] == "0"
    assert not body


def test_scripts_and_styles_of_the_page_stay() -> None:
    """All that Streamlit asks for is asked for."""
    asked = re.compile(r'(?:src|href)="(\./static/[^"]+)"')
    page = ask()[1].decode()
    assert set(asked.findall(SERVED.decode())) < set(asked.findall(page))
    assert re.search(r'"modulepreload" crossorigin href="\./static/js/PageLink\.', page)
    assert '<div id="root">' in page


def test_it_knows_where_its_server_is_before_its_scripts_run() -> None:
    """So that it connects at once; the policy lets this one script run."""
    page = ask("/messages")[1].decode()
    place = page.index(f"<script>{CONNECT_AT_ONCE}</script>")
    assert place < page.index("</head>")
    assert source_hash(CONNECT_AT_ONCE) in APP_POLICY


def test_its_length_is_told_and_nothing_of_the_file_before() -> None:
    """A browser that compares with an earlier answer is not told that of another language."""
    headers, body, reached = ask(if_none_match="x", accept_encoding="br", range="bytes=0-1")
    assert headers["content-length"] == str(len(body))
    assert "etag" not in headers
    assert not reached["headers"]


def test_a_browser_that_unpacks_gets_it_packed() -> None:
    """Less on the way, and the same."""
    headers, body, _ = ask(accept_encoding="gzip, br")
    assert headers["content-encoding"] == "gzip"
    assert headers["content-length"] == str(len(body))
    assert gzip.decompress(body) == ask()[1]
    assert len(body) < len(SERVED) / 2


@pytest.mark.parametrize(
    "path", ["/static/js/index.js", "/_stcore/health", "/media/x.html", "/login", "/api/x"]
)
def test_what_is_no_page_passes_as_it_is(path: str) -> None:
    """Even if it looks like one, and with all that was asked."""
    headers, body, reached = ask(path, accept_encoding="gzip")
    assert body == SERVED
    assert headers["etag"] == "x"
    assert reached["headers"]


@pytest.mark.parametrize(("served", "kind"), [(b"<p>other</p>", "text/html"), (SERVED, "text/plain")])
def test_another_answer_passes_as_it_is(served: bytes, kind: str) -> None:
    """Whole, with its headers."""
    headers, body, _ = ask(served=served, kind=kind)
    assert body == served
    assert headers["etag"] == "x"


def test_a_name_is_text_wherever_it_stands() -> None:
    """No tag of its own, no back reference."""
    settings = replace(SETTINGS, app_name=r"<b>\1 & \g<0>")
    page = made_ours(SERVED.decode(), settings, "en")
    assert r"<title>&lt;b&gt;\1 &amp; \g&lt;0&gt;</title>" in page
