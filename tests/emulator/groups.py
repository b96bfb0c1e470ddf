"""Groups: who is in them, and what the server tells a client about them.

Source: whatsmeow, group.go (`getGroupInfo`, `GetJoinedGroups`, `parseGroupNode`, `parseGroupCreate`,
`parseGroupChange`). Members are addressed by LID, with their number beside it.
"""

from __future__ import annotations

import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.emulator.inbound import Notice
from tests.emulator.nodes import Node, new_id, now
from tests.emulator.phone import LinkedDevice, Phone

if TYPE_CHECKING:
    from tests.emulator.world import World

SERVER: Final = "g.us"
_numbers = itertools.count(120363000000000000 + secrets.randbelow(10**12))


@dataclass(slots=True)
class Group:
    """A group with its members; the first is its creator and admin."""

    name: str
    members: list[Phone]
    topic: str = ""
    admins_only: bool = False
    """Whether only its creator may write."""
    community: bool = False
    """Whether it only holds the groups of a community together."""
    timer: int = 0
    """Seconds that its messages last; 0: for ever."""
    jid: str = field(default_factory=lambda: f"{next(_numbers)}@{SERVER}")
    created: int = field(default_factory=lambda: int(time.time()))
    informed: set[tuple[str, str]] = field(default_factory=set)
    """Who has whose sender key: the sender's number and the device's address."""

    @property
    def creator(self) -> Phone:
        """Its first member."""
        return self.members[0]

    def devices(self) -> list[LinkedDevice]:
        """Every linked device of every member."""
        return [device for member in self.members for device in member.devices.values()]

    def node(self) -> Node:
        """The group as the server describes it."""
        creator = self.creator
        attrs = {
            "id": self.jid.partition("@")[0],
            "subject": self.name,
            "s_t": str(self.created),
            "s_o": creator.lid,
            "s_o_pn": creator.jid,
            "creation": str(self.created),
            "creator": creator.lid,
            "creator_pn": creator.jid,
            "addressing_mode": "lid",
            "size": str(len(self.members)),
        }
        rules = [Node("announcement", {})] if self.admins_only else []
        if self.community:
            rules.append(Node("parent", {"default_membership_approval_mode": "request_required"}))
        if self.timer:
            rules.append(Node("ephemeral", {"expiration": str(self.timer)}))
        members = (self._member(phone) for phone in self.members)
        return Node("group", attrs, [*self._description(), *rules, *members])

    def _member(self, phone: Phone) -> Node:
        admin = {"type": "superadmin"} if phone is self.creator else {}
        return Node("participant", _named(phone) | admin)

    def _description(self) -> list[Node]:
        if not self.topic:
            return []
        attrs = {"id": "3EB0", "t": str(self.created), "participant": self.creator.lid}
        return [Node("description", attrs, [Node("body", {}, self.topic.encode())])]


async def create(world: World, group: Group) -> Group:
    """A new group; its first member makes it, and every linked device of a member hears of it."""
    world.groups[group.jid] = group
    content = Node("create", {"type": "new", "key": new_id()}, [group.node()])
    await _tell(world, group, content, group.devices())
    return group


def shut_out(group: Group, phones: list[Phone]) -> None:
    """The group no longer lets them in, and their devices are not told."""
    group.members = [phone for phone in group.members if phone not in phones]


async def set_timer(world: World, group: Group, seconds: int) -> None:
    """Messages of the group last so many seconds from now on; 0: for ever."""
    group.timer = seconds
    content = Node("ephemeral", {"expiration": str(seconds)}) if seconds else Node("not_ephemeral", {})
    await _tell(world, group, content, group.devices())


async def change(
    world: World, group: Group, *, add: list[Phone], remove: list[Phone], rename: str = ""
) -> None:
    """Members come or go, or the name changes; those who were there before hear of it, and those who come."""
    devices = group.devices()
    if add:
        group.members += add
        group_of_new = [device for phone in add for device in phone.devices.values()]
        await _tell(world, group, Node("create", {"type": "new"}, [group.node()]), group_of_new)
        await _tell(world, group, _members("add", add), devices)
    if remove:
        group.members = [phone for phone in group.members if phone not in remove]
        await _tell(world, group, _members("remove", remove), devices)
    if rename:
        group.name = rename
        attrs = {"subject": rename, "s_t": now(), "s_o": group.creator.lid}
        await _tell(world, group, Node("subject", attrs), devices)


def _members(tag: str, phones: list[Phone]) -> Node:
    return Node(tag, {}, [Node("participant", _named(phone)) for phone in phones])


def _named(phone: Phone) -> dict[str, str]:
    return {"jid": phone.lid, "phone_number": phone.jid}


async def _tell(world: World, group: Group, content: Node, devices: list[LinkedDevice]) -> None:
    creator = group.creator
    attrs = {
        "from": group.jid,
        "type": "w:gp2",
        "id": new_id(),
        "t": now(),
        "participant": creator.lid,
        "participant_pn": creator.jid,
        "notify": creator.name,
        "addressing_mode": "lid",
    }
    for device in devices:
        await world.deliver(device, Notice(attrs["id"], Node("notification", attrs, [content])))
