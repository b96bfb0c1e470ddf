"""What pages see of alerts."""

from __future__ import annotations

from dataclasses import fields

from core.models.alerts.views import AddressView, AlertsView


def test_a_view_has_no_room_for_an_address() -> None:
    """Only for its label."""
    assert {"url", "address"}.isdisjoint(field.name for field in fields(AddressView))
    assert AlertsView().addresses == ()
