"""The words of alerts: what, when, what to do; and nothing that they must not tell."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from core.alerts.words import masked, message_of
from core.locale import NAMES
from core.models.alerts.incidents import Notice, NoticeKind, Trouble

ZONE = ZoneInfo("America/Sao_Paulo")
AT = 1_800_000_000.0


def said(*notices: Notice, language: str = "pt_BR") -> tuple[str, str]:
    return message_of(notices, language=language, zone=ZONE, app_name="Plantão")


def notice(trouble: Trouble | None, kind: NoticeKind, name: str = "Loja Centro") -> Notice:
    return Notice("n", kind, AT, "i", "loja", trouble, name, AT - 86_400)


def test_one_notice() -> None:
    """The product and the instance in the title; when, what and what to do in the text."""
    title, body = said(notice(Trouble.LOGGED_OUT, NoticeKind.OPENED))
    assert title == "Plantão · Loja Centro"
    assert body.startswith("15/01/2027 05:00 -03 · “Loja Centro” foi desconectada no celular.")
    assert "QR code" in body


def test_a_reminder_says_since_when() -> None:
    """And the same again."""
    _, body = said(notice(Trouble.OFFLINE, NoticeKind.REMINDER))
    assert "desde 14/01/2027 05:00 -03" in body


def test_several_come_together() -> None:
    """A line each, their number in the title."""
    title, body = said(*(notice(Trouble.OFFLINE, NoticeKind.OPENED, f"Loja {n}") for n in range(3)))
    assert title == "Plantão · 3 avisos"
    assert body.count("\n") == 2


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("trouble", [*Trouble, None])
def test_everything_has_words(language: str, kind: NoticeKind, trouble: Trouble | None) -> None:
    """Translated, short enough for a chat, with no place left empty."""
    for text in said(notice(trouble, kind), language=language):
        assert "{" not in text
        assert len(text) < 300
    if language != "en":
        assert (
            said(notice(trouble, kind), language=language)[1] != said(notice(trouble, kind), language="en")[1]
        )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Loja +55 11 91234-5678", "Loja …5678"),
        ("(11) 91234-5678", "(…5678"),
        ("5511912345678", "…5678"),
        ("Loja 12", "Loja 12"),
        ("Turno 2026-11", "Turno 2026-11"),
        ("{when} {what}", "{when} {what}"),
    ],
)
def test_a_number_in_a_name_is_masked(name: str, shown: str) -> None:
    """However it is written; other figures stay."""
    assert masked(name) == shown
