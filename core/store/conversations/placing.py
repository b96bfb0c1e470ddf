"""Where a message belongs: its conversation and its place among everything that was sent and received.

One person is one conversation, by whatever addresses they are known: see docs/decisions/0014.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from sqlite3 import Connection
from typing import Final

from core.models.messages import ReceivedMessage
from core.models.recipients import is_group_address, number_variants

_ID_BYTES: Final = 6
_BY_NUMBER: Final = "@s.whatsapp.net"
_FIND: Final = "SELECT DISTINCT conversation FROM conversation_addresses WHERE address IN ({}) ORDER BY 1"
_FIND_SHOWN: Final = (
    "SELECT conversation FROM conversation_addresses WHERE shown = 1 AND address IN ({}) ORDER BY 1"
)
_SETTLED: Final = """
SELECT known.conversation, number FROM conversation_addresses known
JOIN conversations ON conversations.id = known.conversation WHERE shown = 1 AND known.address IN ({})
"""
_ADD: Final = """
INSERT INTO conversation_addresses (address, conversation, shown) VALUES (?, ?, ?)
ON CONFLICT (address) DO UPDATE SET conversation = excluded.conversation, shown = max(shown, excluded.shown)
"""
_CREATE: Final = """
INSERT INTO conversations (public_id, address, number, name, in_group, latest, created_at)
VALUES (?, ?, ?, ?, ?, 0, ?)
"""
_NAME_ONCE: Final = "UPDATE conversations SET name = ? WHERE id = ? AND name = ''"
_LIDS: Final = "SELECT address FROM conversation_addresses WHERE conversation = ? AND address LIKE '%@lid'"
_LOST_NUMBER: Final = "UPDATE conversations SET number = '', address = ? WHERE id = ?"
_NUMBER: Final = "UPDATE conversations SET number = ?, address = ? WHERE id = ? AND number <> ?"
_SAME_MESSAGE: Final = """
DELETE FROM inbox WHERE conversation = ? AND EXISTS (SELECT 1 FROM inbox other WHERE other.conversation = ?
AND other.message_id = inbox.message_id AND other.from_me = inbox.from_me)
"""
_MERGE: Final = """
UPDATE conversations SET
latest = max(latest, (SELECT gone.latest FROM conversations gone WHERE gone.id = ?)),
name = CASE WHEN name = '' THEN (SELECT gone.name FROM conversations gone WHERE gone.id = ?) ELSE name END,
created_at = min(created_at, (SELECT gone.created_at FROM conversations gone WHERE gone.id = ?)),
(timer, timer_at) = (SELECT one.timer, one.timer_at FROM conversations one
WHERE one.id IN (?, conversations.id) ORDER BY one.timer_at DESC LIMIT 1)
WHERE id = ?
"""
_JOIN: Final = (
    "UPDATE inbox SET conversation = ? WHERE conversation = ?",
    "UPDATE sent SET conversation = ? WHERE conversation = ?",
    "UPDATE conversation_addresses SET conversation = ? WHERE conversation = ?",
    "UPDATE joined_conversations SET conversation = ? WHERE conversation = ?",
    """
INSERT INTO joined_conversations (conversation, public_id)
SELECT ?, public_id FROM conversations WHERE id = ?
""",
)
_BEHIND_LID: Final = """
SELECT contact FROM inbox WHERE sender = ? AND in_group = 1 AND contact <> '' ORDER BY id DESC LIMIT 1
"""


def bare(address: str) -> str:
    """Return an address as conversations know it: of a number, the digits only."""
    return address.removesuffix(_BY_NUMBER)


class Placing:
    """Finds and makes conversations and gives out positions, within one transaction of ``file``."""

    def __init__(self, file: Connection, *, now: float, messages: int) -> None:
        """Reserve positions for so many ``messages``; ``now`` is in seconds since the epoch."""
        self._file = file
        self._now = now
        self._known: dict[tuple[str, ...], int] = {}
        self._joined: dict[int, int] = {}
        # The first statement writes: a transaction that begins by reading could find another one in its way.
        file.execute(
            "UPDATE message_position SET last = max(last + 1, ?) + ?", (int(now * 1000), max(0, messages - 1))
        )
        ((last,),) = file.execute("SELECT last FROM message_position")
        self._next = int(last) - max(0, messages - 1)

    def position(self) -> int:
        """Return the next position."""
        self._next += 1
        return self._next - 1

    def position_at(self, at: float) -> int:
        """Return where something belongs that was said at ``at`` and is only now told."""
        return int(min(at, self._now) * 1000)

    def now_in(self, conversation: int) -> int:
        """Return the conversation that one has become part of meanwhile, or the same."""
        while conversation in self._joined:
            conversation = self._joined[conversation]
        return conversation

    def of_arrival(self, message: ReceivedMessage) -> int:
        """Return the conversation of a message that arrived."""
        by_lid = message.sender.endswith("@lid")
        if message.group and message.contact and not message.from_me and by_lid:
            self.link(message.sender, message.contact)
        return self.of_chat(message.chat, message.contact)

    def of_chat(self, chat: str, contact: str) -> int:
        """Return the conversation of a chat, by its address and what is known of its person's number."""
        if is_group_address(chat):
            return self._known.get((chat,)) or self._keep((chat,), self._of_group(chat))
        addresses = tuple(dict.fromkeys(one for one in (bare(chat), contact) if one)) or (chat,)
        return self._known.get(addresses) or self._keep(addresses, self._of_person(addresses))

    def of_send(self, to: str, *, name: str = "") -> int:
        """Return the conversation of a message to ``to``: digits, a group's address or a LID."""
        if is_group_address(to):
            return self._of_group(to, name)
        if found := self._find(_FIND, [to]):
            return found[0]
        if found := self._find(_FIND_SHOWN, spellings([to])):
            # What is typed is another spelling of a number that a message came from.
            self._file.execute(_ADD, (to, found[0], False))
            return found[0]
        return self._of_person((to,), shown=False)

    def _of_group(self, chat: str, name: str = "") -> int:
        if found := self._find(_FIND, [chat]):
            if name:
                self._file.execute(_NAME_ONCE, (name, found[0]))
            return found[0]
        named = self._file.execute("SELECT name FROM inbox_groups WHERE chat = ?", (chat,)).fetchone()
        return self._create([chat], name=named[0] if named else name, shown=True)

    def _of_person(self, addresses: Sequence[str], *, shown: bool = True) -> int:
        """Return the conversation of a person with these addresses; those that prove to be one become one."""
        if shown and (settled := self._settled(addresses)):
            return settled
        wanted = list(addresses)
        found = self._find(_FIND, spellings(wanted) if shown else wanted)
        if not found and (number := self._number_behind(wanted)):
            wanted.append(number)
            found = self._find(_FIND, spellings(wanted))
        found = [one for one in found if not self._lost_number(one, wanted)]
        if not found:
            return self._create(wanted, shown=shown)
        stays, *others = found
        for gone in others:
            self._join(gone, stays)
        self._file.executemany(_ADD, [(address, stays, shown) for address in wanted])
        if number := _number(wanted):
            self._file.execute(_NUMBER, (number, number, stays, number))
        return stays

    def _settled(self, addresses: Sequence[str]) -> int:
        """Return the conversation of a person of whom these addresses say nothing new; 0 without one."""
        query = _SETTLED.format(", ".join("?" * len(addresses)))
        rows = self._file.execute(query, (*addresses,)).fetchall()
        number = _number(addresses)
        if len(rows) < len(addresses) or len({conversation for conversation, _ in rows}) > 1:
            return 0
        return int(rows[0][0]) if number in ("", rows[0][1]) else 0

    def _lost_number(self, conversation: int, addresses: Sequence[str]) -> bool:
        """Return whether a conversation is another person's: the number went over to one with another LID."""
        lid = next((one for one in addresses if one.endswith("@lid")), "")
        theirs = [str(one) for (one,) in self._file.execute(_LIDS, (conversation,))] if lid else []
        if not theirs or lid in theirs:
            return False
        self._file.execute(_LOST_NUMBER, (theirs[-1], conversation))
        return True

    def link(self, lid: str, number: str) -> None:
        """Note that a LID and a number are one person's, where there is a conversation with them."""
        if (lid, number) not in self._known:
            found = self._find(_FIND, [lid, *spellings([number])])
            self._keep((lid, number), self._of_person((lid, number)) if found else 0)

    def _number_behind(self, addresses: Sequence[str]) -> str:
        """Return the number that a message in a group showed behind a LID, if one did."""
        if len(addresses) > 1 or not addresses[0].endswith("@lid"):
            return ""
        row = self._file.execute(_BEHIND_LID, (addresses[0],)).fetchone()
        return str(row[0]) if row else ""

    def _find(self, query: str, addresses: Collection[str]) -> list[int]:
        places = ", ".join("?" * len(addresses))
        return [int(found) for (found,) in self._file.execute(query.format(places), (*addresses,))]

    def _create(self, addresses: Sequence[str], *, name: str = "", shown: bool) -> int:
        number = _number(addresses)
        address = number or addresses[0]
        public_id = secrets.token_hex(_ID_BYTES)
        row = (public_id, address, number, name, is_group_address(address), self._now)
        made = self._file.execute(_CREATE, row).lastrowid or 0
        self._file.executemany(_ADD, [(one, made, shown) for one in addresses])
        return made

    def _join(self, gone: int, stays: int) -> None:
        """Make one of two conversations that prove to be one person's; an old id leads to the other."""
        self._known.clear()
        self._joined[gone] = stays
        # The same message may have come by both addresses.
        self._file.execute(_SAME_MESSAGE, (gone, stays))
        for statement in _JOIN:
            self._file.execute(statement, (stays, gone))
        self._file.execute(_MERGE, (gone, gone, gone, gone, stays))
        self._file.execute("DELETE FROM conversations WHERE id = ?", (gone,))

    def _keep(self, addresses: tuple[str, ...], conversation: int) -> int:
        self._known[addresses] = conversation
        return conversation


def _number(addresses: Iterable[str]) -> str:
    """Return the digits among addresses; of several, those that came with the message."""
    return next((one for one in reversed([*addresses]) if "@" not in one), "")


def spellings(addresses: Iterable[str]) -> list[str]:
    """Return the addresses, and numbers in every form in which WhatsApp may know them."""
    found: dict[str, None] = {}
    for address in addresses:
        found[address] = None
        if "@" not in address:
            found.update(dict.fromkeys(number_variants(address)))
    return list(found)
