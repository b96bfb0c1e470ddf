"""The plain-HTTP control API: what tests make phones, contacts and the network do."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.emulator.faults import Faults

if TYPE_CHECKING:
    from tests.emulator.world import World

Body: TypeAlias = Mapping[str, Any]
Verb: TypeAlias = Callable[["World", Body], Awaitable[dict[str, Any]]]


async def _phones(world: World, body: Body) -> dict[str, Any]:
    phone = world.phone(body["number"], name=body.get("name", ""))
    return {"jid": phone.jid, "lid": phone.lid}


async def _scan(world: World, body: Body) -> dict[str, Any]:
    device = await world.scan(world.phone(body["number"]), body["qr"])
    return {"jid": device.jid if device else ""}


async def _enter_code(world: World, body: Body) -> dict[str, Any]:
    device = await world.enter_code(world.phone(body["number"]), body["code"])
    return {"jid": device.jid if device else ""}


async def _inbound(world: World, body: Body) -> dict[str, Any]:
    sender, receiver = world.phone(body["sender"]), world.phone(body["receiver"])
    return {"message_id": await world.inbound(sender, receiver, body["text"])}


async def _read(world: World, body: Body) -> dict[str, Any]:
    await world.read(body["message_id"])
    return {}


async def _receipt(world: World, body: Body) -> dict[str, Any]:
    await world.receipt(body["message_id"], kind=body["kind"], twin=body["twin"])
    return {}


async def _unlink(world: World, body: Body) -> dict[str, Any]:
    return {"closed": await world.unlink(world.phone(body["number"]))}


async def _drop(world: World, body: Body) -> dict[str, Any]:
    return {"dropped": await world.drop(body.get("number", ""))}


async def _faults(world: World, body: Body) -> dict[str, Any]:
    world.faults.update(body)
    return {}


async def _clear_faults(world: World, _body: Body) -> dict[str, Any]:
    world.faults = Faults()
    return {}


_VERBS: dict[str, Verb] = {
    "/phones": _phones,
    "/scan": _scan,
    "/enter-code": _enter_code,
    "/inbound": _inbound,
    "/read": _read,
    "/receipt": _receipt,
    "/unlink": _unlink,
    "/drop": _drop,
    "/faults": _faults,
    "/clear-faults": _clear_faults,
}


def control_app(world: World) -> Starlette:
    """The ASGI application; a verb that cannot be done answers 400 with `{"error": ...}`."""

    def endpoint(verb: Verb) -> Callable[[Request], Awaitable[Response]]:
        async def run(request: Request) -> Response:
            try:
                return JSONResponse(await verb(world, json.loads(await request.body() or b"{}")))
            except Exception as error:  # top of a request: the test that asked gets it, in words
                return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)

        return run

    async def state(_request: Request) -> Response:
        return JSONResponse(world.state().as_json())

    verbs = [Route(path, endpoint(verb), methods=["POST"]) for path, verb in _VERBS.items()]
    return Starlette(routes=[*verbs, Route("/state", state)])
