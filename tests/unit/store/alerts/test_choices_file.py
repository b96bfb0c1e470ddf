"""``alerts.json``: for its owner only, back as it was, and never overwritten unread."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.models.alerts.choices import AlertChoices, QuietHours, StoredAddress
from core.store.alerts.choices_file import CHOICES_FILE, read_choices, write_choices
from core.store.json_file import OtherVersionError

CHOICES = AlertChoices(
    addresses=(StoredAddress("tgram://1:secret/2", "Telegram", ("loja-k7m2xq",)),),
    offline_minutes=15,
    muted=("outra-bcdfgh",),
    quiet=QuietHours(22 * 60, 7 * 60, "America/Sao_Paulo"),
    zone="America/Sao_Paulo",
)


@pytest.mark.parametrize("choices", [CHOICES, AlertChoices()])
def test_what_was_written_is_read(tmp_path: Path, choices: AlertChoices) -> None:
    """The same; the addresses are secrets."""
    write_choices(tmp_path, choices)
    assert read_choices(tmp_path) == (choices, "")
    assert (tmp_path / CHOICES_FILE).stat().st_mode & 0o777 == 0o600


def test_nothing_was_chosen_yet(tmp_path: Path) -> None:
    """A first start is no error."""
    assert read_choices(tmp_path) == (AlertChoices(), "")


@pytest.mark.parametrize("content", [b"", b"{", b'{"version": 1}', b'{"version": 1, "addresses": 5}'])
def test_a_damaged_file_is_kept_aside(tmp_path: Path, content: bytes) -> None:
    """Under a name that the owner is told."""
    (tmp_path / CHOICES_FILE).write_bytes(content)
    choices, aside = read_choices(tmp_path)
    assert choices == AlertChoices()
    assert (tmp_path / aside).read_bytes() == content
    assert not (tmp_path / CHOICES_FILE).exists()


def test_a_newer_file_stays(tmp_path: Path) -> None:
    """The app was rolled back: nothing of the newer one's is lost."""
    (tmp_path / CHOICES_FILE).write_bytes(b'{"version": 2}')
    with pytest.raises(OtherVersionError):
        read_choices(tmp_path)
    assert (tmp_path / CHOICES_FILE).exists()
