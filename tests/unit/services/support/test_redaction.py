"""What no report shows, however it is written, and what every report has to show."""

from __future__ import annotations

import base64
import ipaddress
import random
import re
import string
import time
import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.logs import redact
from core.services.support.redaction import mask_fact, mask_text, plain

BLANKS = " \t\u00a0\u1680\u2000\u2002\u2003\u2007\u2009\u200a\u202f\u205f\u3000\x0b\x1f\x85\u2028"
MARKS = (
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u202d\u202e\u2060\u2066\u2067\u2069\ufeff\ufe0f\u061c"
)
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"

separator = st.sampled_from(
    [
        "",
        "",
        "",
        *BLANKS,
        *MARKS,
        *DASHES,
        ".",
        "/",
        " (",
        ") ",
        ")",
        " - ",
        "\u00a0-\u00a0",
        "\u200b \u200b",
        "\n",
    ]
)
digits = st.text(string.digits, min_size=8, max_size=15)
script = st.sampled_from(["0", "\u0660", "\u06f0", "\u0966", "\uff10", "\U0001d7ce"])
around = st.text("ab/. _-=:,(@\n'\"", max_size=4)


def masked(text: str) -> str:
    """As a line of the log goes into a report."""
    return redact(mask_text(plain(text)))


def only_digits(text: str) -> str:
    return "".join(str(unicodedata.digit(char)) for char in text if char.isdigit())


@given(st.data(), digits, script, st.sampled_from(["", "+", "(", "00", "tel:"]))
def test_a_number_is_never_shown(data: st.DataObject, number: str, zero: str, before: str) -> None:
    """With blanks and marks of any kind, brackets, dots, dashes, in the digits of any script."""
    assume(not re.match(r"(19|20)\d\d[01]\d[0-3]\d", number))  # that is a day
    parts = [data.draw(separator) + chr(ord(zero) + int(digit)) for digit in number]
    written = before + "".join(parts).lstrip()
    assume(not re.search(r"\d{1,2}[/.]\d{1,2}[/.](?:19|20)\d\d|(?:19|20)\d\d[/-]\d", plain(written)))
    shown = masked(f"to {written} failed")
    assert number not in only_digits(shown), (written, shown)
    assert shown.startswith("to ")
    assert shown.endswith(" failed")


@pytest.mark.parametrize(
    "written",
    [
        *(
            "+55 11 91234-5678",
            "55 (11) 9.1234-5678",
            "(11) 91234-5678",
            "011 91234 5678",
            "11 - 91234 - 5678",
        ),
        *("+1 202-555-0123", "1.202.555.0123", "202.555.0123", "(202)5550123", "001-202-555-0123"),
        *(
            "+49 (0)30 901820-12",
            "0049/30/9018201",
            "+33 1 23 45 67 89",
            "01.23.45.67.89",
            "+44 (0) 20 7946 0958",
        ),
        *("+54 9 11 2345-6789", "3333-4444", "5511912345678", "wa.me/5511912345678", "tel:+5511912345678"),
        *("5511912345678@s.whatsapp.net", "5511912345678:12@s.whatsapp.net", "number=5511912345678,x"),
        *("123.456.789-09", "12.345.678/0001-95"),
    ],
)
def test_common_ways_to_write_a_number(written: str) -> None:
    """Telephones of several countries, addresses of people, numbers that the tax office gives."""
    shown = masked(f"to {written}: refused")
    assert only_digits(written) not in only_digits(shown)
    assert len(only_digits(shown)) <= 6, shown


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("<5511912345678@s.whatsapp.net>", "<…5678@s.whatsapp.net>"),
        ("98765432109876:3@lid", "…9876@lid"),
        ("1234567@lid", "…@lid"),
        ("120363041234567890@g.us", "…7890@g.us"),
        ("status@broadcast", "status@broadcast"),
    ],
)
def test_addresses_of_whatsapp_keep_their_kind(line: str, left: str) -> None:
    """Support wants to know whether it was a person, a group or a LID."""
    assert masked(line) == left


@given(
    st.ip_addresses(),
    st.sampled_from(["{}", "[{}]", "[{}]:443", "{} port 80", "from={},", "({})", "{}/64", "v={};"]),
)
def test_an_ip_address_is_never_shown(address: ipaddress.IPv4Address, where: str) -> None:
    """Of either kind, short and long, in brackets, with a port or a zone."""
    for written in (str(address), address.exploded, str(address).upper(), f"\u200b{address}\u2060"):
        shown = masked(where.format(written))
        assert plain(written).strip("\u200b") not in shown
        assert "[ip]" in shown


@pytest.mark.parametrize(
    "written",
    [
        *(
            "203.0.113.7:8443",
            "::ffff:203.0.113.7",
            "fe80::1%eth0",
            "[fe80::1%25eth0]:80",
            "http://203.0.113.7/x",
        ),
        *("ip-10-0-12-7", "203.0.113.7.", "::1", "127.0.0.1", "aa:bb:cc:dd:ee:ff", "AA-BB-CC-DD-EE-FF"),
        *("client=203.0.113.7", "IPv6:2001:db8::7", "2001:DB8::7."),
    ],
)
def test_other_spellings_of_an_address(written: str) -> None:
    """Of machines, their cards and their names."""
    shown = masked(f"from {written} closed")
    assert not re.search(r"\d+[.-]\d+[.-]\d|db8|fe80|cc:dd|CC-DD|::1", shown, re.IGNORECASE), shown


@given(st.emails(), st.sampled_from(["{}", "<{}>", "to {}, ok", "mailto:{}", "user={}"]))
def test_an_email_address_is_never_shown(email: str, where: str) -> None:
    """Whatever it is made of; also as a link writes it."""
    assert email not in masked(where.format(email))
    assert email not in masked(where.format(email.replace("@", "@\u200b")))
    assert quote(email) not in masked(where.format(quote(email)))


def test_what_is_at_the_ends_of_an_email_goes_too() -> None:
    """Name and domain."""
    for email in (
        "ana.souza+x@mail.example.com.br",
        "zé@café.example",
        '"Ana Souza"@example.com',
        "ana@localhost",
    ):
        shown = masked(f"invited {email} today")
        assert shown == "invited [email] today", shown


def test_a_long_secret_is_hidden() -> None:
    """As base64 of both kinds and as hexadecimal: of 10,000 no more than a handful read like words."""
    draw, shown, count = random.Random(3), 0, 0
    for _ in range(3_400):
        data = draw.randbytes(draw.randint(18, 64))
        if data[0] >> 2 == 0b111111:
            continue  # begins as a path does: the next test's
        for secret in (
            base64.b64encode(data).decode(),
            base64.urlsafe_b64encode(data).decode().rstrip("="),
            data.hex() if count % 2 else data.hex().upper(),
        ):
            where = ("{}", "got {}, bad", "'{}'", "key: {}", "x={}")[count % 5]
            count += 1
            shown += secret in masked(where.format(secret))
    assert count > 9_500
    assert shown <= 5


def test_bytes_that_are_zero_are_hidden() -> None:
    """No random letters, but a secret all the same."""
    for data in (bytes(18), bytes(64), bytes([0xFC]) + bytes(17)):
        assert base64.b64encode(data).decode() not in masked(f"key: {base64.b64encode(data).decode()}")


def test_secrets_that_look_like_paths_are_hidden() -> None:
    """Base64 begins with a slash once in 64 times; few of those read like the words of a path."""
    draw, shown = random.Random(7), 0
    for _ in range(2_000):
        secret = "/" + base64.b64encode(draw.randbytes(draw.choice([18, 24, 32])))[1:].decode()
        shown += secret in masked(f"key: {secret}")
    assert shown <= 6
    assert masked("/" + "A" * 14 + "/" + "A" * 8) == "/AAA••••"


def test_many_random_secrets_leave_no_more_than_their_beginning() -> None:
    """A thousand of each kind: at most a few signs in a row of any of them."""
    draw = random.Random(11)
    for _ in range(1_000):
        data = draw.randbytes(32)
        for secret in (base64.urlsafe_b64encode(data).decode().rstrip("="), data[:16].hex()):
            shown = masked(f"sent {secret} there")
            assert not any(secret[at : at + 16] in shown for at in range(len(secret) - 16)), shown


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("https://ana:pw@h.example/x?token=abc&n=1#frag", "https://h.example/x?token=••••&n=••••#••••"),
        ("GET /login/callback?code=abc&state=x%20y HTTP", "GET /login/callback?code=••••&state=•••• HTTP"),
        ("wss://h.example/?secretword", "wss://h.example/?••••"),
        ("Authorization: Bearer abc.def", "Authorization:••••"),
        ("cookie: a=b; c=d", "cookie:••••"),
        ("with bearer abcdefgh123", "with bearer ••••"),
        ("APP_PASSWORD=hush hush", "APP_PASSWORD=•••• hush"),
        ('{"client_secret": "abc", "n": 1}', '{"client_secret": "••••", "n": 1}'),
        ("api-key='abc'", "api-key='••••'"),
        ("/home/ana/app and /Users/Bia/x", "/home/••••/app and /Users/••••/x"),
        ("C:\\Users\\Ana Souza\\AppData", "C:\\Users\\••••\\AppData"),
        ("'C:\\\\Users\\\\ana\\\\x'", "'C:\\\\Users\\\\••••\\\\x'"),
        ("d:/users/ana", "d:/users/••••"),
        ("\\\\server\\Users\\ana\\x", "\\\\server\\Users\\••••\\x"),
        ("/mnt/c/Users/ana/x /var/home/ana", "/mnt/c/Users/••••/x /var/home/••••"),
        ("in ~ana/app, /media/ana/USB", "in ~••••/app, /media/••••/USB"),
        ('File "/home/ana/app.py", line 3', 'File "/home/••••/app.py", line 3'),
    ],
)
def test_what_opens_something_or_names_somebody(line: str, left: str) -> None:
    """Links, parameters, headers, settings, home folders."""
    assert masked(line) == left


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-23 22:04:05,123 INFO core.registry.registry using auth directory /data with 20 instances",
        "2026-11-23T22:04:05.123456+00:00 2026/11/23 23/11/2026 11/23/2026 23.11.2026",
        "2026-11-24 17 2026-11-25 18",
        "python 3.11.7 on Linux x86_64, streamlit 1.67.0, neonize 0.5.2, 6.8.0-1021-aws, 5.15.0-1034-azure",
        "client 2.3000.1015901307, Chrome/120.0.6099.109",
        "took 12.3456789 s, 3.2 ms, 1073741824 bytes, 512 MB, 12.50 GiB, 99.5%",
        "worker 1234567 ended with -9 after 12:30:05",
        "wa-logged-out: auth-dir-missing (disk-full) [3.2 ms]",
        "ConnectionRefusedError: [Errno 111] Connection refused",
        "PytestUnraisableExceptionWarning in core/services/web_fetch/web_url.py, test_a_number_stays_secret",
        "OIDC_ALLOWED_DOMAINS SEND_MESSAGES_PER_MINUTE=20 DISK_PRICE_PER_GB_MONTH",
        'File "/usr/lib/python3.11/site-packages/anyio/_backends/_asyncio.py", line 2357, in run_sync',
        "std::string at 0x7f8a2b3c4d5e in libwhatsmeow.so.1",
        "35 of 1048576 open; 12 / 3; ports 80, 443, 8501",
        "retry 3 in 2.5 s since 10:15",
        "the password is wrong; no token was sent; basic authentication; about ~5 minutes",
        "https://h.example/guide/start and wss://web.whatsapp.com/ws/chat",
        "São Paulo — conexão perdida…",
        "state pairing -> connected (attempt 2 of 5)",
    ],
)
def test_what_a_log_is_read_for_stays(line: str) -> None:
    """Words, versions, dates, times, sizes, codes, paths, identifiers."""
    assert masked(line) == line


@pytest.mark.parametrize(
    "fact",
    [
        "file-descriptors good [35 / 1048576]",
        "permissions good [0700, uid 1000]",
        "disk 12.1 GB 50.0 GB 1234 5678",
    ],
)
def test_figures_side_by_side_are_no_number_in_our_own_facts(fact: str) -> None:
    """There is nobody in them."""
    assert mask_fact(plain(fact)) == fact


@given(st.text())
def test_masking_twice_changes_no_more(text: str) -> None:
    """Nor does anything break it."""
    once = plain(text)
    assert plain(once) == once
    mask_text(once)


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "1",
            "1 ",
            "1.",
            "1-",
            "a.",
            "a@",
            "@",
            "=",
            ":",
            "a:",
            "/home/",
            "~a",
            "\\Users\\",
            "http://",
            "?a=",
            "x=1&",
        ),
        *(
            "token",
            "token=",
            "bearer ",
            "1:",
            "12:30 ",
            "2026-11-24 ",
            "aA1",
            "A",
            "\u200b",
            "é",
            "%40",
            '"',
            "-",
            "_/",
        ),
        *("secret-", "1.1.1.", "::", "authorization", "(", "2@", "a b ", "C:\\Users\\a b "),
    ],
)
def test_a_long_line_is_masked_quickly(unit: str) -> None:
    """The longest that is kept, of whatever it is made: a report has 300 of them."""
    text = unit * (4_000 // len(unit))
    begin = time.thread_time()
    masked(text)
    assert time.thread_time() - begin < 0.1
