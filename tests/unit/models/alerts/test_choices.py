"""What the owner chose: nothing of an address is shown by accident."""

from __future__ import annotations

from core.models.alerts.choices import OFFLINE_MINUTES, AlertChoices, StoredAddress


def test_an_address_is_in_no_repr() -> None:
    """Also inside everything else."""
    choices = AlertChoices(addresses=(StoredAddress("tgram://SECRET/1", "Telegram"),))
    assert "SECRET" not in f"{choices!r}{choices}{[choices]}"


def test_without_a_choice() -> None:
    """Every instance is told about after five minutes, at every hour."""
    choices = AlertChoices()
    assert choices.offline_minutes == OFFLINE_MINUTES == 5
    assert (choices.addresses, choices.muted, choices.quiet) == ((), (), None)
