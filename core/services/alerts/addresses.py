"""Alerts and where they go. Threading: everything here is safe from any thread."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from core.alerts.addresses import address_id
from core.errors import InvalidInputError
from core.models.alerts.choices import AlertChoices, StoredAddress
from core.models.alerts.views import AlertsView
from core.models.audit import Action
from core.models.codes import InputCode
from core.services import audit
from core.services.runtime import current

MOST: Final = 20
"""Addresses that are added on the page, at most."""


def overview() -> AlertsView:
    """Return incidents, addresses, deliveries and choices, from memory; nothing in it is a secret."""
    return current().alerts.view


def add_address(url: str, *, zone: str = "") -> str:
    """Keep an address that alerts go to from now on; return what kind of service it is (``Telegram``).

    ``zone`` is the visitor's time zone: alerts say in it when something was. Takes up to seconds; asks no
    network. Raises InvalidInputError (alert-address, alert-address-taken,
    alert-addresses), StorageUnavailableError.
    """
    url = url.strip()
    alerts = current().alerts
    service = alerts.service_of(url)

    def added(choices: AlertChoices) -> AlertChoices:
        if address_id(url) in {each.id for each in alerts.view.addresses}:
            raise InvalidInputError(InputCode.ALERT_ADDRESS_TAKEN)
        if len(choices.addresses) >= MOST:
            raise InvalidInputError(InputCode.ALERT_ADDRESSES, detail=str(MOST))
        stored = StoredAddress(url, service)
        return replace(choices, addresses=(*choices.addresses, stored), zone=zone or choices.zone)

    alerts.change(added)
    audit.note(Action.ALERT_ADDED)
    return service


def remove_address(identity: str) -> None:
    """Send nothing to that address any more; what waits for it is given up. Idempotent.

    Raises StorageUnavailableError.
    """

    def removed(choices: AlertChoices) -> AlertChoices:
        kept = tuple(each for each in choices.addresses if address_id(each.address) != identity)
        return replace(choices, addresses=kept)

    current().alerts.change(removed)
    audit.note(Action.ALERT_REMOVED)


def send_test() -> None:
    """Send a test to every address, in quiet hours too. Returns at once: ``overview`` tells how it went.

    Raises StorageUnavailableError.
    """
    current().alerts.test()
