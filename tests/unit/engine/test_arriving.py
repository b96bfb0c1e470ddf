"""Neonize's receipts and messages, as the core gives them, in our words."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from core.models.message import Tick

ROOT: Final = Path(__file__).resolve().parents[3]
PHONE: Final = "5511912345678"
LID: Final = "123456789012345"

_SCRIPT: Final = """
import json
from core.engine.library import import_python_part
import_python_part()
from dataclasses import asdict
from neonize.proto import Neonize_pb2 as neo
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e
from core.engine.arriving import message_arrived, receipts

PHONE, LID = "5511912345678", "123456789012345"

def jid(user, server):
    return neo.JID(User=user, RawAgent=0, Device=0, Integrator=0, Server=server, IsEmpty=not user)

pn, lid, me = jid(PHONE, "s.whatsapp.net"), jid(LID, "lid"), jid("5511900000000", "s.whatsapp.net")
group, status = jid("1203", "g.us"), jid("status", "broadcast")

def source(chat, sender, **more):
    return neo.MessageSource(Chat=chat, Sender=sender, **more)

def told(source, type=neo.Receipt.READ):
    event = neo.Receipt(MessageSource=source, MessageIDs=["1", "2"], Timestamp=1_700_000_000, Type=type)
    return [asdict(one) for one in receipts("a", event)]

def arrived(message, where, number_of=lambda _: "", **info):
    info = {"ID": "3A", "Pushname": "Ana", "Timestamp": 1_700_000_000, **info}
    event = neo.Message(Info=neo.MessageInfo(MessageSource=where, **info), Message=message)
    found = message_arrived("a", event, number_of=number_of)
    return found and asdict(found)

text = e2e.Message(conversation="oi")
direct = source(lid, lid, SenderAlt=pn)
contents = {
    "plain": text,
    "extended": e2e.Message(extendedTextMessage=e2e.ExtendedTextMessage(
        text="resposta", contextInfo=e2e.ContextInfo(stanzaID="1"))),
    "image": e2e.Message(imageMessage=e2e.ImageMessage(caption="legenda")),
    "voice": e2e.Message(audioMessage=e2e.AudioMessage(PTT=True)),
    "reaction": e2e.Message(reactionMessage=e2e.ReactionMessage(text="x")),
    "revoke": e2e.Message(protocolMessage=e2e.ProtocolMessage(type=e2e.ProtocolMessage.REVOKE)),
    "edit": e2e.Message(protocolMessage=e2e.ProtocolMessage(
        type=e2e.ProtocolMessage.MESSAGE_EDIT, editedMessage=text)),
    "keys": e2e.Message(protocolMessage=e2e.ProtocolMessage(
        type=e2e.ProtocolMessage.APP_STATE_SYNC_KEY_SHARE)),
    "sender keys": e2e.Message(senderKeyDistributionMessage=e2e.SenderKeyDistributionMessage(groupID="g")),
    "nothing": e2e.Message(),
    "call": e2e.Message(call=e2e.Call(callKey=b"x")),
}
print(json.dumps({
    "types": {name: told(direct, value) for name, value in neo.Receipt.ReceiptType.items()},
    "own": told(source(lid, me, IsFromMe=True)),
    "group": told(source(group, lid, IsGroup=True)),
    "contents": {name: arrived(message, direct) for name, message in contents.items()},
    "sender": {
        "alternative": arrived(text, direct),
        "number": arrived(text, source(pn, pn)),
        "stored": arrived(text, source(lid, lid), number_of=lambda one: PHONE if one.User == LID else "?"),
        "unknown": arrived(text, source(lid, lid)),
        "from the phone": arrived(text, source(lid, me, IsFromMe=True, RecipientAlt=pn)),
        "in a group": arrived(text, source(group, lid, IsGroup=True, SenderAlt=pn)),
        "to a group": arrived(text, source(group, me, IsGroup=True, IsFromMe=True)),
    },
    "status": arrived(text, source(status, pn)),
    "milliseconds": arrived(text, direct, Timestamp=1_700_000_000_500),
}))
"""


@pytest.fixture(scope="module")
def told() -> Any:
    """Neonize's own classes, translated in a process of their own: its import changes logging and more."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_receipts_of_the_other_person_become_ticks(told: Any) -> None:
    """One for each message; those of the account's own devices and of the protocol become nothing."""
    ticks = {name: [one["tick"] for one in found] for name, found in told["types"].items() if found}
    assert ticks == {"DELIVERED": [Tick.DELIVERED] * 2, "READ": [Tick.READ] * 2, "PLAYED": [Tick.PLAYED] * 2}
    first, second = told["types"]["READ"]
    assert (first["message_id"], second["message_id"], first["at"]) == ("1", "2", 1_700_000_000.0)
    assert told["own"] == told["group"] == []


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("plain", "text", "oi"),
        ("extended", "text", "resposta"),
        ("image", "image", ""),
        ("voice", "audio", ""),
        ("reaction", "reaction", ""),
        ("revoke", "deleted", ""),
        ("edit", "edited", "oi"),
        ("call", "other", ""),
    ],
)
def test_what_a_person_wrote_has_a_kind(told: Any, name: str, content: str, text: str) -> None:
    """Text as written; everything else by what it is, and nothing of a person is dropped."""
    found = told["contents"][name]
    assert (found["content"], found["text"]) == (content, text)
    assert (found["message_id"], found["name"], found["at"]) == ("3A", "Ana", 1_700_000_000.0)


@pytest.mark.parametrize("name", ["keys", "sender keys", "nothing"])
def test_what_phones_say_among_themselves_is_no_message(told: Any, name: str) -> None:
    """Keys and settings are not shown; nor are status posts, which are for everybody."""
    assert told["contents"][name] is None
    assert told["status"] is None


@pytest.mark.parametrize(
    ("name", "contact", "from_me", "group"),
    [
        ("alternative", PHONE, False, False),
        ("number", PHONE, False, False),
        ("stored", PHONE, False, False),
        ("unknown", "", False, False),
        ("from the phone", PHONE, True, False),
        ("in a group", PHONE, False, True),
        ("to a group", "", True, True),
    ],
)
def test_people_are_numbers_never_lids(
    told: Any, name: str, contact: str, from_me: bool, group: bool
) -> None:
    """By what the message says or the core has stored; else nobody, rather than a LID."""
    found = told["sender"][name]
    assert (found["contact"], found["from_me"], found["group"]) == (contact, from_me, group)
    assert LID not in json.dumps(found)


def test_times_are_seconds(told: Any) -> None:
    """Whichever unit the core uses."""
    assert told["milliseconds"]["at"] == 1_700_000_000.5
