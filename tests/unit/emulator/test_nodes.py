"""Reading stanzas that may lack anything."""

from __future__ import annotations

import pytest
from pyaileys.wabinary.decode import decode_binary_node
from pyaileys.wabinary.encode import encode_binary_node

from tests.emulator.nodes import Node, child, children, iq_request, raw, user_of


def test_a_child_is_found_by_its_tag() -> None:
    """The first child with the tag; None when there is none, or no children at all."""
    first, second = Node("key", {"n": "1"}), Node("key", {"n": "2"})
    parent = Node("list", {}, [Node("other", {}), first, second])
    assert child(parent, "key") is first
    assert child(parent, "absent") is None
    assert child(Node("leaf", {}, b"bytes"), "key") is None
    assert child(None, "key") is None


def test_only_nodes_are_children() -> None:
    """Bytes, text and nothing are no children."""
    assert children(Node("a", {}, [Node("b", {})])) == [Node("b", {})]
    for content in (b"bytes", "text", None):
        assert children(Node("a", {}, content)) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"\x00\x01", b"\x00\x01"), ("olá", "olá".encode()), (None, b""), ([Node("b", {})], b"")],
)
def test_content_is_read_as_bytes(content: list[Node] | str | bytes | None, expected: bytes) -> None:
    """Bytes stay, text is UTF-8, everything else is empty."""
    assert raw(Node("a", {}, content)) == expected
    assert raw(None) == b""


@pytest.mark.parametrize("jid", ["551199", "551199@lid", "551199:3@s.whatsapp.net"])
def test_the_user_of_an_address_has_no_device_and_no_server(jid: str) -> None:
    """Phone, companion and bare number are the same user."""
    assert user_of(jid) == "551199"


def test_a_request_survives_the_wire() -> None:
    """What is sent is what a client reads, and it comes from the server itself (no user)."""
    request = iq_request([Node("pair-device", {}, [Node("ref", {}, b"2@x")])], xmlns="md", request="7")
    read = decode_binary_node(encode_binary_node(request))
    assert read == request
    assert read.attrs["from"] == "@s.whatsapp.net"
