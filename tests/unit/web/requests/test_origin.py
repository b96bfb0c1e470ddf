"""Which pages are ours: scheme, host and port."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from starlette.types import Scope

from core.web.requests.origin import is_foreign, is_same_origin, own_origin


def scope_of(*headers: tuple[str, str]) -> Scope:
    return {
        "type": "websocket",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
    }


def same(host: str, *origins: str, secure: bool = False) -> bool:
    return is_same_origin(scope_of(("Host", host), *(("Origin", each) for each in origins)), secure=secure)


@pytest.mark.parametrize(
    ("host", "origin", "secure"),
    [
        ("localhost:8501", "http://localhost:8501", False),
        ("127.0.0.1:8501", "http://127.0.0.1:8501", False),
        ("app.example", "https://app.example", True),
        ("app.example", "https://app.example:443", True),
        ("app.example:443", "https://app.example", True),
        ("app.example:80", "http://app.example", False),
        ("App.Example:8501", "http://app.example:8501", False),
        ("[::1]:8501", "http://[::1]:8501", False),
        ("[0:0:0:0:0:0:0:1]:8501", "http://[::1]:8501", False),
        ("[2001:DB8::1]", "https://[2001:db8::1]", True),
        ("my_box:8501", "http://my_box:8501", False),
        ("xn--mnchen-3ya.example", "http://xn--mnchen-3ya.example", False),
        ("app.example.:8501", "http://app.example.:8501", False),
    ],
)
def test_our_own_pages(host: str, origin: str, *, secure: bool) -> None:
    """However the same address is written."""
    assert same(host, origin, secure=secure)


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:8502",
        "http://localhost",
        "http://localhost:80",
        "https://localhost:8501",
        "ws://localhost:8501",
        "http://127.0.0.1:8501",
        "http://[::1]:8501",
        "http://localhost.:8501",
        "http://localhost:8501.",
        "http://localhost.example:8501",
        "http://xlocalhost:8501",
        "http://user@localhost:8501",
        "http://localhost:8501@evil.example",
        "http://evil.example#localhost:8501",
        "http://evil.example\\localhost:8501",
        "http://localhost:8501/",
        "http://localhost:8501?",
        "http://localhost:08501x",
        "http://localhost:85010",
        "http://localhost:99999",
        "http://localhost:8501, http://localhost:8501",
        "http://localhost:8501 http://localhost:8501",
        " http://localhost:8501",
        "localhost:8501",
        "//localhost:8501",
        "http:localhost:8501",
        "http:///localhost:8501",
        "null",
        "file://",
        "*",
        "",
        "http://",
        "http://[localhost]:8501",
        "http://" + "a" * 300 + ":8501",
    ],
)
def test_foreign_pages(origin: str) -> None:
    """Another port, another scheme, another name, and whatever only looks like ours."""
    assert not same("localhost:8501", origin)
    assert is_foreign(scope_of(("Host", "localhost:8501"), ("Origin", origin)), secure=False)


@pytest.mark.parametrize(
    "origins", [(), ("http://a:1", "http://a:1"), ("http://a:1", "http://b:1"), ("null", "http://a:1")]
)
def test_a_page_names_one_origin(origins: Iterable[str]) -> None:
    """None proves nothing; two are one too many, even when they agree."""
    assert not same("a:1", *origins)


@pytest.mark.parametrize(
    "hosts",
    [
        (),
        ("a:1", "a:1"),
        ("",),
        ("a:",),
        ("a:0",),
        ("a:65536",),
        ("a b",),
        ("a/b",),
        ("a@b",),
        ("[::1",),
        ("[::1]x",),
    ],
)
def test_a_request_asks_one_valid_host(hosts: Iterable[str]) -> None:
    """Without it there is no page of ours."""
    scope = scope_of(*(("Host", each) for each in hosts), ("Origin", "http://a:1"))
    assert own_origin(scope, secure=False) is None
    assert not is_same_origin(scope, secure=False)


def test_behind_an_edge_that_speaks_https() -> None:
    """The page is https, the connection to us is not: what counts is what the browser has."""
    assert same("app.example", "https://app.example", secure=True)
    assert not same("app.example", "http://app.example", secure=True)
    assert not same("app.example", "https://app.example", secure=False)


@pytest.mark.parametrize(
    ("site", "foreign"),
    [
        ("same-origin", False),
        ("none", False),
        ("same-site", True),
        ("cross-site", True),
        ("", True),
        ("Same-Origin", True),
    ],
)
def test_what_the_browser_says_of_the_page(site: str, *, foreign: bool) -> None:
    """Another port of the same host is the same site, and not ours."""
    assert is_foreign(scope_of(("Host", "a:1"), ("Sec-Fetch-Site", site)), secure=False) is foreign


def test_programs_say_nothing() -> None:
    """What is no browser has no page; its cookie is what counts."""
    assert not is_foreign(scope_of(("Host", "a:1")), secure=False)
