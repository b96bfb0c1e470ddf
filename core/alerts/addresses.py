"""The addresses of an installation: those of ``ALERT_URLS`` and those that were added on the page."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from core.models.alerts.choices import AlertChoices
from core.models.alerts.incidents import Notice

DOTS: Final = "••••"
_ID_LENGTH: Final = 12
_TAIL: Final = 3
_TAIL_FROM: Final = 9
"""What ends an address does not become known by its last three characters if it is as long as this."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address that notices may go to."""

    id: str
    url: str = field(repr=False)
    """A secret."""
    service: str
    """What kind of service it is; empty while that is not known."""
    from_setting: bool
    instances: tuple[str, ...] = ()
    unrecognised: bool = False
    """Whether it was looked at, and leads to no service that is known."""

    @property
    def label(self) -> str:
        """Return what pages show of it: its kind, and its end where that gives nothing away."""
        kind = self.service or self.url.partition("://")[0]
        last = self.url.partition("?")[0].rstrip("/").rpartition("/")[2]
        return f"{kind} {DOTS}{last[-_TAIL:] if len(last) >= _TAIL_FROM else ''}"

    def wants(self, notice: Notice, *, muted: Iterable[str]) -> bool:
        """Return whether this notice is for it; a test is told whom it is for by name."""
        if notice.subject in muted:
            return False
        return not self.instances or notice.subject in self.instances


def address_id(url: str) -> str:
    """Return what an address is called in files and keys; the same after every start."""
    return hashlib.sha256(url.encode()).hexdigest()[:_ID_LENGTH]


def addresses_of(
    setting: Iterable[str], choices: AlertChoices, services: Mapping[str, str]
) -> dict[str, Address]:
    """Return every address by its id; ``services`` by id for those of the setting that were looked at."""
    given = {address_id(url): url for url in setting}
    made = {
        identity: Address(
            identity, url, services.get(identity, ""), True, unrecognised=services.get(identity) == ""
        )
        for identity, url in given.items()
    }
    for stored in choices.addresses:
        identity = address_id(stored.address)
        if identity not in made:
            made[identity] = Address(identity, stored.address, stored.service, False, stored.instances)
    return made
