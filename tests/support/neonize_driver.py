"""One genuine core in a process: `python -m tests.support.neonize_driver STORE`.

Standard output carries one JSON object a line (`{"event": "qr", ...}`), standard input one command a line,
`{"send": {"to": number, "text": text}}` for example; `_COMMANDS` has them all. At the end of input the
process ends at once, whatever the core is doing: nothing gentler ends a core that is pairing.
"""

from __future__ import annotations

import os
import sys

os.environ["NEONIZE_BOT_TAG"] = "off"
# The core and neonize print to standard output too: keep our own copy and give them standard error.
_OUT = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

import base64  # noqa: E402
import ctypes  # noqa: E402
import json  # noqa: E402
import queue  # noqa: E402
import threading  # noqa: E402
from collections.abc import Callable  # noqa: E402
from typing import Any, Final  # noqa: E402

import pylibmagic  # noqa: E402, F401 - must be there before neonize looks for libmagic
from neonize import events as ev  # noqa: E402
from neonize.client import NewClient  # noqa: E402
from neonize.exc import NeonizeError  # noqa: E402
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e  # noqa: E402
from neonize.utils.jid import Jid2String, JIDToNonAD  # noqa: E402

from tests.emulator.content import Edit, from_json  # noqa: E402
from tests.support.neonize_messages import address_of, answer, build  # noqa: E402

Body = dict[str, Any]

# The core appends "?_foreign_keys=on" by itself; the last parameter swallows it.
_STORE_OPTIONS: Final = "?_foreign_keys=on&_journal_mode=WAL&_busy_timeout=10000&_synchronous=NORMAL&_x="
_PLAIN: Final = {
    "connected": ev.ConnectedEv,
    "disconnected": ev.DisconnectedEv,
    "logged_out": ev.LoggedOutEv,
    "stream_replaced": ev.StreamReplacedEv,
    "client_outdated": ev.ClientOutdatedEv,
    "connect_failure": ev.ConnectFailureEv,
    "pair_status": ev.PairStatusEv,
}
_RECEIVED: Final[dict[str, Any]] = {}
"""Messages that arrived, by id, as neonize gave them: to answer or to download."""


def emit(event: str, **values: object) -> None:
    """Print one event; a line is written whole, so threads do not mix."""
    _OUT.write(json.dumps({"event": event, **values}) + "\n")


class Client(NewClient):  # type: ignore[misc, unused-ignore]
    """A client that tells how pairing ended; neonize only prints the pointer."""

    def _NewClient__onLoginStatus(self, _uuid: int, status: int) -> None:  # noqa: N802 - neonize's name
        emit("login_status", status=ctypes.string_at(status).decode())


def subscribe(client: Client) -> None:
    """Print what happens. Handlers run on the core's threads."""
    client.event.qr(lambda _, code: emit("qr", code=code.decode()))
    for name, kind in _PLAIN.items():
        client.event(kind)(lambda _, event, name=name: emit(name, detail=str(event)))
    client.event(ev.TemporaryBanEv)(lambda _, e: emit("temporary_ban", code=e.Code, expire_s=e.Expire))
    client.event(ev.MessageEv)(lambda _, e: _tell_message(e))
    client.event(ev.ReceiptEv)(lambda _, e: emit("receipt", **_receipt(e)))
    client.event(ev.HistorySyncEv)(lambda _, e: emit("history", **_history(e.Data)))
    client.event(ev.JoinedGroupEv)(lambda _, e: emit("joined_group", **_group(e.GroupInfo)))
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
                "raw": _base64(message.message.SerializeToString()),
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


def _tell_message(event: Any) -> None:
    """A member's first message to a group comes as two events under one id: the sender's key, then it."""
    fields = {field.name for field, _ in event.Message.ListFields()}
    if fields <= {"senderKeyDistributionMessage", "messageContextInfo"}:
        emit("sender_key", id=event.Info.ID)
    else:
        emit("message", **_message(event))


def _message(event: Any) -> dict[str, object]:
    source = event.Info.MessageSource
    _RECEIVED[event.Info.ID] = event
    return {
        "id": event.Info.ID,
        "text": event.Message.conversation or event.Message.extendedTextMessage.text,
        "sender": source.Sender.User,
        "sender_alt": source.SenderAlt.User,
        "name": event.Info.Pushname,
        "chat": Jid2String(JIDToNonAD(source.Chat)),
        "from_me": source.IsFromMe,
        "raw": _base64(event.Message.SerializeToString()),
    }


def _send(client: Client, send: Body) -> None:
    emit("sent", id=client.send_message(send["to"], send["text"]).ID, text=send["text"])


def _write(client: Client, body: Body) -> None:
    """Send any content, perhaps as an answer to a message that arrived."""
    chat, content = address_of(body["to"]), from_json(body["content"])
    if isinstance(content, Edit):
        response = client.edit_message(chat, content.message_id, e2e.Message(conversation=content.text))
    else:
        author = address_of(body["author"]) if body.get("author") else None
        message = build(client, content, chat=chat, author=author)
        if body.get("quoting"):
            message = answer(client, message, _RECEIVED[body["quoting"]])
        response = client.send_message(chat, message)
    emit("sent", id=response.ID, kind=body["content"]["kind"], tag=body["tag"])


def _download(client: Client, body: Body) -> None:
    """The file of a message that arrived, fetched, checked and decrypted by the core."""
    data = client.download_any(_RECEIVED[body["id"]].Message)
    emit("downloaded", tag=body["tag"], data=_base64(data))


def _check(client: Client, body: Body) -> None:
    """Whether a number is on WhatsApp."""
    (found,) = client.is_on_whatsapp(body["number"])
    emit("checked", tag=body["tag"], on_whatsapp=found.IsIn, address=Jid2String(found.JID))


def _picture(client: Client, body: Body) -> None:
    picture = client.get_profile_picture(address_of(body["address"]))
    emit("picture", tag=body["tag"], url=picture.URL, id=picture.ID)


def _number_of(client: Client, body: Body) -> None:
    """The number behind a LID, as far as the core knows."""
    emit("number", tag=body["tag"], number=client.get_pn_from_lid(address_of(body["lid"])).User)


def _groups(client: Client, body: Body) -> None:
    """The groups this account is in."""
    emit("groups", tag=body["tag"], groups=[_group(group) for group in client.get_joined_groups()])


def _group(info: Any) -> dict[str, object]:
    members = {Jid2String(member.JID): member.PhoneNumber.User for member in info.Participants}
    return {"jid": Jid2String(info.JID), "name": info.GroupName.Name, "members": members}


def _group_info(client: Client, body: Body) -> None:
    info = client.get_group_info(address_of(body["group"]))
    emit("group_info", tag=body["tag"], topic=info.GroupTopic.Topic, **_group(info))


def _pair(client: Client, body: Body) -> None:
    emit("pair_code", code=client.PairPhone(body["number"], True))


def _log_out(client: Client, _body: Body) -> None:
    client.logout()
    emit("logout_done")


_COMMANDS: Final[dict[str, Callable[[Client, Body], None]]] = {
    "send": _send,
    "write": _write,
    "download": _download,
    "check": _check,
    "picture": _picture,
    "number_of": _number_of,
    "groups": _groups,
    "group_info": _group_info,
    "pair": _pair,
    "logout": _log_out,
}


def obey(client: Client, command: dict[str, Body]) -> None:
    """Carry out one command and print its result."""
    ((name, body),) = command.items()
    _COMMANDS[name](client, body)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def work(client: Client, commands: queue.SimpleQueue[str]) -> None:
    """Obey, one command after the other."""
    while True:
        command = json.loads(commands.get())
        try:
            obey(client, command)
        except Exception as error:  # top of a thread: whoever commanded reads it
            (body,) = command.values()
            emit("error", error=repr(error), tag=body.get("tag", ""))


def listen(client: Client) -> None:
    """Take commands until the input ends, then end the process, even if a command never returns."""
    commands: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=work, args=(client, commands), daemon=True).start()
    for line in sys.stdin:
        commands.put(line)
    os._exit(0)


def main() -> None:
    """Connect the one client of this process and stay until the input ends."""
    client = Client(sys.argv[1] + _STORE_OPTIONS, uuid="driver")
    subscribe(client)
    listener = threading.Thread(target=listen, args=(client,))
    listener.start()
    emit("started", pid=os.getpid())
    try:
        client.connect()
        emit("connect_returned")
    except NeonizeError as error:
        emit("connect_error", error=str(error))
    listener.join()


if __name__ == "__main__":
    main()
