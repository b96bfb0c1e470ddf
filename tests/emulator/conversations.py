"""What people do in their chats, as a test asks for it."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from tests.emulator.content import Chat, Content, as_json, chat_as_json, from_json
from tests.emulator.process import EmulatorProcess
from tests.emulator.proto import Proto, wa


class Conversations(EmulatorProcess):
    """The part of `Emulator` that writes, reads and answers."""

    def inbound(self, *, sender: str, receiver: str, text: str) -> str:
        """A contact writes to a number with linked devices; gives the message id."""
        return str(self._post("/inbound", sender=sender, receiver=receiver, text=text)["message_id"])

    def write(
        self,
        content: Content,
        *,
        sender: str,
        receiver: str = "",
        group: str = "",
        quoting: str = "",
        timer: int = 0,
        garbled: bool = False,
        by_number: bool = False,
        hide_other: bool = False,
    ) -> str:
        """Somebody writes anything to a number, or to a group they are in; gives the message id.

        Linked devices of the receiver get it, and those of the sender learn what their phone sent. `quoting`
        is the id of the message that is answered, `timer` how many seconds this one lasts; one that is
        `garbled` on its way comes whole with `resend`. The stanza names the sender by LID and adds the
        number; `by_number` turns that round, `hide_other` leaves the second address out.

        Raises `EmulatorError` when neither side has a linked device, the sender is not in the group, or no
        phone knows the quoted message.
        """
        body: dict[str, object] = {
            "sender": sender,
            "receiver": receiver,
            "group": group,
            "quoting": quoting,
            "content": as_json(content),
        }
        body |= {"by_number": by_number, "hide_other": hide_other, "timer": timer, "garbled": garbled}
        return str(self._post("/write", **body)["message_id"])

    def resend(self, message_id: str) -> None:
        """The phone of its author sends a garbled message again, whole, under the same id."""
        self._post("/resend", message_id=message_id)

    def withhold(self, *, sender: str, receiver: str, kind: str = "view_once") -> str:
        """Somebody sends a number what its linked devices do not get; gives the message id."""
        body = self._post("/withhold", sender=sender, receiver=receiver, kind=kind)
        return str(body["message_id"])

    def show_doing(self, doing: str, *, sender: str, receiver: str = "", group: str = "") -> int:
        """Somebody is `typing` or `recording` in a chat, or stopped (empty).

        Only devices that say that their owner is there hear of it; gives how many.
        """
        body = self._post("/doing", doing=doing, sender=sender, receiver=receiver, group=group)
        return int(body["told"])

    def shut_out(self, group: str, *numbers: str) -> None:
        """A group no longer lets these numbers in, and does not tell them."""
        self._post("/shut-out", group=group, numbers=list(numbers))

    def set_group_timer(self, group: str, seconds: int) -> None:
        """Messages of a group last so many seconds from now on; its members hear of it."""
        self._post("/group-timer", group=group, seconds=seconds)

    def make_group(
        self,
        name: str,
        *,
        members: Sequence[str],
        topic: str = "",
        admins_only: bool = False,
        community: bool = False,
        timer: int = 0,
    ) -> str:
        """A group made by the first of its members, numbers all; gives its address.

        Linked devices of the members hear that they are in it. With `admins_only` its settings say that only
        the first may write; nobody is kept from it. A `community` only holds others together; `timer` is how
        many seconds messages last.
        """
        body = {"name": name, "members": list(members), "topic": topic, "admins_only": admins_only}
        body |= {"community": community, "timer": timer}
        return str(self._post("/make-group", **body)["jid"])

    def change_group(
        self, group: str, *, add: Sequence[str] = (), remove: Sequence[str] = (), rename: str = ""
    ) -> None:
        """Members come or go, or the group gets another name; linked devices of the members hear of it."""
        self._post("/change-group", group=group, add=list(add), remove=list(remove), rename=rename)

    def send_history(self, number: str, chats: Sequence[Chat]) -> tuple[str, ...]:
        """A phone tells its linked devices of the past; gives the ids of the messages, in order.

        When nothing is linked yet it tells the first device that logs in, as it does after pairing.
        """
        body = [chat_as_json(chat) for chat in chats]
        return tuple(self._post("/history", number=number, chats=body)["message_ids"])

    def ring(self, *, caller: str, receiver: str, video: bool = False) -> str:
        """A call begins to ring at a number with linked devices; gives the call's id."""
        return str(self._post("/ring", caller=caller, receiver=receiver, video=video)["call_id"])

    def hang_up(self, call_id: str) -> None:
        """The caller gives up, so the call was missed."""
        self._post("/hang-up", call_id=call_id)

    def content_of(self, message_id: str) -> Content:
        """What a message says that a phone decrypted, with its file.

        The file is fetched from the media host and checked as a phone would: both hashes, the HMAC and the
        length. Raises `EmulatorError` naming the check that fails, or when no phone could read the message.
        """
        return from_json(self._post("/content", message_id=message_id)["content"])

    def message_of(self, message_id: str) -> Proto:
        """The whole protobuf message that a phone decrypted. Raises as `content_of` does."""
        data = base64.b64decode(self._post("/message", message_id=message_id)["message"])
        return wa.Message.FromString(data)

    def read(self, message_id: str) -> None:
        """The recipient of a message a client sent reads it (blue ticks)."""
        self.receipt(message_id, kind="read")

    def receipt(self, message_id: str, *, kind: str, by: str = "", device: int = 0) -> None:
        """Somebody confirms a message: `delivered`, `inactive`, `read`, `played`.

        By default its recipient, on the phone (device 0). For a message of a contact's, `read-self` and
        `played-self` by the owner: read on the phone, so a linked device may forget that it is new.
        """
        self._post("/receipt", message_id=message_id, kind=kind, by=by, device=device)

    def release_acks(self, *, newest_first: bool = False) -> int:
        """Send the acks that `hold_acks` kept, to whatever connections there are now; gives how many."""
        return int(self._post("/release-acks", newest_first=newest_first)["sent"])
