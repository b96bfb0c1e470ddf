"""What neonize tells, as plain data: one line of JSON for each event of a core."""

from __future__ import annotations

import base64
from typing import Any, Final, Protocol

from neonize import events as ev
from neonize.client import NewClient
from neonize.utils.jid import Jid2String, JIDToNonAD


class Emit(Protocol):
    """Prints one event."""

    def __call__(self, event: str, **values: object) -> None: ...


_PLAIN: Final = {
    "connected": ev.ConnectedEv,
    "disconnected": ev.DisconnectedEv,
    "logged_out": ev.LoggedOutEv,
    "stream_replaced": ev.StreamReplacedEv,
    "client_outdated": ev.ClientOutdatedEv,
    "connect_failure": ev.ConnectFailureEv,
    "pair_status": ev.PairStatusEv,
}

RECEIVED: Final[dict[str, Any]] = {}
"""Messages that arrived, by id, as neonize gave them: to answer or to download."""


def subscribe(client: NewClient, emit: Emit) -> None:
    """Tell everything that happens. Handlers run on the core's threads."""
    client.event.qr(lambda _, code: emit("qr", code=code.decode()))
    for name, kind in _PLAIN.items():
        client.event(kind)(lambda _, event, name=name: emit(name, detail=str(event)))
    client.event(ev.TemporaryBanEv)(lambda _, e: emit("temporary_ban", code=e.Code, expire_s=e.Expire))
    client.event(ev.MessageEv)(lambda _, e: _tell_message(e, emit))
    client.event(ev.ReceiptEv)(lambda _, e: emit("receipt", **_receipt(e)))
    client.event(ev.HistorySyncEv)(lambda _, e: emit("history", **_history(e.Data)))
    client.event(ev.JoinedGroupEv)(
        lambda _, e: emit("joined_group", by=e.SenderPN.User, **group(e.GroupInfo))
    )
    client.event(ev.GroupInfoEv)(lambda _, e: emit("group_changed", group=Jid2String(e.JID)))
    client.event(ev.UndecryptableMessageEv)(lambda _, e: emit("undecryptable", id=e.Info.ID))
    client.event(ev.CallOfferEv)(lambda _, e: emit("call_offer", **_call(e)))
    client.event(ev.CallTerminateEv)(lambda _, e: emit("call_terminate", reason=e.reason, **_call(e)))


def _history(data: Any) -> dict[str, object]:
    messages = [item.message for chat in data.conversations for item in chat.messages]
    return {
        "kind": data.HistorySyncType.Name(data.syncType),
        "chats": {chat.ID: chat.unreadCount for chat in data.conversations},
        "messages": [
            {
                "id": message.key.ID,
                "chat": message.key.remoteJID,
                "participant": message.key.participant,
                "from_me": message.key.fromMe,
                "at": message.messageTimestamp,
                "raw": base64_of(message.message.SerializeToString()),
            }
            for message in messages
        ],
        "names": {item.ID: item.pushname for item in data.pushnames},
    }


def _call(event: Any) -> dict[str, object]:
    meta = event.basicCallMeta
    return {"id": meta.callID, "caller": meta.callCreator.User, "caller_alt": meta.callCreatorAlt.User}


def _receipt(event: Any) -> dict[str, object]:
    source = event.MessageSource
    return {
        "ids": list(event.MessageIDs),
        "kind": event.ReceiptType.Name(event.Type).lower(),
        "sender": Jid2String(source.Sender),
        "chat": Jid2String(source.Chat),
    }


def _tell_message(event: Any, emit: Emit) -> None:
    """A member's first message to a group comes as two events under one id: the sender's key, then it."""
    fields = {field.name for field, _ in event.Message.ListFields()}
    if fields <= {"senderKeyDistributionMessage", "messageContextInfo"}:
        emit("sender_key", id=event.Info.ID)
    else:
        emit("message", **_message(event))


def _message(event: Any) -> dict[str, object]:
    source = event.Info.MessageSource
    RECEIVED[event.Info.ID] = event
    return {
        "id": event.Info.ID,
        "text": event.Message.conversation or event.Message.extendedTextMessage.text,
        "sender": source.Sender.User,
        "sender_alt": source.SenderAlt.User,
        "name": event.Info.Pushname,
        "chat": Jid2String(JIDToNonAD(source.Chat)),
        "from_me": source.IsFromMe,
        "raw": base64_of(event.Message.SerializeToString()),
    }


def group(info: Any) -> dict[str, object]:
    """Address, name and members (address -> number) of neonize's `GroupInfo`."""
    members = {Jid2String(member.JID): member.PhoneNumber.User for member in info.Participants}
    return {"jid": Jid2String(info.JID), "name": info.GroupName.Name, "members": members}


def base64_of(data: bytes) -> str:
    """As text, for a line of JSON."""
    return base64.b64encode(data).decode()
