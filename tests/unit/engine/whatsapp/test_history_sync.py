"""The past that a phone hands over: what is kept of it, and how much, with neonize's own protobuf."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[4]
PHONE: Final = "5511912345678"

_SCRIPT: Final = """
import json, resource, threading, time
from core.engine.whatsapp.loader import import_python_part
import_python_part()
from types import SimpleNamespace
from msgspec.structs import asdict as fields
from neonize.proto import Neonize_pb2 as neo
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e
from neonize.proto.waHistorySync import WAWebProtobufsHistorySync_pb2 as past
from core.engine.whatsapp import history_sync
from core.engine.whatsapp.history_sync import HistorySync

history_sync._AT_REST_S = history_sync._PAUSE_S = 0.0
PHONE, NOW = "5511912345678", int(time.time())
names = iter(range(10**9))

def jid(user, server):
    return neo.JID(User=user, RawAgent=0, Device=0, Integrator=0, Server=server, IsEmpty=not user)

class Unnamed(Exception):
    pass

def get_contact(person):
    if person.User != "8":
        raise Unnamed
    return SimpleNamespace(FullName="", BusinessName="", PushName="Bia")

me = SimpleNamespace(JID=jid("5511900000000", "s.whatsapp.net"), LID=jid("9", "lid"))
client = SimpleNamespace(get_me=lambda: me, contact=SimpleNamespace(get_contact=get_contact))
neonize = SimpleNamespace(
    error=Unnamed, build_jid=jid, history_chat=past.Conversation, history_message=past.HistorySyncMsg)

def said(text="oi", at=NOW - 60, mine=False, chat="7@lid", **more):
    key = {"remoteJID": chat, "fromMe": mine, "ID": f"3A{next(names)}", **more.pop("key", {})}
    message = more.pop("message", {"conversation": text})
    return {"message": {"key": key, "message": message, "messageTimestamp": at, **more}}

def chat(id="7@lid", messages=(), at=NOW, **more):
    return past.Conversation(ID=id, messages=list(messages), conversationTimestamp=at, **more)

def part(*chats):
    return neo.HistorySync(Data=past.HistorySync(syncType="RECENT", conversations=chats)).SerializeToString()

def read(*parts):
    events, done = [], threading.Event()
    numbers = {"7": PHONE}
    sync = HistorySync(neonize, lambda: client, "a",
        number_of=lambda lid: numbers.get(lid.User, ""), emit=events.append)
    for each in parts:
        sync.take(each)
    deadline, before = time.time() + 20, -1
    while time.time() < deadline and (sync._parts.qsize() or len(events) != before):
        before = len(events)
        time.sleep(0.2)
    return [{"event": type(one).__name__, **fields(one)} for one in events]

def words(events):
    return [one["content"].text for one in events if one["event"] == "MessageArrived"]

def shown(events):
    read = ((one, one.get("content")) for one in events)
    return [{**one, **({"content": json.loads(said.to_json())} if said else {})} for one, said in read]

large = e2e.Message(conversation="x" * 3_000_000)
many = [chat(f"{number}@lid", [said(str(number))], at=NOW - number) for number in range(1000, 1300)]
reaction = {"reactionMessage": {"text": "x", "key": {"ID": "1"}}}
group = "1203@g.us"
begun = time.process_time()
bomb = part(chat(messages=[said(message={"pollCreationMessage": {"options": [{}] * 500_000}})] * 8))
after = part(chat("5@lid", [said("depois")]))
cost = {"bomb": words(read(bomb, after)), "seconds": time.process_time() - begun}
print(json.dumps({
    "person": shown(read(part(chat(
        messages=[said("um", NOW - 9), said("dois", NOW - 8, mine=True)], name="Ana  S", unreadCount=2,
        ephemeralExpiration=86_400, ephemeralSettingTimestamp=NOW - 500)))),
    "group": shown(read(part(chat(group, [
        said("a", NOW - 9, key={"participant": "7:3@lid"}), said("b", NOW - 8, key={"participant": "8@lid"}),
        said("c", NOW - 7, mine=True), said("d", NOW - 6, pushName="Caio", key={"participant": "6@lid"}),
        said("e", NOW - 5)], name="Time")))),
    "newest": words(read(part(chat(messages=[said(str(n), NOW - n) for n in range(300)])))),
    "newest last": words(read(part(chat(messages=[said(str(n), NOW - n) for n in reversed(range(300))])))),
    "left out": words(read(part(
        chat("status@broadcast", [said("s")]), chat("1@newsletter", [said("n")]),
        chat("2@broadcast", [said("l")]), chat("1204@g.us", [said("p")], isParentGroup=True),
        chat("", [said("e")]), chat("x" * 300 + "@lid", [said("x")]),
        chat("3@lid", [said("old", NOW - 500 * 86_400), said("future", NOW + 500 * 86_400),
            said("no id", key={"ID": ""}), said(message=reaction), said(message={}), said("good")])))),
    "names only": read(part(chat("4@lid", [], name="Eva"))),
    "twice": words(read(part(chat(messages=[said("um")])), part(chat(messages=[said("dois")])))),
    "many": words(read(part(*many))),
    "large": words(read(part(chat("5@lid", [said(message=large), said("curta")])))),
    "long": len(words(read(part(*[
        chat(f"{n}@lid", [said("x" * 65_000, NOW - m) for m in range(5)]) for n in range(60)])))),
    "broken": words(read(b"\\xff" * 100, b"\\x0a\\xff\\xff\\xff\\xff\\x0f", after)),
    **cost,
}))
"""


@pytest.fixture(scope="module")
def told() -> Any:
    """In a process of its own: neonize's import changes logging and more."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_a_chat_comes_with_its_name_and_last_messages(told: Any) -> None:
    """As they would have arrived, oldest first; and with what else is known of the chat."""
    pair, timer, first, second = told["person"]
    assert (pair["event"], pair["lid"], pair["number"]) == ("AddressPaired", "7@lid", PHONE)
    assert (timer["chat"], timer["contact"], timer["seconds"]) == ("7@lid", PHONE, 86_400)
    assert time.time() - 600 < timer["at"] < time.time() - 400
    assert (first["content"]["text"], first["name"], first["from_me"]) == ("um", "Ana S", False)
    assert (first["contact"], first["chat"], first["sender"]) == (PHONE, "7@lid", "7@lid")
    assert (second["content"]["text"], second["name"], second["from_me"]) == ("dois", "", True)
    assert (second["contact"], second["sender"]) == (PHONE, "5511900000000@s.whatsapp.net")
    assert first["history"]
    assert second["history"]


def test_a_group_comes_with_its_members(told: Any) -> None:
    """By what they call themselves or the account's contacts say; without an author it is nobody's."""
    named, *messages = told["group"]
    assert (named["event"], named["name"]) == ("GroupNamed", "Time")
    assert [
        (one["content"]["text"], one["name"], one["contact"], one["sender"].partition("@")[0])
        for one in messages
    ] == [
        ("a", "", PHONE, "7"),
        ("b", "Bia", "", "8"),
        ("c", "", "", "5511900000000"),
        ("d", "Caio", "", "6"),
    ]
    assert all(one["group"] for one in messages)


@pytest.mark.parametrize("name", ["newest", "newest last"])
def test_the_newest_of_a_chat_are_kept(told: Any, name: str) -> None:
    """Twenty, in the order in which they were said, wherever in the chat the newest are."""
    assert told[name] == [str(number) for number in reversed(range(20))]


def test_only_what_people_see_in_chats_is_kept(told: Any) -> None:
    """No status posts, channels, communities; nothing without an id, or of another century."""
    assert told["left out"] == ["good"]
    assert told["names only"] == []


def test_much_is_bounded(told: Any) -> None:
    """Chats, the newest first; bytes; and a chat that comes twice is read once."""
    assert told["many"] == [str(number) for number in range(1000, 1200)]
    assert told["large"] == ["curta"]
    assert told["twice"] == ["um"]
    assert 20 < told["long"] < 150


def test_a_broken_or_hostile_part_costs_itself_only(told: Any) -> None:
    """What comes after it is read."""
    assert told["broken"] == ["depois"]
    assert "depois" in told["bomb"]
    assert told["seconds"] < 20
