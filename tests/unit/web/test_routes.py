"""The plain HTTP handles, exactly as tests, hosts and scripts rely on them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.types import Message

from core.models.instance import InstanceState, ShowQr
from core.web.routes import ROUTES
from tests.unit.services.conftest import RecordingRegistry, registry, view

__all__ = ["registry"]


STATES = {"stopped", "starting", "pairing", "connected", "reconnecting", "logged_out", "failed"}


def ask(path: str, *, method: str = "GET") -> tuple[int, dict[bytes, bytes], Any]:
    """Status, headers and JSON of one request, as a server would make it."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    asyncio.run(Starlette(routes=ROUTES)(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return (
        sent[0]["status"],
        dict(sent[0]["headers"]),
        json.loads(body) if sent[0]["status"] == 200 and body else None,
    )


def test_liveness_needs_nothing() -> None:
    """200 even before the registry exists: a host would otherwise restart a process that is starting."""
    status, headers, body = ask("/healthz")
    assert (status, body) == (200, {"status": "ok"})
    assert headers[b"cache-control"] == b"no-store"


def test_a_snapshot_holds_exactly_these_facts(registry: RecordingRegistry) -> None:
    """The names and types that readers of it rely on, no more: a QR in it would hand over the session."""
    registry.instance = replace(
        view(state=InstanceState.PAIRING, name="Ana 👩‍👩‍👧"), qr=ShowQr("2@secret", 1, 6, 9.0), detail="fact"
    )
    status, headers, body = ask("/api/instances")
    assert status == 200
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"content-type"] == b"application/json"
    assert body == [
        {
            "id": "loja-k7m2xq",
            "name": "Ana 👩‍👩‍👧",
            "state": "pairing",
            "reason": "",
            "phone": "5511912345678",
            "since": 5.0,
            "restarts": 0,
            "worker_pid": 7,
            "moved_out": False,
        }
    ]


@pytest.mark.parametrize("state", list(InstanceState))
def test_states_are_the_words_of_the_house(registry: RecordingRegistry, state: InstanceState) -> None:
    """Scripts compare them; a worker that does not exist is null."""
    registry.instance = replace(view(state=state), worker_pid=None, reason="wa-logged-out")
    (item,) = ask("/api/instances")[2]
    assert item["state"] in STATES
    assert item["state"] == state.name.lower()
    assert (item["worker_pid"], item["reason"]) == (None, "wa-logged-out")


def test_one_that_was_moved_says_so(registry: RecordingRegistry) -> None:
    """Stopped alone would invite a script to start it, beside the system that has its session now."""
    registry.instance = replace(view(state=InstanceState.STOPPED), linked=True, moved_out_at=5.0)
    (item,) = ask("/api/instances")[2]
    assert (item["state"], item["moved_out"]) == ("stopped", True)


@pytest.mark.parametrize("path", ["/healthz", "/api/instances"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_changed_here(registry: RecordingRegistry, path: str, method: str) -> None:
    """Reading only: a form on a foreign site can do nothing."""
    assert ask(path, method=method)[0] == 405
