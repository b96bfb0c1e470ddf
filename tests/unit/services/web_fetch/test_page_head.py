"""What is read of a page: its own words for sharing, in time that its length bounds, and harmless to show."""

from __future__ import annotations

import codecs
import encodings.aliases
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.services.web_fetch.charsets import _BY_LABEL, charset_of
from core.services.web_fetch.link_preview import PAGE_LIMIT, find_link
from core.services.web_fetch.page_head import PageHead, plain, read_page_head

CPU_S = 0.05


def head(page: str | bytes, kind: str = "text/html") -> PageHead:
    return read_page_head(page.encode() if isinstance(page, str) else page, kind)


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<TITLE lang=pt\n>A &amp; B</TITLE>", "A & B"),
        ("<title></title><title>second</title>", "second"),
        ("<title>never ends", "never ends"),
        ("<title>a<b>c</title>", "a<b>c"),
        ("<titles>no</titles><title>yes</title>", "yes"),
        ("<!-- <title>no</title> --><title>yes</title>", "yes"),
        ("<!--><title>yes</title>", "yes"),
        ("<!-- never ends <title>no</title>", ""),
        ("<script>'<title>no</title>'</script><title>yes</title>", "yes"),
        ("<style>/*<title>no</title>*/</style><title>yes</title>", "yes"),
        ("<noscript><meta property=og:title content=yes></noscript>", "yes"),
        ("<title>no</title><meta property='og:title' content='yes'>", "yes"),
        ("<title>yes</title><meta property='og:title' content=' '>", "yes"),
        ('<meta content="a > b" property="og:title">', "a > b"),
        ("<meta content='say \"a\"' property=og:title>", 'say "a"'),
        ("<META NAME = og:title CONTENT = yes/>", "yes/"),
        ('<meta name="og:title"content="yes">', "yes"),
        ('<meta name="og:title" content="first" content="second">', "first"),
        ('<meta name="og:title" content="one"><meta name="og:title" content="two">', "one"),
        ('<meta name="og:title" content="never ends>', "never ends>"),
        ('<meta data-x name="og:title" content="yes" />', "yes"),
        ("</head><title>no</title>", ""),
        ("<body class=x><title>no</title>", ""),
        ("<header><title>yes</title>", "yes"),
    ],
)
def test_markup_is_read_as_browsers_read_it(page: str, title: str) -> None:
    """Comments and scripts are none of it, quotes hold what they hold, and the head has an end."""
    assert head(page).title == title


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        *(("UTF-8", "utf-8"), ("utf8", "utf-8"), ("latin1", "cp1252"), ("iso-8859-1", "cp1252")),
        *(("ISO_8859-2", "iso8859-2"), ("iso-8859-15", "iso8859-15"), ("windows-1251", "cp1251")),
        *(("Shift_JIS", "cp932"), ("EUC-JP", "euc-jp"), ("GB2312", "gb18030"), ("gbk", "gb18030")),
        *(("Big5", "big5hkscs"), ("EUC-KR", "cp949"), ("KOI8-R", "koi8-r"), ("us-ascii", "cp1252")),
    ],
)
def test_the_worlds_pages_can_be_read(label: str, codec: str) -> None:
    """By header, by a line of their own, and as they are really written."""
    word = {"gb18030": "中文", "big5hkscs": "中文", "cp949": "한국", "cp1251": "мир", "koi8-r": "мир"}
    word |= {"cp932": "日本ソ", "euc-jp": "日本", "iso8859-2": "łódź", "utf-8": "日本"}
    text = word.get(codec, "café")
    page = f"<title>{text}</title>".encode(codec)
    assert head(page, f'text/html; charset="{label}"').title == text
    assert head(f"<meta charset={label}>".encode() + page).title == text
    assert charset_of(f"text/html;charset = {label}", b"") == codec


def test_no_codec_of_another_kind_is_ever_used() -> None:
    """Of all that Python knows: what makes bytes of bytes, runs escapes or keeps a state is not for pages."""
    allowed = {*_BY_LABEL.values()}
    for label in {*encodings.aliases.aliases, *encodings.aliases.aliases.values()}:
        assert charset_of(f"text/html; charset={label}", b"") in allowed
    markup = "<meta name='a' content=\"b\">"
    for codec in allowed:
        assert codecs.lookup(codec)._is_text_encoding
        assert markup.encode(codec) == markup.encode("ascii")


@pytest.mark.parametrize(
    "label",
    [
        *("utf-7", "utf_7", "UTF7", "idna", "punycode", "unicode_escape", "raw-unicode-escape", "undefined"),
        *("rot13", "rot_13", "zip", "zlib", "bz2", "hex", "base64", "uu", "quopri", "mbcs", "oem", "charmap"),
        *("utf-16", "utf-32", "utf-16le", "iso-2022-jp", "hz", "cp037", "cp500", "palmos", "utf-8-sig"),
        *("__init__", "aliases", "os", "..", "a" * 40, "9" * 40, "nonsense"),
    ],
)
def test_a_hostile_charset_is_read_as_utf8(label: str) -> None:
    """The page is read all the same."""
    assert head("<title>café</title>", f"text/html; charset={label}").title == "café"
    assert head(f"<meta charset='{label}'><title>café</title>").title == "café"


@given(st.binary(max_size=400), st.sampled_from(sorted(_BY_LABEL)))
def test_no_page_breaks_it(data: bytes, label: str) -> None:
    """Any bytes, in any character set, at any place."""
    for page in (data, b"<title>" + data, b'<meta name=description content="' + data):
        found = head(page, f"text/html; charset={label}")
        for text in (found.title, found.description):
            assert text == plain(text)


UNITS = {
    "opened": b"<",
    "tags": b"<a>",
    "attributes": b"<a b=",
    "metas": b"<meta>",
    "whole metas": b"<meta name=a content=b>",
    "open metas": b'<meta name="og:title" content="',
    "metas of blanks": b"<meta" + b" " * 997,
    "metas of equals": b"<meta " + b"=" * 997,
    "metas of names": b"<meta " + b"a " * 4_000,
    "metas of slashes": b"<meta " + b"/" * 997,
    "metas of quotes": b"<meta a=" + b"'\"" * 997,
    "comments": b"<!---->",
    "open comments": b"<!--",
    "declarations": b"<![",
    "instructions": b"<?",
    "titles": b"<title>",
    "whole titles": b"<title></title>",
    "wrong ends": b"</title ",
    "ends": b"</",
    "scripts": b"<script></script>",
    "open scripts": b"<script>",
    "nearly ends": b"</scrip",
    "references": b"&#1",
    "wrong bytes": b"\x81",
    "nothing": b"\0",
}


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_the_dearest_page_costs_little(unit: bytes) -> None:
    """512 kB of anything, alone or after what opens something."""
    for before in (b"", b"<title>", b"<script>", b"<!--", b'<meta name="og:title" content="', b"<meta "):
        page = (before + unit * (PAGE_LIMIT // len(unit)))[:PAGE_LIMIT]
        for charset in ("windows-1252", "gb18030", "utf-8"):
            took = []
            for _ in range(3):  # the machine has other work too
                begin = time.thread_time()
                head(page, f"text/html; charset={charset}")
                took.append(time.thread_time() - begin)
            assert min(took) < CPU_S, (before, charset, took)


def test_a_reference_of_many_digits_is_left_out() -> None:
    """Python refuses to read more than 4,300 of them."""
    page = f"<title>&#{'9' * 6000};</title><meta name=description content='b'>"
    assert head(page) == PageHead("", "b", "")


@given(st.text())
def test_what_travels_cannot_control_what_is_shown(text: str) -> None:
    """No control character, no direction mark, no half letter, in one line."""
    kept = plain(text)
    assert plain(kept) == kept == kept.strip()
    assert "  " not in plain(f"{text} \u200b {text}")
    assert {unicodedata.category(char) for char in kept}.isdisjoint({"Cc", "Cs", "Co", "Zl", "Zp"})
    assert not set(kept) & set(
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff"
    )
    kept.encode()


@pytest.mark.parametrize("text", ["می‌خواهم", "👩‍👩‍👧 família", "日本語", "العربية", "a — b", "1️⃣ ®"])
def test_what_people_write_stays(text: str) -> None:
    """Joiners belong to words and to emoji."""
    assert plain(text) == text


@pytest.mark.parametrize(
    "unit", ["http://", "https://", "h", "http:/", "https://a ", "http://.", "ｈttp://", "_~"]
)
def test_a_long_text_is_searched_quickly(unit: str) -> None:
    """64 kB of beginnings and of ends."""
    for text in (unit * (65_536 // len(unit)), "https://a" + "." * 65_536 + unit):
        begin = time.thread_time()
        find_link(text)
        assert time.thread_time() - begin < CPU_S
