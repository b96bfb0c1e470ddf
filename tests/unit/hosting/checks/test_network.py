"""The way to WhatsApp, against servers on loopback that are wrong in every way a real one can be."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.hosting.checks.network import STEPS, network_checks
from core.models.diagnostics import Check, Verdict
from tests.support.app_process import free_port
from tests.support.tls_servers import (
    HOST,
    Authority,
    Talk,
    http_proxy,
    saying,
    serving,
    silent,
    socks_proxy,
    web,
)

WHATSAPP = "web.whatsapp.com"
Found = dict[str, Check]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """The one that the checks are told to trust."""
    return Authority.made(tmp_path)


@pytest.fixture
def serve() -> Iterator[Callable[[Talk], int]]:
    """Starts a server and gives its port; all end with the test."""
    with ExitStack() as stack:
        yield lambda talk: stack.enter_context(serving(talk))


def ask(
    port: int, authority: Authority, *, host: str = HOST, proxy: str = "", budget_s: float = 5.0
) -> Found:
    """The checks by code."""
    environment = {"SSL_CERT_FILE": str(authority.path)} | ({"HTTPS_PROXY": proxy} if proxy else {})
    checks = network_checks(host, port, environment=environment, budget_s=budget_s)
    assert tuple(check.code for check in checks) == STEPS
    return {check.code: check for check in checks}


def assert_failed_at(found: Found, code: str, reason: str, *, verdict: Verdict = Verdict.BAD) -> None:
    """Good before, ``reason`` there, not reached after."""
    at = STEPS.index(code)
    assert [found[one].verdict for one in STEPS[:at]] == [Verdict.GOOD] * at
    assert (found[code].verdict, found[code].reason) == (verdict, reason)
    rest = [(found[one].verdict, found[one].reason) for one in STEPS[at + 1 :]]
    assert rest == [(Verdict.UNKNOWN, "not-reached")] * len(rest)


def test_a_sound_server_is_good_in_everything(
    authority: Authority, serve: Callable[[Talk], int], tmp_path: Path
) -> None:
    """With times, the protocol's version and how the clocks compare."""
    found = ask(serve(web(authority.server(tmp_path))), authority)
    assert {check.verdict for check in found.values()} == {Verdict.GOOD}
    assert {check.reason for check in found.values()} == {""}
    assert found["network-tls"].value == "TLSv1.3"
    assert found["network-answer"].value.endswith(" ms")
    assert found["clock-skew"].value in {"+0 s", "-0 s", "+1 s"}


@pytest.mark.parametrize(
    ("names", "days", "self_signed", "reason"),
    [
        ((HOST,), 10, False, "tls-expired"),
        ((HOST,), -10, False, "tls-not-yet-valid"),
        ((HOST,), 0, True, "tls-self-signed"),
        (("elsewhere.example",), 0, False, "tls-wrong-name"),
    ],
)
def test_a_wrong_certificate_is_refused_and_named(
    authority: Authority,
    serve: Callable[[Talk], int],
    tmp_path: Path,
    names: tuple[str, ...],
    days: int,
    self_signed: bool,
    reason: str,
) -> None:
    """Nothing is asked of such a server."""
    context = authority.server(tmp_path, names=names, age=dt.timedelta(days=days), self_signed=self_signed)
    assert_failed_at(ask(serve(web(context)), authority), "network-tls", reason)


def test_an_authority_that_nobody_knows_is_not_trusted(
    authority: Authority, serve: Callable[[Talk], int], tmp_path: Path
) -> None:
    """As a company's proxy that opens what passes through."""
    stranger = Authority.made(tmp_path, "stranger")
    found = ask(serve(web(stranger.server(tmp_path))), authority)
    assert_failed_at(found, "network-tls", "tls-untrusted")


@pytest.mark.parametrize("words", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 mail ready\r\n", b"\0" * 40])
def test_plain_text_is_no_tls(authority: Authority, serve: Callable[[Talk], int], words: bytes) -> None:
    """A captive portal, or a wrong port."""
    assert_failed_at(ask(serve(saying(words)), authority), "network-tls", "tls-none")


def test_a_server_that_hangs_up_is_a_failed_tls(authority: Authority, serve: Callable[[Talk], int]) -> None:
    """What a filter does that does not like the name."""
    assert_failed_at(ask(serve(lambda _: None), authority), "network-tls", "tls-failed")


def test_silence_ends_within_the_budget(authority: Authority, serve: Callable[[Talk], int]) -> None:
    """It takes the connection and never answers."""
    begin = time.monotonic()
    found = ask(serve(silent), authority, budget_s=0.4)
    assert time.monotonic() - begin < 1.5
    assert_failed_at(found, "network-tls", "network-timeout")


def test_packets_that_vanish_end_within_the_budget(authority: Authority) -> None:
    """A listener with no room left drops what asks to connect, as a firewall does."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            plug = stack.enter_context(socket.socket())
            plug.setblocking(False)
            plug.connect_ex(listener.getsockname())
        begin = time.monotonic()
        found = ask(listener.getsockname()[1], authority, budget_s=0.4)
    assert time.monotonic() - begin < 1.5
    assert_failed_at(found, "network-connect", "network-timeout")


def test_a_closed_port_refuses(authority: Authority) -> None:
    """With the system's own words."""
    found = ask(free_port(), authority)
    assert_failed_at(found, "network-connect", "connect-refused")
    assert found["network-connect"].value


@pytest.mark.parametrize("host", ["a..b", "x" * 64, "\0"])
def test_a_name_that_cannot_be_is_unknown(authority: Authority, host: str) -> None:
    """Refused by the resolver without asking anybody."""
    assert_failed_at(ask(443, authority, host=host), "network-name", "name-unknown")


@pytest.mark.parametrize(
    ("ahead", "verdict", "reason"),
    [
        (10, Verdict.GOOD, ""),
        (100, Verdict.WARNING, "clock-skew"),
        (-100, Verdict.WARNING, "clock-skew"),
        (86_400, Verdict.BAD, "clock-skew"),
        (-86_400, Verdict.BAD, "clock-skew"),
    ],
)
def test_the_servers_clock_is_the_measure(
    authority: Authority,
    serve: Callable[[Talk], int],
    tmp_path: Path,
    ahead: int,
    verdict: Verdict,
    reason: str,
) -> None:
    """By how much ours is ahead of it, to a second or two."""
    port = serve(web(authority.server(tmp_path), date=lambda: time.time() - ahead))
    clock = ask(port, authority)["clock-skew"]
    assert (clock.verdict, clock.reason) == (verdict, reason)
    assert abs(int(clock.value.removesuffix(" s")) - ahead) <= 2


def test_without_a_date_the_clock_is_unknown(
    authority: Authority, serve: Callable[[Talk], int], tmp_path: Path
) -> None:
    """Everything else stays good."""
    found = ask(serve(web(authority.server(tmp_path), date=lambda: None)), authority)
    assert (found["clock-skew"].verdict, found["clock-skew"].reason) == (Verdict.UNKNOWN, "clock-no-date")
    assert found["network-answer"].verdict is Verdict.GOOD


def test_a_slow_answer_is_told(authority: Authority, serve: Callable[[Talk], int], tmp_path: Path) -> None:
    """Pairing would feel it."""
    answer = ask(serve(web(authority.server(tmp_path), wait=2.1)), authority)["network-answer"]
    assert (answer.verdict, answer.reason) == (Verdict.WARNING, "answer-slow")


def test_no_answer_after_the_handshake_is_told(
    authority: Authority, serve: Callable[[Talk], int], tmp_path: Path
) -> None:
    """It closes after the question, or says something else."""
    context = authority.server(tmp_path)

    def mute(visitor: socket.socket) -> None:
        with context.wrap_socket(visitor, server_side=True) as safe:
            safe.recv(4096)
            safe.unwrap()

    assert_failed_at(ask(serve(mute), authority), "network-answer", "answer-none")


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h", ""])
def test_the_way_through_a_proxy_is_the_cores(
    authority: Authority, serve: Callable[[Talk], int], tmp_path: Path, scheme: str
) -> None:
    """The proxy is asked for WhatsApp's name; nobody resolves it here. Without a scheme it is http."""
    inner = serve(web(authority.server(tmp_path, names=(WHATSAPP,))))
    outer = serve(socks_proxy(inner) if "socks" in scheme else http_proxy(inner))
    where = f"{scheme}://127.0.0.1:{outer}" if scheme else f"127.0.0.1:{outer}"
    found = ask(443, authority, host=WHATSAPP, proxy=where)
    assert {check.verdict for check in found.values()} == {Verdict.GOOD}


@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize(
    ("given", "reason"), [("ana:s%40d@", ""), ("ana:no@", "proxy-password"), ("", "proxy-password")]
)
def test_a_proxy_that_wants_a_password_gets_it(
    authority: Authority,
    serve: Callable[[Talk], int],
    tmp_path: Path,
    scheme: str,
    given: str,
    reason: str,
) -> None:
    """From the variable, decoded; without the right one it says so, and no value holds it."""
    inner = serve(web(authority.server(tmp_path, names=(WHATSAPP,))))
    outer = serve(
        http_proxy(inner, password="ana:s@d") if scheme == "http" else socks_proxy(inner, password=b"ana:s@d")
    )
    found = ask(443, authority, host=WHATSAPP, proxy=f"{scheme}://{given}127.0.0.1:{outer}")
    if reason:
        assert_failed_at(found, "network-connect", reason)
    else:
        assert {check.verdict for check in found.values()} == {Verdict.GOOD}
    assert not any("s@d" in check.value or "ana" in check.value for check in found.values())


def test_a_proxy_that_refuses_is_told_apart_from_a_network_that_does(
    authority: Authority, serve: Callable[[Talk], int]
) -> None:
    """With its number: 403 is a rule of its owner."""
    found = ask(443, authority, host=WHATSAPP, proxy=f"http://127.0.0.1:{serve(http_proxy(1, status=403))}")
    assert_failed_at(found, "network-connect", "proxy-refused")
    assert found["network-connect"].value == "403"
    found = ask(443, authority, host=WHATSAPP, proxy=f"socks5://127.0.0.1:{serve(socks_proxy(1, reply=2))}")
    assert_failed_at(found, "network-connect", "proxy-refused")


def test_what_cannot_be_tried_is_unknown_and_not_bad(
    authority: Authority, serve: Callable[[Talk], int]
) -> None:
    """The core can use a proxy over TLS; this check cannot."""
    found = ask(443, authority, host=WHATSAPP, proxy=f"https://127.0.0.1:{serve(silent)}")
    assert_failed_at(found, "network-connect", "proxy-not-tried", verdict=Verdict.UNKNOWN)


def test_a_variable_that_holds_no_proxy_ends_the_attempt(authority: Authority) -> None:
    """The core would fail on it as well."""
    found = ask(443, authority, host=WHATSAPP, proxy="ftp://127.0.0.1:1")
    assert_failed_at(found, "network-name", "proxy-unusable")
    assert found["network-name"].value == "HTTPS_PROXY"


def test_the_certificate_is_checked_through_a_proxy_too(
    authority: Authority, serve: Callable[[Talk], int], tmp_path: Path
) -> None:
    """A proxy that puts itself in between is found out."""
    context: ssl.SSLContext = authority.server(tmp_path, names=("elsewhere.example",))
    outer = serve(http_proxy(serve(web(context))))
    found = ask(443, authority, host=WHATSAPP, proxy=f"http://127.0.0.1:{outer}")
    assert_failed_at(found, "network-tls", "tls-wrong-name")
