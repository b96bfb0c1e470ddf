"""The plain-HTTP control API: what tests make phones, contacts and the network do."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.emulator import app_state, groups, history, profile, receipts, writing
from tests.emulator.content import as_json, chat_from_json, from_json
from tests.emulator.faults import Faults
from tests.emulator.inbound import Addressing

if TYPE_CHECKING:
    from tests.emulator.world import World

Body: TypeAlias = Mapping[str, Any]
Verb: TypeAlias = Callable[["World", Body], Awaitable[dict[str, Any]]]


async def _phones(world: World, body: Body) -> dict[str, Any]:
    phone = world.phone(body["number"], name=body.get("name", ""))
    phone.business = body.get("business", phone.business)
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


async def _write(world: World, body: Body) -> dict[str, Any]:
    sender, content = world.phone(body["sender"]), from_json(body["content"])
    addressing = Addressing(by_number=body["by_number"], hide_other=body["hide_other"])
    how = {"quoting": body["quoting"], "timer": body["timer"], "garbled": body["garbled"]}
    if body["group"]:
        group = world.groups[body["group"]]
        message_id = await writing.write_to_group(world, sender, group, content, addressing=addressing, **how)
    else:
        receiver = world.phone(body["receiver"])
        message_id = await writing.write(world, sender, receiver, content, addressing=addressing, **how)
    return {"message_id": message_id}


async def _make_group(world: World, body: Body) -> dict[str, Any]:
    members = [world.phone(number) for number in body["members"]]
    rules = {name: body[name] for name in ("topic", "admins_only", "community", "timer")}
    made = await groups.create(world, groups.Group(body["name"], members, **rules))
    return {"jid": made.jid}


async def _shut_out(world: World, body: Body) -> dict[str, Any]:
    groups.shut_out(world.groups[body["group"]], [world.phone(number) for number in body["numbers"]])
    return {}


async def _group_timer(world: World, body: Body) -> dict[str, Any]:
    await groups.set_timer(world, world.groups[body["group"]], body["seconds"])
    return {}


async def _resend(world: World, body: Body) -> dict[str, Any]:
    await writing.resend(world, body["message_id"])
    return {}


async def _withhold(world: World, body: Body) -> dict[str, Any]:
    sender, receiver = world.phone(body["sender"]), world.phone(body["receiver"])
    return {"message_id": await writing.withhold(world, sender, receiver, kind=body["kind"])}


async def _doing(world: World, body: Body) -> dict[str, Any]:
    chat = world.groups[body["group"]] if body["group"] else world.phone(body["receiver"])
    told = await writing.show_doing(world, world.phone(body["sender"]), chat, doing=body["doing"])
    return {"told": told}


async def _change_group(world: World, body: Body) -> dict[str, Any]:
    add, remove = ([world.phone(number) for number in body[name]] for name in ("add", "remove"))
    await groups.change(world, world.groups[body["group"]], add=add, remove=remove, rename=body["rename"])
    return {}


async def _history(world: World, body: Body) -> dict[str, Any]:
    owner = world.phone(body["number"])
    past = history.tell_of(world, owner, [chat_from_json(chat) for chat in body["chats"]])
    await history.send(world, owner, past)
    return {"message_ids": past.message_ids}


async def _ring(world: World, body: Body) -> dict[str, Any]:
    caller, receiver = world.phone(body["caller"]), world.phone(body["receiver"])
    return {"call_id": await writing.ring(world, caller, receiver, video=body["video"])}


async def _hang_up(world: World, body: Body) -> dict[str, Any]:
    await writing.hang_up(world, body["call_id"])
    return {}


async def _content(world: World, body: Body) -> dict[str, Any]:
    return {"content": as_json(world.archive.content_of(body["message_id"], world.media))}


async def _message(world: World, body: Body) -> dict[str, Any]:
    message = world.archive.find(body["message_id"]).message
    return {"message": base64.b64encode(message.SerializeToString()).decode()}


async def _picture(world: World, body: Body) -> dict[str, Any]:
    phone = world.phone(body["number"])
    phone.picture, phone.hides_picture = base64.b64decode(body["data"]) or None, body["hidden"]
    return {}


async def _about(world: World, body: Body) -> dict[str, Any]:
    world.phone(body["number"]).about = body["text"]
    return {}


async def _block(world: World, body: Body) -> dict[str, Any]:
    profile.change(world.phone(body["number"]), world.phone(body["other"]), blocked=True)
    return {}


async def _profile(world: World, body: Body) -> dict[str, Any]:
    seen = profile.view(world.phone(body["number"]))
    picture = base64.b64encode(seen.picture).decode()
    return {"name": seen.name, "about": seen.about, "picture": picture, "blocked": seen.blocked}


async def _name_account(world: World, body: Body) -> dict[str, Any]:
    await app_state.name_account(world, world.phone(body["number"]), body["name"])
    return {}


async def _receipt(world: World, body: Body) -> dict[str, Any]:
    await receipts.send(world, body["message_id"], kind=body["kind"], by=body["by"], device=body["device"])
    return {}


async def _release_acks(world: World, body: Body) -> dict[str, Any]:
    return {"sent": await world.acks.release(world, newest_first=body["newest_first"])}


async def _unlink(world: World, body: Body) -> dict[str, Any]:
    return {"closed": await world.unlink(world.phone(body["number"]))}


async def _drop(world: World, body: Body) -> dict[str, Any]:
    return {"dropped": await world.drop(body.get("number", ""))}


async def _faults(world: World, body: Body) -> dict[str, Any]:
    world.faults.update(body)
    return {}


async def _clear_faults(world: World, _body: Body) -> dict[str, Any]:
    world.acks.held.clear()
    world.faults = Faults()
    return {}


_VERBS: dict[str, Verb] = {
    "/phones": _phones,
    "/scan": _scan,
    "/enter-code": _enter_code,
    "/inbound": _inbound,
    "/write": _write,
    "/content": _content,
    "/message": _message,
    "/make-group": _make_group,
    "/change-group": _change_group,
    "/shut-out": _shut_out,
    "/group-timer": _group_timer,
    "/resend": _resend,
    "/withhold": _withhold,
    "/doing": _doing,
    "/history": _history,
    "/ring": _ring,
    "/hang-up": _hang_up,
    "/picture": _picture,
    "/about": _about,
    "/block": _block,
    "/profile": _profile,
    "/name-account": _name_account,
    "/receipt": _receipt,
    "/release-acks": _release_acks,
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
