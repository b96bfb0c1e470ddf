"""Pairing links for those who are signed in: make one, take it back, and say how far it reaches.

Threading: everything here is safe from any thread.
"""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from core.errors import AppError
from core.models.access import LinkEnd, PairingLink, SignInMethod, Visitor
from core.models.audit import Action
from core.models.codes import RefusalCode
from core.services import audit
from core.services.pairing.link_table import NewLink
from core.services.runtime import current

GUEST_PATH: Final = "/pair"
"""Where the page of a link is."""


class Reach(StrEnum):
    """From where an address can be opened."""

    MACHINE = "machine"
    NETWORK = "network"
    ANYWHERE = "anywhere"


def offered() -> bool:
    """Return whether links may be made (``PAIRING_LINKS``)."""
    return current().settings.pairing_links


def make_link(instance_id: str) -> NewLink:
    """Return a new link that shows the codes of that instance, for 10 minutes and one browser.

    An earlier one does not work any more. Raises UnknownInstanceError, AppError (not-pairing) when a phone is
    linked already or links are turned off.
    """
    runtime = current()
    if runtime.registry.view(instance_id).linked or not runtime.settings.pairing_links:
        raise AppError(RefusalCode.NOT_PAIRING)
    made = runtime.pairing_links.make(instance_id)
    audit.note(Action.PAIRING_LINK_MADE, instance_id)
    return made


def link_of(instance_id: str) -> PairingLink | None:
    """Return the link to that instance that works now."""
    return current().pairing_links.of_instance(instance_id)


def seconds_left(link: PairingLink) -> float:
    """Return for how long the link still works."""
    return current().pairing_links.left(link)


def revoke_link(instance_id: str) -> None:
    """End the instance's link, if there is one. Idempotent."""
    table = current().pairing_links
    link = table.of_instance(instance_id)
    if link is not None and table.end(link.id, LinkEnd.REVOKED):
        audit.note(Action.PAIRING_LINK_REVOKED, instance_id)


def anything_to_settle() -> bool:
    """Return whether `settle_links` has anything to look at. Answers from memory at once."""
    table = current().pairing_links
    return not table.loaded or table.any_open()


def settle_links() -> None:
    """End the links whose phone is linked, whose instance is gone, or whose time is over.

    Called every second by the web face while there are any; does nothing before the storage is ready.
    """
    runtime = current()
    if not runtime.registry.storage().ready:
        return
    table = runtime.pairing_links
    table.load()
    for link in table.expired():
        table.end(link.id, LinkEnd.EXPIRED)
    live = table.live()
    views = {view.id: view for view in runtime.registry.views()} if live else {}
    for link in live:
        view = views.get(link.instance_id)
        if view is None:
            table.end(link.id, LinkEnd.GONE)
        elif view.linked and table.end(link.id, LinkEnd.LINKED) and link.guest:
            audit.note(Action.PAIRING_LINK_USED, link.instance_id, visitor=visitor_of(link.address))


def visitor_of(address: str) -> Visitor:
    """Return who is on the page of a link, for the access log: known by the IP address alone."""
    return Visitor(SignInMethod.PAIRING_LINK, "", address, 0.0)


def address_of(page_url: str, made: NewLink) -> str:
    """Return what to send to the person with the phone; ``page_url`` is where the sender's browser is now.

    The secret stands behind the ``#``: browsers keep that part to themselves, so it is in no request, no
    Referer, and no log of any proxy on the way.
    """
    page = urlsplit(page_url)
    base = f"{page.scheme}://{page.netloc}" if page.netloc else ""
    return f"{base}{GUEST_PATH}?l={made.id}#{made.secret}"


def reach_of(page_url: str) -> Reach:
    """Return from where a link to the host of that address can be opened."""
    host = urlsplit(page_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return Reach.MACHINE
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return Reach.NETWORK if "." not in host or host.endswith(".local") else Reach.ANYWHERE
    if address.is_loopback:
        return Reach.MACHINE
    return Reach.ANYWHERE if address.is_global else Reach.NETWORK
