"""What a client may ask about people: whether they are on WhatsApp, and their picture."""

from __future__ import annotations

import ssl
import urllib.request

import pytest

from tests.emulator.handle import Emulator
from tests.integration.emulator.conftest import Linked
from tests.support.neonize_core import CoreError

PICTURE = b"\xff\xd8\xff\xe0 a face"


def test_a_number_is_checked(emulator: Emulator, linked: Linked, contact: str) -> None:
    """A phone the emulator knows is on WhatsApp, until it is said not to be."""
    assert linked.core.is_on_whatsapp(contact)
    emulator.faults(unknown_numbers=[contact])
    assert not linked.core.is_on_whatsapp(contact)


def test_a_picture_is_found_where_the_core_says(emulator: Emulator, linked: Linked, contact: str) -> None:
    """The address the core is told leads, through the proxy, to the picture's bytes."""
    emulator.set_picture(contact, PICTURE)
    url = linked.core.picture_url(f"{contact}@s.whatsapp.net")
    trust = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=emulator.ca))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({"https": emulator.proxy}), trust)
    with opener.open(url, timeout=5) as answer:
        assert answer.read() == PICTURE


def test_no_picture_and_a_hidden_one_differ(emulator: Emulator, linked: Linked, contact: str) -> None:
    """The core says which of the two it is."""
    address = f"{contact}@s.whatsapp.net"
    with pytest.raises(CoreError, match="does not have"):
        linked.core.picture_url(address)
    emulator.set_picture(contact, PICTURE, hidden=True)
    with pytest.raises(CoreError, match="hidden"):
        linked.core.picture_url(address)
