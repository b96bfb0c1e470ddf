"""What the app is told of a request."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.types import Scope

from core.settings import read_settings
from core.web.auth.cookies import Cookies, install_mark
from core.web.requests.headers import passed_on
from core.web.requests.limits import COOKIE_LIMIT

COOKIES = Cookies(read_settings({"AUTH_DIR": "/srv/a"}))
MARKED = COOKIES.name("wa_session", secure=False)


def scope_of(*headers: tuple[str, str]) -> Scope:
    return {
        "type": "http",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
    }


def told(*headers: tuple[str, str], edge: bool = False) -> list[tuple[str, str]]:
    found = passed_on(scope_of(*headers), COOKIES.names(secure=False), edge=edge)
    return [(name.decode(), value.decode("latin-1")) for name, value in found]


def test_only_what_something_reads_is_told() -> None:
    """Names that nothing knows, and what a proxy or another framework would believe, end here."""
    sent = [
        *(("Host", "a"), ("Accept", "text/html"), ("Range", "bytes=0-1"), ("X-Xsrftoken", "t")),
        *(("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-Proto", "https"), ("CF-Connecting-IP", "1.2.3.4")),
        *(
            ("X-Original-URL", "/x"),
            ("Authorization", "Basic x"),
            ("X-Login-Id", "local"),
            ("User-Agent", "x"),
        ),
        *(
            ("Transfer-Encoding", "chunked"),
            ("Sec-WebSocket-Extensions", "x"),
            ("Referer", "x"),
            ("Via", "x"),
        ),
    ]
    assert told(*sent) == [
        ("host", "a"),
        ("accept", "text/html"),
        ("range", "bytes=0-1"),
        ("x-xsrftoken", "t"),
    ]


def test_an_edge_says_where_somebody_comes_from() -> None:
    """On Render; nowhere else."""
    sent = [("CF-Connecting-IP", "1.2.3.4"), ("X-Forwarded-Proto", "https")]
    assert told(*sent, edge=True) == [(name.lower(), value) for name, value in sent]
    assert told(*sent) == []


def test_a_header_is_told_once() -> None:
    """The first, as the middleware reads it: nothing behind it can see another one."""
    assert told(("Accept", "a"), ("accept", "b"), ("ACCEPT", "c")) == [("accept", "a")]


@pytest.mark.parametrize(
    "value",
    [
        '"quoted"',
        'a="b',
        "back\\slash",
        '"' + '\\"' * 16_000 + '"',
        "a b",
        "a,b",
        "é",
        "",
        "x" * (COOKIE_LIMIT + 1),
        "(a)",
        "a\tb",
        "[a]",
        "a/b",
        "a@b",
        "{a}",
        "a\x7f",
    ],
)
def test_a_value_that_would_have_to_be_unquoted_is_no_cookie(value: str) -> None:
    """Ours never have to be; whatever else there is stays."""
    cookie = f"{MARKED}={value}; _streamlit_xsrf=2|0a|0b|17; tracker=x"
    assert told(("Cookie", cookie)) == [("cookie", "_streamlit_xsrf=2|0a|0b|17")]


def test_only_our_cookies_and_streamlits_are_told_each_once() -> None:
    """Also over several lines, as some proxies divide them; the first of a name is the one that counts."""
    sent = [
        ("Cookie", f"other=1; {MARKED}=first; $Version=1; __Host-{MARKED}=no"),
        ("Cookie", f"{MARKED}=second;wa_session=old ;_streamlit_user=x; =; ;a"),
    ]
    assert told(*sent) == [("cookie", f"{MARKED}=first; wa_session=old")]


def test_starlette_reads_them_as_we_do() -> None:
    """What is told needs no parser that can be led astray."""
    values = {MARKED: "a-B_c", "_streamlit_xsrf": "2|0a0b|0c0d|1764000000"}
    cookie = "; ".join(f"{name}={value}" for name, value in values.items())
    headers = passed_on(scope_of(("Cookie", cookie)), COOKIES.names(secure=False), edge=False)
    assert Request({"type": "http", "headers": headers}).cookies == values


def test_names_carry_the_install() -> None:
    """Two on one host, told apart by their folders; a sign-in of before the names did goes on."""
    other = Cookies(read_settings({"AUTH_DIR": "/srv/b"}))
    name = other.name("wa_session", secure=True)
    assert name == f"__Host-wa_session_{install_mark(read_settings({'AUTH_DIR': '/srv/b'}).auth_dir)}"
    assert name != COOKIES.name("wa_session", secure=True)
    assert COOKIES.read(scope_of(("Cookie", "wa_session=old")), "wa_session", secure=False) == "old"
    both = scope_of(("Cookie", f"wa_session=old; {MARKED}=new"))
    assert COOKIES.read(both, "wa_session", secure=False) == "new"
    assert other.read(both, "wa_session", secure=False) == "old"
    assert COOKIES.read(both, "wa_session", secure=True) == ""


_ANDROID = "Mozilla/5.0 (Linux; Android 14; Moto G) AppleWebKit/537.36 Chrome/141.0.0.0 Mobile Safari/537.36"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Mobile/15E148 Safari/604"
_IPAD = "Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
_DESK = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("header", "value", "phone"),
    [
        ("User-Agent", _ANDROID, True),
        ("User-Agent", _IPHONE, True),
        ("User-Agent", _IPAD, False),
        ("User-Agent", _DESK, False),
        ("User-Agent", "x" * 60_000 + " Mobile", True),
        ("Sec-CH-UA-Mobile", "?1", True),
        ("Sec-CH-UA-Mobile", "?0", False),
        ("Sec-CH-UA-Mobile", "?1" * 999, False),
    ],
)
def test_of_the_browser_only_whether_it_is_a_phones_is_told(header: str, value: str, phone: bool) -> None:
    """In one header of a fixed text, whatever the browser sent."""
    found = dict(passed_on(scope_of((header, value)), COOKIES.names(secure=False), edge=False))
    assert found == ({b"sec-ch-ua-mobile": b"?1"} if phone else {})
