"""Forms on their way to the door: slow ones are given up, and many of them keep nobody out."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from core.web.auth import sign_in


def form(*parts: bytes, rest: asyncio.Event | None = None) -> Request:
    """A form that comes in these parts, the end of it with ``rest``."""
    left = list(parts)

    async def receive() -> Message:
        if rest is not None and not left:
            await rest.wait()
        body = left.pop(0) if left else b""
        return {"type": "http.request", "body": body, "more_body": bool(left) or rest is not None}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


def test_many_slow_forms_give_way_to_one_that_comes() -> None:
    """The one that began first goes; the others, and the new one, go on."""

    async def run() -> None:
        never = asyncio.Event()
        slow = [
            asyncio.create_task(sign_in._read_form(form(b"a=", rest=never)))
            for _ in range(sign_in.FORMS_AT_ONCE)
        ]
        await asyncio.sleep(0)
        assert await sign_in._read_form(form(b"password=", b"right")) == {"password": "right"}
        done, pending = await asyncio.wait(slow, timeout=0.2)
        assert done == {slow[0]}
        assert isinstance(slow[0].exception(), sign_in._FormError)
        for each in pending:
            each.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    asyncio.run(run())
    assert sign_in._coming == {}


def test_a_slow_form_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """As before there were many."""
    monkeypatch.setattr(sign_in, "FORM_WITHIN_S", 0.05)

    async def run() -> None:
        with pytest.raises(sign_in._FormError):
            await sign_in._read_form(form(b"a=", rest=asyncio.Event()))

    asyncio.run(run())
