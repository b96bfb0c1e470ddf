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
from core.models.diagnostics import Check, SelfCheck, SelfCheckReason, Verdict

BUDGET_S: Final = 10.0
SLOW_S: Final = 2.0
SKEWED_S: Final = 30.0
BADLY_SKEWED_S: Final = 300.0
STEPS: Final = (
    SelfCheck.NETWORK_NAME,
    SelfCheck.NETWORK_CONNECT,
    SelfCheck.NETWORK_TLS,
    SelfCheck.NETWORK_ANSWER,
    SelfCheck.CLOCK_SKEW,
)

_CERTIFICATE: Final = {
    9: SelfCheckReason.TLS_NOT_YET_VALID,
    10: SelfCheckReason.TLS_EXPIRED,
    18: SelfCheckReason.TLS_SELF_SIGNED,
    19: SelfCheckReason.TLS_UNTRUSTED,
    20: SelfCheckReason.TLS_UNTRUSTED,
    21: SelfCheckReason.TLS_UNTRUSTED,
    62: SelfCheckReason.TLS_WRONG_NAME,
    64: SelfCheckReason.TLS_WRONG_NAME,
}
"""Why a certificate was refused. Source: OpenSSL's x509_vfy.h, X509_V_ERR_…"""
_NOT_TLS: Final = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")


def network_checks(
    host: str, port: int, *, environment: Mapping[str, str] = os.environ, budget_s: float = BUDGET_S
) -> tuple[Check, ...]:
    """Ask ``host`` for the head of its front page over TLS; a check for each of ``STEPS``, in that order.

    All steps together take at most ``budget_s`` seconds. What comes after a failure is not known.
    """
    done: list[Check] = []
    try:
        for check in _steps(host, port, environment, Deadline(budget_s)):
            done.append(check)  # what was found stays when a later step raises
    except RefusedError as error:
        verdict = Verdict.UNKNOWN if error.reason == SelfCheckReason.PROXY_NOT_TRIED else Verdict.BAD
        done.append(Check(STEPS[len(done)], verdict, error.reason, error.message))
    except TimeoutError:
        done.append(Check(STEPS[len(done)], Verdict.BAD, SelfCheckReason.NETWORK_TIMEOUT))
    except OSError as error:
        done.append(
            Check(STEPS[len(done)], Verdict.BAD, SelfCheckReason.CONNECT_FAILED, error.strerror or "")
        )
    return (
        *done,
        *(Check(code, Verdict.UNKNOWN, SelfCheckReason.NOT_REACHED) for code in STEPS[len(done) :]),
    )


def _steps(host: str, port: int, environment: Mapping[str, str], deadline: Deadline) -> Iterator[Check]:
    try:
        proxy = proxy_for(host, port, environment)
    except UnusableProxyError as error:
        raise RefusedError(SelfCheckReason.PROXY_UNUSABLE, str(error)) from None
    with ExitStack() as stack:
        begin = time.perf_counter()
        candidates = addresses(proxy.host if proxy else host, proxy.port if proxy else port, deadline)
        yield Check(SelfCheck.NETWORK_NAME, Verdict.GOOD, value=_since(begin))
        begin = time.perf_counter()
        sock = stack.enter_context(connect(candidates, deadline))
        if proxy:
            open_tunnel(sock, proxy, host, port, deadline)
        yield Check(SelfCheck.NETWORK_CONNECT, Verdict.GOOD, value=_since(begin))
        safe = stack.enter_context(_secured(sock, host, tls_context(environment), deadline))
        yield Check(SelfCheck.NETWORK_TLS, Verdict.GOOD, value=safe.version() or "")
        yield from _asked(safe, host, deadline)


def _secured(sock: socket.socket, host: str, trust: ssl.SSLContext, deadline: Deadline) -> ssl.SSLSocket:
    sock.settimeout(deadline.left())
    try:
        return trust.wrap_socket(sock, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise RefusedError(
            _CERTIFICATE.get(error.verify_code, SelfCheckReason.TLS_FAILED), error.verify_message
        ) from None
    except ssl.SSLError as error:
        reason = SelfCheckReason.TLS_NONE if error.reason in _NOT_TLS else SelfCheckReason.TLS_FAILED
        raise RefusedError(reason, error.reason or "") from None
    except TimeoutError:
        raise
    except OSError as error:
        raise RefusedError(SelfCheckReason.TLS_FAILED, error.strerror or "") from None


def _asked(safe: ssl.SSLSocket, host: str, deadline: Deadline) -> Iterator[Check]:
    begin, asked_at = time.perf_counter(), time.time()
    safe.settimeout(deadline.left())
    try:
        safe.sendall(f"HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        head = read_head(safe, deadline)
    except TimeoutError:
        raise
    except OSError as error:
        raise RefusedError(SelfCheckReason.ANSWER_NONE, error.strerror or "") from None
    took, answered_at = time.perf_counter() - begin, time.time()
    if not head.startswith(b"HTTP/1."):
        raise RefusedError(SelfCheckReason.ANSWER_NONE)
    slow = took > SLOW_S
    yield Check(
        SelfCheck.NETWORK_ANSWER,
        Verdict.WARNING if slow else Verdict.GOOD,
        SelfCheckReason.ANSWER_SLOW if slow else "",
        f"{took * 1000:.0f} ms",
    )
    yield _skew(head, (asked_at + answered_at) / 2)


def _skew(head: bytes, now: float) -> Check:
    """Check how far our clock is from the server's, which tells whole seconds."""
    lines = (line.partition(b":") for line in head.split(b"\r\n"))
    date = next((value for name, _, value in lines if name.strip().lower() == b"date"), b"")
    try:
        there = email.utils.parsedate_to_datetime(date.decode("ascii").strip()).timestamp()
    except (ValueError, OverflowError):
        return Check(SelfCheck.CLOCK_SKEW, Verdict.UNKNOWN, SelfCheckReason.CLOCK_NO_DATE)
    ahead = now - there
    value = f"{ahead:+.0f} s"
    if abs(ahead) > BADLY_SKEWED_S:
        return Check(SelfCheck.CLOCK_SKEW, Verdict.BAD, SelfCheckReason.CLOCK_SKEW, value)
    if abs(ahead) > SKEWED_S:
        return Check(SelfCheck.CLOCK_SKEW, Verdict.WARNING, SelfCheckReason.CLOCK_SKEW, value)
    return Check(SelfCheck.CLOCK_SKEW, Verdict.GOOD, value=value)


def _since(begin: float) -> str:
    return f"{(time.perf_counter() - begin) * 1000:.0f} ms"
