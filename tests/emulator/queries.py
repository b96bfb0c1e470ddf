"""The server's answers to a client's `<iq>` requests."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from tests.emulator import app_state, profile
from tests.emulator.media import HOST, PICTURE_HOST
from tests.emulator.nodes import SERVER, Node, child, children, raw
from tests.emulator.phone import Phone, PreKey, SignedPreKey
from tests.emulator.proto import wa
from tests.emulator.relay import device_at

if TYPE_CHECKING:
    from tests.emulator.session import Session
    from tests.emulator.world import World

Reply: TypeAlias = "list[Node] | None"


class RefusedError(Exception):
    """The server does not answer a request; a client reads code and text (whatsmeow, `parseIQError`)."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code, self.text = code, text

    def node(self) -> Node:
        """What the answer carries."""
        return Node("error", {"code": str(self.code), "text": self.text})


async def answer(session: Session, request: Node) -> Reply:
    """The content of the result; None (an empty result) for what the emulator has no opinion on.

    Raises `RefusedError` when the answer is an error.
    """
    handler = _HANDLERS.get(request.attrs.get("xmlns", ""))
    return await handler(session, request) if handler else None


async def _keys(session: Session, request: Node) -> Reply:
    """Signal keys: how many the server holds, somebody's bundle, or an upload."""
    if child(request, "count") is not None:
        held = len(session.device.prekeys) if session.device else 0
        return [Node("count", {"value": str(held)})]
    if (wanted := child(request, "key")) is not None:
        users = [await _bundle(session.world, user.attrs["jid"]) for user in children(wanted)]
        return [Node("list", {}, users)]
    if (batch := child(request, "list")) is not None:
        _store_keys(session, request, batch)
    return None


async def _bundle(world: World, jid: str) -> Node:
    phone = world.by_jid(jid)
    if phone is None:
        return Node("user", {"jid": jid}, [Node("error", {"code": "404"})])
    device = device_at(world, jid)
    return device.bundle_node(jid) if device else await phone.bundle_node(jid)


def _store_keys(session: Session, request: Node, batch: Node) -> None:
    device = session.device
    if device is None:
        return
    device.registration_id = int.from_bytes(raw(child(request, "registration")), "big")
    for key in children(batch):
        key_id, public = (raw(part) for part in children(key)[:2])
        device.prekeys.append(PreKey(int.from_bytes(key_id, "big"), public))
    key_id, public, signature = (raw(child(child_of, part)) for child_of, part in _signed_parts(request))
    device.signed_prekey = SignedPreKey(int.from_bytes(key_id, "big"), public, signature)


def _signed_parts(request: Node) -> list[tuple[Node | None, str]]:
    signed = child(request, "skey")
    return [(signed, "id"), (signed, "value"), (signed, "signature")]


async def _usync(session: Session, request: Node) -> Reply:
    """Who is behind a number or an address, and which devices they have."""
    query = child(request, "usync")
    if query is None:
        return None
    wanted = {part.tag for part in children(child(query, "query"))}
    users = [_user(session.world, user, wanted) for user in children(child(query, "list"))]
    return [Node("usync", query.attrs, [Node("list", {}, users)])]


def _user(world: World, user: Node, wanted: set[str]) -> Node:
    contact = child(user, "contact")
    asked = raw(contact).decode() if contact is not None else user.attrs["jid"]
    number = asked.partition("@")[0].lstrip("+")
    phone = world.by_jid(asked) or world.typed(number)
    if phone is None or phone.number in world.faults.unknown_numbers:
        return Node("user", {"jid": f"{number}{SERVER}"}, [Node("contact", {"type": "out"}, asked.encode())])
    if contact is not None:
        found = Node("contact", {"type": "in"}, asked.encode())
        return Node("user", {"jid": phone.lid, "pn_jid": phone.jid}, [found, *_verified(phone)])
    return Node("user", {"jid": asked}, _user_parts(phone, wanted))


def _verified(phone: Phone) -> list[Node]:
    """The name of a business (whatsmeow, user.go, `parseVerifiedNameContent`)."""
    if not phone.business:
        return []
    details = wa.VerifiedNameCertificate.Details(verifiedName=phone.business).SerializeToString()
    certificate = wa.VerifiedNameCertificate(details=details).SerializeToString()
    attrs = {"v": "1", "verified_level": "high", "host_storage": "1", "actual_actors": "1"}
    return [Node("business", {}, [Node("verified_name", attrs, certificate)])]


def _user_parts(phone: Phone, wanted: set[str]) -> list[Node]:
    parts = []
    if "devices" in wanted:
        devices = [Node("device", {"id": str(number)}) for number in (0, *phone.devices)]
        parts.append(Node("devices", {}, [Node("device-list", {}, devices)]))
    if "lid" in wanted:
        parts.append(Node("lid", {"val": phone.lid}))
    if "status" in wanted:
        parts.append(profile.status_node(phone))
    if "picture" in wanted and phone.picture is not None and not phone.hides_picture:
        parts.append(Node("picture", {"id": str(zlib.crc32(phone.picture))}))
    return parts


async def _media_hosts(session: Session, _request: Node) -> Reply:
    auth = session.world.media.auth
    attrs = {"auth": auth, "ttl": "3600", "auth_ttl": "3600", "max_buckets": "12"}
    return [Node("media_conn", attrs, [Node("host", {"hostname": HOST})])]


async def _linking(session: Session, request: Node) -> Reply:
    """Pairing by code, and a client that unlinks itself."""
    if (step := child(request, "link_code_companion_reg")) is not None:
        if step.attrs["stage"] == "companion_hello":
            return [Node("link_code_companion_reg", {}, [session.pairing.companion_hello(step)])]
        session.pairing.companion_finish(step)
    elif child(request, "remove-companion-device") is not None and session.device:
        session.device.phone.devices.pop(session.device.device_id, None)
    return None


async def _picture(session: Session, request: Node) -> Reply:
    """Where somebody's picture is; refused when there is none, or when its owner hides it.

    Or a device gives its own account another one. Source: whatsmeow, user.go (`GetProfilePictureInfo`),
    group.go (`SetGroupPhoto`).
    """
    if request.attrs.get("type") == "set":
        made = profile.set_picture(_own(session), child(request, "picture"))
        if made is None:
            raise RefusedError(406, "not-acceptable")
        return [made]
    wanted, owner = child(request, "picture"), session.world.by_jid(request.attrs.get("target", ""))
    if owner is None or owner.picture is None or wanted is None:
        raise RefusedError(404, "item-not-found")
    if owner.hides_picture:
        raise RefusedError(401, "not-authorized")
    path = session.world.media.show(owner.picture)
    attrs = {"id": str(zlib.crc32(owner.picture)), "type": wanted.attrs.get("type", "image")}
    attrs |= {"url": f"https://{PICTURE_HOST}{path}", "direct_path": path}
    return [Node("picture", attrs)]


async def _groups(session: Session, request: Node) -> Reply:
    """The groups the client's account is in, or one of them; refused for others (`ErrNotInGroup`)."""
    phone = session.device.phone if session.device else None
    if child(request, "participating") is not None:
        hidden = session.world.faults.unlisted_groups
        groups = (group for jid, group in session.world.groups.items() if jid not in hidden)
        own = [group.node() for group in groups if phone in group.members]
        return [Node("groups", {}, own)]
    if child(request, "query") is None:
        raise RefusedError(501, "feature-not-implemented")
    group = session.world.groups.get(request.attrs["to"])
    if group is None:
        raise RefusedError(404, "item-not-found")
    if phone not in group.members:
        raise RefusedError(403, "forbidden")
    return [group.node()]


async def _app_state(session: Session, request: Node) -> Reply:
    """The account's settings, as its phone left them with the server; or a device changes them."""
    asked = children(child(request, "sync"))
    if any(child(one, "patch") is not None for one in asked):  # both are requests of type "set"
        return [Node("sync", {}, [await app_state.accept(session, one) for one in asked])]
    state = session.world.app_states.get(session.number)
    return [Node("sync", {}, app_state.collections(state, asked))]


async def _graphql(session: Session, request: Node) -> Reply:
    """What newer parts of the protocol ask in GraphQL."""
    return [profile.graphql(_own(session), child(request, "query"))]


async def _block_list(session: Session, request: Node) -> Reply:
    """Whom the account blocks; or a device changes that."""
    try:
        return [profile.block_list(session.world, _own(session), child(request, "item"))]
    except LookupError:
        raise RefusedError(404, "item-not-found") from None


def _own(session: Session) -> Phone:
    if session.device is None:
        raise RefusedError(401, "not-authorized")
    return session.device.phone


_HANDLERS: Final[dict[str, Callable[[Session, Node], Awaitable[Reply]]]] = {
    "encrypt": _keys,
    "usync": _usync,
    "w:m": _media_hosts,
    "w:g2": _groups,
    "w:profile:picture": _picture,
    "w:mex": _graphql,
    "blocklist": _block_list,
    "md": _linking,
    "w:sync:app:state": _app_state,
}
