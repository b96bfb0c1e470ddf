"""Self-check of the way to WhatsApp: name, connection, certificate, answer, and the clock.

It connects only when it is called, once, by the way that the core would take.
"""

from __future__ import annotations

import email.utils
import os
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Final

from core.hosting.checks.proxy import UnusableProxyError, proxy_for
from core.hosting.checks.tunnel import Deadline, RefusedError, addresses, connect, open_tunnel, read_head
from core.hosting.tls import tls_context
from core.models.diagnostics import Check, Verdict

BUDGET_S: Final = 10.0
SLOW_S: Final = 2.0
SKEWED_S: Final = 30.0
BADLY_SKEWED_S: Final = 300.0
CODES: Final = ("network-name", "network-connect", "network-tls", "network-answer", "clock-skew")

_CERTIFICATE: Final = {
    9: "tls-not-yet-valid",
    10: "tls-expired",
    18: "tls-self-signed",
    19: "tls-untrusted",
    20: "tls-untrusted",
    21: "tls-untrusted",
    62: "tls-wrong-name",
    64: "tls-wrong-name",
}
"""Why a certificate was refused. Source: OpenSSL's x509_vfy.h, X509_V_ERR_…"""
_NOT_TLS: Final = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")


def network_checks(
    host: str, port: int, *, environment: Mapping[str, str] = os.environ, budget_s: float = BUDGET_S
) -> tuple[Check, ...]:
    """Ask ``host`` for the head of its front page over TLS; a check for each of ``CODES``, in that order.

    All steps together take at most ``budget_s`` seconds. What comes after a failure is not known.
    """
    done: list[Check] = []
    try:
        for check in _steps(host, port, environment, Deadline(budget_s)):
            done.append(check)  # what was found stays when a later step raises
    except RefusedError as error:
        verdict = Verdict.UNKNOWN if error.reason == "proxy-not-tried" else Verdict.BAD
        done.append(Check(CODES[len(done)], verdict, error.reason, error.told))
    except TimeoutError:
        done.append(Check(CODES[len(done)], Verdict.BAD, "network-timeout"))
    except OSError as error:
        done.append(Check(CODES[len(done)], Verdict.BAD, "connect-failed", error.strerror or ""))
    return (*done, *(Check(code, Verdict.UNKNOWN, "not-reached") for code in CODES[len(done) :]))


def _steps(host: str, port: int, environment: Mapping[str, str], deadline: Deadline) -> Iterator[Check]:
    try:
        proxy = proxy_for(host, port, environment)
    except UnusableProxyError as error:
        raise RefusedError("proxy-unusable", str(error)) from None
    with ExitStack() as stack:
        begin = time.perf_counter()
        ways = addresses(proxy.host if proxy else host, proxy.port if proxy else port, deadline)
        yield Check("network-name", Verdict.GOOD, value=_since(begin))
        begin = time.perf_counter()
        plug = stack.enter_context(connect(ways, deadline))
        if proxy:
            open_tunnel(plug, proxy, host, port, deadline)
        yield Check("network-connect", Verdict.GOOD, value=_since(begin))
        safe = stack.enter_context(_secured(plug, host, tls_context(environment), deadline))
        yield Check("network-tls", Verdict.GOOD, value=safe.version() or "")
        yield from _asked(safe, host, deadline)


def _secured(plug: socket.socket, host: str, trust: ssl.SSLContext, deadline: Deadline) -> ssl.SSLSocket:
    plug.settimeout(deadline.left())
    try:
        return trust.wrap_socket(plug, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise RefusedError(_CERTIFICATE.get(error.verify_code, "tls-failed"), error.verify_message) from None
    except ssl.SSLError as error:
        reason = "tls-none" if error.reason in _NOT_TLS else "tls-failed"
        raise RefusedError(reason, error.reason or "") from None
    except TimeoutError:
        raise
    except OSError as error:
        raise RefusedError("tls-failed", error.strerror or "") from None


def _asked(safe: ssl.SSLSocket, host: str, deadline: Deadline) -> Iterator[Check]:
    begin, asked_at = time.perf_counter(), time.time()
    safe.settimeout(deadline.left())
    try:
        safe.sendall(f"HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        head = read_head(safe, deadline)
    except TimeoutError:
        raise
    except OSError as error:
        raise RefusedError("answer-none", error.strerror or "") from None
    took, answered_at = time.perf_counter() - begin, time.time()
    if not head.startswith(b"HTTP/1."):
        raise RefusedError("answer-none")
    slow = took > SLOW_S
    yield Check(
        "network-answer",
        Verdict.WARNING if slow else Verdict.GOOD,
        "answer-slow" if slow else "",
        f"{took * 1000:.0f} ms",
    )
    yield _skew(head, (asked_at + answered_at) / 2)


def _skew(head: bytes, now: float) -> Check:
    """How far our clock is from the server's, which tells whole seconds."""
    lines = (line.partition(b":") for line in head.split(b"\r\n"))
    date = next((value for name, _, value in lines if name.strip().lower() == b"date"), b"")
    try:
        there = email.utils.parsedate_to_datetime(date.decode("ascii").strip()).timestamp()
    except (ValueError, OverflowError):
        return Check("clock-skew", Verdict.UNKNOWN, "clock-no-date")
    ahead = now - there
    value = f"{ahead:+.0f} s"
    if abs(ahead) > BADLY_SKEWED_S:
        return Check("clock-skew", Verdict.BAD, "clock-skew", value)
    if abs(ahead) > SKEWED_S:
        return Check("clock-skew", Verdict.WARNING, "clock-skew", value)
    return Check("clock-skew", Verdict.GOOD, value=value)


def _since(begin: float) -> str:
    return f"{(time.perf_counter() - begin) * 1000:.0f} ms"
