"""Binary nodes (WhatsApp's stanzas) and addresses: reading them without caring what may be missing."""

from __future__ import annotations

import secrets
import time
from typing import Final

from pyaileys.wabinary.types import BinaryNode as Node

__all__ = ["DOMAIN", "SERVER", "Node", "child", "children", "iq_request", "new_id", "now", "raw", "user_of"]

DOMAIN: Final = "s.whatsapp.net"
"""The server part of the address of every telephone number."""

SERVER: Final = f"@{DOMAIN}"
"""The server's own address: a JID without a user. A client ignores requests from the bare domain."""


def child(node: Node | None, tag: str) -> Node | None:
    """The first child with that tag, or None."""
    return next((item for item in children(node) if item.tag == tag), None)


def children(node: Node | None) -> list[Node]:
    """The child nodes; empty for None and for nodes that carry bytes or text."""
    return node.content if node is not None and isinstance(node.content, list) else []


def raw(node: Node | None) -> bytes:
    """The content as bytes; empty when the node is missing or holds child nodes."""
    if node is None or node.content is None or isinstance(node.content, list):
        return b""
    return node.content.encode() if isinstance(node.content, str) else bytes(node.content)


def user_of(jid: str) -> str:
    """The user part of an address: `551199:3@lid` -> `551199`."""
    return jid.partition("@")[0].partition(":")[0]


def new_id() -> str:
    """An id for a request that starts at the server."""
    return secrets.token_hex(6)


def now() -> str:
    """Unix time in whole seconds, as stanzas carry it."""
    return str(int(time.time()))


def iq_request(content: list[Node], *, xmlns: str, request: str) -> Node:
    """A request from the server to the client; the client answers with the same id."""
    attrs = {"from": SERVER, "type": "set", "id": request, "xmlns": xmlns, "t": now()}
    return Node("iq", attrs, content)
