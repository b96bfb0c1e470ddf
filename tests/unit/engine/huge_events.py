"""Run as a program: neonize's events with every field as large as a stranger could make it, translated.

Prints JSON: how long the line of each event is; 0 where there is none. A process of its own because importing
neonize changes logging and more.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

from core.engine.whatsapp.loader import import_python_part

import_python_part()

from neonize.proto import Neonize_pb2 as neo  # noqa: E402
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e  # noqa: E402

from core.engine.protocol import decode_event, encode  # noqa: E402
from core.engine.whatsapp import event_handlers, queries  # noqa: E402
from core.engine.whatsapp.event_translation import call_missed, message_arrived, receipts  # noqa: E402
from core.engine.whatsapp.profile import own_profile  # noqa: E402
from core.models.profile.commands import AskProfile  # noqa: E402
from core.models.worker_commands import CheckNumber, ListGroups  # noqa: E402
from core.models.worker_events import WorkerEvent  # noqa: E402

LONG, MANY = 300_000, 100_000
TEXTS = {
    "wide": "\U0001f600" * (LONG // 4),
    "control": "\x01" * LONG,
    "plain": "x" * LONG,
    "quotes": '"' * LONG,
}
_ALL_TEXTS = frozenset({"imageMessage", "extendedTextMessage", "pollCreationMessage", "contactMessage"})
"""Kinds that are tried with every text; the others with the one that takes most room."""


def length(event: WorkerEvent) -> int:
    """How long its line is; the other end of the pipe takes it as it is."""
    line = encode(event)
    assert decode_event(line) == event
    return len(line)


def fill(message: Any, text: str, depth: int = 2) -> None:
    """Put `text` into every string, as many bytes into every field of bytes, a few where they repeat."""
    for field in message.DESCRIPTOR.fields:
        if field.type == field.TYPE_STRING:
            _put(message, field, text)
        elif field.type == field.TYPE_BYTES:
            _put(message, field, text.encode()[:LONG])
        elif _is_part(field):
            part = getattr(message, field.name)
            part = part.add() if field.is_repeated else part
            part.SetInParent()
            if depth:
                fill(part, text, depth - 1)
        elif field.message_type is None and not field.is_repeated and field.type != field.TYPE_ENUM:
            setattr(message, field.name, 1)


def _is_part(field: Any) -> bool:
    """Whether it is a message, but no whole one inside another: those are tried on their own."""
    inner = field.message_type
    return inner is not None and inner.name != "Message" and not inner.GetOptions().map_entry


def _put(message: Any, field: Any, value: Any) -> None:
    if field.is_repeated:
        getattr(message, field.name).extend([value] * 3)
    else:
        setattr(message, field.name, value)


def multiply(message: Any) -> None:
    """100,000 of everything that repeats: texts, bytes and parts, each with a little in it."""
    for field in message.DESCRIPTOR.fields:
        part = getattr(message, field.name)
        if field.is_repeated and field.type == field.TYPE_STRING:
            part.extend(["some words"] * MANY)
        elif field.is_repeated and field.type == field.TYPE_BYTES:
            part.extend([b"some bytes"] * MANY)
        elif field.is_repeated and _is_part(field):
            one = field.message_type._concrete_class()
            fill(one, "some words", 0)
            part.extend([one] * MANY)


def messages() -> Iterator[tuple[str, Any]]:
    """Every kind of message, too large in each way; and those that people write, inside others."""
    for field in e2e.Message.DESCRIPTOR.fields:
        if field.message_type is None:
            yield field.name, e2e.Message(**{field.name: TEXTS["wide"]})
            continue
        for name in TEXTS if field.name in _ALL_TEXTS else ("wide",):
            message = e2e.Message()
            getattr(message, field.name).SetInParent()
            fill(getattr(message, field.name), TEXTS[name])
            yield f"{field.name} {name}", message
            if field.name in _ALL_TEXTS:
                yield from _inside(f"{field.name} {name}", message)
        message = e2e.Message()
        getattr(message, field.name).SetInParent()
        multiply(getattr(message, field.name))
        yield f"{field.name} many", message


def _inside(name: str, message: Any) -> Iterator[tuple[str, Any]]:
    """Wrapped, as new words of an edit, and quoted by another that is as large."""
    yield f"wrapped {name}", e2e.Message(ephemeralMessage={"message": message})
    edit = {"type": e2e.ProtocolMessage.MESSAGE_EDIT, "key": {"ID": "3B"}, "editedMessage": message}
    yield f"edit {name}", e2e.Message(protocolMessage=edit)
    quoting = e2e.Message()
    quoting.CopyFrom(message)
    for field, part in quoting.ListFields():
        if "contextInfo" in field.message_type.fields_by_name:
            part.contextInfo.stanzaID = part.contextInfo.participant = "3B"
            part.contextInfo.quotedMessage.CopyFrom(message)
            yield f"quoting {name}", quoting


def jid(user: str, server: str = "s.whatsapp.net") -> Any:
    """An address."""
    return neo.JID(User=user, RawAgent=0, Device=0, Integrator=0, Server=server, IsEmpty=False)


def message_event(message: Any, **info: Any) -> Any:
    """As the core gives it; everything but `info` is in order."""
    given = {
        "chat": jid("5511900000000"),
        "sender": jid("5511900000000"),
        "ID": "3A",
        "Pushname": "Ana",
    } | info
    source = neo.MessageSource(Chat=given.pop("chat"), Sender=given.pop("sender"))
    return neo.Message(Info=neo.MessageInfo(MessageSource=source, Timestamp=1, **given), Message=message)


def lines() -> Iterator[tuple[str, int]]:
    """What was translated, and how long its line is."""
    for name, message in messages():
        found = message_arrived(
            "a",
            message_event(message),
            number_of=lambda _: TEXTS["plain"],
            options_of=lambda _: [b"x" * LONG] * 100,
        )
        yield name, length(found) if found else 0
    text = e2e.Message(conversation="oi")
    for name, value in TEXTS.items():
        for field in ("ID", "Pushname", "chat", "sender"):
            given = value if field in ("ID", "Pushname") else jid(value)
            found = message_arrived(
                "a", message_event(text, **{field: given}), number_of=lambda _: "", options_of=lambda _: None
            )
            yield f"{field} {name}", length(found) if found else 0
        yield from _others(name, value)


def _others(name: str, value: str) -> Iterator[tuple[str, int]]:
    source = neo.MessageSource(Chat=jid("5511900000000"), Sender=jid("5511900000000"))
    told = neo.Receipt(
        MessageSource=source, MessageIDs=[value, *["3A"] * MANY], Timestamp=1, Type=neo.Receipt.READ
    )
    given = list(receipts("a", told, number_of=lambda _: ""))
    yield f"receipts {name}", max(map(length, given))
    assert len(given) <= 2_000, len(given)
    for chat, other in (
        (jid(value), jid("1", "lid")),
        (jid("1", "lid"), jid(value)),
        (jid(value, "lid"), jid("1")),
    ):
        source = neo.MessageSource(Chat=chat, Sender=chat, SenderAlt=other)
        told = neo.Receipt(MessageSource=source, MessageIDs=["3A"], Timestamp=1, Type=neo.Receipt.READ)
        given = list(receipts("a", told, number_of=lambda _: value))
        yield f"receipts of {name}", max(map(length, given), default=0)
    for ended in (
        {"callID": value, "callCreator": jid("1")},
        {"callID": "C", "callCreator": jid(value)},
        {"callID": "C", "callCreator": jid("1", "lid"), "callCreatorAlt": jid(value)},
    ):
        call = neo.CallTerminate(
            reason="timeout", basicCallMeta={"timestamp": 1, "from": jid("1"), **ended}, data={"Tag": "x"}
        )
        found = call_missed("a", call, video=False, number_of=lambda _: value)
        yield f"call {name}", length(found) if found else 0
    yield from _named(name, value)
    group = SimpleNamespace(
        JID=jid("1", "g.us"),
        GroupName=SimpleNamespace(Name=value),
        Participants=[],
        GroupAnnounce=SimpleNamespace(IsAnnounce=False),
        GroupEphemeral=SimpleNamespace(IsEphemeral=False, DisappearingTimer=0),
        GroupParent=SimpleNamespace(IsParent=False),
    )
    client = SimpleNamespace(get_me=lambda: None, get_joined_groups=lambda: [group] * MANY)
    neonize = SimpleNamespace(
        jid_to_text=lambda one: f"{one.User}@{one.Server}", error=RuntimeError, picture_preview=None
    )
    asking = queries.QueryHandler(
        cast(Any, neonize),
        cast(Any, client),
        "a",
        cast(
            Any, SimpleNamespace(resolve_jid=lambda _: jid("1"), verified={"1": value}, known_as={"1": "1"})
        ),
        cast(Any, None),
    )
    listed = asking.answer(ListGroups("a", "r"))
    yield f"groups {name}", length(listed)
    client.contact = SimpleNamespace(
        get_contact=lambda _: SimpleNamespace(FullName=value, BusinessName="", PushName="")
    )
    client.get_profile_picture = lambda *_: SimpleNamespace(URL=value)
    yield f"number {name}", len(encode(asking.answer(CheckNumber("a", "r", number="1"))))
    client.get_me = lambda: SimpleNamespace(JID=jid("1"), PushName=value)
    client.get_user_info = lambda _: [SimpleNamespace(UserInfo=SimpleNamespace(Status=value))]
    client.get_blocklist = lambda: SimpleNamespace(JIDs=[jid("1", "lid"), jid(value), *[jid("1")] * MANY])
    neonize.without_device = lambda one: one
    neonize.build_jid = jid
    profile = own_profile.OwnProfileQueries(
        cast(Any, neonize), cast(Any, client), "a", number_of=lambda _: value, on_named=lambda: None
    )
    yield f"profile {name}", length(profile.answer(AskProfile("a", "r")))


def _named(name: str, value: str) -> Iterator[tuple[str, int]]:
    told: list[Any] = []
    neonize = SimpleNamespace(error=RuntimeError, message=e2e.Message, decode_error=ValueError)
    asked: list[Any] = []

    def slow(group: Any) -> Any:
        asked.append(group)
        time.sleep(0.001)
        ephemeral = SimpleNamespace(IsEphemeral=False, DisappearingTimer=0)
        return SimpleNamespace(GroupName=SimpleNamespace(Name=value), GroupEphemeral=ephemeral)

    hearing = event_handlers.EventHandlers(
        cast(Any, neonize), cast(Any, SimpleNamespace(get_group_info=slow)), instance_id="a", emit=told.append
    )
    for number in range(20_000):
        hearing._request_name(jid(str(number), "g.us"))
        caller = jid("5511912345678", "s.whatsapp.net")
        meta = SimpleNamespace(
            callID=f"{number}{value}", callCreator=caller, callCreatorAlt=caller, timestamp=1
        )
        offer = SimpleNamespace(basicCallMeta=meta, data=SimpleNamespace(Nodes=[], Attrs=[]))
        hearing.calls.ring(cast(Any, offer))
    hearing._report_name(jid(value, "g.us"), "x")
    hearing._report_name(jid("1", "g.us"), value)
    assert len(hearing._named) <= 5_000, len(hearing._named)
    assert not hearing.calls._calls
    assert hearing._asking._work_queue.qsize() <= 100
    hearing._asking.shutdown(cancel_futures=True)
    yield f"group {name}", max(length(one) for one in told)


def main() -> None:
    """All of it."""
    print(json.dumps(dict(lines())))


if __name__ == "__main__":
    main()
