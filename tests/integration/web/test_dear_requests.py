"""A request of somebody who is not signed in costs next to nothing, whatever stands in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from core.web.requests.limits import HEADERS_LIMIT
from tests.integration.web.conftest import Starts
from tests.integration.web.raw import ask
from tests.support.app_process import AppProcess
from tests.support.dear_requests import (
    HEADERS,
    OPEN_PATHS,
    Dear,
    cpu_seconds,
    dear_bodies,
    dear_headers,
    dear_heads,
)

MOST_S = 0.05
ABOVE, BELOW = 30_000, 7_900
CLOSED = ("/_stcore/stream", "/api/changes", "/", "/media/x")
CLIENTS, FLOOD_S, HEALTHY_S = 4, 10.0, 0.3


def too_dear(app: AppProcess, requests: Iterator[Dear]) -> list[str]:
    """Those that cost too much three times over: the clock's ticks and the machine's moods are sorted out."""
    listed = list(requests)
    if cpu_seconds(app.pid, app.port, *listed) < MOST_S:
        return []
    for _ in range(3):
        listed = [each for each in listed if cpu_seconds(app.pid, app.port, each) >= MOST_S]
    return [each.name for each in listed]


@pytest.mark.parametrize("size", [ABOVE, BELOW])
@pytest.mark.parametrize("upgrade", [False, True])
@pytest.mark.parametrize("header", HEADERS)
def test_no_header_costs_more_than_a_blink(app: AppProcess, header: str, size: int, *, upgrade: bool) -> None:
    """Every open path (over a websocket: closed ones too) with a header full of what parsers stumble over."""
    paths = (*OPEN_PATHS, *CLOSED) if upgrade else OPEN_PATHS
    found = [too_dear(app, dear_headers(app.port, path, header, size, upgrade=upgrade)) for path in paths]
    assert not any(found), found


@pytest.mark.parametrize("size", [250_000, ABOVE, BELOW])
@pytest.mark.parametrize("path", OPEN_PATHS)
def test_no_other_part_does(app: AppProcess, path: str, size: int) -> None:
    """Targets, names, numbers of headers, folded lines, chunks, trailers, forms; also more than a packet."""
    assert not too_dear(app, dear_heads(app.port, path, size))
    assert not too_dear(app, dear_bodies(app.port, path, size))


def test_the_two_that_were_found_are_among_them(app: AppProcess) -> None:
    """Escaped quotes in a cookie (2 s before), and blanks before a byte that no header may hold (2.4 s)."""
    names = {each.name for each in dear_headers(app.port, "/healthz", "Cookie", ABOVE, upgrade=False)}
    assert any(r"""b'a="' b'\\"' b'"' 30000""" in name for name in names), names
    assert any(r"b' ' b'\x00' 30000" in name for name in names)


def test_headers_are_bounded_for_everybody(app: AppProcess) -> None:
    """What goes beyond is answered at once and in words; below, a page is a page."""
    above = ask(app.port, "/login", headers={"X-Long": "x" * HEADERS_LIMIT})
    assert above.status == 431
    assert "cookies" in above.body.decode()
    assert ask(app.port, "/login", headers={"X-Long": "x" * (HEADERS_LIMIT - 200)}).status == 200
    assert ask(app.port, "/login?next=/" + "a" * 5_000).status == 414


@pytest.mark.alone
def test_a_flood_of_the_dearest_holds_up_nobody(starts: Starts) -> None:
    """Four clients for ten seconds, and the health check answers in time throughout."""
    app = starts()
    dearest = [
        *dear_headers(app.port, "/_stcore/health", "Cookie", ABOVE, upgrade=False),
        *dear_headers(app.port, "/healthz", "Cookie", BELOW, upgrade=False),
        *dear_heads(app.port, "/login", ABOVE),
    ]
    over = threading.Event()

    def flood() -> None:
        while not over.is_set():
            for each in dearest:
                cpu_seconds(app.pid, app.port, each)
                if over.is_set():
                    return

    clients = [threading.Thread(target=flood) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    took = []
    end = time.monotonic() + FLOOD_S
    while time.monotonic() < end:
        begin = time.monotonic()
        assert ask(app.port, "/healthz").status == 200
        took.append(time.monotonic() - begin)
        time.sleep(0.05)
    over.set()
    for client in clients:
        client.join(30)
    assert max(took) < HEALTHY_S, sorted(took)[-10:]
    assert len(took) > 30
