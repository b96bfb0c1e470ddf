"""What only the secret of another message opens, with neonize's own protobuf."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[4]

_SCRIPT: Final = """
import json
from core.engine.whatsapp.loader import import_python_part
import_python_part()
from google.protobuf.message import DecodeError
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from neonize.proto import Neonize_pb2 as neo
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e
from core.engine.whatsapp.event_translation import message_arrived
from core.engine.whatsapp.sealed import SealedMessages
from core.models.worker_commands import UseSecret
from core.models.worker_events import MessageArrived, SecretWanted

ANA, ME = "7@lid", "9@lid"
SECRET = b"s" * 32
key = {"ID": "3B", "fromMe": False, "remoteJID": ME}
IV = b"i" * 12

def jid(user, server):
    return neo.JID(User=user, RawAgent=0, Device=0, Integrator=0, Server=server, IsEmpty=not user)

def box(plain, use, author=ME, member=ANA, secret=SECRET, iv=IV):
    beside = b"3B\\0" + member.encode() if use == "Event Response" else b""
    made = HKDF(SHA256(), 32, None, f"3B{author}{member}{use}".encode()).derive(secret)
    return {"encIV": iv, "encPayload": AESGCM(made).encrypt(iv, plain, beside)}

def event(message, id="3A"):
    lid, number = jid("7", "lid"), jid("551", "s.whatsapp.net")
    source = neo.MessageSource(Chat=lid, Sender=lid, SenderAlt=number)
    info = neo.MessageInfo(MessageSource=source, ID=id, Pushname="Ana", Timestamp=1_700_000_000)
    return neo.Message(Info=info, Message=message)

def run(message, secrets):
    events = []
    sealed = SealedMessages(e2e.Message, unreadable=DecodeError, emit=events.append)
    came = event(message)
    arrived = message_arrived("a", came, number_of=lambda _: "", options_of=lambda _: None)
    if not sealed.hold(arrived, came):
        return "not held"
    wanted, = events
    assert (wanted.message_id, wanted.target_id) == ("3A", "3B")
    for _ in range(2):
        sealed.open(UseSecret("a", "3A", secrets))
    _, found = events
    assert (found.message_id, found.name, found.chat) == ("3A", "Ana", ANA)
    said = json.loads(found.content.to_json())
    return {name: value for name, value in said.items() if name != "choices"}

def reaction(**how):
    plain = e2e.ReactionMessage(text="\\u2764").SerializeToString()
    return e2e.Message(encReactionMessage={"targetMessageKey": key, **box(plain, "Enc Reaction", **how)})

def edit(inner, kind="MESSAGE_EDIT", use="Message Edit"):
    sealed = box(inner.SerializeToString(), use)
    return e2e.Message(secretEncryptedMessage={"targetMessageKey": key, "secretEncType": kind, **sealed})

def answer(plain):
    sealed = box(plain, "Event Response")
    return e2e.Message(encEventResponseMessage={"eventCreationMessageKey": key, **sealed})

good = ((ME, SECRET.hex()),)
new = e2e.Message(conversation="nova")
protocol = e2e.Message(
    protocolMessage={"type": "MESSAGE_EDIT", "key": key, "editedMessage": {"conversation": "nova"}})
flood = SealedMessages(e2e.Message, unreadable=DecodeError, emit=lambda _: None)
held = []
for number in range(150):
    came = event(reaction(), id=str(number))
    arrived = message_arrived("a", came, number_of=lambda _: "", options_of=lambda _: None)
    held.append(flood.hold(arrived, came))
given_up = []
ending = SealedMessages(e2e.Message, unreadable=DecodeError, emit=given_up.append)
for id in ("1", "2"):
    came = event(reaction(), id=id)
    ending.hold(message_arrived("a", came, number_of=lambda _: "", options_of=lambda _: None), came)
for _ in range(2):
    ending.release()
ending.open(UseSecret("a", "1", good))
came = event(reaction(), id="3")
late = ending.hold(message_arrived("a", came, number_of=lambda _: "", options_of=lambda _: None), came)
said = box(new.SerializeToString(), "Enc Comment")
comment = e2e.Message(encCommentMessage={"targetMessageKey": key, **said})
cut_short = {"targetMessageKey": key, "encIV": b"", "encPayload": b"x"}
unreadable = {"targetMessageKey": key, **box(b"\\xff", "Enc Reaction")}
print(json.dumps({
    "reaction": run(reaction(), good),
    "stored for another address": run(reaction(author="551199@s.whatsapp.net"),
        (("551199@s.whatsapp.net", SECRET.hex()),)),
    "by their number": run(reaction(member="551@s.whatsapp.net"), good),
    "the second of two secrets": run(reaction(), (("8@lid", "00" * 32), *good)),
    "edit": run(edit(new), good),
    "wrapped edit": run(edit(protocol), good),
    "comment": run(comment, good),
    "answers": [run(answer(bytes([8, number])), good) for number in (1, 2, 3)],
    "no secret": run(reaction(), ()),
    "wrong secret": run(reaction(), ((ME, "00" * 32),)),
    "for another message": run(reaction(author="5@lid"), good),
    "short nonce": run(e2e.Message(encReactionMessage=cut_short), good),
    "no protobuf": run(e2e.Message(encReactionMessage=unreadable), good),
    "no answer": run(answer(b"\\x08\\x09"), good),
    "another kind of edit": run(edit(new, kind="MESSAGE_SCHEDULE"), good),
    "plain": run(new, good),
    "held": held.count(True),
    "after the end": late,
    "at the end": [type(one).__name__ + " " + one.message_id for one in given_up],
}))
"""


@pytest.fixture(scope="module")
def told() -> Any:
    """In a process of its own: neonize's import changes logging and more."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


ABOUT: Final = {"message_id": "3B", "chat": "7@lid"}
REACTION: Final = {"kind": "reaction", "text": "❤", "about": ABOUT}
CLOSED: Final = {"kind": "unreadable", "about": ABOUT}


@pytest.mark.parametrize(
    "name", ["reaction", "stored for another address", "by their number", "the second of two secrets"]
)
def test_a_sealed_reaction_is_one(told: Any, name: str) -> None:
    """Under whichever of their addresses author and member sealed it; it comes once."""
    assert told[name] == REACTION


def test_a_sealed_edit_has_its_new_words(told: Any) -> None:
    """Wrapped as a plain edit is, or not."""
    assert told["edit"] == told["wrapped edit"] == {"kind": "edit", "text": "nova", "about": ABOUT}


def test_an_answer_to_an_event_is_a_vote(told: Any) -> None:
    """One of three."""
    assert [answer["options"] for answer in told["answers"]] == [["going"], ["not_going"], ["maybe"]]
    assert told["answers"][0] == {"kind": "vote", "options": ["going"], "about": ABOUT}


def test_a_sealed_comment_is_an_answer(told: Any) -> None:
    """With what it is about."""
    assert told["comment"] == {"kind": "text", "text": "nova", "about": ABOUT}


@pytest.mark.parametrize(
    "name",
    [
        *("no secret", "wrong secret", "for another message", "short nonce", "no protobuf", "no answer"),
        "another kind of edit",
    ],
)
def test_what_stays_closed_is_one_line(told: Any, name: str) -> None:
    """Never an error, never dropped."""
    assert told[name] == CLOSED


def test_what_is_not_sealed_does_not_wait(told: Any) -> None:
    """And of what is, only so many."""
    assert told["plain"] == "not held"
    assert told["held"] == 100


def test_what_waits_when_the_client_ends_comes_closed(told: Any) -> None:
    """Once each, and no secret that comes later makes another of it."""
    wanted = [f"SecretWanted {message_id}" for message_id in ("1", "2")]
    assert told["at the end"] == [*wanted, "MessageArrived 1", "MessageArrived 2"]
    assert told["after the end"] is False
