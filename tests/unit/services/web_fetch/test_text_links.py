"""Links in texts begin and end where WhatsApp's own apps see them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.services.web_fetch.text_links import addresses_of, find_links

CPU_S = 0.5


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("veja https://example.com/a?b=c.", ["https://example.com/a?b=c"]),
        ("(http://example.com)", ["http://example.com"]),
        ("*https://example.com/x* e https://example.org", ["https://example.com/x", "https://example.org"]),
        ("https://pt.wikipedia.org/wiki/Ana_(nome)", ["https://pt.wikipedia.org/wiki/Ana_(nome)"]),
        ("(https://pt.wikipedia.org/wiki/Ana_(nome)).", ["https://pt.wikipedia.org/wiki/Ana_(nome)"]),
        ("https://a.com/x(1)[2]{3}", ["https://a.com/x(1)[2]{3}"]),
        ("https://a.com/x)]}", ["https://a.com/x"]),
        ("https://a.com/x(", ["https://a.com/x"]),
        ("https://a.com/?q=1&r=2#frag", ["https://a.com/?q=1&r=2#frag"]),
        ("https://a.com/x/", ["https://a.com/x/"]),
        ("https://a.com/x?!...", ["https://a.com/x"]),
        ("https://a.com/x…", ["https://a.com/x"]),
        ("“https://a.com/x”, «https://b.com»", ["https://a.com/x", "https://b.com"]),
        ("'https://a.com/x'", ["https://a.com/x"]),
        ("<https://a.com/x>", ["https://a.com/x"]),
        ("_https://a.com/x_ ~https://b.com~", ["https://a.com/x", "https://b.com"]),
        ("https://a.com😀 https://b.com/x❤️", ["https://a.com", "https://b.com/x"]),
        ("👉https://a.com/x👈", ["https://a.com/x"]),
        ("https://a.com/x\u200by", ["https://a.com/x"]),
        ("https://a.com,https://b.com", ["https://a.com", "https://b.com"]),
        ("https://a.com:8443/x", ["https://a.com:8443/x"]),
        ("HTTPS://EXAMPLE.COM/A", ["HTTPS://EXAMPLE.COM/A"]),
        ("https://café.com.br/ação?é=ã!", ["https://café.com.br/ação?é=ã"]),
        ("https://日本語.jp/パス。次", ["https://日本語.jp/パス"]),
        ("http://пример.рф", ["http://пример.рф"]),
        ("https://xn--caf-dma.com/", ["https://xn--caf-dma.com/"]),
        ("www.example.com", ["www.example.com"]),
        ("Veja:www.globo.com.", ["www.globo.com"]),
        ("oi...www.globo.com", ["www.globo.com"]),
        ("WWW.GLOBO.COM", ["WWW.GLOBO.COM"]),
        ("globo.com, terra.com.br/x; uol.com.br?a=1", ["globo.com", "terra.com.br/x", "uol.com.br?a=1"]),
        ("(globo.com)", ["globo.com"]),
        ("exemplo.com:8080/x", ["exemplo.com:8080/x"]),
        ("café.com.br", ["café.com.br"]),
        ("пример.рф", ["пример.рф"]),
        ("youtu.be/x-Y_z?t=1", ["youtu.be/x-Y_z?t=1"]),
        ("wa.me/5511912345678", ["wa.me/5511912345678"]),
        ("http://[2001:db8::1]/x", ["http://[2001:db8::1]/x"]),
    ],
)
def test_where_links_begin_and_end(text: str, links: list[str]) -> None:
    """Brackets by pairs, no mark of a sentence at the end, no emoji; with and without a scheme."""
    found = list(find_links(text))
    assert [link.text for link in found] == links
    assert [text[link.start : link.end] for link in found] == links


@pytest.mark.parametrize(
    "text",
    [
        "sem link",
        "",
        "ana@example.com",
        "ana.silva@mail.example.com.br",
        "R$ 1.000,00 e 3.14",
        "versão 1.2.3",
        "chegou.Me liga",
        "amanhã.tudo bem",
        "contrato.pdf e foto.jpg",
        "https://",
        "https://.",
        "http://a",
        "http://localhost:3000",
        "www.",
        "...com",
        "a..com",
        "p.s. oi",
        "@loja.com.br",
        "ftp://",
    ],
)
def test_what_is_no_link(text: str) -> None:
    """Addresses of mail, sums, versions, files, a missing space after a sentence."""
    assert list(find_links(text)) == []


@pytest.mark.parametrize(
    ("link", "addresses"),
    [
        ("https://a.com", ("https://a.com",)),
        ("HTTP://a.com", ("HTTP://a.com",)),
        ("www.a.com/x", ("https://www.a.com/x", "http://www.a.com/x")),
        ("a.com:8080", ("https://a.com:8080", "http://a.com:8080")),
        ("ftp://a.com", ("ftp://a.com",)),
        ("javascript:alert(1)", ("javascript:alert(1)",)),
        ("//a.com", ("//a.com",)),
        ("", ("",)),
    ],
)
def test_where_a_link_leads(link: str, addresses: tuple[str, ...]) -> None:
    """Without a scheme, by TLS first; another scheme stays what it is."""
    assert addresses_of(link) == addresses


@given(st.text() | st.text(st.sampled_from("htps:/w.com()[]*_, éр😀")))
def test_every_link_stands_in_its_text(text: str) -> None:
    """In order, none over another, and each is one by itself."""
    end = 0
    for link in find_links(text):
        assert link.start >= end
        end = link.end
        assert link.text == text[link.start : link.end]
        assert [again.text for again in find_links(link.text)] == [link.text]


@pytest.mark.parametrize(
    "unit",
    [
        *("http://", "https://", "http:/", "https://a ", "http://.", "a.", "a-", "-.", "(", "a.com,", "www."),
        *(
            ",https://",
            "a.com/)",
            "x@",
            "é.",
            "((((a.com",
            "a.com",
            "https://a.com/(",
            "a_",
            "1.",
            ".a",
            "[:",
        ),
    ],
)
def test_a_long_text_is_searched_quickly(unit: str) -> None:
    """64 kB of beginnings, and of ends."""
    for text in (unit * (65_536 // len(unit)), f"https://a.com/{unit * (65_536 // len(unit))}"):
        begin = time.thread_time()
        for _ in find_links(text):
            pass
        assert time.thread_time() - begin < CPU_S
