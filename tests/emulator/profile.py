"""What accounts show of themselves, whom they block, and calls that their devices reject.

Source: whatsmeow, user.go (`GetUserInfo`, `SetStatusMessage`, `GetBlocklist`, `UpdateBlocklist`),
newsletter.go (`sendMexIQ`), group.go (`SetGroupPhoto`) and call.go (`RejectCall`).
"""

from __future__ import annotations

import json
import time
import zlib
from typing import TYPE_CHECKING, Final

from tests.emulator.nodes import Node, children, new_id, raw, user_of
from tests.emulator.phone import LinkedDevice, Phone
from tests.emulator.state import ProfileView, RejectedCallView

if TYPE_CHECKING:
    from tests.emulator.world import World

SET_ABOUT: Final = "9152604461510864"
"""Which of the server's GraphQL mutations sets the about text."""
_JPEG: Final = b"\xff\xd8\xff"
_MOST: Final = 139
"""Characters of an about text."""


def status_node(phone: Phone) -> Node:
    """What a person says about themselves, as one part of an answer to `usync`."""
    return Node("status", {"t": str(int(time.time()))}, phone.about.encode())


def set_picture(phone: Phone, picture: Node | None) -> Node | None:
    """A device gives its account another picture; without one it removes it. None when it is no JPEG."""
    if picture is None:
        phone.picture = None
        return Node("picture", {"id": "0"})
    data = raw(picture)
    if picture.attrs.get("type") != "image" or not data.startswith(_JPEG):
        return None
    phone.picture, phone.hides_picture = data, False
    return Node("picture", {"id": str(zlib.crc32(data))})


def graphql(phone: Phone, query: Node | None) -> Node:
    """The answer to a GraphQL request; an error for all but a new about text."""
    asked = json.loads(raw(query) or b"{}")
    text = asked.get("variables", {}).get("input", {}).get("text")
    if query is None or query.attrs.get("query_id") != SET_ABOUT or not isinstance(text, str):
        return _answer({"errors": [{"message": "unknown query", "extensions": {"error_code": 400}}]})
    if len(text) > _MOST:
        return _answer({"errors": [{"message": "too long", "extensions": {"error_code": 406}}]})
    phone.about = text
    return _answer({"data": {"xwa2_update_text_status": {"success": True}}})


def block_list(world: World, phone: Phone, item: Node | None) -> Node:
    """The account's block list, after a change of it if there is an `item`. Raises `LookupError`."""
    if item is not None:
        other = world.by_jid(item.attrs["jid"])
        if other is None:
            raise LookupError(f"nobody has the address {item.attrs['jid']}")
        change(phone, other, blocked=item.attrs["action"] == "block")
    entries = [Node("item", {"jid": world.phone(number).lid}) for number in phone.blocked]
    return Node("list", {"dhash": new_id()}, entries)


def change(phone: Phone, other: Phone, *, blocked: bool) -> None:
    """An account blocks somebody, or no longer does."""
    phone.blocked = [number for number in phone.blocked if number != other.number]
    if blocked:
        phone.blocked.append(other.number)


def view(phone: Phone) -> ProfileView:
    """What others see of an account now."""
    return ProfileView(phone.name, phone.about, phone.picture or b"", tuple(phone.blocked))


def receive_call(world: World, device: LinkedDevice, node: Node) -> None:
    """A device rejects a call; other steps of a call are of no interest."""
    for step in children(node):
        if step.tag == "reject":
            caller = world.number_of(step.attrs["call-creator"])
            known = world.calls.get(step.attrs["call-id"])
            genuine = known is not None and known[0].number == caller == world.number_of(node.attrs["to"])
            world.rejected_calls.append(
                RejectedCallView(
                    device.phone.number,
                    step.attrs["call-id"],
                    caller if genuine and user_of(node.attrs["from"]) == device.phone.number else "",
                    time.time(),
                )
            )


def _answer(body: object) -> Node:
    return Node("result", {}, json.dumps(body).encode())
