"""The parts of a session by which a refusal names what is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest

from core.locale import translation
from core.models.moving.codes import MoveCode
from core.models.moving.device import MoveRefusedError
from core.moving.key_checks import check_keys
from core.settings import LANGUAGES
from pages.ui.i18n import use_language
from pages.ui.texts.moving import move_message
from pages.ui.texts.moving_parts import PARTS, WHOLE_FILE
from tests.support.moving_keys import made_device

_WRONG: Final[dict[str, Any]] = {
    **dict.fromkeys(
        (
            *("noise_private", "identity_private", "signed_prekey_private", "signed_prekey_signature"),
            *("adv_secret", "account_signature", "account_signature_key", "device_signature"),
        ),
        b"x",
    ),
    "lid": "x",
    "registration_id": -1,
    "signed_prekey_id": -1,
    "account_details": b"x" * 100_000,
    "platform": "x" * 100_000,
}
"""A value that does not do, for each field of a device."""


@pytest.fixture(autouse=True)
def _portuguese() -> Iterator[None]:
    with use_language("pt_BR"):
        yield


@pytest.mark.parametrize("field", _WRONG)
def test_each_wrong_key_has_a_name_in_every_language(field: str) -> None:
    """None is shown as the core calls it."""
    with pytest.raises(MoveRefusedError) as refused:
        check_keys(made_device(**{field: _WRONG[field]}))
    assert refused.value.code == MoveCode.KEYS_WRONG
    name = PARTS[refused.value.detail]
    for language in set(LANGUAGES) - {"en"}:
        assert translation(language).gettext(name) != name
    assert translation("pt_BR").gettext(name) in move_message(refused.value).what


@pytest.mark.parametrize(
    ("code", "part", "said"),
    [
        (MoveCode.DAMAGED, "zip", "O zip está danificado ou incompleto."),
        (MoveCode.DAMAGED, "creds.json", "Uma parte está danificada ou faltando: o arquivo "),
        (MoveCode.DAMAGED, "main.sqlite", "Uma parte está danificada ou faltando: o arquivo "),
        (MoveCode.DAMAGED, "whatsmeow_device.jid", "Uma parte está danificada ou faltando: a tabela "),
        (MoveCode.DAMAGED, "conversations", ": as chaves das conversas."),
        (MoveCode.BACKUP_DAMAGED, "history.db", "incompleto: o histórico e as mensagens (history.db)."),
        (MoveCode.BACKUP_DAMAGED, "inbox.text", "incompleto: a tabela "),
        (MoveCode.KEYS_WRONG, "creds.json", "As chaves não combinam (o arquivo "),
        *(
            (MoveCode.BACKUP_DAMAGED, part, "Este backup está danificado ou incompleto.")
            for part in sorted(WHOLE_FILE)
        ),
    ],
)
def test_a_part_is_called_what_it_is(code: MoveCode, part: str, said: str) -> None:
    """A file, a table or a key; nothing inside a file that its owner cannot know."""
    assert said in move_message(MoveRefusedError(code, part)).text


def test_a_strangers_name_neither_fills_the_page_nor_forms_it() -> None:
    """Its end is shown, which tells files apart, and its signs count for nothing."""
    name = f"{'a/' * 240}**creds**.json"
    said = move_message(MoveRefusedError(MoveCode.DAMAGED, name)).what
    assert len(said) < 200
    assert "creds" in said
    assert "**" not in said
