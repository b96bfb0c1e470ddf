"""Neonize's receipts and messages, as the core gives them, in our words."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from core.models.messages import Tick

ROOT: Final = Path(__file__).resolve().parents[4]
PHONE: Final = "5511912345678"
LID: Final = "123456789012345"
SMALL: Final = "/9j/wAALCAACAAMBAREA/9oACAEBAAA/AP/Z"
"""A JPEG's header and end: 3 by 2 pixels."""

_SCRIPT: Final = """
import json
from core.engine.whatsapp.loader import import_python_part
import_python_part()
from dataclasses import asdict
from msgspec.structs import asdict as fields
from neonize.proto import Neonize_pb2 as neo
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e
from core.engine.whatsapp import media_reference as remote
from core.engine.whatsapp.from_protobuf import content_from_protobuf
from core.engine.whatsapp.event_translation import (
    call_missed, chat_timer, message_arrived, message_withheld, receipts, typing)

PHONE, LID = "5511912345678", "123456789012345"

def jid(user, server):
    return neo.JID(User=user, RawAgent=0, Device=0, Integrator=0, Server=server, IsEmpty=not user)

pn, lid, me = jid(PHONE, "s.whatsapp.net"), jid(LID, "lid"), jid("5511900000000", "s.whatsapp.net")
group, status = jid("1203", "g.us"), jid("status", "broadcast")

def source(chat, sender, **more):
    return neo.MessageSource(Chat=chat, Sender=sender, **more)

def told(source, type=neo.Receipt.READ, number_of=lambda _: ""):
    event = neo.Receipt(MessageSource=source, MessageIDs=["1", "2"], Timestamp=1_700_000_000, Type=type)
    return [fields(one) for one in receipts("a", event, number_of=number_of)]

def arrived(message, where, number_of=lambda _: "", options_of=lambda _: [b"\\x01\\xff"], **info):
    info = {"ID": "3A", "Pushname": "Ana", "Timestamp": 1_700_000_000, **info}
    event = neo.Message(Info=neo.MessageInfo(MessageSource=where, **info), Message=message)
    found = message_arrived("a", event, number_of=number_of, options_of=options_of)
    return found and {**fields(found), "content": json.loads(found.content.to_json())}

text = e2e.Message(conversation="oi")
direct = source(lid, lid, SenderAlt=pn)
key = {"ID": "3B", "fromMe": True, "remoteJID": LID + "@lid"}
file = {"URL": "https://mmg.whatsapp.net/x", "directPath": "/x", "mediaKey": b"k" * 32,
        "fileSHA256": b"s" * 32, "fileEncSHA256": b"e" * 32, "fileLength": 7}
def small(height, width):
    sides = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    frame = b"\\xff\\xc0\\0\\x0b\\x08" + sides + b"\\1\\1\\x11\\0"
    return b"\\xff\\xd8" + frame + b"\\xff\\xda\\0\\x08\\1\\1\\0\\0\\x3f\\0\\xff\\xd9"
vcard = "BEGIN:VCARD\\nFN:Jo\\nTEL;waid=5511999990000:+55 11 99999-0000\\nEND:VCARD"
NEWER = bytes([0xca, 0xf4, 0x03]) + b"\\x06\\x0a\\x04oi k"
# A field that no version knows yet.
def joined(message=e2e.Message(), more=NEWER):
    return e2e.Message.FromString(message.SerializeToString() + more)
def wrapped(name, message):
    return e2e.Message(**{name: {"message": message}})
def protocol(kind, **more):
    return e2e.Message(protocolMessage={"type": getattr(e2e.ProtocolMessage, kind), "key": key, **more})
contents = {
    "plain": text,
    "extended": e2e.Message(extendedTextMessage={"text": "resposta", "contextInfo": {
        "stanzaID": "1", "participant": LID + "@lid", "quotedMessage": {"conversation": "per  gunta"}}}),
    "image": e2e.Message(imageMessage={**file, "mimetype": "image/jpeg", "caption": "legenda", "width": 3,
        "height": 2, "JPEGThumbnail": small(2, 3)}),
    "large thumbnail": e2e.Message(imageMessage={**file, "JPEGThumbnail": b"x" * 8193}),
    **{f"thumbnail: {name}": e2e.Message(videoMessage={**file, "JPEGThumbnail": data}) for name, data in {
        "words": b"small",
        "a WebP of one colour": b"RIFF\\x1a\\0\\0\\0WEBPVP8L\\x0d\\0\\0\\0\\x2f\\xfe\\xbf\\xfa\\x02",
        "a PNG of 60,000 by 60,000": b"\\x89PNG\\r\\n\\x1a\\n\\0\\0\\0\\rIHDR" + b"\\0\\0\\xea\\x60" * 2,
        "a JPEG that is too wide": small(2, 513),
        "a JPEG that is too high": small(513, 2),
        "a JPEG without a line": small(0, 2),
        "a JPEG of two frames": small(2, 3)[:13] + small(9_000, 9_000)[2:],
        "half a header": small(2, 3)[:8],
        "a GIF": b"GIF89a\\1\\0\\1\\0\\0\\0\\0;",
    }.items()},
    "no key": e2e.Message(imageMessage={"mimetype": "image/jpeg"}),
    "video": e2e.Message(videoMessage={**file, "seconds": 5}),
    "gif": e2e.Message(videoMessage={**file, "seconds": 5, "gifPlayback": True}),
    "round video": e2e.Message(ptvMessage={**file, "seconds": 5}),
    "audio": e2e.Message(audioMessage={**file, "seconds": 61}),
    "voice": e2e.Message(audioMessage={**file, "PTT": True, "waveform": b"wave"}),
    "document": e2e.Message(documentMessage={**file, "fileName": "a  b.pdf"}),
    "captioned": wrapped("documentWithCaptionMessage", {"documentMessage": {**file, "caption": "leia"}}),
    "sticker": e2e.Message(stickerMessage=file),
    "moving sticker": wrapped("lottieStickerMessage", {"stickerMessage": file}),
    "view once": wrapped("viewOnceMessageV2", {"imageMessage": {**file, "caption": "uma vez"}}),
    "disappearing": wrapped("ephemeralMessage", {"conversation": "some"}),
    "place": e2e.Message(locationMessage={"degreesLatitude": -23.5, "degreesLongitude": -46.6, "name": "MASP",
        "address": "Av. Paulista"}),
    **{f"nowhere {north} {east}": e2e.Message(locationMessage={"degreesLatitude": float(north),
        "degreesLongitude": float(east), "comment": "aqui", "name": "MASP", "address": "Av. Paulista"})
        for north, east in (("nan", 0), (0, "nan"), ("inf", 0), (0, "-inf"), (90.1, 0), (0, -180.1))},
    "a live one nowhere": e2e.Message(liveLocationMessage={"degreesLatitude": 91, "caption": "aqui"}),
    "a place without one": e2e.Message(locationMessage={"name": "MASP"}),
    "at sea": e2e.Message(locationMessage={"degreesLatitude": 0, "degreesLongitude": 0}),
    "at a pole": e2e.Message(locationMessage={"degreesLatitude": -90, "degreesLongitude": 180}),
    "person": e2e.Message(contactMessage={"displayName": "Jo", "vcard": vcard}),
    "people": e2e.Message(contactsArrayMessage={"contacts": [{"displayName": "Jo", "vcard": vcard},
        {"displayName": "Zé", "vcard": ""}]}),
    "poll": e2e.Message(pollCreationMessageV3={"name": "Dia?", "options": [{"optionName": "seg"},
        {"optionName": "ter  ça"}], "selectableOptionsCount": 1}),
    "vote": e2e.Message(pollUpdateMessage={"pollCreationMessageKey": key}),
    "reaction": e2e.Message(reactionMessage={"key": key, "text": "👍"}),
    "revoke": protocol("REVOKE"),
    "edit": wrapped("editedMessage", protocol("MESSAGE_EDIT", editedMessage=text)),
    "edited caption": protocol("MESSAGE_EDIT", editedMessage={"imageMessage": {"caption": "nova"}}),
    "business": e2e.Message(buttonsMessage={"contentText": "Escolha"}),
    "keys": e2e.Message(protocolMessage={"type": e2e.ProtocolMessage.APP_STATE_SYNC_KEY_SHARE}),
    "history": protocol("HISTORY_SYNC_NOTIFICATION"),
    "sender keys": e2e.Message(senderKeyDistributionMessage={"groupID": "g"}),
    "nothing": e2e.Message(),
    "a secret": e2e.Message(messageContextInfo={"messageSecret": b"s" * 32}),
    "newer keys": e2e.Message(messageContextInfo=type(text.messageContextInfo).FromString(NEWER)),
    "newer": joined(),
    "newer with a secret": joined(e2e.Message(messageContextInfo={"messageSecret": b"s" * 32})),
    "newer, wrapped": wrapped("ephemeralMessage", joined()),
    "newer, beside words": joined(text, NEWER),
    "unknown": e2e.Message(call={"callKey": b"x"}),
    "sealed reaction": e2e.Message(encReactionMessage={"targetMessageKey": key, "encPayload": b"x"}),
    "sealed answer": e2e.Message(encEventResponseMessage={"eventCreationMessageKey": key}),
    "long": e2e.Message(conversation="x" * 100_000),
}
others = e2e.Message(protocolMessage={"type": e2e.ProtocolMessage.REVOKE,
    "key": {"ID": "3B", "participant": "5@lid"}})
def ended(reason):
    event = neo.CallTerminate(reason=reason, basicCallMeta={"callCreator": lid, "callCreatorAlt": pn,
        "timestamp": 1_700_000_000, "callID": "C1", "from": lid}, data={"Tag": "x"})
    found = call_missed("a", event, video=True, number_of=lambda _: "")
    return found and {**fields(found), "content": json.loads(found.content.to_json())}
def withheld(where=direct, unavailable=False, mode="DECRYPT_FAIL_SHOW", **info):
    info = {"ID": "3A", "Pushname": "Ana", "Timestamp": 1_700_000_000, **info}
    event = neo.UndecryptableMessage(Info=neo.MessageInfo(MessageSource=where, **info),
        IsUnavailable=unavailable, DecryptFailMode=mode)
    found = message_withheld("a", event, number_of=lambda _: "")
    return found and {**fields(found), "content": json.loads(found.content.to_json())}
def timer(message, where=direct):
    event = neo.Message(Info=neo.MessageInfo(MessageSource=where, ID="3A", Timestamp=1_700_000_000),
        Message=message)
    found = chat_timer("a", event, number_of=lambda _: "")
    return found and fields(found)
def lasting(seconds):
    return e2e.Message(extendedTextMessage={"text": "oi", "contextInfo": {"expiration": seconds}})
def doing(where, state="COMPOSING", media="TEXT"):
    event = neo.ChatPresence(MessageSource=where, State=state, Media=media)
    found = typing("a", event, number_of=lambda _: PHONE)
    return found and fields(found)
in_group = source(group, lid, IsGroup=True, SenderAlt=pn)
print(json.dumps({
    "withheld": {
        "phone only": withheld(unavailable=True),
        "garbled": withheld(),
        "hidden": withheld(mode="DECRYPT_FAIL_HIDE"),
        "an edit": withheld(Edit="1"),
        "among devices": withheld(Category="peer"),
        "status": withheld(source(status, pn)),
        "in a group": withheld(in_group),
    },
    "timers": {
        "in a text": timer(lasting(86_400)),
        "wrapped": timer(wrapped("ephemeralMessage", lasting(604_800))),
        "of a group": timer(lasting(86_400), in_group),
        "of a picture": timer(e2e.Message(imageMessage={**file, "contextInfo": {"expiration": 86_400}})),
        "taken off": timer(lasting(0)),
        "set": timer(protocol("EPHEMERAL_SETTING", ephemeralExpiration=604_800)),
        "set to never": timer(protocol("EPHEMERAL_SETTING")),
        "no word": timer(text),
        "another protocol": timer(protocol("REVOKE")),
        "for ever and a day": timer(lasting(4_000_000_000)),
        "for a moment": timer(lasting(1)),
    },
    "doing": {
        "typing": doing(source(lid, lid)),
        "recording": doing(source(lid, lid), media="AUDIO"),
        "paused": doing(source(lid, lid), state="PAUSED"),
        "in a group": doing(in_group),
        "own": doing(source(lid, me, IsFromMe=True)),
        "status": doing(source(status, pn)),
    },
    "types": {name: told(direct, value) for name, value in neo.Receipt.ReceiptType.items()},
    "confirmed by": {
        "a LID with its number": told(source(lid, lid, SenderAlt=pn)),
        "a LID that the core knows": told(source(lid, lid), number_of=lambda one: PHONE),
        "a LID alone": told(source(lid, lid)),
        "a number with its LID": told(source(pn, pn, SenderAlt=lid)),
        "a number alone": told(source(pn, pn)),
    },
    "own": told(source(lid, me, IsFromMe=True)),
    "to oneself": {name: told(source(me, me, IsFromMe=True), value)
        for name, value in neo.Receipt.ReceiptType.items()},
    "own copy": told(source(lid, me, IsFromMe=True), neo.Receipt.ReceiptType.Value("SENDER")),
    "status receipt": told(source(status, lid)),
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
    "list": arrived(text, source(jid("77", "broadcast"), pn, IsGroup=True)),
    "sealed vote": arrived(contents["vote"], direct, options_of=lambda _: None),
    "others": [arrived(others, source(group, lid, IsGroup=True), Edit=edit) for edit in ("7", "8")],
    "calls": {reason: ended(reason) for reason in ("timeout", "accepted_elsewhere", "rejected_elsewhere")},
    "fetchable": asdict(remote.received_file(content_from_protobuf(contents["voice"]).file.remote)) == {
        "kind": "audio", "path": "/x", "key": b"k" * 32, "sha256": b"s" * 32, "enc_sha256": b"e" * 32,
        "length": 7},
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
    assert told["own"] == told["group"] == told["status receipt"] == []


def test_in_the_chat_with_oneself_another_own_device_confirms(told: Any) -> None:
    """It proves that the message came back; of a message to others, its own copy proves nothing."""
    ticks = {name: [one["tick"] for one in found] for name, found in told["to oneself"].items() if found}
    assert ticks == {"DELIVERED": [Tick.DELIVERED] * 2, "SENDER": [Tick.DELIVERED] * 2}
    assert told["own copy"] == []


def test_a_receipt_says_whose_chat_it_is_of(told: Any) -> None:
    """By number and LID, as far as either is known."""
    found = {name: {tuple(one["addresses"]) for one in each} for name, each in told["confirmed by"].items()}
    both, lid = {(PHONE, f"{LID}@lid")}, {(f"{LID}@lid",)}
    assert found == {
        "a LID with its number": both,
        "a LID that the core knows": both,
        "a LID alone": lid,
        "a number with its LID": both,
        "a number alone": {(PHONE,)},
    }


JO: Final = {"name": "Jo", "phones": [{"written": "+55 11 99999-0000", "number": "5511999990000"}]}
ABOUT: Final = {"message_id": "3B", "chat": f"{LID}@lid", "from_me": True}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain", {"kind": "text", "text": "oi"}),
        (
            "extended",
            {
                "kind": "text",
                "text": "resposta",
                "about": {
                    "message_id": "1",
                    "chat": f"{LID}@lid",
                    "sender": f"{LID}@lid",
                    "text": "per gunta",
                    "kind": "text",
                },
            },
        ),
        ("place", {"kind": "location", "latitude": -23.5, "longitude": -46.6, "name": "MASP"}),
        ("nowhere nan 0", {"kind": "other", "text": "aqui\nMASP\nAv. Paulista"}),
        ("nowhere 0 nan", {"kind": "other", "text": "aqui\nMASP\nAv. Paulista"}),
        ("nowhere inf 0", {"kind": "other", "text": "aqui\nMASP\nAv. Paulista"}),
        ("nowhere 0 -inf", {"kind": "other", "text": "aqui\nMASP\nAv. Paulista"}),
        ("nowhere 90.1 0", {"kind": "other", "text": "aqui\nMASP\nAv. Paulista"}),
        ("nowhere 0 -180.1", {"kind": "other", "text": "aqui\nMASP\nAv. Paulista"}),
        ("a live one nowhere", {"kind": "other", "text": "aqui"}),
        ("a place without one", {"kind": "other", "text": "MASP"}),
        ("at sea", {"kind": "location"}),
        ("at a pole", {"kind": "location", "latitude": -90.0, "longitude": 180.0}),
        ("person", {"kind": "contact", "name": "Jo", "phone": "5511999990000", "contacts": [JO]}),
        (
            "people",
            {"kind": "contact", "name": "Jo, Zé", "phone": "5511999990000", "contacts": [JO, {"name": "Zé"}]},
        ),
        ("sealed reaction", {"kind": "unreadable", "about": ABOUT}),
        ("sealed answer", {"kind": "unreadable", "about": ABOUT}),
        ("poll", {"kind": "poll", "text": "Dia?", "options": ["seg", "ter  ça"]}),
        ("vote", {"kind": "vote", "options": ["01ff"], "about": ABOUT}),
        ("reaction", {"kind": "reaction", "text": "👍", "about": ABOUT}),
        ("revoke", {"kind": "delete", "about": ABOUT}),
        ("edit", {"kind": "edit", "text": "oi", "about": ABOUT}),
        ("edited caption", {"kind": "edit", "text": "nova", "about": ABOUT}),
        ("disappearing", {"kind": "text", "text": "some"}),
        ("business", {"kind": "text", "text": "Escolha"}),
        ("unknown", {"kind": "other"}),
        ("newer", {"kind": "other"}),
        ("newer with a secret", {"kind": "other"}),
        ("newer, wrapped", {"kind": "other"}),
        ("newer, beside words", {"kind": "text", "text": "oi"}),
    ],
)
def test_what_a_person_wrote_has_a_kind(told: Any, name: str, content: dict[str, Any]) -> None:
    """Text as written; everything else by what it is, and nothing of a person is dropped."""
    found = told["contents"][name]
    said = {key: value for key, value in found["content"].items() if key not in ("address", "choices")}
    assert said == content
    assert (found["message_id"], found["name"], found["at"]) == ("3A", "Ana", 1_700_000_000.0)
    assert (found["chat"], found["sender"]) == (f"{LID}@lid", f"{LID}@lid")


@pytest.mark.parametrize(
    ("name", "kind", "text", "facts"),
    [
        (
            "image",
            "image",
            "legenda",
            {"mime": "image/jpeg", "width": 3, "height": 2, "thumbnail": SMALL},
        ),
        ("large thumbnail", "image", "", {}),
        ("video", "video", "", {"seconds": 5}),
        ("gif", "video", "", {"seconds": 5, "gif": True}),
        ("round video", "video", "", {"seconds": 5}),
        ("audio", "audio", "", {"seconds": 61}),
        ("voice", "voice", "", {"waveform": "d2F2ZQ=="}),
        ("document", "document", "", {"name": "a b.pdf"}),
        ("captioned", "document", "leia", {}),
        ("sticker", "sticker", "", {}),
        ("moving sticker", "sticker", "", {}),
        ("view once", "image", "uma vez", {}),
    ],
)
def test_a_file_comes_with_what_is_known_of_it(
    told: Any, name: str, kind: str, text: str, facts: dict[str, Any]
) -> None:
    """Its size, and what it takes to fetch it; never more of a thumbnail than is small."""
    content = told["contents"][name]["content"]
    file = content["file"]
    assert (content["kind"], content.get("text", "")) == (kind, text)
    assert file.pop("remote")
    assert file == {"size": 7, **facts}


def test_a_thumbnail_is_a_small_jpeg_or_png_by_its_header(told: Any) -> None:
    """Whatever else is in its place is dropped before it is stored; the message stays."""
    contents = {name: each["content"] for name, each in told["contents"].items() if name[:5] == "thumb"}
    assert len(contents) == 9
    for name, content in contents.items():
        assert content["kind"] == "video", name
        assert "thumbnail" not in content["file"], name


def test_a_file_can_be_fetched_by_what_is_kept_of_it(told: Any) -> None:
    """The downloader gets all that the message said of it; without a key there is nothing to get."""
    assert told["fetchable"] is True
    assert told["contents"]["no key"]["content"]["file"] == {"mime": "image/jpeg"}


@pytest.mark.parametrize("name", ["keys", "history", "sender keys", "nothing", "a secret", "newer keys"])
def test_what_phones_say_among_themselves_is_no_message(told: Any, name: str) -> None:
    """Keys, settings and the past are not shown; nor are status posts, which are for everybody."""
    assert told["contents"][name] is None
    assert told["status"] is None


def test_a_text_is_bounded(told: Any) -> None:
    """As long as phones allow, whatever was sent."""
    assert len(told["contents"]["long"]["content"]["text"]) == 65_536


def test_only_an_administrator_takes_back_what_others_wrote(told: Any) -> None:
    """The server says who is one; everybody else's word counts for nothing."""
    refused, taken_back = told["others"]
    assert refused is None
    assert (taken_back["content"]["kind"], taken_back["content"]["name"]) == ("delete", "admin")


def test_a_vote_that_cannot_be_opened_is_not_one_taken_back(told: Any) -> None:
    """It is a message of a kind that is not shown."""
    assert told["sealed vote"]["content"]["kind"] == "other"


def test_what_came_by_a_list_is_a_message_of_its_sender(told: Any) -> None:
    """As phones show it."""
    found = told["list"]
    assert (found["group"], found["chat"], found["contact"]) == (False, f"{PHONE}@s.whatsapp.net", PHONE)


def test_a_missed_call_is_an_event(told: Any) -> None:
    """With the caller's number; not when another device of the account took or refused it."""
    calls = told["calls"]
    assert calls["accepted_elsewhere"] is calls["rejected_elsewhere"] is None
    missed = calls["timeout"]
    assert (missed["content"]["kind"], missed["content"]["name"]) == ("call", "video")
    assert (missed["message_id"], missed["contact"], missed["at"]) == ("C1", PHONE, 1_700_000_000.0)


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
    """By what the message says or the core has stored; else none, rather than a LID."""
    found = told["sender"][name]
    assert (found["contact"], found["from_me"], found["group"]) == (contact, from_me, group)
    assert LID not in json.dumps({key: found[key] for key in found if key not in ("chat", "sender")})


def test_what_is_not_there_has_a_line_of_its_own(told: Any) -> None:
    """It says why; what people do not see anyway has none."""
    withheld = told["withheld"]
    assert withheld["phone only"]["content"] == {"kind": "phone_only", "choices": 1}
    assert withheld["garbled"]["content"] == {"kind": "unreadable", "choices": 1}
    assert (withheld["garbled"]["message_id"], withheld["garbled"]["name"]) == ("3A", "Ana")
    assert withheld["garbled"]["contact"] == withheld["in a group"]["contact"] == PHONE
    assert withheld["in a group"]["group"]
    assert [name for name, found in withheld.items() if found is None] == [
        *("hidden", "an edit", "among devices", "status")
    ]


def test_a_chats_timer_is_learned_from_its_messages(told: Any) -> None:
    """Whichever kind tells it, that it is off too; but no member for a group, and none of a second."""
    seconds = {name: found and found["seconds"] for name, found in told["timers"].items()}
    assert seconds == {
        "in a text": 86_400,
        "wrapped": 604_800,
        "of a group": None,
        "of a picture": 86_400,
        "taken off": 0,
        "set": 604_800,
        "set to never": 0,
        "no word": None,
        "another protocol": None,
        "for ever and a day": None,
        "for a moment": None,
    }
    direct = told["timers"]["in a text"]
    assert (direct["chat"], direct["contact"], direct["at"]) == (f"{LID}@lid", PHONE, 1_700_000_000.0)


def test_what_the_other_side_does_is_told(told: Any) -> None:
    """By chat, with the number behind it; not what the owner does on another device."""
    doing = {name: found and found["doing"] for name, found in told["doing"].items()}
    assert doing == {
        "typing": "typing",
        "recording": "recording",
        "paused": "",
        "in a group": "typing",
        "own": None,
        "status": None,
    }
    direct, group = told["doing"]["typing"], told["doing"]["in a group"]
    assert (direct["chat"], direct["contact"]) == (f"{LID}@lid", PHONE)
    assert (group["chat"], group["contact"]) == ("1203@g.us", "")


def test_times_are_seconds(told: Any) -> None:
    """Whichever unit the core uses."""
    assert told["milliseconds"]["at"] == 1_700_000_000.5
