"""Links taken apart: one spelling of each host, two schemes at their own ports, and nothing clever."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInputError
from core.services.web_fetch.web_url import LENGTH_LIMIT, join_url, parse_url

PORTS = {"http": 80, "https": 443}


def refused(url: str) -> bool:
    try:
        parse_url(url, PORTS)
    except InvalidInputError as error:
        return error.code == "link-invalid"
    return False


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("http://example.com", "example.com", "/"),
        ("HTTPS://EXAMPLE.com:443/a?b=c#d", "example.com", "/a?b=c"),
        ("http://example.com./x", "example.com", "/x"),
        ("http://other.test#@example.com/", "other.test", "/"),
        ("http://example.com?q=ç d", "example.com", "/?q=%C3%A7%20d"),
        ("https://my_site.example.com/", "my_site.example.com", "/"),
        ("https://bücher.example/", "xn--bcher-kva.example", "/"),
        ("https://faß.example/", "xn--fa-hia.example", "/"),
        ("https://BÜCHER。example/", "xn--bcher-kva.example", "/"),
        ("http://[2606:4700::1111]/", "2606:4700::1111", "/"),
        ("http://8.8.8.8/", "8.8.8.8", "/"),
        ("http://１２７.0.0.1/", "127.0.0.1", "/"),
        ("http://127。0。0。1/", "127.0.0.1", "/"),
        ("http://127.0.0.1./", "127.0.0.1", "/"),
    ],
)
def test_a_link_has_one_meaning(url: str, host: str, target: str) -> None:
    """Whatever its letters: what is checked is what is asked."""
    found = parse_url(url, PORTS)
    assert (found.host, found.target) == (host, target)
    assert found.authority.isascii()


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://0177.0.0.1/",
        ),
        *(
            "http://0x7f.0.0.0x1/",
            "http://127.0.0.01/",
            "http://0/",
            "http://1.2.3.4.5/",
            "http://256.1.1.1/",
        ),
        *("http://example.0x/", "http://１２７.１/", "http://②１３０７０６４３３/", "http://a.b.08/"),
    ],
)
def test_a_number_that_stands_for_an_address_is_refused(url: str) -> None:
    """Decimal, octal, hexadecimal, shortened: every program reads them in its own way."""
    assert refused(url)


@pytest.mark.parametrize(
    "url",
    [
        *("file:///etc/passwd", "ftp://example.com/", "gopher://example.com/", "//example.com/", "data:,x"),
        *("http://user@example.com/", "http://@example.com/", "http://a:b@example.com/", "http:///x"),
        *("http://example.com:22/", "http://example.com:443/", "https://example.com:80/"),
        *("http://example.com:0/", "http://example.com:-80/", "http://example.com:８０a/", "http://a:99999/"),
        *("http://example..com/", "http://.example.com/", "http://example.com../", "http://-a.example/"),
        *("http://exa mple.com/", "http://exa%6Dple.com/", "http://example.com\\.evil.test/", "http://a,b/"),
        *("http://example.com\\@evil.test/", "http://a\tb@c.example/", "http://exam\u202eple.com/"),
        *("http://[::1", "http://[v1.a:b]/", "http://[fe80::1%25eth0]/", "http://[::1%lo]/", "http://a]/"),
        *("http://℀.example/", "http://a\u2044b.example/", "http://\ud800.example/", "http://a.b/\ud800"),
        *(f"http://{'a' * 64}.example/", f"http://{'a.' * 127}example/", f"http://{'ä' * 300}.example/"),
        "http://xn--.example\x00/",
        "http://example.com/" + "a" * LENGTH_LIMIT,
    ],
)
def test_what_is_no_plain_link_is_refused(url: str) -> None:
    """Other schemes, ports and people's names; hosts that no browser would open, or each another one."""
    assert refused(url)


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "http://a.example/", "http://["]))
def test_no_text_breaks_it(text: str, before: str) -> None:
    """Either a link or the one error."""
    try:
        found = parse_url(before + text, PORTS)
    except InvalidInputError:
        return
    assert found.port == PORTS[found.scheme]
    assert (found.host + found.target).isascii()
    assert not any(char.isspace() for char in found.host + found.target)


@pytest.mark.parametrize("target", ["http://[::1", "//[", "http://[a]b/"])
def test_a_redirect_to_nonsense_is_the_same_error(target: str) -> None:
    """Joining is where Python raises."""
    with pytest.raises(InvalidInputError, match="link-invalid"):
        parse_url(join_url("http://example.com/", target), PORTS)
