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

import ctypes  # noqa: E402
import json  # noqa: E402
import queue  # noqa: E402
import threading  # noqa: E402
from collections.abc import Callable  # noqa: E402
from typing import Any, Final  # noqa: E402

import pylibmagic  # noqa: E402, F401 - must be there before neonize looks for libmagic
from neonize._binder import gocode  # noqa: E402
from neonize.client import NewClient  # noqa: E402
from neonize.exc import NeonizeError  # noqa: E402
from neonize.proto.waE2E import WAWebProtobufsE2E_pb2 as e2e  # noqa: E402
from neonize.utils.enum import ReceiptType  # noqa: E402
from neonize.utils.jid import Jid2String  # noqa: E402

from tests.emulator.content import Edit, Vote, from_json  # noqa: E402
from tests.support.neonize_events import RECEIVED, base64_of, group, subscribe  # noqa: E402
from tests.support.neonize_messages import address_of, answer, build  # noqa: E402

Body = dict[str, Any]

# The core appends "?_foreign_keys=on" by itself; the last parameter swallows it.
_STORE_OPTIONS: Final = "?_foreign_keys=on&_journal_mode=WAL&_busy_timeout=10000&_synchronous=NORMAL&_x="


def emit(event: str, **values: object) -> None:
    """Print one event; a line is written whole, so threads do not mix."""
    _OUT.write(json.dumps({"event": event, **values}) + "\n")


class Client(NewClient):  # type: ignore[misc, unused-ignore]
    """A client that tells how pairing ended; neonize only prints the pointer."""

    def _NewClient__onLoginStatus(self, _uuid: int, status: int) -> None:  # noqa: N802 - neonize's name
        emit("login_status", status=ctypes.string_at(status).decode())


def _send(client: Client, send: Body) -> None:
    emit("sent", id=client.send_message(send["to"], send["text"]).ID, text=send["text"])


def _write(client: Client, body: Body) -> None:
    """Send any content, perhaps as an answer to a message that arrived."""
    chat, content = address_of(body["to"]), from_json(body["content"])
    if isinstance(content, Edit):
        response = client.edit_message(chat, content.message_id, e2e.Message(conversation=content.text))
    elif isinstance(content, Vote):
        poll = RECEIVED[content.message_id].Info
        response = client.send_message(chat, client.build_poll_vote(poll, list(content.options)))
    else:
        author = address_of(body["author"]) if body.get("author") else None
        message = build(client, content, chat=chat, author=author)
        if body.get("quoting"):
            message = answer(client, message, RECEIVED[body["quoting"]])
        response = client.send_message(chat, message)
    emit("sent", id=response.ID, kind=body["content"]["kind"], tag=body["tag"])


def _download(client: Client, body: Body) -> None:
    """The file of a message that arrived, fetched, checked and decrypted by the core."""
    data = client.download_any(RECEIVED[body["id"]].Message)
    emit("downloaded", tag=body["tag"], data=base64_of(data))


def _mark_read(client: Client, body: Body) -> None:
    """Tell the author of a message that arrived that it was read."""
    source = RECEIVED[body["id"]].Info.MessageSource
    client.mark_read(body["id"], chat=source.Chat, sender=source.Sender, receipt=ReceiptType.READ)
    emit("marked", tag=body["tag"])


def _vote(client: Client, body: Body) -> None:
    """The options chosen in a vote that arrived, hashed as they come."""
    # neonize 0.5.2 forgets to unpack this one answer of the core; every other is unpacked like this.
    gocode.DecryptPollVote.errcheck = gocode.Upload.errcheck
    vote = client.decrypt_poll_vote(RECEIVED[body["id"]])
    emit("vote", tag=body["tag"], options=[option.hex() for option in vote.selectedOptions])


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
    emit("groups", tag=body["tag"], groups=[group(info) for info in client.get_joined_groups()])


def _group_info(client: Client, body: Body) -> None:
    info = client.get_group_info(address_of(body["group"]))
    emit("group_info", tag=body["tag"], topic=info.GroupTopic.Topic, **group(info))


def _pair(client: Client, body: Body) -> None:
    emit("pair_code", code=client.PairPhone(body["number"], True))


def _log_out(client: Client, _body: Body) -> None:
    client.logout()
    emit("logout_done")


_COMMANDS: Final[dict[str, Callable[[Client, Body], None]]] = {
    "send": _send,
    "write": _write,
    "download": _download,
    "vote": _vote,
    "mark_read": _mark_read,
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
    # Of PostgreSQL as the store, the address is handed over where no list of processes shows it.
    client = Client(os.environ.get("STORE_ADDRESS") or sys.argv[1] + _STORE_OPTIONS, uuid="driver")
    subscribe(client, emit)
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
