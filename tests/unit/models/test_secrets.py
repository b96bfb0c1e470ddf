"""What a log line or a traceback may show of the data that travels between rooms: never a secret."""

from __future__ import annotations

from typing import get_args

import pytest

from core.models.content import Content, Kind
from core.models.instance import ShowQr
from core.models.messages import ReceivedMessage, SendState, SentMessage
from core.models.recipients import Group
from core.models.worker_commands import SendMessage, WorkerCommand
from core.models.worker_events import Connected, GroupsListed, MessageArrived, QrCode, WorkerEvent
from tests.support.contents import words

NAMES = {"instance_id", "request_id", "message_id", "outcome", "detail", "reason", "error", "path"}
"""Of the texts that a log may show."""
SECRETS = ("2@QRCODE", "5511912345678", "palavras de alguém")


@pytest.mark.parametrize(
    "data",
    [
        QrCode("a", code=SECRETS[0], index=1, at=1.0),
        ShowQr(SECRETS[0], index=1, total=6, expires_at=1.0),
        Connected("a", phone=SECRETS[1]),
        SendMessage("a", "r", to=SECRETS[1], content=words(SECRETS[2]), secret="5511912345678"),
        SentMessage("r", "a", SECRETS[1], words(SECRETS[2]), SendState.SENT, 1.0, message_id="3EB0"),
        MessageArrived(
            "a", "3A", SECRETS[1], SECRETS[2], words(SECRETS[2]), 1.0, False, False, "x@lid", SECRETS[1]
        ),
        GroupsListed("a", "r", groups=(Group(SECRETS[1], SECRETS[2], 3),)),
        ReceivedMessage(
            "a", "3A", SECRETS[1], SECRETS[2], Content(Kind.TEXT, text=SECRETS[2]), 1.0, chat=SECRETS[1]
        ),
    ],
    ids=lambda data: type(data).__name__,
)
def test_no_secret_is_in_a_repr(data: object) -> None:
    """Codes, numbers and texts stay out of `repr` and `str`, also inside a container."""
    for shown in (repr(data), str(data), repr([data]), f"{data}"):
        assert not any(secret in shown for secret in SECRETS)
    assert type(data).__name__ in repr(data)


def test_every_field_with_a_secret_name_is_hidden() -> None:
    """An event added tomorrow with a code, phone, text or recipient hides it too."""
    for kind in (*get_args(WorkerEvent), *get_args(WorkerCommand)):
        values = dict.fromkeys(kind.__struct_fields__, "seen")
        shown = {name for name, _ in kind(**values).__rich_repr__()}
        assert shown <= NAMES, kind
        assert repr(kind(**values)).count("seen") == len(shown)
        assert not shown & {"code", "phone", "text", "to", "number", "secret", "contact", "name"}, kind
