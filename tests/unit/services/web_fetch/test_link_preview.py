"""Link previews: what a page says of itself, asked for at public addresses only."""

from __future__ import annotations

import base64
import io
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import pytest
from PIL import Image

from core.errors import InvalidInputError
from core.services.web_fetch import link_preview as previews
from core.services.web_fetch import safe_fetch
from core.services.web_fetch.link_preview import PAGE_LIMIT, find_link, link_preview
from tests.support.hostile_pictures import hostile_pictures

pytestmark = pytest.mark.usefixtures("runtime")

PAGE: Final = """<html><head><title>Título &amp; mais</title>
<meta property="og:title" content="  Um   lugar  "><meta property="og:title" content="outro">
<meta name="description" content="sem og"><meta property="og:description" content="Onde fica">
<meta property="og:image" content="/face.png?a=1"></head><body><title>não</title></body></html>"""


def picture(size: tuple[int, int] = (1200, 600)) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, "teal").save(data, "PNG")
    return data.getvalue()


class Site:
    """A web site on loopback, for the test an address that everybody can reach."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                status, headers, body = outer.pages.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nobody reads it."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def put(self, path: str, body: bytes | str, kind: str = "text/html; charset=utf-8") -> None:
        data = body.encode() if isinstance(body, str) else body
        self.pages[path] = (200, {"Content-Type": kind}, data)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Reached as example.com."""
    made = Site()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    monkeypatch.setattr(safe_fetch, "_PORTS", {"http": made.server.server_port})
    monkeypatch.setattr(safe_fetch, "resolve_public", lambda *_: "127.0.0.1")
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def code_of(action: Callable[[], object]) -> str:
    with pytest.raises(InvalidInputError) as caught:
        action()
    return caught.value.code


def test_a_page_tells_of_itself(site: Site) -> None:
    """Its own words for this, first of all; a picture made small; the address as it was typed."""
    site.put("/a?b=ç", PAGE)
    site.put("/a?b=%C3%A7", PAGE)
    site.put("/face.png?a=1", picture(), "image/png")
    found = json.loads(link_preview("http://example.com/a?b=ç"))
    small = Image.open(io.BytesIO(base64.b64decode(found.pop("thumbnail"))))
    assert (small.format, small.size) == ("JPEG", (300, 150))
    assert found == {"url": "http://example.com/a?b=ç", "title": "Um lugar", "description": "Onde fica"}


@pytest.mark.parametrize(
    ("page", "kind", "title", "description"),
    [
        ("<title>\n Só  o título </title>", "text/html", "Só o título", ""),
        ("<p>nada", "text/html", "example.com", ""),
        ("<title>caf\xe9</title>".encode("latin-1"), "text/html; charset=ISO-8859-1", "café", ""),
        ('<meta charset="windows-1252"><title>caf\xe9</title>'.encode("latin-1"), "text/html", "café", ""),
        ("<title>a</title>", "text/html; charset=nonsense", "a", ""),
        (f"<title>{'x' * 500}</title>", "text/html", "x" * 119 + "…", ""),
        ("<title>antes</title>" + "x" * PAGE_LIMIT + "<title>depois", "text/html", "antes", ""),
    ],
)
def test_whatever_a_page_is_like(
    site: Site, page: str | bytes, kind: str, title: str, description: str
) -> None:
    """There is always a title; nothing is longer than it may be."""
    site.put("/", page, kind)
    found = json.loads(link_preview("http://example.com"))
    assert (found["title"], found["description"], found["thumbnail"]) == (title, description, "")


def test_a_picture_that_cannot_be_had_is_left_out(site: Site) -> None:
    """Missing, no picture, or far too large: the words are enough."""
    for body in (b"", b"no picture", picture()[:100]):
        site.put("/", PAGE)
        site.put("/face.png?a=1", body, "image/png")
        assert json.loads(link_preview("http://example.com/"))["thumbnail"] == ""


def test_a_page_that_lies_about_itself_is_read_all_the_same(site: Site) -> None:
    """A charset that is none, a picture's address that is none, and words that would turn others around."""
    page = (
        '<title>a&#x202e;b\x00\u2066c&#9;d</title><meta name="description" content="1\u200b2&#8238;3">'
        '<meta property="og:image" content="{}">'
    )
    for kind in ("rot13", "zip", "hex", "idna", "punycode", "utf-7", "unicode_escape", "undefined", "mbcs"):
        for address in ("http://[::1", "//[", "data:image/png;base64,x", "http://user@a.test/", "file:///x"):
            site.put("/", page.format(address), f"text/html; charset={kind}")
            found = json.loads(link_preview("http://example.com/"))
            assert (found["title"], found["description"], found["thumbnail"]) == ("abc d", "123", "")


def test_a_link_without_a_scheme_is_asked_by_tls_and_then_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its preview bears it as it stands in the text; what is wrong with it in another way is told at once."""
    asked: list[str] = []

    def get(url: str, **_: object) -> safe_fetch.Answer:
        asked.append(url)
        if url.startswith("https") and "tls" not in url:
            raise InvalidInputError("link-private" if "inside" in url else "link-unreachable")
        return safe_fetch.Answer(url, "a.com", "text/html", b"<title>A</title>")

    monkeypatch.setattr(safe_fetch, "get", get)
    assert json.loads(link_preview("www.a.com/x"))["url"] == "www.a.com/x"
    assert json.loads(link_preview("tls.a.com"))["url"] == "tls.a.com"
    assert code_of(lambda: link_preview("inside.a.com")) == "link-private"
    assert asked == ["https://www.a.com/x", "http://www.a.com/x", "https://tls.a.com", "https://inside.a.com"]


@pytest.mark.parametrize(
    "problem", [LookupError(), RuntimeError(), MemoryError(), RecursionError(), UnicodeError(), KeyError()]
)
def test_whatever_breaks_is_told_as_the_one_error(
    site: Site, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    """A message is never held up by a bug of ours."""
    site.put("/", PAGE)

    def fail(*_: object, **__: object) -> None:
        raise problem

    for step in ("read_page_head", "_thumbnail", "_short"):
        with monkeypatch.context() as patched:
            patched.setattr(previews, step, fail)
            assert code_of(lambda: link_preview("http://example.com/")) == "link-no-page"


@pytest.mark.parametrize(
    "name",
    [
        *("webp-one-colour-16383x3051", "png-60000x60000", "png-whole-7000x7000", "png-text-of-64-MB"),
        *("gif-65535x65535", "jpeg-65500x65500", "jpeg-exif-that-lies", "bmp-colours", "avif-boxes"),
    ],
)
def test_a_hostile_picture_costs_the_preview_its_picture_only(site: Site, name: str) -> None:
    """The words stay; nothing is raised, so that the message can be sent."""
    site.put("/", PAGE)
    site.put("/face.png?a=1", hostile_pictures()[name], "image/png")
    found = json.loads(link_preview("http://example.com/"))
    assert found["title"] == "Um lugar"
    small = base64.b64decode(found["thumbnail"])
    assert not small or max(Image.open(io.BytesIO(small)).size) <= 300


def test_moves_are_followed_a_few_times(site: Site) -> None:
    """Each new address is checked like the first one."""
    site.put("/3", PAGE)
    for number in range(3):
        site.pages[f"/{number}"] = (302, {"Location": f"/{number + 1}"}, b"")
    assert json.loads(link_preview("http://example.com/0"))["title"] == "Um lugar"
    site.pages["/loop"] = (301, {"Location": "/loop"}, b"")
    assert code_of(lambda: link_preview("http://example.com/loop")) == "link-unreachable"
    for target in (
        *("file:///etc/passwd", "ftp://example.com/", "http://user@example.com/", "http://example.com:22/"),
        *("//user@example.com/", "http://[::1", "javascript:alert(1)", "http://2130706433/", "//127.1/"),
    ):
        site.pages["/away"] = (302, {"Location": target}, b"")
        assert code_of(lambda: link_preview("http://example.com/away")) == "link-invalid"


def test_what_is_no_page_is_told(site: Site) -> None:
    """Errors of the server, and files."""
    assert code_of(lambda: link_preview("http://example.com/404")) == "link-unreachable"
    site.put("/f.pdf", b"%PDF", "application/pdf")
    assert code_of(lambda: link_preview("http://example.com/f.pdf")) == "link-no-page"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com:8080",
        "ftp://example.com/",
        "javascript:alert(1)",
        "http://",
        "http://[::1",
        "http://a:99999/",
    ],
)
def test_what_is_no_address_is_told(url: str) -> None:
    """Before anybody is asked."""
    assert code_of(lambda: link_preview(url)) == "link-invalid"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.8", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "224.0.0.1", "2002:7f00:1::"),
    ],
)
def test_this_machines_own_network_is_never_asked(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Whatever name leads there, and though another of its addresses is public."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answers = [(socket.AF_INET, 1, 6, "", ("8.8.8.8", 443)), (family, 1, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    assert code_of(lambda: link_preview("https://inside.example.com/")) == "link-private"


def test_a_public_address_is_the_one_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is not asked for again: it might say something else by then."""
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(socket.AF_INET, 1, 6, "", ("8.8.8.8", 443))]
    )
    tried: list[object] = []

    def refuse(address: object, *_: object) -> socket.socket:
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    assert code_of(lambda: link_preview("https://example.com/")) == "link-unreachable"
    assert tried == [("8.8.8.8", 443)]


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("veja https://example.com/a?b=c.", "https://example.com/a?b=c"),
        ("(http://example.com)", "http://example.com"),
        ("*https://example.com/x* e https://example.org", "https://example.com/x"),
        ("sem link", ""),
        ("www.example.com", "www.example.com"),
        ("em (example.com.br/a_(b)).", "example.com.br/a_(b)"),
        ("ana@example.com", ""),
    ],
)
def test_the_first_link_is_found(text: str, link: str) -> None:
    """As it stands there, without what ends the sentence."""
    assert find_link(text) == link
