"""The line that tells open pages of changes."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import NoReturn

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from core.models.topic import Topic
from core.services.state.change_bus import ChangeBus
from core.web.change_stream import GOING_AWAY, changes
from tests.support.runtimes import installed, runtime_of


@pytest.fixture
def bus() -> Iterator[ChangeBus]:
    """The bus of the runtime."""
    with installed(runtime_of()) as runtime:
        yield runtime.changes


@pytest.fixture
def client(bus: ChangeBus) -> Iterator[TestClient]:
    """Of a server that has the line and nothing else."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        bus.bind()
        yield

    with TestClient(Starlette(routes=[WebSocketRoute("/api/changes", changes)], lifespan=lifespan)) as made:
        yield made


def test_a_page_hears_the_newest_number_of_each_topic_and_each_newer_one(
    client: TestClient, bus: ChangeBus
) -> None:
    """The present one at once, so that a page which was away knows whether it missed something."""
    bus.publish(Topic.INSTANCES, 41)
    with client.websocket_connect("/api/changes") as page:
        assert page.receive_json()["instances"] == 41
        bus.publish(Topic.STORAGE, 42)
        assert page.receive_json().items() >= {"instances": 41, "storage": 42}.items()


def test_many_changes_at_once_become_few_messages(client: TestClient, bus: ChangeBus) -> None:
    """A page is woken at most twenty times a second, and never misses the last change."""
    bus.publish(Topic.MESSAGES, 100)
    with client.websocket_connect("/api/changes") as page:
        assert page.receive_json()["messages"] == 100
        begin = time.monotonic()
        for version in range(101, 1101):
            bus.publish(Topic.MESSAGES, version)
        heard = [page.receive_json()["messages"]]
        while heard[-1] != 1100:
            heard.append(page.receive_json()["messages"])
        assert len(heard) <= 2 + 20 * (time.monotonic() - begin)


def test_any_thread_may_publish(client: TestClient, bus: ChangeBus) -> None:
    """Supervisors do so from theirs."""
    with client.websocket_connect("/api/changes") as page:
        page.receive_text()
        thread = threading.Thread(target=bus.publish, args=(Topic.INSTANCES, 7_000_000))
        thread.start()
        assert page.receive_json()["instances"] == 7_000_000
        thread.join()


def test_a_foreign_page_hears_nothing(client: TestClient) -> None:
    """Another site's script can open a WebSocket to us, and the browser says from where."""
    for origin in ("https://evil.example", "http://testserver:81", "null", "http://testserver.evil.example"):
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect("/api/changes", headers={"Origin": origin}),
        ):
            pytest.fail(f"{origin} was let in")
    with client.websocket_connect("/api/changes", headers={"Origin": "http://testserver"}) as page:
        assert page.receive_text()


def test_pages_are_sent_away_at_the_end(client: TestClient, bus: ChangeBus) -> None:
    """Open lines must not hold up the end of the process."""
    with client.websocket_connect("/api/changes") as page:
        page.receive_text()
        bus.close()
        with pytest.raises(WebSocketDisconnect) as end:
            _listen(page)
    assert end.value.code == GOING_AWAY


def _listen(page: WebSocketTestSession) -> NoReturn:
    """Until the server ends it."""
    while True:
        page.receive_text()


def test_a_page_that_went_is_forgotten(client: TestClient, bus: ChangeBus) -> None:
    """Nothing waits for a change on behalf of a closed tab."""
    for _ in range(20):
        with client.websocket_connect("/api/changes") as page:
            page.receive_text()
    for version in range(8_000_000, 8_000_020):
        bus.publish(Topic.INSTANCES, version)
    deadline = time.monotonic() + 5
    while bus._waiting and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not bus._waiting
