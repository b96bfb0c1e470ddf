"""What the owner chooses about alerts. Threading: everything here is safe from any thread.

Each raises StorageUnavailableError when the choice cannot be stored; the old one stays then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from core.alerts.addresses import address_id
from core.models.alerts.choices import AlertChoices, QuietHours
from core.services.runtime import current

LEAST_MINUTES: Final = 1
MOST_MINUTES: Final = 1_440


def set_offline_minutes(minutes: int) -> None:
    """Tell of an instance that is offline for longer than so many minutes, from 1 to a day's."""
    minutes = max(LEAST_MINUTES, min(minutes, MOST_MINUTES))
    current().alerts.change(lambda choices: replace(choices, offline_minutes=minutes))


def mute(instance_ids: Iterable[str]) -> None:
    """Tell nothing about these instances, and about all others."""
    muted = tuple(sorted(set(instance_ids)))
    current().alerts.change(lambda choices: replace(choices, muted=muted))


def limit_address(identity: str, instance_ids: Iterable[str]) -> None:
    """Tell the address with that id about these instances alone; about everything without any."""
    chosen = tuple(sorted(set(instance_ids)))

    def limited(choices: AlertChoices) -> AlertChoices:
        addresses = tuple(
            replace(each, instances=chosen) if address_id(each.address) == identity else each
            for each in choices.addresses
        )
        return replace(choices, addresses=addresses)

    current().alerts.change(limited)


def set_quiet_hours(hours: QuietHours | None, *, zone: str) -> None:
    """Send nothing in these hours but tests; None for none. ``zone`` is the visitor's."""
    current().alerts.change(lambda choices: replace(choices, quiet=hours, zone=zone or choices.zone))
