"""Guessers, slow clients and nonsense: none of them gets in, holds up the others or makes the server grow."""

from __future__ import annotations

import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from core.web import connection_limits
from core.web.auth.lockout import BUDGET, FREE_TRIES, REFILL_PER_S
from core.web.auth.sockets import BURST, MESSAGE_LIMIT
from tests.integration.web.conftest import Starts
from tests.integration.web.raw import ask, exchange
from tests.support.app_process import AppProcess
from tests.support.live_page import draw, live_page
from tests.support.polling import eventually
from tests.support.processes import looks_inside
from tests.support.signing_in import PASSWORD, SESSION, browser, fields, held, signed_in, try_password

GUESSES = 200
MALFORMED = 2_500
MB = 1024 * 1024
GROWTH_MB = 12
"""Noise of the allocator; 2,500 kept connections of a few kB each would be more."""


def _draws(app: AppProcess, cookie: str, times: int) -> list[float]:
    """Seconds that a page takes to be drawn, again and again."""
    took = []
    with live_page(app.url, cookie) as page:
        draw(page)
        for _ in range(times):
            begin = time.monotonic()
            draw(page)
            took.append(time.monotonic() - begin)
    return took


@contextmanager
def _meanwhile(work: Callable[[threading.Event], None]) -> Iterator[threading.Thread]:
    over = threading.Event()
    thread = threading.Thread(target=work, args=(over,))
    thread.start()
    try:
        yield thread
    finally:
        over.set()
        thread.join(60)
        assert not thread.is_alive()


@pytest.mark.alone
def test_two_hundred_guesses_get_nowhere_and_slow_nobody(starts: Starts) -> None:
    """Five are compared, the rest refused, the right one too; others wait less than twice as long."""
    app = starts()
    answers: Counter[int] = Counter()

    def guess(over: threading.Event) -> None:
        with browser(app.url) as client:
            form = fields(client.get("/login").text)
            nonce = {"Cookie": f"wa_form={held(client, 'wa_form')}"}
            for number in range(GUESSES):
                password = PASSWORD if number == GUESSES - 1 else f"palpite numero {number}"
                answer = client.post("/login", data={**form, "password": password}, headers=nonce)
                answers[answer.status_code] += 1
                over.wait(0.005)

    with signed_in(app.url) as person:
        cookie = held(person)
        _draws(app, cookie, 5)
        alone = _draws(app, cookie, 30)
        together = []
        with _meanwhile(guess) as guessing:
            while guessing.is_alive():  # all of them: the first few, which are compared, are a short while
                together += _draws(app, cookie, 10)
    assert answers == {401: FREE_TRIES, 429: GUESSES - FREE_TRIES}
    ratio = statistics.median(together) / statistics.median(alone)
    assert ratio < 2, (ratio, statistics.median(alone))


def test_guessing_from_many_addresses_gets_nowhere_and_locks_out_no_known_browser(starts: Starts) -> None:
    """The strangers' budget ends it; who signed in here before signs in again, and who is in stays in."""
    app = starts()
    answers: Counter[int] = Counter()
    with signed_in(app.url) as owner:
        owner.post("/logout")
        with signed_in(app.url) as inside, browser(app.url) as client:
            form = fields(client.get("/login").text)
            nonce = f"wa_form={held(client, 'wa_form')}"
            begin = time.monotonic()
            for number in range(GUESSES // 2):
                headers = {"Cookie": nonce, "X-Forwarded-For": f"198.51.{number // 100}.{number % 100}"}
                answer = client.post("/login", data={**form, "password": "palpite errado"}, headers=headers)
                answers[answer.status_code] += 1
            refilled = (time.monotonic() - begin) * REFILL_PER_S
            assert answers[401] <= BUDGET + refilled + 1
            assert answers[401] + answers[429] == GUESSES // 2
            with browser(app.url) as stranger:
                assert try_password(stranger, PASSWORD).status_code == 429
            assert try_password(owner, PASSWORD).status_code == 303
            assert inside.get("/api/instances").status_code == 200


def test_tries_at_the_same_moment_do_not_slip_past_the_limit(starts: Starts) -> None:
    """Thirty at once from one client: at most five are compared."""
    app = starts()
    answers: list[int] = []

    def guess() -> None:
        with browser(app.url) as client:
            answers.append(try_password(client, "palpite errado").status_code)

    threads = [threading.Thread(target=guess) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Counter(answers) == {401: FREE_TRIES, 429: 30 - FREE_TRIES}


HALVES = (
    b"",
    b"GET /log",
    b"GET /login HTTP/1.1\r\nHost: x\r\nAccept: te",
    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\npass",
    b"GET /_stcore/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nSec-",
    b"POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf",
)


@looks_inside
def test_half_open_clients_do_not_stop_the_others(app: AppProcess) -> None:
    """Three hundred, each with a part of a request: others are answered as before, and they end."""
    process = psutil.Process(app.pid)
    before = process.num_fds()
    held = []
    try:
        for half in HALVES * 50:
            connection = socket.create_connection(("127.0.0.1", app.port), timeout=5)
            with suppress(ConnectionError):
                connection.sendall(half)
            held.append(connection)
        took = []
        for _ in range(30):
            begin = time.monotonic()
            assert ask(app.port, "/login").status == 200
            took.append(time.monotonic() - begin)
        assert statistics.median(took) < 0.1, took
        assert max(took) < 1, took
        eventually(
            lambda: process.num_fds() <= before + 5,
            timeout=connection_limits.LONGEST_S + 8,
            seen=process.num_fds,
        )
    finally:
        for connection in held:
            connection.close()


@looks_inside
def test_a_crowd_of_slow_forms_takes_few_descriptors(app: AppProcess) -> None:
    """Nine hundred at once, each without its body: the oldest give way, and others are answered."""
    process = psutil.Process(app.pid)
    before, logged = process.num_fds(), len(app.log_text())
    half = b"POST /login HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: 10\r\n\r\n" % app.port
    held = []
    try:
        for _ in range(900):
            connection = socket.create_connection(("127.0.0.1", app.port), timeout=10)
            with suppress(ConnectionError):
                connection.sendall(half)
            held.append(connection)
        assert process.num_fds() <= before + connection_limits.CROWD + connection_limits.BACKLOG
        assert ask(app.port, "/login").status == 200
        assert "Traceback" not in app.log_text()[logged:]
    finally:
        for connection in held:
            connection.close()


def test_a_client_that_trickles_is_ended_too(app: AppProcess) -> None:
    """A byte now and then does not count as a request: ten seconds are for all of it."""
    with socket.create_connection(("127.0.0.1", app.port), timeout=1) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        begin = time.monotonic()

        def ended() -> bool:
            try:
                connection.sendall(b"a")
                return connection.recv(1) == b""
            except TimeoutError:
                return False
            except OSError:
                return True

        eventually(ended, timeout=connection_limits.LONGEST_S + 6, seen=lambda: time.monotonic() - begin)
        assert time.monotonic() - begin > connection_limits.LONGEST_S / 2


def _memory(app: AppProcess) -> float:
    return float(psutil.Process(app.pid).memory_info().rss / MB)


_quiet = settings(
    max_examples=MALFORMED,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
_methods = st.sampled_from(["GET", "POST", "HEAD", "PUT", "OPTIONS", "CONNECT", "BREW", "get", ""])
_targets = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["/", "/login", "/logout", "/_stcore/stream", "*", "/media/x", "http://[", "/%", "/%ff%00"]
    ),
)
_names = st.sampled_from(
    [
        *(
            "Cookie",
            "Host",
            "Content-Length",
            "Transfer-Encoding",
            "Upgrade",
            "Connection",
            "Origin",
            "Range",
        ),
        *("Accept-Language", "X-Forwarded-For", "X-Forwarded-Proto", "CF-Connecting-IP", "Sec-Fetch-Site"),
        "Sec-WebSocket-Protocol",
    ]
)
_values = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        ["wa_session=", "chunked", "-1", "9" * 30, "websocket", "Upgrade", "[::", "q=nan", "en;q=x,,;"]
    ),
)
_requests = st.one_of(
    st.binary(max_size=300),
    st.builds(
        lambda method, target, headers, body, version: (
            f"{method} {target} HTTP/{version}\r\n".encode("utf-8", "replace")
            + b"".join(f"{name}: {value}\r\n".encode("utf-8", "replace") for name, value in headers)
            + b"\r\n"
            + body
        ),
        _methods,
        _targets,
        st.lists(st.tuples(_names, _values), max_size=6),
        st.binary(max_size=200),
        st.sampled_from(["1.1", "1.0", "2", "0.9", ""]),
    ),
)


def test_malformed_requests_leave_the_server_as_it_was(app: AppProcess) -> None:
    """Thousands of them, a connection each: healthy, no traceback, no memory kept, nobody let in."""
    statuses: Counter[bytes] = Counter()

    @_quiet
    @given(_requests)
    def send(data: bytes) -> None:
        client = socket.create_connection(("127.0.0.1", app.port), timeout=2)
        with client, suppress(ConnectionError):
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            received = client.recv(65_536)
            statuses[received[9:12]] += 1
            assert b"wa_session=" not in received or b'wa_session=""' in received, data

    ask(app.port, "/login")
    for _ in range(200):
        ask(app.port, "/nothing")
    before = _memory(app)
    send()
    assert _memory(app) - before < GROWTH_MB
    assert ask(app.port, "/healthz").status == 200
    assert sum(statuses.values()) > MALFORMED / 2
    assert statuses[b"500"] == 0, statuses
    assert "Traceback" not in app.log_text()


def _frame(data: bytes, opcode: int, *, fin: bool, masked: bool, claim: int) -> bytes:
    length = len(data) + claim
    head = bytes([opcode | (0x80 if fin else 0), (0x80 if masked else 0) | (min(126, length))])
    if length >= 126:
        head += length.to_bytes(2, "big")
    return head + (b"\0\0\0\0" if masked else b"") + data


def _message(name: str, text: str) -> bytes:
    message = BackMsg()
    if name == "rerun":
        message.rerun_script.query_string = text
        message.rerun_script.fragment_id = text
    elif name == "widgets":
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.string_value = text, text
    elif name == "debug":
        message.debug_shutdown_runtime = True
    else:
        message.load_git_info = True
    return bytes(message.SerializeToString())


_text = st.text(st.characters(codec="utf-8"), max_size=40)
_frames = st.lists(
    st.builds(
        _frame,
        st.binary(max_size=200)
        | st.builds(_message, st.sampled_from(["rerun", "widgets", "debug", "git"]), _text),
        st.one_of(st.just(2), st.integers(0, 15), st.integers(0, 127)),
        fin=st.booleans() | st.just(value=True),
        masked=st.booleans() | st.just(value=True),
        claim=st.sampled_from([0, 0, 0, 1, 100, 60_000]),
    ),
    min_size=1,
    max_size=3,
)


@looks_inside
def test_malformed_frames_leave_the_server_as_it_was(starts: Starts) -> None:
    """From somebody who is signed in: broken frames, broken messages, messages that no page sends."""
    app = starts()
    with signed_in(app.url) as person:
        cookie = held(person)
        handshake = (
            f"GET /_stcore/stream HTTP/1.1\r\nHost: 127.0.0.1:{app.port}\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: {app.url}\r\n"
            f"Sec-WebSocket-Protocol: streamlit\r\nCookie: {SESSION}={cookie}\r\n\r\n"
        ).encode()
        accepted = 0

        @_quiet
        @given(_frames)
        def send(frames: list[bytes]) -> None:
            nonlocal accepted
            with socket.create_connection(("127.0.0.1", app.port), timeout=5) as connection:
                connection.sendall(handshake)
                accepted += connection.recv(4_096).startswith(b"HTTP/1.1 101")
                with suppress(OSError):
                    connection.sendall(b"".join(frames))

        for _ in range(100):
            with live_page(app.url, cookie) as page:
                draw(page)
        before = _memory(app)
        send()
        with live_page(app.url, cookie) as page:
            draw(page)
    assert accepted >= MALFORMED
    assert ask(app.port, "/healthz").status == 200
    # Streamlit keeps the last 128 sessions for their pages to come back, each with a loop of 3 descriptors.
    assert psutil.Process(app.pid).num_fds() < 128 * 3 + 100
    assert _memory(app) - before < 4 * GROWTH_MB


def test_a_message_that_is_too_big_ends_its_socket_only(app: AppProcess) -> None:
    """A megabyte is the most; the server does not hold more of it, and others go on."""
    with signed_in(app.url) as person, live_page(app.url, held(person)) as other:
        draw(other)
        with live_page(app.url, held(person)) as page:
            with suppress(ConnectionClosed):
                page.send(b"x" * (MESSAGE_LIMIT + 1))
            assert _code(page) == 1009
        draw(other)


def test_a_flood_of_messages_ends_its_socket_only(app: AppProcess) -> None:
    """More than any page sends: closed; others go on."""
    message = BackMsg(stop_script=True).SerializeToString()
    with signed_in(app.url) as person, live_page(app.url, held(person)) as other:
        draw(other)
        with live_page(app.url, held(person)) as page:
            with suppress(ConnectionClosed):
                for _ in range(BURST * 3):
                    page.send(message)
            assert _code(page) == 1008
        draw(other)


def _code(connection: ClientConnection) -> int:
    with suppress(TimeoutError):
        while True:
            try:
                connection.recv(timeout=5)
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 0
    return 0


def test_headers_that_are_too_long_are_refused(app: AppProcess) -> None:
    """32 kB of headers are the most, for pages and for websockets."""
    for upgrade in (False, True):
        answer = ask(app.port, "/login", headers={"X-Long": "x" * 70_000}, upgrade=upgrade)
        assert answer.status in {0, 400, 431}
    assert ask(app.port, "/healthz").status == 200
    assert exchange(app.port, b"GET /healthz HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_a_foreign_page_cannot_open_a_socket(app: AppProcess) -> None:
    """Even with the cookie: the origin must be ours."""
    with signed_in(app.url) as person:
        headers = {"Cookie": f"{SESSION}={held(person)}"}
        for path in ("/_stcore/stream", "/api/changes"):
            foreign = {**headers, "Origin": "https://evil.test"}
            assert ask(app.port, path, headers=foreign, upgrade=True).status == 403
            assert ask(app.port, path, headers={**headers, "Origin": app.url}, upgrade=True).status == 101
